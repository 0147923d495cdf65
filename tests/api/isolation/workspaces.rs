//! Which workspace a request may act in.

use uuid::Uuid;

use crate::kit::App;

const WHERE: &str = "{ workspace { id } }";

#[tokio::test]
async fn a_workspace_one_is_no_member_of_is_refused_like_one_that_does_not_exist() {
    let app = App::start().await;
    let unknown = Uuid::new_v4().to_string();
    for (role, asker) in app.by_role() {
        let foreign = asker.in_workspace(&app.elsewhere.id).say(WHERE).await;
        assert_eq!(foreign.status, 403, "{role}");
        foreign.refused("FORBIDDEN");
        assert!(foreign.json.get("data").is_none(), "{role}");
        for other in [unknown.as_str(), "no-such-workspace"] {
            let answer = asker.in_workspace(other).say(WHERE).await;
            assert_eq!((answer.status, &answer.text), (foreign.status, &foreign.text), "{role} in {other:?}");
        }
    }
}

#[tokio::test]
async fn ones_own_workspace_may_be_named() {
    let app = App::start().await;
    for (role, asker) in app.by_role() {
        let answer = asker.in_workspace(&app.here.id).say(WHERE).await;
        assert_eq!(answer.str("/workspace/id"), app.here.id, "{role}");
    }
}

#[tokio::test]
async fn the_workspaces_one_may_switch_to_are_those_of_ones_live_active_memberships() {
    use serde_json::json;

    use crate::kit::make;

    let app = App::start().await;
    let (pending, left, closed, second) = (
        make::workspace(&app, json!({})).await,
        make::workspace(&app, json!({})).await,
        make::workspace(&app, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await,
        make::workspace(&app, json!({ "name": "second" })).await,
    );
    let subject = "member@here";
    make::membership(&app, &pending, subject, "owner", json!({ "status": "pending" })).await;
    make::membership(&app, &left, subject, "owner", json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    make::membership(&app, &closed, subject, "owner", json!({})).await;
    make::membership(&app, &second, subject, "owner", json!({})).await;
    let query = "{ viewer { workspaces { id } } }";
    // Somebody else made it a member there, which must not decide where its requests go.
    app.member().say(WHERE).await.refused("FORBIDDEN");
    let here = app.member().in_workspace(&app.here.id);
    let mut listed = here.say(query).await.each("/viewer/workspaces", "id");
    listed.sort();
    let mut expected = vec![app.here.id.clone(), second.id.clone()];
    expected.sort();
    assert_eq!(listed, expected);
    for refused in [&pending, &left, &closed] {
        app.member().in_workspace(&refused.id).say(WHERE).await.refused("FORBIDDEN");
    }
    assert_eq!(app.member().in_workspace(&second.id).say(WHERE).await.str("/workspace/id"), second.id);
    assert_eq!(app.service().say(query).await.at("/viewer/workspaces"), &json!([]));
}

#[tokio::test]
async fn a_workspace_header_that_cannot_be_read_is_never_ignored() {
    let app = App::start().await;
    let asked = |values: &'static [&'static [u8]]| {
        let mut request =
            app.member().request(reqwest::Method::POST, "/graphql").header("content-type", "application/json");
        for value in values {
            request = request.header("x-workspace-id", *value);
        }
        crate::kit::Answer::of(request.body("{\"query\":\"{ viewer { role } }\"}"))
    };
    asked(&[b"soci\xc3\xa9t\xc3\xa9"]).await.refused("FORBIDDEN");
    asked(&[b"\xff\xfe"]).await.refused("BAD_USER_INPUT");
    asked(&[b"one", b"two"]).await.refused("BAD_USER_INPUT");
}
