//! Many attacks at once on the program itself, while somebody else goes about their business.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::kit::database::Database;
use crate::kit::{SECRET, token};
use crate::limits::hostile::{exchange, statuses};
use crate::program::Program;

/// How long the others may wait for an answer, on a busy machine.
const UNAFFECTED: Duration = Duration::from_secs(3);

/// How much the program's memory may grow when it has seen everything before, in kilobytes.
const FLAT: u64 = 48 * 1024;

fn posted(authorization: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n{authorization}{headers}"
    );
    [head.as_bytes(), format!("content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..megabytes {
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// What is malformed or beyond a limit, as the bytes of a request. It would harm no server without limits.
fn attacks(authorization: &str) -> Vec<Vec<u8>> {
    let query = |document: String| posted(authorization, "", json!({ "query": document }).to_string().as_bytes());
    let doubling = repeated(9, |index| format!("fragment F{index} on Viewer {{ ...F{0} ...F{0} }} ", index + 1));
    let deep = |open: &str, close: &str, depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
    let mut chunked = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{authorization}transfer-encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    chunked.extend(format!("10000\r\n{}\r\n", " ".repeat(0x10000)).repeat(800).bytes());
    vec![
        query(format!("{{ node(id: {}) {{ id }} }}", deep("[", "]", 65))),
        query(format!("{{ node(id: {}) {{ id }} }}", deep("{a:", "}", 65))),
        query("{ a".repeat(65)),
        query(format!("{{ viewer {{ ...F0 }} }} {doubling} fragment F9 on Viewer {{ role }}")),
        query(format!("{{ viewer {{ {} }} }}", repeated(10_000, |index| format!("a{index}:role ")))),
        query(format!("{{ viewer {{ role {} }} }}", "@skip(if:false)".repeat(4_000))),
        query(format!("{{ documents(first: {}) {{ totalCount }} }}", "9".repeat(60_000))),
        query(format!("query ({}) {{ viewer {{ role }} }}", repeated(4_000, |index| format!("$a{index}:Int ")))),
        posted(authorization, "", &[b'['; 65]),
        posted(authorization, "", r#"{"query":"{viewer{role}}","variables":{"a":"#.repeat(65).as_bytes()),
        posted(authorization, "", format!("[{}]", [r#"{"query":"{viewer{role}}"}"#; 10_000].join(",")).as_bytes()),
        posted(authorization, "", b"{\"query\":\"\xff\xfe\"}"),
        posted(authorization, "", br#"{"query":"{viewer{role}}","variables":{"a":"\ud800"}}"#),
        posted(
            authorization,
            "",
            format!(r#"{{"query":"{{viewer{{role}}}}","variables":{{"a":{}}}}}"#, "9".repeat(500_000)).as_bytes(),
        ),
        posted(authorization, "", &vec![b' '; 50 << 20]),
        posted("", "", &vec![b' '; 50 << 20]),
        posted(authorization, "content-encoding: gzip\r\n", &zeros(256)),
        posted("authorization: Bearer ", "", b"{}"),
        posted(&format!("authorization: Bearer {}\r\n", "a.".repeat(100_000)), "", b"{}"),
        format!("GET /graphql?query={} HTTP/1.1\r\nhost: a\r\n{authorization}\r\n", "%7B".repeat(65)).into_bytes(),
        format!("GET / HTTP/1.1\r\n{}\r\n", repeated(10_000, |index| format!("h{index}: x\r\n"))).into_bytes(),
        "GET /health/ready HTTP/1.1\r\nhost: a\r\n\r\n".repeat(200).into_bytes(),
        chunked,
    ]
}

/// What the program holds of the machine's memory, in kilobytes, where that can be seen.
fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_are_refused_and_nobody_else_notices() {
    let database = Database::migrated().await;
    let program = Program::over(&database.url, &[("WELL_LOG", "off")]).await;
    program.ready().await;
    let authorization = format!("authorization: Bearer {}\r\n", token("owner@main", None));
    let attacks = Arc::new(attacks(&authorization));
    let done = Arc::new(AtomicBool::new(false));
    let (bystander, over) = (program.owner(), Arc::clone(&done));
    let bystander = tokio::spawn(async move {
        let mut longest = Duration::ZERO;
        while !over.load(Ordering::Relaxed) {
            let began = Instant::now();
            assert_eq!(bystander.say("{ viewer { role } }").await.str("/viewer/role"), "OWNER");
            longest = longest.max(began.elapsed());
        }
        longest
    });
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let attackers = (0..4).map(|attacker| {
            let (attacks, url) = (Arc::clone(&attacks), program.url.clone());
            tokio::spawn(async move {
                for at in 0..attacks.len() {
                    let attack = &attacks[(at + attacker * 7) % attacks.len()];
                    let answers = exchange(&url, attack).await;
                    let statuses = statuses(&answers);
                    let text = String::from_utf8_lossy(&answers);
                    assert!(statuses.iter().all(|status| *status < 500), "{text}");
                    assert!(!text.contains(SECRET));
                }
            })
        });
        for attacker in attackers.collect::<Vec<_>>() {
            attacker.await.unwrap();
        }
        sizes.extend(memory(program.process()));
    }
    done.store(true, Ordering::Relaxed);
    let longest = bystander.await.unwrap();
    assert!(longest < UNAFFECTED, "somebody else waited {longest:?}");
    if let [_, second, .., last] = sizes[..] {
        assert!(last < second + FLAT, "the memory grows: {sizes:?}");
    }
}
