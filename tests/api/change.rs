//! Asking for a change, and reading what became of it.

use std::future::Future;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::kit::{Answer, App, Asker};

/// A mutation with its input as one variable.
pub fn operation(field: &str, selection: &str) -> String {
    let ty = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    format!(
        "mutation ($input: {ty}!) {{ done: {field}(input: $input) {{ {selection} userErrors {{ code message path }} }} }}"
    )
}

/// What is answered to it.
pub async fn change(asker: &Asker, field: &str, selection: &str, input: Value) -> Answer {
    asker.ask(&operation(field, selection), json!({ "input": input })).await
}

/// The same, which must be done.
pub async fn done(asker: &Asker, field: &str, selection: &str, input: Value) -> Answer {
    let answer = change(asker, field, selection, input).await;
    assert_eq!(answer.at("/done/userErrors"), &json!([]), "{field}");
    answer
}

/// Asserts that all it says is one user error of this code, on what stands at this path of the input.
#[track_caller]
pub fn refused(answer: &Answer, code: &str, path: &str) {
    let error = answer.at("/done/userErrors/0");
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    let expected: Vec<&str> = std::iter::once("input").chain(parts).collect();
    assert_eq!((error["code"].as_str(), &error["path"]), (Some(code), &json!(expected)), "{}", answer.text);
    assert_eq!(answer.at("/done/userErrors").as_array().unwrap().len(), 1, "{}", answer.text);
    assert!(!error["message"].as_str().unwrap().is_empty(), "{}", answer.text);
}

/// Asserts that each value of the field is refused as malformed, on that field.
pub async fn refuses(asker: &Asker, mutation: &str, input: &Value, field: &str, values: &[Value]) {
    for value in values {
        let mut input = input.clone();
        input[field] = value.clone();
        let answer = change(asker, mutation, "", input).await;
        refused(&answer, "BAD_USER_INPUT", field);
    }
}

/// All at once.
pub async fn at_once<T>(work: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    join_all(work).await
}

/// The one number that the SQL of the test gives.
pub async fn count(app: &App, sql: &str) -> i64 {
    app.sql().query_one(sql, &[]).await.unwrap().get(0)
}

/// Has the table `public.removals` say how many rows each statement removes from a table from now on.
pub async fn watch_removals(app: &App, table: &str) {
    app.execute(&format!(
        "CREATE TABLE public.removals (rows bigint);
         CREATE FUNCTION public.note_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO public.removals SELECT count(*) FROM removed; RETURN NULL;
         END $$;
         CREATE TRIGGER note_removal AFTER DELETE ON core_api.{table} REFERENCING OLD TABLE AS removed
             FOR EACH STATEMENT EXECUTE FUNCTION public.note_removal()"
    ))
    .await;
}
