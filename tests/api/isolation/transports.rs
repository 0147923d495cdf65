//! Every way to send an operation × every kind of outsider.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ENTITIES, Entity, World, nobodys_id};
use crate::kit::{Answer, App, Asker, make};
use crate::server::event_stream::{Parts, Way, change_until_told};

/// The ways that are plain requests: by `POST`, and by `GET` with the document in the address.
async fn whole(asker: &Asker, query: &str) -> [Answer; 2] {
    let address = format!("/graphql?{}", serde_urlencoded::to_string([("query", query)]).unwrap());
    [asker.say(query).await, Answer::of(asker.request(Method::GET, &address)).await]
}

/// The answers of all ways, as text and as the data and errors in them.
async fn answers(asker: &Asker, query: &str) -> Vec<Value> {
    let mut answers: Vec<Value> = whole(asker, query).await.into_iter().map(|answer| answer.json).collect();
    for way in Way::ALL {
        for request in [way.asking(asker, query, json!({})), way.get(asker, query)] {
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 200, "{way:?}: {}", answer.text);
            if answer.json.is_null() {
                let line =
                    answer.text.lines().find(|line| line.contains("\"data\"")).unwrap_or(&answer.text).to_owned();
                let line = line.strip_prefix("data: ").unwrap_or(&line);
                let mut parsed: Value =
                    serde_json::from_str(line).unwrap_or_else(|_| panic!("{way:?}: {}", answer.text));
                answers.push(if parsed["payload"].is_null() { parsed } else { parsed["payload"].take() });
            } else {
                answers.push(answer.json);
            }
        }
    }
    let mut socket = asker.socket().await;
    socket.subscribe("1", query, json!({})).await;
    answers.push(socket.hear().await["payload"].take());
    answers
}

#[tokio::test]
async fn nobody_is_told_anything_whichever_way_it_asks() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let query = Entity::named("Document").by_id(world.id("Document"));
    let subscription = "subscription { documentChanged { id } }";
    let told = app.anyone().say(&query).await.text;
    let (stranger, unknown) = (app.member_elsewhere(), uuid::Uuid::new_v4().to_string());
    let foreign =
        [app.here.id.as_str(), &unknown, "no-such-workspace"].map(|workspace| stranger.in_workspace(workspace));
    let refused = foreign[0].say(&query).await.text;
    for way in Way::ALL {
        for document in [query.as_str(), subscription] {
            for request in [way.asking(&app.anyone(), document, json!({})), way.get(&app.anyone(), document)] {
                let answer = Answer::of(request).await;
                assert_eq!((answer.status, &answer.text), (401, &told), "{way:?}");
            }
            for stranger in &foreign {
                let answer = Answer::of(way.asking(stranger, document, json!({}))).await;
                assert_eq!((answer.status, &answer.text), (403, &refused), "{way:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_row_of_another_workspace_does_not_exist_whichever_way_it_is_asked_for() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for entity in &ENTITIES {
        let foreign = answers(&app.owner(), &entity.by_id(world.id(entity.name))).await;
        assert!(foreign.iter().all(|answer| answer["data"]["found"]["id"] == world.id(entity.name)), "{foreign:?}");
        for stranger in [app.subject("owner@elsewhere"), app.service_elsewhere()] {
            let foreign = answers(&stranger, &entity.by_id(world.id(entity.name))).await;
            let unknown = answers(&stranger, &entity.by_id(&nobodys_id(entity.name))).await;
            assert_eq!(foreign, unknown, "{}", entity.name);
            assert!(foreign.iter().all(|answer| answer == &foreign[0]), "{}: {foreign:?}", entity.name);
            assert!(foreign[0]["data"]["found"].is_null(), "{}: {foreign:?}", entity.name);
        }
    }
}

#[tokio::test]
async fn nothing_of_another_workspace_is_told_whichever_way_it_is_followed() {
    let app = App::start().await;
    for way in Way::ALL {
        // Even who names the row.
        let foreign = make::document(&app, &app.elsewhere, json!({})).await;
        let own = make::document(&app, &app.here, json!({})).await;
        let document = format!(
            "subscription {{ documentChanged(ids: {}) {{ id node {{ filename }} }} }}",
            json!([foreign.id, own.id])
        );
        let mut parts = Parts::of(way.asking(&app.owner(), &document, json!({}))).await;
        let told = async {
            loop {
                for row in [&foreign, &own] {
                    app.execute(&format!("UPDATE core_api.documents SET updated_at = now() WHERE pk = {}", row.pk))
                        .await;
                }
                let next = tokio::time::timeout(std::time::Duration::from_millis(200), parts.answer()).await;
                if let Ok(answer) = next {
                    return answer;
                }
            }
        };
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("nothing is told");
        assert_eq!(told["data"]["documentChanged"]["id"], own.id, "{way:?}: {told}");
    }
}

#[tokio::test]
async fn what_a_role_may_not_read_it_may_not_follow_in_parts() {
    let app = App::start().await;
    for way in Way::ALL {
        for field in ["connectorMappingChanged", "connectorSyncDiagnosticCreated"] {
            let document = format!("subscription {{ {field} {{ id }} }}");
            let mut parts = Parts::of(way.asking(&app.guest(), &document, json!({}))).await;
            let answer = parts.answer().await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{way:?}: {answer}");
            parts.complete().await;
        }
        let mut parts =
            Parts::of(way.asking(&app.guest(), "subscription { collectChanged { kind } }", json!({}))).await;
        assert_eq!(change_until_told(&app, &mut parts).await["data"]["collectChanged"]["kind"], "CREATED");
    }
}
