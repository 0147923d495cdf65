//! A defect in the server: whoever meets it is told so, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use well_ingestion::api;
use well_ingestion::db::pooler::Pooler;
use well_ingestion::db::{Db, DbSettings};
use well_ingestion::events::{Feed, FeedSettings};
use well_ingestion::server::Settings;

use super::{BUSY, until};
use crate::change::count;
use crate::kit::{App, Asker, SECRET, listening, log, token};

/// A clock that breaks when it has been asked so often. Then every moment is a panic, until it is mended.
#[derive(Clone)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn breaks_after(&self, times: i64) {
        self.0.store(times, Ordering::Relaxed);
    }

    fn mend(&self) {
        self.breaks_after(i64::MAX);
    }

    fn now(&self) -> chrono::DateTime<Utc> {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0, "the clock is broken");
        Utc::now()
    }
}

/// A second server over the database of the first, with this clock.
async fn server(app: &App, clock: Clock) -> Asker {
    let settings = DbSettings {
        url: app.database().to_owned(),
        direct_url: None,
        pooler: Pooler::None,
        connections: 4,
        per_principal: None,
        wait: Duration::from_secs(20),
        statement_timeout: Duration::from_secs(20),
        seal_secret: SECRET.into(),
    };
    let db = Db::with_clock(settings, move || clock.now()).unwrap();
    let feed = Feed::new(FeedSettings::default(), &db);
    let (_, url) = listening(&db, &feed, Duration::ZERO, api::Settings::default(), Settings::default()).await;
    Asker::bearer(&url, &token("member@here", None))
}

#[tokio::test]
async fn a_panic_is_an_internal_error_with_an_id_that_is_in_the_log() {
    let app = App::start().await;
    let clock = Clock(Arc::default());
    let member = server(&app, clock.clone()).await;
    let create =
        "mutation { createDocument(input: { filename: \"half.pdf\", idempotencyKey: \"one\" }) { document { id } } }";
    clock.mend();
    assert_eq!(member.say("{ viewer { role } }").await.str("/viewer/role"), "MEMBER");
    // The first moment is for the token; then it is the resolver's turn.
    for (document, moments) in [("{ viewer { role } }", 0), (create, 1), (create, 2)] {
        clock.breaks_after(moments);
        let answer = member.say(document).await;
        answer.refused("INTERNAL_SERVER_ERROR");
        assert_eq!(answer.status, 500, "{}", answer.text);
        assert!(answer.json.get("data").is_none(), "{}", answer.text);
        assert!(!answer.text.contains("clock"), "{}", answer.text);
        let error_id = answer.errors()[0]["extensions"]["errorId"].as_str().unwrap();
        assert!(log::errors().contains(error_id), "{error_id} is not in the log: {}", log::errors());
    }
    clock.mend();
    until(&app, BUSY, 0).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 0, "nothing is half done");
    let made = member.ask(create, json!({})).await;
    assert!(made.str("/createDocument/document/id").len() > 10, "{}", made.text);
}

#[tokio::test]
async fn a_panic_over_a_socket_ends_its_operation_and_nothing_else() {
    let app = App::start().await;
    let clock = Clock(Arc::default());
    let member = server(&app, clock.clone()).await;
    clock.mend();
    let mut socket = member.socket().await;
    let create = "mutation { createDocument(input: { filename: \"half.pdf\" }) { document { id } } }";
    for (document, moments) in [("{ viewer { role } }", 0), (create, 1)] {
        clock.breaks_after(moments);
        socket.subscribe("1", document, json!({})).await;
        assert_eq!(socket.failure("1").await, ["INTERNAL_SERVER_ERROR"]);
        clock.mend();
        socket.subscribe("1", "{ viewer { role } }", json!({})).await;
        assert_eq!(socket.answer("1").await, json!({ "viewer": { "role": "MEMBER" } }));
        socket.expect(json!({ "type": "complete", "id": "1" })).await;
    }
    until(&app, BUSY, 0).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 0, "nothing is half done");
}
