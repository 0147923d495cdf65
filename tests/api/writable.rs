//! Asking mutations, and what every entity that can be written keeps to.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Answer, App, Asker, Row};

/// An entity with what is read of it.
pub struct Writable {
    pub entity: &'static str,
    pub selection: &'static str,
}

/// What became of a mutation.
pub struct Written {
    pub answer: Answer,
    field: String,
    entity: &'static str,
}

impl Writable {
    fn name(&self) -> String {
        let (first, rest) = self.entity.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    }

    fn payload(&self) -> String {
        format!("{{ {} {{ {} }} userErrors {{ code path }} }}", self.entity, self.selection)
    }

    /// Asks `create`, `update` or `delete` with the whole input as a variable.
    pub async fn ask(&self, asker: &Asker, verb: &str, input: Value) -> Written {
        let field = format!("{verb}{}", self.name());
        let (first, rest) = field.split_at(1);
        let query = format!(
            "mutation ($input: {}{rest}Input!) {{ {field}(input: $input) {} }}",
            first.to_uppercase(),
            self.payload()
        );
        Written { answer: asker.ask(&query, json!({ "input": input })).await, field, entity: self.entity }
    }

    /// Asks for an update with its input written out.
    pub async fn update(&self, asker: &Asker, variables: &str, input: &str, given: Value) -> Written {
        let field = format!("update{}", self.name());
        let query = format!("mutation {variables} {{ {field}(input: {{ {input} }}) {} }}", self.payload());
        Written { answer: asker.ask(&query, given).await, field, entity: self.entity }
    }
}

impl Written {
    /// The user errors, as `CODE at input.path`.
    #[track_caller]
    pub fn refusals(&self) -> Vec<String> {
        let errors = self.answer.at(&format!("/{}/userErrors", self.field)).as_array().unwrap();
        let path = |error: &Value| {
            let parts = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap());
            parts.collect::<Vec<_>>().join(".")
        };
        errors.iter().map(|error| format!("{} at {}", error["code"].as_str().unwrap(), path(error))).collect()
    }

    /// The entity, null or not.
    #[track_caller]
    pub fn current(&self) -> &Value {
        self.answer.at(&format!("/{}/{}", self.field, self.entity))
    }

    /// The entity after a change that was made.
    #[track_caller]
    pub fn row(&self) -> &Value {
        assert!(self.refusals().is_empty() && !self.current().is_null(), "{}", self.answer.text);
        self.current()
    }

    /// The id of the entity after a change that was made.
    #[track_caller]
    pub fn id(&self) -> &str {
        self.row()["id"].as_str().unwrap()
    }

    /// Asserts that it was refused for one reason, such as `NOT_FOUND at input.id`, and shows nothing.
    #[track_caller]
    pub fn refused(&self, why: &str) {
        assert_eq!(self.refusals(), [why], "{}", self.answer.text);
        assert!(self.current().is_null(), "{}", self.answer.text);
    }

    /// Asserts that somebody else was first, and gives the row as it now is.
    #[track_caller]
    pub fn conflict(&self, path: &str) -> &Value {
        assert_eq!(self.refusals(), [format!("CONFLICT at {path}")], "{}", self.answer.text);
        assert!(!self.current().is_null(), "{}", self.answer.text);
        self.current()
    }
}

/// The input with more fields.
fn with(input: &Value, more: &Value) -> Value {
    let mut input = input.clone();
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// What is asked for with the input: an update when it names a row.
fn verb(input: &Value) -> &'static str {
    if input.get("id").is_some() { "update" } else { "create" }
}

/// Only these roles may; everybody else is told so.
pub async fn only(app: &App, what: &Writable, verb: &str, input: Value, allowed: &[&str]) {
    for (role, asker) in app.by_role() {
        let written = what.ask(&asker, verb, input.clone()).await;
        if allowed.contains(&role) {
            assert!(written.answer.errors().is_empty(), "{role} {verb}: {}", written.answer.text);
        } else {
            written.answer.refused("FORBIDDEN");
        }
    }
    what.ask(&app.anyone(), verb, input).await.answer.refused("UNAUTHENTICATED");
}

/// A row of another workspace, a deleted one and one that never was are answered alike, and stay as they are.
pub async fn unknown_ids(app: &App, what: &Writable, asker: &Asker, foreign: &Row, deleted: &Row, change: &Value) {
    let never = Uuid::new_v4().to_string();
    for (verb, change) in [("update", change), ("delete", &json!({}))] {
        let mut answers = Vec::new();
        for id in [&foreign.id, &deleted.id, &never] {
            let before = (stored(app, foreign).await, stored(app, deleted).await);
            let written = what.ask(asker, verb, with(&json!({ "id": id }), change)).await;
            written.refused("NOT_FOUND at input.id");
            assert_eq!((stored(app, foreign).await, stored(app, deleted).await), before);
            answers.push(written.answer.text);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }
    what.ask(asker, "delete", json!({ "id": "7" })).await.answer.refused("BAD_USER_INPUT");
}

/// What an input names elsewhere, or what was deleted, is not there.
pub async fn unknown_references(what: &Writable, asker: &Asker, input: &Value, field: &str, rows: &[&Row]) {
    let never = Uuid::new_v4().to_string();
    let mut answers = Vec::new();
    for id in rows.iter().map(|row| &row.id).chain([&never]) {
        let written = what.ask(asker, verb(input), with(input, &json!({ field: id }))).await;
        written.refused(&format!("NOT_FOUND at input.{field}"));
        answers.push(written.answer.text);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// The row as the database has it.
pub async fn stored(app: &App, row: &Row) -> String {
    let sql = format!("SELECT to_jsonb(t)::text FROM core_api.{} t WHERE pk = $1", row.table);
    app.sql().query_one(&sql, &[&row.pk]).await.unwrap().get(0)
}

/// How many rows of the table there are.
pub async fn count(app: &App, table: &str) -> i64 {
    app.sql().query_one(&format!("SELECT count(*) FROM core_api.{table}"), &[]).await.unwrap().get(0)
}

/// A clearable field: absent leaves it, null clears it, however the input is written. `shown` is where it is read.
pub async fn partial(what: &Writable, asker: &Asker, id: &str, field: &str, kind: &str, value: &Value, shown: &str) {
    let expect = |written: &Written, wanted: &Value, how: &str| {
        let found = written.row().pointer(shown).cloned().unwrap_or_default();
        assert_eq!(&found, wanted, "{field} {how}: {}", written.answer.text);
    };
    let row = format!("id: {}", json!(id));
    let (variable, inner) = (format!("($v: {kind})"), format!("{row}, {field}: $v"));
    let (none, null) = (json!({}), json!(null));
    let given = async |variables: Value| what.update(asker, &variable, &inner, variables).await;
    let written_out = async |input: String| what.update(asker, "", &input, json!({})).await;
    let whole = async |changes: Value| what.ask(asker, "update", with(&json!({ "id": id }), &changes)).await;

    expect(&written_out(format!("{row}, {field}: {value}")).await, value, "as a literal");
    expect(&written_out(row.clone()).await, value, "left out");
    expect(&given(none.clone()).await, value, "as an omitted variable");
    expect(&given(json!({ "v": null })).await, &null, "as a null variable");
    expect(&given(json!({ "v": value })).await, value, "as a variable");
    expect(&whole(none).await, value, "left out of the whole input");
    expect(&whole(json!({ field: null })).await, &null, "as null in the whole input");
    expect(&whole(json!({ field: value })).await, value, "in the whole input");
    expect(&written_out(format!("{row}, {field}: null")).await, &null, "as a literal null");
}

/// A field that always has a value: absent leaves it, null is refused.
pub async fn kept(what: &Writable, asker: &Asker, id: &str, field: &str, kind: &str) {
    let before = what.ask(asker, "update", json!({ "id": id })).await.row().clone();
    let refusal = format!("BAD_USER_INPUT at input.{field}");
    let row = format!("id: {}", json!(id));
    let (variable, inner) = (format!("($v: {kind})"), format!("{row}, {field}: $v"));
    what.ask(asker, "update", json!({ "id": id, field: null })).await.refused(&refusal);
    what.update(asker, "", &format!("{row}, {field}: null"), json!({})).await.refused(&refusal);
    what.update(asker, &variable, &inner, json!({ "v": null })).await.refused(&refusal);
    let after = what.update(asker, &variable, &inner, json!({})).await;
    assert_eq!(after.row()[field], before[field]);
}

/// A text field: how long it may be, not blank, no U+0000.
pub async fn text(what: &Writable, asker: &Asker, input: &Value, field: &str, longest: usize) {
    let given = async |text: &str| what.ask(asker, verb(input), with(input, &json!({ field: text }))).await;
    // Characters are counted, not bytes.
    let fits = "é".repeat(longest);
    assert_eq!(given(&fits).await.row()[field], json!(fits));
    for refused in ["é".repeat(longest + 1).as_str(), "", " \n", "a\0b"] {
        given(refused).await.refused(&format!("BAD_USER_INPUT at input.{field}"));
    }
}

/// `expectedUpdatedAt`: a change goes through once, and whoever saw the row before gets it as it now is.
pub async fn optimistic(app: &App, what: &Writable, asker: &Asker, row: &Row, change: &Value) {
    let seen = what.ask(asker, "update", json!({ "id": row.id })).await.row()["updatedAt"].clone();
    let expecting = |seen: &Value| json!({ "id": row.id, "expectedUpdatedAt": seen });
    // Several at once with what all of them saw: one wins.
    let racers = join_all((0..6).map(|_| what.ask(asker, "update", with(&expecting(&seen), change)))).await;
    let (won, lost): (Vec<_>, Vec<_>) = racers.iter().partition(|written| written.refusals().is_empty());
    assert_eq!(won.len(), 1);
    let now = &won[0].row()["updatedAt"];
    for written in lost {
        assert_eq!(&written.conflict("input.expectedUpdatedAt")["updatedAt"], now);
    }
    let before = stored(app, row).await;
    let stale = what.ask(asker, "delete", expecting(&seen)).await;
    assert_eq!(&stale.conflict("input.expectedUpdatedAt")["updatedAt"], now);
    assert_eq!(stored(app, row).await, before);
    what.ask(asker, "delete", expecting(now)).await.row();
    what.ask(asker, "delete", json!({ "id": row.id })).await.refused("NOT_FOUND at input.id");
    let sql = format!("SELECT deleted_at IS NOT NULL FROM core_api.{} WHERE pk = $1", row.table);
    assert!(app.sql().query_one(&sql, &[&row.pk]).await.unwrap().get::<_, bool>(0));
}

/// `idempotencyKey`: the same twice, or many times at once, is done once; it is each principal's own. There must be
/// a member `another@here` too.
pub async fn idempotent(app: &App, what: &Writable, table: &str, input: &Value, other: &Value) {
    let asker = app.member();
    let keyed = async |input: &Value, key: &str| {
        what.ask(&asker, "create", with(input, &json!({ "idempotencyKey": key }))).await
    };
    let before = count(app, table).await;
    let first = keyed(input, "one").await;
    assert_eq!(keyed(input, "one").await.row(), first.row());
    for (input, key) in [(other, "one"), (input, ""), (input, "k".repeat(256).as_str()), (input, "a\0b")] {
        keyed(input, key).await.refused("BAD_USER_INPUT at input.idempotencyKey");
    }
    assert_eq!(count(app, table).await, before + 1);

    let racing = join_all((0..8).map(|_| keyed(input, "race"))).await;
    assert!(racing.iter().all(|written| written.id() == racing[0].id()));
    assert_eq!(count(app, table).await, before + 2);

    // Somebody else's key is another key, and one of yesterday is forgotten.
    let theirs = with(input, &json!({ "idempotencyKey": "one" }));
    assert_ne!(what.ask(&app.subject("another@here"), "create", theirs).await.id(), first.id());
    app.execute("UPDATE core_api.idempotency_keys SET created_at = now() - interval '25 hours'").await;
    assert_ne!(keyed(input, "one").await.id(), first.id());
    assert_eq!(count(app, table).await, before + 4);

    let gone = keyed(input, "gone").await;
    what.ask(&asker, "delete", json!({ "id": gone.id() })).await.row();
    keyed(input, "gone").await.refused("NOT_FOUND at input.idempotencyKey");
}

/// What must not wait for anything, least of all for a deadlock.
pub async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("it takes too long")
}
