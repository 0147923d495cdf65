//! `updateWorkspace`.

use serde_json::{Value, json};

use crate::change::{at_once, change, done, refused, refuses};
use crate::kit::App;

const ALL: &str = "workspace { id name description avatarColor avatarImage timezone updatedAt }";

const FILLED: &str = "workspace { name description avatarColor avatarImage timezone }";

fn filled() -> Value {
    json!({
        "name": "Acme", "description": "Makes everything.", "avatarColor": "#1e90FF",
        "avatarImage": "https://example.com/acme.png", "timezone": "Europe/Paris",
    })
}

#[tokio::test]
async fn admins_and_owners_change_their_own_workspace_only() {
    let app = App::start().await;
    for asker in [app.admin(), app.owner()] {
        let answer = done(&asker, "updateWorkspace", ALL, filled()).await;
        assert_eq!(answer.str("/done/workspace/id"), app.here.id);
        let answer = done(&asker, "updateWorkspace", FILLED, json!({})).await;
        assert_eq!(answer.at("/done/workspace"), &filled());
    }
    let there = app.admin_elsewhere().say("{ workspace { name description } }").await;
    assert_eq!(there.at("/workspace"), &json!({ "name": "elsewhere", "description": null }));
    for asker in [app.guest(), app.member(), app.service()] {
        change(&asker, "updateWorkspace", ALL, filled()).await.refused("FORBIDDEN");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let (admin, none) = (app.admin(), json!({}));
    let refuses = |field: &'static str, values: Vec<Value>| {
        let (admin, none) = (admin.clone(), none.clone());
        async move { refuses(&admin, "updateWorkspace", &none, field, &values).await }
    };
    refuses("name", vec![json!(null), json!(""), json!("  "), json!("x".repeat(256)), json!("a\0b")]).await;
    refuses("description", vec![json!("x".repeat(5_001)), json!("\0")]).await;
    let colors = ["", "red", "#12345", "#1234567", "#12345g", "1e90ff#", "#é2345", "#12345\0"];
    refuses("avatarColor", colors.map(Value::from).to_vec()).await;
    let images = [
        "",
        "picture.png",
        "//example.com/x",
        "javascript:alert(1)",
        "data:image/png;base64,AA==",
        "ftp://example.com/x",
        "https://",
        "https://me:secret@example.com/x",
        "https://me@example.com",
        " https://example.com",
        "https://exa\tmple.com",
        "https://example.com/\0",
        "https:\\\\example.com",
    ];
    refuses("avatarImage", images.map(Value::from).to_vec()).await;
    refuses("avatarImage", vec![json!(format!("https://example.com/{}", "x".repeat(2_048)))]).await;
    let zones = ["", "Paris", "europe/paris", "Europe/Paris ", "+02:00", "Europe/Paris\0"];
    refuses("timezone", zones.map(Value::from).to_vec()).await;
    let name = app.admin().say("{ workspace { name } }").await;
    assert_eq!(name.str("/workspace/name"), "here");
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_clears_however_it_is_said() {
    let app = App::start().await;
    let admin = app.admin();
    let cleared = json!({
        "name": "Acme", "description": null, "avatarColor": null, "avatarImage": null, "timezone": null,
    });
    let nulls = json!({ "description": null, "avatarColor": null, "avatarImage": null, "timezone": null });
    let literal = format!(
        "mutation {{ done: updateWorkspace(input: {{ description: null avatarColor: null avatarImage: null timezone: null }})
            {{ {FILLED} userErrors {{ code message path }} }} }}"
    );
    let inner = format!(
        "mutation ($d: String, $c: String, $i: String, $t: String) {{
            done: updateWorkspace(input: {{ description: $d avatarColor: $c avatarImage: $i timezone: $t }})
            {{ {FILLED} userErrors {{ code message path }} }} }}"
    );
    let whole = format!(
        "mutation ($input: UpdateWorkspaceInput!) {{
            done: updateWorkspace(input: $input) {{ {FILLED} userErrors {{ code message path }} }} }}"
    );
    for (query, nothing, all_null) in [
        (&literal, None, json!({})),
        (&inner, Some(json!({})), json!({ "d": null, "c": null, "i": null, "t": null })),
        (&whole, Some(json!({ "input": {} })), json!({ "input": nulls })),
    ] {
        done(&admin, "updateWorkspace", "", filled()).await;
        if let Some(nothing) = nothing {
            assert_eq!(admin.ask(query, nothing).await.at("/done/workspace"), &filled(), "{query}");
        }
        assert_eq!(admin.ask(query, all_null).await.at("/done/workspace"), &cleared, "{query}");
    }
    let given =
        json!({ "d": "Makes everything.", "c": "#1e90FF", "i": "https://example.com/acme.png", "t": "Europe/Paris" });
    assert_eq!(admin.ask(&inner, given).await.at("/done/workspace"), &filled());
    let literal = r##"mutation { done: updateWorkspace(input: { avatarColor: "#000000" }) { workspace { avatarColor timezone } } }"##;
    let answer = admin.say(literal).await;
    assert_eq!(answer.at("/done/workspace"), &json!({ "avatarColor": "#000000", "timezone": "Europe/Paris" }));
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_is_a_conflict_and_shows_it() {
    let app = App::start().await;
    let read = app.admin().say("{ workspace { updatedAt } }").await;
    let seen = read.str("/workspace/updatedAt").to_owned();
    let input = |name: &str| json!({ "name": name, "expectedUpdatedAt": seen });
    let first = done(&app.admin(), "updateWorkspace", ALL, input("first")).await;
    assert_ne!(first.str("/done/workspace/updatedAt"), seen);
    let second = change(&app.owner(), "updateWorkspace", ALL, input("second")).await;
    refused(&second, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(second.at("/done/workspace"), first.at("/done/workspace"));

    let seen = first.str("/done/workspace/updatedAt");
    let askers: Vec<_> = (0..8).map(|_| app.admin()).collect();
    let raced = at_once(askers.iter().enumerate().map(|(index, asker)| {
        change(asker, "updateWorkspace", ALL, json!({ "name": format!("racer {index}"), "expectedUpdatedAt": seen }))
    }))
    .await;
    let won = raced.iter().filter(|answer| answer.at("/done/userErrors") == &json!([])).count();
    assert_eq!(won, 1);
}
