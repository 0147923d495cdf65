//! A database whose place another one takes: a standby that was promoted, a dump that was restored, files that were put
//! back. Whoever follows changes is told that there is nothing to go on from, and misses nothing without a word.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::change::done;
use crate::kit::Socket;
use crate::kit::database::connect;
use crate::program::{Cluster, Program, until};

const FOLLOW: &str = "subscription ($after: String) {
    documentChanged(after: $after) { kind node { filename } cursor }
}";

/// Somebody who follows documents, after a cursor.
async fn follow(program: &Program, after: &Value) -> Socket {
    let mut socket = program.owner().socket().await;
    socket.subscribe("1", FOLLOW, json!({ "after": after })).await;
    socket
}

/// A cursor of what was read of the feed, once anything was.
async fn cursor_of_now(program: &Program) -> Value {
    let mut cursor = Value::Null;
    let read = async || {
        cursor = program.owner().say("{ changeCursor }").await.json["data"]["changeCursor"].take();
        cursor.is_string()
    };
    until("the feed is read", read).await;
    cursor
}

async fn create(program: &Program, name: &str) {
    done(&program.owner(), "createDocument", "", json!({ "filename": name })).await;
}

/// The cursor of the next change, which is that this document was created.
async fn created(socket: &mut Socket, name: &str) -> Value {
    let mut event = socket.answer("1").await["documentChanged"].take();
    assert_eq!((&event["kind"], &event["node"]["filename"]), (&json!("CREATED"), &json!(name)));
    event["cursor"].take()
}

/// These cursors are of the past, and whoever begins anew is told of everything from then on.
async fn begins_anew(program: &Program, cursors: &[Value]) {
    for cursor in cursors {
        assert_eq!(follow(program, cursor).await.failure("1").await, ["BAD_CURSOR"]);
    }
    let mut anew = follow(program, &cursor_of_now(program).await).await;
    create(program, "anew.pdf").await;
    let cursor = created(&mut anew, "anew.pdf").await;
    create(program, "after.pdf").await;
    created(&mut anew, "after.pdf").await;
    created(&mut follow(program, &cursor).await, "after.pdf").await;
}

#[tokio::test]
async fn cursors_of_a_primary_end_when_a_standby_that_lags_is_promoted() {
    let mut primary = Cluster::start(&["wal_level=replica", "max_wal_senders=4"]).await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    primary.stop().await;
    primary.resume_on(port, &[]).await;
    let program = Program::over(&format!("postgresql://app@localhost:{port}/app"), &[]).await;
    program.ready().await;
    let mut standby = primary.standby(port).await;
    program.ready().await;

    let start = cursor_of_now(&program).await;
    let mut following = follow(&program, &start).await;
    create(&program, "kept.pdf").await;
    let kept = created(&mut following, "kept.pdf").await;
    let replayed = connect(&standby.url).await;
    let count = "SELECT count(*) FROM core_api.documents";
    let documents = async || replayed.query_one(count, &[]).await.unwrap().get::<_, i64>(0);
    until("the standby has the document", async || documents().await == 1).await;
    standby.stream("");
    let admin = standby.admin().await;
    admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let streams = async || admin.query_opt("SELECT FROM pg_stat_wal_receiver", &[]).await.unwrap().is_some();
    until("the standby is cut off", async || !streams().await).await;
    let mut lost = kept.clone();
    for number in 0..20 {
        let name = format!("lost-{number}.pdf");
        create(&program, &name).await;
        lost = created(&mut following, &name).await;
    }
    assert_eq!(documents().await, 1);

    primary.kill().await;
    drop((replayed, admin));
    standby.stop().await;
    standby.resume_on(port, &[]).await;
    standby.admin().await.batch_execute("SELECT pg_promote()").await.unwrap();
    program.ready().await;
    assert_eq!(following.failure("1").await, ["SUBSCRIPTION_LAGGED"]);
    begins_anew(&program, &[start, kept, lost]).await;
    assert!(program.log().contains("a standby was promoted"), "{}", program.log());
}

#[tokio::test]
async fn cursors_end_when_the_files_of_a_database_are_put_back() {
    let mut cluster = Cluster::start(&[]).await;
    let program = Program::over(&cluster.url, &[]).await;
    program.ready().await;
    let saved = cluster.save().await;
    program.ready().await;
    let mut following = follow(&program, &cursor_of_now(&program).await).await;
    let mut cursor = Value::Null;
    for number in 0..20 {
        let name = format!("{number}.pdf");
        create(&program, &name).await;
        cursor = created(&mut following, &name).await;
    }
    cluster.put_back(&saved).await;
    program.ready().await;
    assert_eq!(following.failure("1").await, ["SUBSCRIPTION_LAGGED"]);
    begins_anew(&program, &[cursor]).await;
    assert!(program.log().contains("at an earlier time than before"), "{}", program.log());
}

/// The folder of PostgreSQL's programs, when those that dump and restore are there.
async fn programs(cluster: &Cluster) -> Option<PathBuf> {
    let folder = "SELECT setting FROM pg_config WHERE name = 'BINDIR'";
    let folder = PathBuf::from(cluster.admin().await.query_one(folder, &[]).await.unwrap().get::<_, String>(0));
    let is_there = ["pg_dump", "pg_restore"].iter().all(|name| folder.join(name).exists());
    assert!(is_there || std::env::var_os("CI").is_none(), "CI needs pg_dump and pg_restore in {}", folder.display());
    is_there.then_some(folder)
}

fn run(program: PathBuf, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn cursors_end_where_a_dump_is_restored_and_old_changes_are_told_to_nobody() {
    let cluster = Cluster::start(&[]).await;
    let Some(programs) = programs(&cluster).await else {
        println!("skipped: pg_dump or pg_restore is not there");
        return;
    };
    let program = Program::over(&cluster.url, &[]).await;
    program.ready().await;
    let mut following = follow(&program, &cursor_of_now(&program).await).await;
    // Its transactions are far ahead of those of a new cluster.
    cluster
        .admin()
        .await
        .batch_execute(
            "DO $$ BEGIN FOR n IN 1..500 LOOP PERFORM pg_current_xact_id(); COMMIT;
        END LOOP; END $$",
        )
        .await
        .unwrap();
    create(&program, "dumped.pdf").await;
    let dumped = created(&mut following, "dumped.pdf").await;
    connect(&cluster.url)
        .await
        .batch_execute("UPDATE core_api.change_feed SET forgotten = pg_current_xact_id()")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("well.dump");
    let dump = dump.to_str().unwrap();
    run(programs.join("pg_dump"), &["-Fc", "-d", &cluster.url, "-f", dump]);
    create(&program, "not-dumped.pdf").await;
    let lost = cursor_of_now(&program).await;

    let fresh = Cluster::start(&[]).await;
    run(programs.join("pg_restore"), &["--no-owner", "--exit-on-error", "-d", &fresh.url, dump]);
    let mut restored = Program::over(&fresh.url, &[]).await;
    restored.ready().await;
    begins_anew(&restored, &[dumped, lost]).await;
    assert!(restored.log().contains("was restored from a dump"), "{}", restored.log());
    let told = "SELECT count(*) FROM core_api.changes WHERE entity = 'document'";
    assert_eq!(connect(&fresh.url).await.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 2);

    // That was done once: who restarts goes on.
    let cursor = cursor_of_now(&restored).await;
    restored.signal("TERM").await;
    restored.ended().await;
    let again = Program::over(&fresh.url, &[]).await;
    again.ready().await;
    create(&again, "goes-on.pdf").await;
    created(&mut follow(&again, &cursor).await, "goes-on.pdf").await;
    assert!(!again.log().contains("begins anew"), "{}", again.log());
}
