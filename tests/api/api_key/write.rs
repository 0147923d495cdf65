//! `createApiKey`, `revokeApiKey`.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, make};

const ALL: &str = "secret created apiKey { id name keyHint role expiresAt lastUsedAt updatedAt person { id } }";

const WHO: &str = "{ viewer { role person { id } workspace { id } } }";

fn key(role: &str) -> Value {
    json!({ "name": "A machine", "role": role })
}

#[tokio::test]
async fn a_key_is_shown_once_and_lets_in() {
    let app = App::start().await;
    let input =
        json!({ "name": "Sync", "role": "ADMIN", "personId": app.person.id, "expiresAt": "2999-01-01T00:00:00Z" });
    let made = done(&app.admin(), "createApiKey", ALL, input).await;
    let secret = made.str("/done/secret");
    assert!(secret.starts_with("well_sk_"));
    let hint = format!("well_sk_...{}", &secret[secret.len() - 4..]);
    let expected = json!({
        "id": made.str("/done/apiKey/id"), "name": "Sync", "keyHint": hint, "role": "ADMIN",
        "expiresAt": "2999-01-01T00:00:00.000000Z", "lastUsedAt": null, "person": { "id": app.person.id },
        "updatedAt": made.str("/done/apiKey/updatedAt"),
    });
    assert_eq!((made.at("/done/apiKey"), made.at("/done/created")), (&expected, &json!(true)));
    let who = app.bearer(secret).say(WHO).await;
    let expected = json!({ "role": "ADMIN", "person": { "id": app.person.id }, "workspace": { "id": app.here.id } });
    assert_eq!(who.at("/viewer"), &expected);
    let listed = app.admin().say("{ apiKeys { nodes { id name keyHint role } } }").await;
    assert!(!listed.text.contains(secret));
    let stored =
        "SELECT count(*) FROM core_api.api_keys WHERE position(convert_to(right(key_hint, 4), 'UTF8') IN key_hash) > 0";
    assert_eq!(count(&app, stored).await, 0);
}

#[tokio::test]
async fn nobody_mints_more_than_he_is() {
    let app = App::start().await;
    let (_, admin) = make::api_key(&app, &app.here, json!({ "role": "admin" })).await;
    let (_, owner) = make::api_key(&app, &app.here, json!({ "role": "owner" })).await;
    for role in ["GUEST", "MEMBER", "ADMIN", "SERVICE", "OWNER"] {
        for asker in [app.guest(), app.member(), app.service()] {
            change(&asker, "createApiKey", ALL, key(role)).await.refused("FORBIDDEN");
        }
        for (asker, is_owner) in
            [(app.admin(), false), (app.bearer(&admin), false), (app.owner(), true), (app.bearer(&owner), true)]
        {
            let answer = change(&asker, "createApiKey", ALL, key(role)).await;
            // The pipeline reaches beyond the workspace, so only its operator makes its keys.
            if role == "SERVICE" || role == "OWNER" && !is_owner {
                answer.refused("FORBIDDEN");
            } else {
                let who = app.bearer(answer.str("/done/secret")).say(WHO).await;
                assert_eq!(who.str("/viewer/role"), role);
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let admin = app.admin();
    let before = count(&app, "SELECT count(*) FROM core_api.api_keys").await;
    let names = [json!(""), json!(" "), json!("x".repeat(256)), json!("a\0")];
    refuses(&admin, "createApiKey", &key("GUEST"), "name", &names).await;
    refuses(&admin, "createApiKey", &key("GUEST"), "expiresAt", &[json!("2020-01-01T00:00:00Z")]).await;
    let keys = [json!(""), json!("x".repeat(256)), json!("a\0")];
    refuses(&admin, "createApiKey", &key("GUEST"), "idempotencyKey", &keys).await;
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    let input = json!({ "name": "x", "role": "GUEST", "personId": stranger.id });
    let answer = change(&admin, "createApiKey", ALL, input).await;
    refused(&answer, "NOT_FOUND", "personId");
    assert_eq!(answer.at("/done/secret"), &json!(null));
    assert_eq!(answer.at("/done/created"), &json!(false));
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.api_keys").await, before);
}

#[tokio::test]
async fn repeating_makes_no_second_key_and_shows_no_secret() {
    let app = App::start().await;
    let before = count(&app, "SELECT count(*) FROM core_api.api_keys").await;
    let mut input = key("MEMBER");
    input["idempotencyKey"] = json!("once");
    let admins: Vec<_> = (0..5).map(|_| app.admin()).collect();
    let raced = at_once(admins.iter().map(|admin| done(admin, "createApiKey", ALL, input.clone()))).await;
    for answer in &raced {
        assert_eq!(answer.at("/done/apiKey"), raced[0].at("/done/apiKey"));
    }
    let (made, repeated): (Vec<_>, Vec<_>) = raced.iter().partition(|answer| answer.at("/done/created") == true);
    assert_eq!(made.len(), 1);
    for answer in repeated {
        assert!(answer.at("/done/secret").is_null());
    }
    let secret = made[0].str("/done/secret");
    assert_eq!(app.bearer(secret).say(WHO).await.str("/viewer/role"), "MEMBER");
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.api_keys").await, before + 1);

    let mut other = input.clone();
    other["role"] = json!("ADMIN");
    refused(&change(&app.admin(), "createApiKey", ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    done(&app.admin(), "revokeApiKey", "", json!({ "id": made[0].str("/done/apiKey/id") })).await;
    refused(&change(&app.admin(), "createApiKey", ALL, input).await, "NOT_FOUND", "idempotencyKey");
}

#[tokio::test]
async fn a_revoked_key_lets_nobody_in() {
    let app = App::start().await;
    let made = done(&app.owner(), "createApiKey", ALL, key("OWNER")).await;
    let holder = app.bearer(made.str("/done/secret"));
    holder.say(WHO).await.at("/viewer");
    let input = json!({ "id": made.str("/done/apiKey/id") });
    for asker in [app.guest(), app.member(), app.service()] {
        change(&asker, "revokeApiKey", "", input.clone()).await.refused("FORBIDDEN");
    }
    refused(&change(&app.admin_elsewhere(), "revokeApiKey", "", input.clone()).await, "NOT_FOUND", "id");
    change(&app.admin(), "revokeApiKey", "", input.clone()).await.refused("FORBIDDEN");
    let revoked = done(&app.owner(), "revokeApiKey", "apiKey { id name }", input.clone()).await;
    assert_eq!(revoked.at("/done/apiKey/id"), made.at("/done/apiKey/id"));
    let told = holder.say(WHO).await;
    assert_eq!(told.status, 401);
    told.refused("UNAUTHENTICATED");
    let query = format!("{{ apiKey(id: {}) {{ id }} }}", input["id"]);
    assert!(app.admin().say(&query).await.at("/apiKey").is_null());
    let again = change(&app.admin(), "revokeApiKey", "apiKey { id }", input).await;
    refused(&again, "NOT_FOUND", "id");
    assert!(again.at("/done/apiKey").is_null());
}

#[tokio::test]
async fn revoking_what_has_moved_on_is_a_conflict_and_shows_it() {
    let app = App::start().await;
    let made = done(&app.admin(), "createApiKey", ALL, key("GUEST")).await;
    let id = made.str("/done/apiKey/id");
    let input = json!({ "id": id, "expectedUpdatedAt": made.str("/done/apiKey/updatedAt") });
    app.execute(&format!("UPDATE core_api.api_keys SET name = 'another' WHERE api_key_id = '{id}'")).await;
    let late = change(&app.admin(), "revokeApiKey", "apiKey { id name updatedAt }", input).await;
    refused(&late, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(late.str("/done/apiKey/name"), "another");
    let input = json!({ "id": id, "expectedUpdatedAt": late.str("/done/apiKey/updatedAt") });
    done(&app.admin(), "revokeApiKey", "apiKey { id }", input).await;
}

#[tokio::test]
async fn to_be_used_is_no_change_of_a_key() {
    let app = App::start().await;
    let made = done(&app.admin(), "createApiKey", ALL, key("GUEST")).await;
    let (id, seen) = (made.str("/done/apiKey/id"), made.str("/done/apiKey/updatedAt"));
    app.bearer(made.str("/done/secret")).say(WHO).await.at("/viewer");
    let now = async || app.admin().say(&format!("{{ apiKey(id: \"{id}\") {{ updatedAt lastUsedAt }} }}")).await;
    let used = now().await;
    assert!(!used.at("/apiKey/lastUsedAt").is_null());
    assert_eq!(used.str("/apiKey/updatedAt"), seen);
    let set = async |what: &str| {
        app.execute(&format!("UPDATE core_api.api_keys SET {what} WHERE api_key_id = '{id}'")).await;
        now().await.str("/apiKey/updatedAt").to_owned()
    };
    assert_eq!(set("last_used_at = NULL").await, seen, "whichever program notes it");
    let changed = set("last_used_at = now(), key_hint = key_hint || '!'").await;
    assert_ne!(changed, seen, "with anything else it is a change");
    assert_ne!(set("name = name").await, changed, "any other update is one");
    let input = json!({ "id": id, "expectedUpdatedAt": now().await.str("/apiKey/updatedAt") });
    done(&app.admin(), "revokeApiKey", "", input).await;
}

#[tokio::test]
async fn of_many_who_revoke_at_once_one_does() {
    let app = App::start().await;
    let made = done(&app.admin(), "createApiKey", ALL, key("GUEST")).await;
    let input = json!({ "id": made.str("/done/apiKey/id") });
    let admins: Vec<_> = (0..6).map(|_| app.admin()).collect();
    let raced = at_once(admins.iter().map(|admin| change(admin, "revokeApiKey", "", input.clone()))).await;
    let (won, lost): (Vec<_>, Vec<_>) = raced.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
    assert_eq!(won.len(), 1);
    for answer in lost {
        refused(answer, "NOT_FOUND", "id");
    }
}
