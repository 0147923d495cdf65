//! A URL that names several hosts: `target_session_attrs` chooses among them, and reads go on while a primary is missing.

use serde_json::json;
use tokio::net::TcpListener;

use super::outage::{WHO, create, served};
use crate::program::{Cluster, Program, until};

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// A primary and a standby that streams from it, with their ports.
async fn pair() -> ((Cluster, u16), (Cluster, u16)) {
    let mut primary = Cluster::start(&["wal_level=replica", "max_wal_senders=4"]).await;
    let (port, other) = (free_port().await, free_port().await);
    primary.stop().await;
    primary.resume_on(port, &[]).await;
    // What is copied has its tables.
    well_ingestion::db::migrations::run(&format!("postgresql://app@localhost:{port}/app")).await.unwrap();
    let mut standby = primary.standby(port).await;
    standby.stop().await;
    standby.resume_on(other, &[]).await;
    ((primary, port), (standby, other))
}

#[tokio::test]
async fn the_server_that_is_wanted_is_found_among_several_and_reads_go_on_without_it() {
    let ((mut primary, port), (standby, other)) = pair().await;
    let url = format!("postgresql://app@localhost:{other},localhost:{port}/app?target_session_attrs=primary");
    let program = Program::over(&url, &[]).await;
    program.ready().await;
    assert!(create(&program.owner(), "first.pdf").await);
    let read = standby.admin().await;
    let count = "SELECT count(*) FROM core_api.documents";
    until("the standby has it", async || read.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == 1).await;

    primary.kill().await;
    until("it can be read", async || served(&program.owner().say(WHO).await)).await;
    let documents = program.owner().say("{ documents { nodes { filename } } }").await;
    assert_eq!(
        documents.json["data"]["documents"]["nodes"],
        json!([{ "filename": "first.pdf" }]),
        "{}",
        documents.text
    );
    assert!(!create(&program.owner(), "refused.pdf").await);
    let reason = json!("The database cannot be written.");
    until("it is not ready", async || program.get("/health/ready").await.json["reason"] == reason).await;

    standby.admin().await.batch_execute("SELECT pg_promote()").await.unwrap();
    until("it writes", async || create(&program.owner(), "second.pdf").await).await;
    program.ready().await;
}

#[tokio::test]
async fn each_wish_leads_where_psql_would_go() {
    use well_ingestion::db::connect::Connector;

    let ((_primary, port), (_standby, other)) = pair().await;
    for (hosts, wanted, is_standby) in [
        ([port, other], "any", Some(false)),
        ([other, port], "any", Some(true)),
        ([other, port], "primary", Some(false)),
        ([other, port], "read-write", Some(false)),
        ([port, other], "standby", Some(true)),
        ([port, other], "read-only", Some(true)),
        ([port, other], "prefer-standby", Some(true)),
        ([port, port], "prefer-standby", Some(false)),
        ([port, port], "standby", None),
        ([port, port], "read-only", None),
        // More than psql does: a standby can be read.
        ([other, other], "primary", Some(true)),
        ([other, other], "read-write", Some(true)),
    ] {
        let [first, second] = hosts;
        let url = format!("postgresql://app@localhost:{first},localhost:{second}/app?target_session_attrs={wanted}");
        let found = match Connector::new(&url).unwrap().client().await {
            Ok((client, driver)) => {
                tokio::spawn(driver);
                Some(client.query_one("SELECT pg_is_in_recovery()", &[]).await.unwrap().get::<_, bool>(0))
            }
            Err(error) => {
                assert!(error.is_temporary() && error.to_string().contains("target_session_attrs"), "{error}");
                None
            }
        };
        assert_eq!(found, is_standby, "{wanted}: {hosts:?}");
    }
}
