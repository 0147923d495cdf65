//! A PostgreSQL that accepts everything and says nothing: every wait of a request ends.

use std::time::Duration;

use serde_json::json;

use crate::kit::{Answer, Asker, Socket};
use crate::program::{Cluster, Program, signal, until};

const WHO: &str = "{ viewer { role workspace { name } } }";
const FOLLOW: &str = "subscription { documentChanged { id } }";
/// Much longer than any of the limits below; without them, nothing would come at all.
const PATIENCE: Duration = Duration::from_secs(40);

/// Processes that are stopped, and go on when the test ends: PostgreSQL could not be shut down otherwise.
struct Frozen(Vec<u32>);

impl Frozen {
    async fn these(processes: Vec<u32>) -> Self {
        for process in &processes {
            signal(*process, "STOP").await;
        }
        Self(processes)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in &self.0 {
            let _ = std::process::Command::new("/bin/sh").args(["-c", &format!("kill -s CONT {process}")]).status();
        }
    }
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("there is no end of it: {what}"))
}

#[track_caller]
fn assert_given_up(what: &str, answer: &Answer) {
    let codes = answer.codes();
    assert!(matches!(codes.as_slice(), ["SERVICE_UNAVAILABLE" | "REQUEST_TIMEOUT"]), "{what}: {}", answer.text);
    assert!(matches!(answer.status, 200 | 503 | 504), "{what}: {}", answer.text);
}

async fn socket(program: &Program) -> Socket {
    Socket::with(&program.url, &[("sec-websocket-protocol", crate::kit::socket::PROTOCOL)]).await.unwrap()
}

#[tokio::test]
async fn every_wait_of_a_request_ends() {
    let cluster = Cluster::start(&[]).await;
    let settings = [
        ("WELL_AUTH_CACHE_TTL_MS", "0"),
        ("WELL_QUERY_TIMEOUT_MS", "1500"),
        ("WELL_MUTATION_TIMEOUT_MS", "1500"),
        ("WELL_DB_WAIT_MS", "1000"),
    ];
    let program = Program::over(&cluster.url, &settings).await;
    program.ready().await;
    let (owner, admin) = (program.owner(), cluster.admin().await);
    let secret =
        crate::change::done(&owner, "createApiKey", "secret", json!({ "name": "a key", "role": "GUEST" })).await;
    let machine = Asker::bearer(&program.url, secret.str("/done/secret"));
    let backends = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'well-ingestion%'";
    // Those that are connected to, and then also the one that makes new ones.
    for all in [false, true] {
        let mut open = owner.socket().await;
        in_time("the server", until("it is well", async || owner.say(WHO).await.errors().is_empty())).await;
        let rows = admin.query(backends, &[]).await.unwrap();
        let mut processes: Vec<u32> = rows.iter().map(|row| row.get::<_, i32>(0).try_into().unwrap()).collect();
        assert!(processes.len() > 1, "{processes:?}");
        if all {
            processes.push(cluster.postmaster());
        }
        let frozen = Frozen::these(processes).await;

        let change = "mutation { createDocument(input: { filename: \"a.pdf\" }) { document { id } } }";
        for (what, asker, operation) in
            [("a person", &owner, WHO), ("a machine", &machine, WHO), ("a change", &owner, change)]
        {
            let answer = in_time(what, asker.say(operation)).await;
            // New connections may already be served.
            if all || !answer.errors().is_empty() {
                assert_given_up(what, &answer);
            }
        }
        let ready = in_time("readiness", program.get("/health/ready")).await;
        assert!(!all || ready.status == 503, "{}", ready.text);
        assert_eq!(in_time("liveness", program.get("/health/live")).await.status, 200);
        if all {
            let stream = owner.request(reqwest::Method::POST, "/graphql/stream").header("accept", "text/event-stream");
            let stream = stream.header("content-type", "application/json");
            let stream = stream.body(json!({ "query": FOLLOW }).to_string());
            assert_given_up("an event stream", &in_time("an event stream", Answer::of(stream)).await);
            let mut socket = socket(&program).await;
            socket.init(json!({ "authorization": owner.authorization() })).await;
            assert_eq!(in_time("a socket", socket.closed()).await.0, 1013);
            open.subscribe("1", FOLLOW, json!({})).await;
            assert_eq!(in_time("an operation", open.closed()).await.0, 1013);
        }
        drop(frozen);
        in_time("the end", until("it is well", async || owner.say(WHO).await.errors().is_empty())).await;
        in_time("the end", program.ready()).await;
    }
}
