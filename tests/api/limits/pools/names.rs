//! Names of operations in the metrics.

use well_ingestion::server::{MetricsAccess, Settings};

use crate::kit::App;

#[tokio::test]
async fn a_guest_does_not_take_all_labels_for_names() {
    let app = App::set(Settings { metrics: MetricsAccess::Open, ..Settings::default() }).await;
    let guest = app.guest();
    for number in 0..300 {
        let answer = guest.say(&format!("query Guest{number} {{ viewer {{ role }} }}")).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    }
    for number in 0..20 {
        for _ in 0..6 {
            app.member().say(&format!("query Real{number} {{ viewer {{ role }} }}")).await;
        }
    }
    app.owner().say("query Rare { viewer { role } }").await;
    let metrics = app.anyone().get("/metrics").await.text;
    for name in (0..20).map(|number| format!("Real{number}")).chain(["Guest0".to_owned(), "Rare".to_owned()]) {
        assert!(metrics.contains(&format!("graphql_operation_name=\"{name}\"")), "{name} is not told");
    }
    let labels = metrics.lines().filter(|line| line.starts_with("graphql_server_operation_duration_seconds_count"));
    assert!(labels.count() <= 101 + 2, "names that made room stay, and there are few");
}
