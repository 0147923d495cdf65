//! A start while only a standby is there.

use serde_json::json;

use super::process::{Program, until};
use super::{Cluster, DOCUMENTS};
use crate::change::{change, done};

#[tokio::test]
async fn a_start_at_a_standby_serves_reads_and_after_its_promotion_all() {
    let mut cluster = Cluster::start(&["wal_level=replica"]).await;
    let mut primary = Program::over(&cluster.url, &[]).await;
    primary.ready().await;
    done(&primary.owner(), "createDocument", "document { id }", json!({ "filename": "before.pdf" })).await;
    primary.signal("TERM").await;
    primary.ended().await;
    cluster.stop().await;
    cluster.write("standby.signal", "");
    cluster.resume().await;

    let strict = Program::over(&cluster.url, &[]).await;
    let lenient = Program::over(&cluster.url, &[("WELL_ALLOW_READ_ONLY", "true")]).await;
    for program in [&strict, &lenient] {
        let owner = program.owner();
        until("it serves reads", async || owner.say(DOCUMENTS).await.errors().is_empty()).await;
        assert_eq!(owner.say(DOCUMENTS).await.int("/documents/totalCount"), 1);
        let refused = change(&owner, "createDocument", "document { id }", json!({ "filename": "refused.pdf" })).await;
        refused.refused("SERVICE_UNAVAILABLE");
    }
    let ready = strict.get("/health/ready").await;
    let reason = "The database cannot be written.";
    assert_eq!((ready.status, ready.json), (503, json!({ "status": "not ready", "reason": reason })));
    let ready = lenient.get("/health/ready").await;
    assert_eq!((ready.status, ready.json), (200, json!({ "status": "read-only" })));

    cluster.admin().await.query_one("SELECT pg_promote()", &[]).await.unwrap();
    for program in [strict, lenient] {
        let is_ready = async || program.get("/health/ready").await.json == json!({ "status": "ready" });
        until("it is ready", is_ready).await;
        let owner = program.owner();
        let write = async || change(&owner, "createDocument", "document { id }", json!({ "filename": "x.pdf" })).await;
        until("it is written", async || write().await.errors().is_empty()).await;
        // The feed is read again.
        let answers = async || owner.say("{ changeCursor }").await.errors().is_empty();
        until("changes are followed", answers).await;
    }
}

#[tokio::test]
async fn an_instance_waits_for_a_primary_while_migrations_are_missing() {
    let mut cluster = Cluster::start(&["wal_level=replica"]).await;
    cluster.stop().await;
    cluster.write("standby.signal", "");
    cluster.resume().await;
    let program = Program::over(&cluster.url, &[("WELL_ALLOW_READ_ONLY", "true")]).await;
    until("it says why it waits", async || program.log().contains("cannot be used; it is tried again")).await;
    assert_eq!(program.get("/health/ready").await.status, 503);
    cluster.admin().await.query_one("SELECT pg_promote()", &[]).await.unwrap();
    program.ready().await;
}
