//! Places of sockets and event streams.

use well_ingestion::server::{Settings, SocketSettings};

use crate::kit::App;

#[tokio::test]
async fn a_workspace_that_has_all_sockets_makes_room_for_another() {
    let sockets = SocketSettings { most: 3, ..SocketSettings::default() };
    let app = App::set(Settings { sockets, ..Settings::default() }).await;
    let (mut oldest, mut second) = (app.guest().socket().await, app.member().socket().await);
    let mut third = app.admin().socket().await;
    let mut other = app.member_elsewhere().socket().await;
    assert_eq!(oldest.closed().await, (1013, "Try again later".to_owned()));
    for socket in [&mut second, &mut third, &mut other] {
        socket.silent().await;
    }
    // The other workspace would have as many.
    let mut refused = crate::kit::Socket::open(&app).await;
    refused.init(serde_json::json!({ "authorization": app.admin_elsewhere().authorization() })).await;
    assert_eq!(refused.closed().await.0, 1013);
    second.silent().await;
}

#[tokio::test]
async fn nobody_makes_room_for_whoever_has_its_share() {
    let sockets = SocketSettings { most: 4, per_principal: 1, ..SocketSettings::default() };
    let app = App::set(Settings { sockets, ..Settings::default() }).await;
    let mut kept = [app.guest().socket().await, app.member().socket().await, app.admin().socket().await];
    let mut elsewhere = app.member_elsewhere().socket().await;
    for _ in 0..3 {
        let mut refused = crate::kit::Socket::open(&app).await;
        refused.init(serde_json::json!({ "authorization": app.member_elsewhere().authorization() })).await;
        assert_eq!(refused.closed().await.0, 4429);
    }
    for socket in kept.iter_mut().chain([&mut elsewhere]) {
        socket.silent().await;
    }
}
