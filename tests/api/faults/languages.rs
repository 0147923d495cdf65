//! A PostgreSQL that speaks German: what its errors mean does not hang on their words.

use std::process::Command;

use serde_json::json;

use crate::change::{change, done, refused};
use crate::faults::{BUSY, LOCKED};
use crate::program::{Cluster, Program, until};

/// A server whose messages are German; nothing where the machine has no German, which CI must have.
async fn german(settings: &[&str]) -> Option<Cluster> {
    let locales = Command::new("locale").arg("-a").output().map(|output| output.stdout).unwrap_or_default();
    if !String::from_utf8_lossy(&locales).contains("de_DE.utf8") {
        assert!(std::env::var_os("CI").is_none(), "the locale de_DE.UTF-8 is not installed");
        println!("skipped: the locale de_DE.UTF-8 is not installed");
        return None;
    }
    let cluster = Cluster::start(&[&["lc_messages=de_DE.UTF-8"], settings].concat()).await;
    let said = cluster.admin().await.batch_execute("SELECT 1 / 0").await.unwrap_err();
    if said.as_db_error().unwrap().message().contains("division") {
        assert!(std::env::var_os("CI").is_none(), "this PostgreSQL speaks English only");
        println!("skipped: this PostgreSQL speaks English only");
        return None;
    }
    Some(cluster)
}

#[tokio::test]
async fn errors_are_told_apart_by_their_codes() {
    // The one who waits for the longest finds out about a deadlock, and is the one who loses.
    let Some(cluster) = german(&["deadlock_timeout=3s"]).await else { return };
    let program = Program::over(&cluster.url, &[("WELL_AUTH_CACHE_TTL_MS", "0")]).await;
    program.ready().await;
    let (owner, admin, watcher) = (program.owner(), cluster.admin().await, cluster.admin().await);
    let there_are = async |what: &str, sql: &str| {
        until(what, async || watcher.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 1).await;
    };

    let made =
        done(&owner, "createMembership", "membership { id }", json!({ "subject": "new", "role": "GUEST" })).await;
    let member = json!({ "id": made.str("/done/membership/id"), "role": "MEMBER" });
    admin
        .batch_execute("SET deadlock_timeout = '1h'; BEGIN; SELECT FROM core_api.memberships FOR UPDATE")
        .await
        .unwrap();
    let waiting = {
        let (owner, member) = (owner.clone(), member.clone());
        tokio::spawn(async move { change(&owner, "updateMembership", "", member).await })
    };
    there_are("it waits", LOCKED).await;
    admin.batch_execute("SELECT FROM core_api.workspaces FOR UPDATE").await.unwrap();
    refused(&waiting.await.unwrap(), "CONFLICT", "");
    admin.batch_execute("ROLLBACK").await.unwrap();
    done(&owner, "updateMembership", "", member).await;

    let count = "{ documents { totalCount } }";
    for (end, code) in [("pg_terminate_backend", "SERVICE_UNAVAILABLE"), ("pg_cancel_backend", "REQUEST_TIMEOUT")] {
        admin.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
        let waiting = {
            let owner = owner.clone();
            tokio::spawn(async move { owner.say(count).await })
        };
        there_are("it waits", LOCKED).await;
        let busy = BUSY.replace("count(*)", &format!("{end}(pid)"));
        watcher.batch_execute(&busy).await.unwrap();
        waiting.await.unwrap().refused(code);
        admin.batch_execute("ROLLBACK").await.unwrap();
    }

    // A lock that the role may not wait for.
    let ended =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'well-ingestion'";
    admin.batch_execute("ALTER DATABASE app SET lock_timeout = '50ms'").await.unwrap();
    admin.batch_execute(ended).await.unwrap();
    until("it is well", async || owner.say(count).await.errors().is_empty()).await;
    admin.batch_execute("BEGIN; LOCK TABLE core_api.documents IN SHARE MODE").await.unwrap();
    let create = json!({ "filename": "a.pdf" });
    refused(&change(&owner, "createDocument", "", create.clone()).await, "CONFLICT", "");
    admin.batch_execute("ROLLBACK").await.unwrap();
    done(&owner, "createDocument", "", create).await;
}
