//! From a credential to a caller: which workspace, which role, and who is turned away.

mod key_sets;

use std::time::Duration;

use serde_json::{Value, json};
use well_ingestion::auth::ApiKeySecret;

use crate::kit::{Answer, App, SECRET, make, signed, token};

const WHERE: &str = "{ viewer { role workspace { id } } }";

/// Claims of a token that holds, and more.
fn claims(subject: &str, more: &Value) -> Value {
    let mut claims = json!({ "sub": subject, "exp": in_seconds(3600) });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn in_seconds(seconds: i64) -> i64 {
    chrono::Utc::now().timestamp() + seconds
}

/// A subject that is a guest in a first workspace, a member in its default one, and an admin in a third.
async fn traveller(app: &App) -> [String; 3] {
    let mut ids = Vec::new();
    for (role, is_default) in [("guest", false), ("member", true), ("admin", false)] {
        let workspace = make::workspace(app, json!({ "external_workspace_id": format!("ext-{role}") })).await;
        make::membership(app, &workspace, "traveller", role, json!({ "is_default": is_default })).await;
        ids.push(workspace.id);
    }
    ids.try_into().unwrap()
}

#[tokio::test]
async fn without_a_workspace_it_is_the_subjects_default_one() {
    let app = App::start().await;
    let [_, default, _] = traveller(&app).await;
    assert_eq!(app.subject("traveller").say(WHERE).await.str("/viewer/workspace/id"), default);
}

#[tokio::test]
async fn the_header_comes_before_the_claim_and_the_claim_before_the_default() {
    let app = App::start().await;
    let [first, _, third] = traveller(&app).await;
    let asker = app.bearer(&token("traveller", Some(&third)));
    assert_eq!(asker.say(WHERE).await.str("/viewer/workspace/id"), third);
    assert_eq!(asker.in_workspace(&first).say(WHERE).await.str("/viewer/workspace/id"), first);
}

#[tokio::test]
async fn a_token_of_the_hasura_deployment_names_its_workspace_in_its_own_claims() {
    let app = App::start().await;
    let [first, _, third] = traveller(&app).await;
    let hasura = json!({ "x-hasura-workspace-id": first, "x-hasura-role": "owner" });
    for namespace in [hasura.clone(), json!(hasura.to_string())] {
        let claims = claims("traveller", &json!({ "https://hasura.io/jwt/claims": namespace }));
        let answer = app.bearer(&signed(&claims)).say(WHERE).await;
        assert_eq!(answer.at("/viewer"), &json!({ "role": "GUEST", "workspace": { "id": first } }));
    }
    let both = claims("traveller", &json!({ "workspace_id": third, "https://hasura.io/jwt/claims": hasura }));
    assert_eq!(app.bearer(&signed(&both)).say(WHERE).await.str("/viewer/workspace/id"), third);
}

#[tokio::test]
async fn a_workspace_may_be_named_by_its_external_id() {
    let app = App::start().await;
    let [first, ..] = traveller(&app).await;
    let asker = app.subject("traveller");
    assert_eq!(asker.in_workspace("ext-guest").say(WHERE).await.str("/viewer/workspace/id"), first);
}

#[tokio::test]
async fn a_claim_of_a_workspace_one_is_no_member_of_is_forbidden_and_never_the_default() {
    let app = App::start().await;
    traveller(&app).await;
    let answer = app.bearer(&token("traveller", Some(&app.here.id))).say(WHERE).await;
    assert_eq!(answer.status, 403);
    answer.refused("FORBIDDEN");
}

#[tokio::test]
async fn the_role_is_the_memberships_whatever_the_token_says() {
    let app = App::start().await;
    let boasts = json!({
        "role": "owner", "roles": ["owner"], "x-hasura-role": "service",
        "https://hasura.io/jwt/claims": { "x-hasura-role": "owner", "x-hasura-default-role": "owner" },
    });
    let asker = app.bearer(&signed(&claims("guest@here", &boasts)));
    assert_eq!(asker.say(WHERE).await.str("/viewer/role"), "GUEST");
    asker.say("{ apiKeys { totalCount } }").await.refused("FORBIDDEN");
}

#[tokio::test]
async fn the_role_is_the_one_of_the_workspace_that_is_acted_in() {
    let app = App::start().await;
    let [first, _, third] = traveller(&app).await;
    let query = "{ viewer { role } apiKeys { totalCount } }";
    let admin = app.subject("traveller").in_workspace(&third).say(query).await;
    assert_eq!(admin.at("/viewer/role"), "ADMIN");
    let guest = app.subject("traveller").in_workspace(&first).say(query).await;
    assert_eq!((guest.shown("/viewer/role"), guest.codes()), (&json!("GUEST"), vec!["FORBIDDEN"]));
}

#[tokio::test]
async fn only_a_live_active_membership_of_a_live_workspace_lets_in() {
    let app = App::start().await;
    assert_eq!(app.member().say(WHERE).await.status, 200);
    for (hide, show) in [
        ("memberships SET status = 'pending'", "memberships SET status = 'active'"),
        ("memberships SET deleted_at = now()", "memberships SET deleted_at = NULL"),
        ("memberships SET subject = NULL", "memberships SET subject = 'member@here'"),
        ("workspaces SET deleted_at = now()", "workspaces SET deleted_at = NULL"),
    ] {
        let rows = if hide.starts_with("workspaces") {
            format!("pk = {}", app.here.pk)
        } else {
            format!("workspace_pk = {} AND person_pk = {}", app.here.pk, app.person.pk)
        };
        app.execute(&format!("UPDATE core_api.{hide} WHERE {rows}")).await;
        for asker in [app.member(), app.member().in_workspace(&app.here.id)] {
            let answer = asker.say(WHERE).await;
            assert_eq!(answer.status, 403, "{hide}");
            answer.refused("FORBIDDEN");
        }
        app.execute(&format!("UPDATE core_api.{show} WHERE {rows}")).await;
        assert_eq!(app.member().say(WHERE).await.status, 200, "{show}");
    }
}

#[tokio::test]
async fn a_change_of_the_role_holds_from_the_next_request_when_nothing_is_remembered() {
    let app = App::start().await;
    let role = |asker: crate::kit::Asker| async move { asker.say(WHERE).await.str("/viewer/role").to_owned() };
    assert_eq!(role(app.member()).await, "MEMBER");
    app.execute("UPDATE core_api.memberships SET role = 'admin' WHERE subject = 'member@here'").await;
    assert_eq!(role(app.member()).await, "ADMIN");
}

#[tokio::test]
async fn a_remembered_caller_is_not_looked_up_again() {
    let app = App::remembering(Duration::from_secs(3600)).await;
    app.member().say("{ __typename }").await;
    let before = app.statements();
    app.member().say("{ __typename }").await;
    assert_eq!(app.statements(), before);
    app.guest().say("{ __typename }").await;
    assert_eq!(app.statements(), before + 1);
}

#[tokio::test]
async fn an_api_key_has_the_role_and_the_workspace_it_was_made_with() {
    let app = App::start().await;
    for role in ["guest", "member", "admin", "owner", "service"] {
        let (_, secret) = make::api_key(&app, &app.here, json!({ "role": role })).await;
        let answer = app.bearer(&secret).say(WHERE).await;
        let expected = json!({ "role": role.to_uppercase(), "workspace": { "id": app.here.id } });
        assert_eq!(answer.at("/viewer"), &expected);
    }
}

#[tokio::test]
async fn an_api_key_that_was_used_says_when() {
    let app = App::start().await;
    let (key, secret) = make::api_key(&app, &app.here, json!({})).await;
    let query = "query ($id: ID!) { apiKey(id: $id) { lastUsedAt } }";
    let (admin, id) = (app.admin(), json!({ "id": key.id }));
    assert!(admin.ask(query, id.clone()).await.at("/apiKey/lastUsedAt").is_null());
    app.bearer(&secret).say(WHERE).await;
    assert!(admin.ask(query, id).await.at("/apiKey/lastUsedAt").is_string());
}

#[tokio::test]
async fn a_deleted_workspace_takes_its_api_keys_with_it() {
    let app = App::start().await;
    assert_eq!(app.service().say(WHERE).await.status, 200);
    app.execute(&format!("UPDATE core_api.workspaces SET deleted_at = now() WHERE pk = {}", app.here.pk)).await;
    let answer = app.service().say(WHERE).await;
    assert_eq!(answer.status, 401);
    answer.refused("UNAUTHENTICATED");
}

#[tokio::test]
async fn every_credential_that_does_not_hold_is_answered_alike() {
    let app = App::start().await;
    let ended = json!({ "deleted_at": "2026-01-01T00:00:00Z" });
    let (_, revoked) = make::api_key(&app, &app.here, ended).await;
    let (_, expired_key) = make::api_key(&app, &app.here, json!({ "expires_at": "2026-01-01T00:00:00Z" })).await;
    let good = token("member@here", None);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let other_payload = token("owner@here", None).split('.').nth(1).unwrap().to_owned();
    let unsigned_header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let other_secret = SECRET.replace("tests", "others");
    let forged = well_ingestion::auth::mint(
        &other_secret,
        "member@here",
        None,
        None,
        None,
        chrono::Utc::now(),
        Duration::from_secs(60),
    );
    let credentials = [
        revoked,
        expired_key,
        ApiKeySecret::generate().reveal().to_owned(),
        "well_sk_short".to_owned(),
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        String::new(),
        forged.unwrap(),
        format!("{header}.{other_payload}.{signature}"),
        format!("{unsigned_header}.{payload}."),
        format!("{message}."),
        format!("{good}x"),
        signed(&json!({ "sub": "member@here", "exp": in_seconds(-3600) })),
        signed(&json!({ "sub": "member@here" })),
        signed(&json!({ "exp": in_seconds(3600) })),
        signed(&claims("", &json!({}))),
        signed(&claims("member@here", &json!({ "nbf": in_seconds(3600) }))),
        signed(&claims("member@here", &json!({ "exp": "soon" }))),
    ];
    let nobody = app.anyone().say(WHERE).await;
    nobody.refused("UNAUTHENTICATED");
    for credential in credentials {
        let answer = app.bearer(&credential).say(WHERE).await;
        assert_eq!((answer.status, &answer.text), (401, &nobody.text), "{credential}");
        assert_eq!(answer.headers["www-authenticate"], nobody.headers["www-authenticate"], "{credential}");
    }
    for header in [format!("Basic {good}"), good.clone(), format!("Bearer{good}")] {
        let answer = app.anyone().authorized(&header).say(WHERE).await;
        assert_eq!((answer.status, &answer.text), (401, &nobody.text), "{header}");
    }
}

#[tokio::test]
async fn the_scheme_of_a_credential_may_be_written_in_any_case() {
    let app = App::start().await;
    let header = format!("bEARER {}", token("member@here", None));
    assert_eq!(app.anyone().authorized(&header).say(WHERE).await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn an_empty_workspace_is_as_one_that_is_not_named() {
    let app = App::start().await;
    let (_, key) = make::api_key(&app, &app.here, json!({ "role": "service" })).await;
    for (asker, role) in [(app.member(), "MEMBER"), (app.bearer(&key), "SERVICE")] {
        for empty in ["", " "] {
            assert_eq!(asker.in_workspace(empty).say(WHERE).await.str("/viewer/role"), role);
        }
    }
    // Beside one that is named, it is none.
    let request =
        app.member().in_workspace(&app.here.id).request(reqwest::Method::GET, "/graphql?query=%7Bviewer%7Brole%7D%7D");
    assert_eq!(Answer::of(request.header("x-workspace-id", "")).await.status, 200);
}
