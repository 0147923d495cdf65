//! A database that goes away, comes back, cannot be written or has no room: what clients are told meanwhile, and how
//! soon all is well again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use well_ingestion::db::migrations;

use crate::change::done;
use crate::kit::database::connect;
use crate::kit::{Answer, Asker};
use crate::program::{Cluster, Program, until};

pub const WHO: &str = "{ viewer { role } }";
const CREATE: &str = "mutation ($name: String!) {
    createDocument(input: { filename: $name }) { document { id } userErrors { message } }
}";

/// How soon all must be well after the database is.
const SOON: Duration = Duration::from_secs(2);

/// Whether it is an answer, and not a refusal of the one kind that is allowed while the database is away.
#[track_caller]
pub fn served(answer: &Answer) -> bool {
    if answer.errors().is_empty() {
        assert_eq!(answer.status, 200, "{}", answer.text);
        return true;
    }
    answer.refused("SERVICE_UNAVAILABLE");
    assert!(answer.errors()[0]["extensions"]["errorId"].is_string(), "{}", answer.text);
    if answer.json.get("data").is_none() {
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
    assert_eq!(answer.errors()[0]["message"], "The service is temporarily unavailable.");
    false
}

pub async fn create(owner: &Asker, name: &str) -> bool {
    served(&owner.ask(CREATE, json!({ "name": name })).await)
}

async fn soon(what: &str, holds: impl AsyncFnMut() -> bool) {
    let took = until(what, holds).await;
    assert!(took < SOON, "{what}: after {took:?}");
}

async fn is_well(program: &Program) {
    soon("it answers", async || served(&program.owner().say(WHO).await)).await;
    soon("it writes", async || create(&program.owner(), "again.pdf").await).await;
    soon("it is ready", async || program.get("/health/ready").await.status == 200).await;
}

#[tokio::test]
async fn it_starts_without_its_database_and_serves_when_that_is_there() {
    let mut cluster = Cluster::start(&[]).await;
    migrations::run(&cluster.url).await.unwrap();
    cluster.stop().await;
    let mut program = Program::over(&cluster.url, &[]).await;
    assert_eq!(program.get("/health/live").await.status, 200);
    let ready = program.get("/health/ready").await;
    assert_eq!((ready.status, &ready.json["reason"]), (503, &json!("The server is starting.")));
    let refused = program.owner().say(WHO).await;
    assert!(!served(&refused));
    assert_eq!(refused.status, 503);
    let error_id = refused.errors()[0]["extensions"]["errorId"].as_str().unwrap().to_owned();
    until("the error is in the log", async || program.log().contains(&error_id)).await;
    until("the reason is in the log", async || program.log().contains("the database cannot be used")).await;
    cluster.resume().await;
    is_well(&program).await;
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0));
}

/// Clients that read and write all the time, until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<(Vec<String>, usize)>>,
}

impl Load {
    fn on(program: &Program, clients: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let one = |client: usize| {
            let (owner, stop) = (program.owner(), Arc::clone(&stop));
            async move {
                let (mut made, mut refused) = (Vec::new(), 0);
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    refused += usize::from(!served(&owner.say(WHO).await));
                    let name = format!("{client}-{round}.pdf");
                    if create(&owner, &name).await {
                        made.push(name);
                    } else {
                        refused += 1;
                    }
                }
                (made, refused)
            }
        };
        let clients = (0..clients).map(|client| tokio::spawn(one(client))).collect();
        Self { stop, clients }
    }

    /// What was made, and how many requests were refused.
    async fn ended(self) -> (Vec<String>, usize) {
        self.stop.store(true, Ordering::Relaxed);
        let (mut made, mut refused) = (Vec::new(), 0);
        for client in self.clients {
            let (some, so_many) = client.await.unwrap();
            made.extend(some);
            refused += so_many;
        }
        (made, refused)
    }
}

#[tokio::test]
async fn a_database_that_is_killed_or_restarted_under_load_is_used_again_at_once() {
    let mut cluster = Cluster::start(&[]).await;
    let program = Program::over(&cluster.url, &[("WELL_AUTH_CACHE_TTL_MS", "0")]).await;
    program.ready().await;
    for killed in [true, false] {
        let load = Load::on(&program, 6);
        let made = async || count(&cluster, "true").await > 20;
        until("there is load", made).await;
        if killed {
            cluster.kill().await;
        } else {
            cluster.stop().await;
        }
        until("it is not ready", async || program.get("/health/ready").await.status == 503).await;
        assert_eq!(program.get("/health/live").await.status, 200);
        cluster.resume().await;
        is_well(&program).await;
        let (made, refused) = load.ended().await;
        assert!(refused > 0, "the load met the outage");
        let sql = connect(&cluster.url).await;
        let kept = "SELECT count(*) FROM core_api.documents WHERE filename = ANY($1)";
        let kept: i64 = sql.query_one(kept, &[&made]).await.unwrap().get(0);
        assert_eq!(usize::try_from(kept).unwrap(), made.len(), "what was confirmed is there, once");
        sql.batch_execute("TRUNCATE core_api.documents CASCADE").await.unwrap();
    }
}

async fn count(cluster: &Cluster, condition: &str) -> i64 {
    let sql = connect(&cluster.url).await;
    let count = format!("SELECT count(*) FROM core_api.documents WHERE {condition}");
    sql.query_one(&count, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_database_that_cannot_be_written_can_be_read_until_it_can() {
    let cluster = Cluster::start(&[]).await;
    let program = Program::over(&cluster.url, &[]).await;
    program.ready().await;
    let owner = program.owner();
    let admin = cluster.admin().await;
    let made = done(&owner, "createApiKey", "secret", json!({ "name": "a key", "role": "GUEST" })).await;
    let machine = Asker::bearer(&program.url, made.str("/done/secret"));
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'well-ingestion'";
    // A whole server that changes its mind, and one that every session asks only once.
    for (close, open) in [
        (
            "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()",
            "ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()",
        ),
        (
            "ALTER DATABASE app SET default_transaction_read_only = on",
            "ALTER DATABASE app RESET default_transaction_read_only",
        ),
    ] {
        for statement in close.split("; ").chain([cut]) {
            admin.batch_execute(statement).await.unwrap();
        }
        until("it cannot be written", async || !create(&owner, "refused.pdf").await).await;
        until("it can be read", async || served(&owner.say(WHO).await)).await;
        // Sessions of a server that cannot be written are there in numbers.
        let read = || until("it can be read", async || served(&owner.say(WHO).await));
        futures_util::future::join_all((0..8).map(|_| read())).await;
        // That its key is used cannot be noted.
        until("a machine can read it", async || served(&machine.say(WHO).await)).await;
        let reason = json!("The database cannot be written.");
        until("it is not ready", async || program.get("/health/ready").await.json["reason"] == reason).await;
        for statement in open.split("; ") {
            admin.batch_execute(statement).await.unwrap();
        }
        is_well(&program).await;
        let made = futures_util::future::join_all((0..20).map(|_| create(&owner, "kept.pdf"))).await;
        assert!(made.into_iter().all(|made| made), "all is well");
    }
    assert!(program.log().contains("that an API key is used could not be noted"), "{}", program.log());
    assert_eq!(count(&cluster, "filename = 'refused.pdf'").await, 0);
}

#[tokio::test]
async fn a_standby_can_be_read_until_it_is_promoted() {
    let mut cluster = Cluster::start(&["wal_level=replica"]).await;
    let program = Program::over(&cluster.url, &[]).await;
    program.ready().await;
    cluster.stop().await;
    cluster.write("standby.signal", "");
    cluster.resume().await;
    until("it can be read", async || served(&program.owner().say(WHO).await)).await;
    assert!(!create(&program.owner(), "refused.pdf").await);
    let reason = json!("The database cannot be written.");
    until("it is not ready", async || program.get("/health/ready").await.json["reason"] == reason).await;
    cluster.admin().await.batch_execute("SELECT pg_promote()").await.unwrap();
    is_well(&program).await;
}

#[tokio::test]
async fn a_database_without_room_refuses_in_time_and_is_used_when_there_is_room() {
    let cluster = Cluster::start(&["max_connections=12", "superuser_reserved_connections=3"]).await;
    let settings = [("WELL_DB_CONNECTIONS", "5"), ("WELL_DB_WAIT_MS", "500"), ("WELL_AUTH_CACHE_TTL_MS", "0")];
    let mut program = Program::over(&cluster.url, &settings).await;
    program.ready().await;
    program.signal("TERM").await;
    program.ended().await;
    // Others take all the room there is for those who are no superusers.
    let mut others = Vec::new();
    while let Ok((client, driver)) = tokio_postgres::connect(&cluster.url, tokio_postgres::NoTls).await {
        tokio::spawn(driver);
        others.push(client);
    }
    let program = Program::over(&cluster.url, &settings).await;
    let began = std::time::Instant::now();
    assert!(!served(&program.owner().say(WHO).await));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(program.get("/health/ready").await.status, 503);
    drop(others);
    is_well(&program).await;
    // With connections of its own it goes on, whoever takes the rest.
    let mut others = Vec::new();
    while let Ok((client, driver)) = tokio_postgres::connect(&cluster.url, tokio_postgres::NoTls).await {
        tokio::spawn(driver);
        others.push(client);
    }
    for _ in 0..5 {
        assert!(served(&program.owner().say(WHO).await));
    }
}
