//! Arguments of any value for every root field.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use crate::kit::introspection::{Schema, list, name, named};
use crate::kit::{App, Asker, make};
use crate::limits::hostile::served;

/// What is never told to somebody whose input is at fault.
const ACCIDENTS: [&str; 3] = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "REQUEST_TIMEOUT"];

const TEXTS: [&str; 20] = [
    "",
    " ",
    "a",
    "\0",
    "a\0b",
    "\u{7f}",
    "\u{1F600}",
    "e\u{301}",
    "\u{202e}",
    "\u{feff}",
    "%",
    "_",
    "\\",
    "'",
    "\"; --",
    "$",
    "\u{10FFFF}",
    "null",
    "[]",
    "-1",
];
const NUMBERS: [i64; 11] = [0, 1, -1, 2, 100, 101, 32_767, 2_147_483_647, -2_147_483_648, i64::MAX, i64::MIN];
const MOMENTS: [&str; 12] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.123456789+14:00",
    "0001-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:59",
    "+262142-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    "2026-06-30T23:59:60Z",
    "infinity",
    "2026-01-01",
];
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "Nowhere/None", "+25:00", "posix/UTC"];

/// Makes up requests.
struct Inventor<'a> {
    schema: &'a Schema,
    ids: &'a [String],
    rng: StdRng,
}

impl Inventor<'_> {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.rng).unwrap()
    }

    fn chance(&mut self, chance: f64) -> bool {
        self.rng.random_bool(chance)
    }

    /// A value of the type, or one that only looks like it.
    fn value(&mut self, ty: &Value, depth: usize) -> Value {
        if self.chance(0.01) {
            return self
                .one(&[Value::Null, json!(1), json!("x"), json!([]), json!({}), json!([[null]])].each_ref())
                .clone();
        }
        match ty["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&ty["ofType"], depth),
            _ if self.chance(0.05) => Value::Null,
            "LIST" => {
                let most = if self.chance(0.02) { 150 } else { 3 };
                let length = self.rng.random_range(0..=most);
                (0..length).map(|_| self.value(&ty["ofType"], depth + 1)).collect()
            }
            "INPUT_OBJECT" => self.object(name(ty), depth),
            "ENUM" => {
                let values = list(self.schema.ty(name(ty)), "enumValues");
                json!(values.choose(&mut self.rng).map(name))
            }
            _ => self.scalar(name(ty)),
        }
    }

    fn object(&mut self, ty: &str, depth: usize) -> Value {
        let mut object = Map::new();
        for field in list(self.schema.ty(ty), "inputFields") {
            let required = field["type"]["kind"] == "NON_NULL";
            // Filters hold filters.
            if required || self.chance(if depth < 4 { 0.4 } else { 0.05 }) {
                object.insert(name(field).to_owned(), self.value(&field["type"], depth + 1));
            }
        }
        Value::Object(object)
    }

    fn scalar(&mut self, ty: &str) -> Value {
        match ty {
            "Boolean" => json!(self.chance(0.5)),
            "Int" => json!(self.one(&NUMBERS)),
            "Float" => json!(self.one(&[0.0, -0.0, 0.5, 1e308, -1e-308])),
            "BigInt" => {
                let number = self.one(&NUMBERS);
                if self.chance(0.5) { json!(number) } else { json!(number.to_string()) }
            }
            "DateTime" | "Date" => {
                let moment = self.one(&MOMENTS);
                json!(if ty == "Date" { moment.get(..10).unwrap_or(moment) } else { moment })
            }
            "JSON" => {
                self.one(&[json!({}), json!({ "a": [1e308, "\0", { "b": null }] }), json!("x")].each_ref()).clone()
            }
            "ID" | "UUID" if self.chance(0.7) => json!(self.ids.choose(&mut self.rng)),
            _ if self.chance(0.03) => json!(self.one(&["x", "\u{1F600}", "\u{1}"]).repeat(20_000)),
            _ if self.chance(0.1) => json!(self.one(&ZONES)),
            _ => json!(self.one(&TEXTS)),
        }
    }

    /// What is selected of a field of this type: what needs no more words, and some of what does.
    fn selection(&mut self, ty: &str, depth: usize) -> String {
        let fields = list(self.schema.ty(ty), "fields");
        if fields.is_empty() {
            return String::new();
        }
        let mut selected = vec!["__typename".to_owned()];
        for field in fields {
            let composite = !list(self.schema.ty(named(field)), "fields").is_empty();
            let requires = list(field, "args").iter().any(|argument| argument["type"]["kind"] == "NON_NULL");
            if !requires && (!composite || depth < 3 && self.chance(0.3)) {
                selected.push(format!("{}{}", name(field), self.selection(named(field), depth + 1)));
            }
        }
        format!(" {{ {} }}", selected.join(" "))
    }

    /// An operation of one root field, with its variables.
    fn operation(&mut self, kind: &str, field: &Value) -> (String, Value) {
        let (mut definitions, mut arguments, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in list(field, "args") {
            let required = argument["type"]["kind"] == "NON_NULL";
            if required || self.chance(0.5) {
                let name = name(argument);
                definitions.push(format!("${name}: {}", written(&argument["type"])));
                arguments.push(format!("{name}: ${name}"));
                variables.insert(name.to_owned(), self.value(&argument["type"], 0));
            }
        }
        let list = |of: Vec<String>| if of.is_empty() { String::new() } else { format!("({})", of.join(", ")) };
        let selection = self.selection(named(field), 0);
        let document = format!("{kind} {} {{ {}{}{selection} }}", list(definitions), name(field), list(arguments));
        (document, Value::Object(variables))
    }
}

fn written(ty: &Value) -> String {
    match ty["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => name(ty).to_owned(),
    }
}

/// Rows to act on, some of them of another workspace.
async fn ids(app: &App) -> Vec<String> {
    let mut rows = vec![app.here.clone(), app.person.clone()];
    for workspace in [&app.here, &app.elsewhere] {
        let person = make::person(app, workspace, json!({})).await;
        let connector = make::connector(app, None, json!({})).await;
        let connected = make::workspace_connector(app, workspace, &connector, json!({})).await;
        let document = make::document(app, workspace, json!({})).await;
        rows.push(make::sync_log(app, &connected, json!({})).await);
        rows.push(make::diagnostic(app, &connected, json!({})).await);
        rows.push(make::mapping(app, &connected, json!({})).await);
        rows.push(make::task(app, workspace, json!({})).await);
        rows.push(make::collect(app, workspace, &person, json!({})).await);
        rows.extend([person, connector, connected, document]);
    }
    let ids = rows.into_iter().map(|row| row.id);
    ids.chain(TEXTS.map(str::to_owned)).chain(["00000000-0000-0000-0000-000000000000".to_owned()]).collect()
}

/// Whether it was answered without an error, and by no accident in any case.
async fn check(asker: &Asker, document: &str, variables: &Value) -> bool {
    let answer = tokio::time::timeout(crate::limits::hostile::PATIENCE, asker.ask(document, variables.clone())).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer: {document} {variables}"));
    let accident = answer.codes().into_iter().find(|code| ACCIDENTS.contains(code));
    assert!(answer.status < 500 && accident.is_none(), "{document}\n{variables}\n{}", answer.text);
    answer.errors().is_empty()
}

#[test]
fn no_value_is_a_fault_of_the_server() {
    served(async {
        let app = App::start().await;
        let schema = Schema::of(&app).await;
        let ids = ids(&app).await;
        let roots: Vec<(&str, &Value)> = ["query", "mutation"]
            .into_iter()
            .flat_map(|kind| list(schema.root(kind).unwrap(), "fields").iter().map(move |field| (kind, field)))
            .collect();
        let everybody: Vec<Asker> = app.by_role().into_iter().map(|(_, asker)| asker).collect();
        tokio::task::block_in_place(|| {
            let runtime = tokio::runtime::Handle::current();
            let (sent, answered) = (Cell::new(0), Cell::new(0));
            let cases = (0..roots.len(), 0..everybody.len(), any::<u64>());
            TestRunner::default()
                .run(&cases, |(root, asker, seed)| {
                    let mut inventor = Inventor { schema: &schema, ids: &ids, rng: StdRng::seed_from_u64(seed) };
                    let (kind, field) = roots[root];
                    let (document, variables) = inventor.operation(kind, field);
                    let fine = runtime.block_on(check(&everybody[asker], &document, &variables));
                    sent.set(sent.get() + 1);
                    answered.set(answered.get() + u32::from(fine));
                    Ok(())
                })
                .unwrap();
            assert!(answered.get() > sent.get() / 20, "too little of it gets anywhere to find anything");
        });
    });
}
