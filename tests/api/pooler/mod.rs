//! A connection pooler between the server and PostgreSQL, in both of its modes.

mod detection;
mod pgbouncer;

use std::time::Duration;

use serde_json::json;
use tokio_postgres::Client;

use crate::change::done;
use crate::kit::Asker;
use crate::kit::database::{Database, connect};
use crate::program::{Program, until};
use crate::subscription::change_cursor;
use pgbouncer::{PgBouncer, is_installed};

const WHO: &str = "{ viewer { role } }";
const FOLLOW: &str = "subscription ($after: String) { documentChanged(after: $after) { kind id } }";

/// What a pooler is asked for: lists, look-ups, relations, enums, statistics and changes.
const QUERIES: [&str; 5] = [
    WHO,
    "{ documents { totalCount nodes { id filename processingStatus workspace { name } } } }",
    "{ workspaceConnectorSyncLogs { statistics { total byStatus { status count } series(bucket: DAY,
        from: \"2026-01-01T00:00:00Z\", to: \"2026-01-03T00:00:00Z\", timezone: \"Europe/Berlin\") { start total } } } }",
    "{ connectors { nodes { name status } } collects(filter: { status: { in: [TODO, ERROR] } }) { totalCount } }",
    "mutation { createTask(input: { title: \"one of many\" }) { task { id createdAt } userErrors { code } } }",
];

/// Settings of a server that knows that its pooler lends for a transaction.
fn lent<'a>(database: &'a Database, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let settings = [("DATABASE_POOLER", "transaction"), ("DATABASE_DIRECT_URL", database.url.as_str())];
    [&settings, more].concat()
}

async fn ready(url: &str, settings: &[(&str, &str)]) -> Program {
    let program = Program::over(url, settings).await;
    program.ready().await;
    program
}

/// Asks for so much, many at once, of whom each must get an answer.
async fn ask_much(programs: &[Program], number: usize) {
    let mut running = tokio::task::JoinSet::new();
    let mut answered = 0;
    for index in 0..number {
        let asker = programs[index % programs.len()].owner();
        running.spawn(async move { asker.say(QUERIES[index / 2 % QUERIES.len()]).await });
        while running.len() >= 20 || (index + 1 == number && !running.is_empty()) {
            let answer = running.join_next().await.unwrap().unwrap();
            let errors = || {
                let logs = programs.iter().map(Program::log).collect::<String>();
                logs.lines().filter(|line| line.contains("ERROR")).collect::<Vec<_>>().join("\n")
            };
            assert!(answer.status == 200 && answer.errors().is_empty(), "{} {}", answer.text, errors());
            answered += 1;
        }
    }
    assert_eq!(answered, number);
}

/// Changes over one server reach those who follow over the other, those that they missed and those from then on.
async fn assert_follows(one: &Asker, other: &Asker) {
    let after = change_cursor(one).await;
    let create = async |name: &str| {
        let made = done(other, "createDocument", "document { id }", json!({ "filename": name })).await;
        json!({ "kind": "CREATED", "id": made.str("/done/document/id") })
    };
    let missed = create("missed.pdf").await;
    let mut socket = one.socket().await;
    socket.subscribe("1", FOLLOW, json!({ "after": after })).await;
    // The cursor may be from before what was changed earlier.
    while socket.answer("1").await["documentChanged"] != missed {}
    let live = create("live.pdf").await;
    assert_eq!(socket.answer("1").await["documentChanged"], live);
}

/// Time-outs: each is answered, and what comes behind them, too.
async fn time_out_often(program: &Program, database: &Database, number: usize) {
    let lock = connect(&database.url).await;
    let owner = program.owner();
    for _ in 0..number {
        lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
        let asked = (0..3).map(|_| owner.say("{ documents { totalCount } }"));
        for answer in futures_util::future::join_all(asked).await {
            assert_eq!(answer.codes(), ["REQUEST_TIMEOUT"], "{}", program.log());
        }
        lock.batch_execute("ROLLBACK").await.unwrap();
        until("it goes on", async || owner.say("{ documents { totalCount } }").await.errors().is_empty()).await;
    }
    let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()";
    until("all are cancelled", async || lock.query_one(running, &[]).await.unwrap().get::<_, i64>(0) == 0).await;
}

/// What a connection has that its client did not set: settings, and statements that others prepared.
const LEFT: &str = "SELECT current_setting('statement_timeout') || ' ' ||
    current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('jit') || ' ' ||
    current_setting('enable_seqscan') || ' ' || current_setting('default_transaction_read_only') || ' ' ||
    (SELECT count(*) FROM pg_prepared_statements) || ' ' ||
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) || ' ' ||
    (SELECT count(*) FROM pg_listening_channels())";

async fn left(client: &Client) -> String {
    let answer = client.simple_query(LEFT).await.unwrap();
    let row = answer.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.unwrap().get(0).unwrap().to_owned()
}

/// Every connection that the pooler lends is as a fresh one.
async fn assert_nothing_left(pooler: &PgBouncer, database: &Database, connections: usize) {
    let fresh = left(&connect(&database.url).await).await;
    let mut held = Vec::new();
    for _ in 0..connections {
        let client = connect(&pooler.url).await;
        client.batch_execute("BEGIN").await.unwrap();
        assert_eq!(left(&client).await, fresh);
        held.push(client);
    }
}

#[tokio::test]
async fn in_transaction_mode_everything_works_over_few_connections() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let pooler = PgBouncer::before(&database.url, "transaction", 3).await;
    let settings = lent(&database, &[("WELL_DB_WAIT_MS", "20000"), ("WELL_AUTH_CACHE_TTL_MS", "0")]);
    let programs = [ready(&pooler.url, &settings).await, ready(&pooler.url, &settings).await];
    ask_much(&programs, 400).await;
    let askers = programs.each_ref().map(Program::owner);
    assert_follows(&askers[0], &askers[1]).await;
    assert_follows(&askers[1], &askers[0]).await;
    let tasks = "SELECT count(*) FROM core_api.tasks WHERE title = 'one of many'";
    let made: i64 = connect(&database.url).await.query_one(tasks, &[]).await.unwrap().get(0);
    assert_eq!(made, 80, "each change was made once");
    drop((askers, programs));
    assert_nothing_left(&pooler, &database, 3).await;
}

#[tokio::test]
async fn in_transaction_mode_time_outs_end_and_nothing_of_them_is_left() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let mut pooler = PgBouncer::before(&database.url, "transaction", 12).await;
    let program = ready(&pooler.url, &lent(&database, &[("WELL_QUERY_TIMEOUT_MS", "1500")])).await;
    time_out_often(&program, &database, 6).await;
    assert!(pooler.is_running(), "{}", pooler.log());
    let patient = ready(&pooler.url, &lent(&database, &[])).await;
    ask_much(&[patient], 40).await;
    assert_nothing_left(&pooler, &database, 12).await;
}

#[tokio::test]
async fn in_transaction_mode_a_change_is_made_as_a_whole_or_not_at_all() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let pooler = PgBouncer::before(&database.url, "transaction", 3).await;
    let program = ready(&pooler.url, &lent(&database, &[])).await;
    let owner = program.owner();
    for round in 0..40_u64 {
        let owner = owner.clone();
        let input = json!({ "filename": "given up.pdf", "idempotencyKey": format!("round {round}") });
        let one = tokio::spawn(async move { crate::change::change(&owner, "createDocument", "", input).await.status });
        // Each is given up a little later, so at another of its statements.
        let _ = tokio::time::timeout(Duration::from_micros(round * 500), std::future::pending::<()>()).await;
        one.abort();
    }
    let sql = connect(&database.url).await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
        AND pid <> pg_backend_pid()";
    until("nothing is open", async || sql.query_one(open, &[]).await.unwrap().get::<_, i64>(0) == 0).await;
    let counts = "SELECT (SELECT count(*) FROM core_api.documents WHERE filename = 'given up.pdf'),
        (SELECT count(*) FROM core_api.idempotency_keys WHERE result_pk IS NOT NULL)";
    let row = sql.query_one(counts, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), row.get::<_, i64>(1), "a document and its key come together or not at all");
}

#[tokio::test]
async fn it_is_ready_only_while_the_pooler_works() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let mut pooler = PgBouncer::before(&database.url, "transaction", 3).await;
    let program = ready(&pooler.url, &lent(&database, &[])).await;
    pooler.stop();
    until("it is not ready", async || program.get("/health/ready").await.status == 503).await;
    pooler.resume().await;
    program.ready().await;
    ask_much(std::slice::from_ref(&program), 20).await;
}

#[tokio::test]
async fn in_session_mode_everything_works_and_the_pooler_outlives_time_outs() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let mut pooler = PgBouncer::before(&database.url, "session", 40).await;
    let settings = [("WELL_DB_WAIT_MS", "20000")];
    let programs = [ready(&pooler.url, &settings).await, ready(&pooler.url, &settings).await];
    ask_much(&programs, 100).await;
    let askers = programs.each_ref().map(Program::owner);
    assert_follows(&askers[0], &askers[1]).await;
    let hasty = ready(&pooler.url, &[("WELL_QUERY_TIMEOUT_MS", "1500"), ("WELL_ANSWER_CACHE_BYTES", "0")]).await;
    time_out_often(&hasty, &database, 6).await;
    assert!(pooler.is_running(), "{}", pooler.log());
    ask_much(&programs, 100).await;
}
