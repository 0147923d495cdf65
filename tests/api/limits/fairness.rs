//! What one principal does leaves something to the others.

use crate::faults::{LOCKED, until};
use crate::kit::App;
use crate::kit::database::connect;

/// A query that waits while the documents are locked.
const DOCUMENTS: &str = "{ documents { totalCount } }";

#[tokio::test]
async fn one_principal_does_not_have_all_connections() {
    // The server of the tests lends three connections, of which a principal has two.
    let app = App::start().await;
    let lock = connect(app.database()).await;
    lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let greedy = (0..10).map(|_| {
        let member = app.member();
        tokio::spawn(async move { member.say(DOCUMENTS).await.int("/documents/totalCount") })
    });
    let greedy: Vec<_> = greedy.collect();
    until(&app, LOCKED, 2).await;
    assert_eq!(app.guest().say("{ people { totalCount } }").await.int("/people/totalCount"), 1);
    lock.batch_execute("ROLLBACK").await.unwrap();
    for answer in greedy {
        assert_eq!(answer.await.unwrap(), 0, "whoever waits for the turn is answered");
    }
}
