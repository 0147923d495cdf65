//! Any text at all: an answer in bounded time, and nothing for the library to stumble over.

use std::thread;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use proptest::prelude::*;

use super::*;

/// What the library makes of a text, on a stack like those of the server's threads: an overflow would end the tests.
fn parsed(text: &str) -> Result<ExecutableDocument, String> {
    let text = text.to_owned();
    let parse = move || parse_query(text).map_err(|error| error.to_string());
    thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(parse).unwrap().join().unwrap()
}

/// A parsed document in a form that can be compared, without lines and columns.
fn shown(document: &ExecutableDocument) -> String {
    let mut fragments: Vec<String> = document.fragments.iter().map(|fragment| format!("{fragment:?}")).collect();
    fragments.sort();
    let mut operations: Vec<String> = match &document.operations {
        DocumentOperations::Single(operation) => vec![format!("{operation:?}")],
        DocumentOperations::Multiple(operations) => operations.iter().map(|one| format!("{one:?}")).collect(),
    };
    operations.sort();
    let text = format!("{operations:?} {fragments:?}");
    text.split("Pos(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect()
}

fn limits() -> Limits {
    Limits::default()
}

/// What passes is read by the library, and where the library alone reads it too, it reads the same.
fn sound(text: &str) {
    let result = check(text, None, &limits());
    if let Ok(checked) = result {
        parsed(&checked.text).unwrap_or_else(|error| panic!("{error}\n{text}\n{}", checked.text));
        assert_eq!(checked.text.lines().count(), text.lines().count());
    }
}

/// A text that has some of its parts in two spellings, as `⟦one|other⟧`, in the one or the other.
fn spelled(text: &str, other: bool) -> String {
    let mut parts = text.split('⟦');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (spellings, rest) = part.split_once('⟧').unwrap();
        let (first, second) = spellings.split_once('|').unwrap();
        out.push_str(if other { second } else { first });
        out.push_str(rest);
    }
    out
}

/// One of these texts.
fn one_of(texts: &[&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(texts.to_vec())
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9_]{0,5}".prop_filter("a keyword", |name| {
        name != "on" && !["true", "false", "null"].iter().any(|word| name.starts_with(word))
    })
}

/// A constant, some of them in two spellings.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9])?",
        Just("true".to_owned()),
        Just("null".to_owned()),
        prop::collection::vec(
            one_of(&[
                "a",
                " ",
                "é",
                "😀",
                "#",
                "{",
                "]",
                "\0",
                "\\n",
                "\\\"",
                "\\\\",
                "\\/",
                "\\u00e9",
                "\\u0041",
                "⟦\\u{1F600}|😀⟧",
                "⟦\\uD83D\\uDE00|😀⟧",
                "⟦\\u{41}|A⟧",
                "⟦\\u{022}|\\\"⟧",
                "⟦\\u{A}|\\n⟧",
                "⟦\\u{5c}|\\\\⟧",
            ]),
            0..6,
        )
        .prop_map(|parts| format!("\"{}\"", parts.concat())),
        one_of(&[
            "⟦\"\"\"\"\"\"|\"\"⟧",
            "⟦\"\"\"a\n  \"b\" \"\"\"|\"a\\n\\\"b\\\" \"⟧",
            "⟦\"\"\" \n\t\\u0041\\\"\"\"\n\"\"\"|\"\\\\u0041\\\"\\\"\\\"\"⟧",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map(name(), inner, 0..4).prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}:{value}")).collect();
                format!("{{{}}}", fields.join(" "))
            }),
        ]
    })
}

fn arguments() -> impl Strategy<Value = String> {
    let argument = (name(), value()).prop_map(|(name, value)| format!("{name}: {value}"));
    prop::collection::vec(argument, 0..3).prop_map(|all| match all.len() {
        0 => String::new(),
        _ => format!("({})", all.join(",")),
    })
}

fn directives() -> impl Strategy<Value = String> {
    let directive = (name(), arguments()).prop_map(|(name, arguments)| format!(" @{name}{arguments}"));
    prop::collection::vec(directive, 0..2).prop_map(|all| all.concat())
}

fn selections() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => (name(), arguments(), directives()).prop_map(|(name, with, on)| name + &with + &on),
        1 => directives().prop_map(|directives| format!("...F{directives}")),
    ];
    let set =
        |inner| prop::collection::vec(inner, 1..4).prop_map(|all: Vec<String>| format!("{{ {} }}", all.join(" ")));
    let selection = leaf.prop_recursive(5, 24, 3, move |inner| {
        prop_oneof![
            (prop::option::of(name()), name(), arguments(), directives(), set(inner.clone())).prop_map(
                |(alias, name, arguments, directives, set)| {
                    let alias = alias.map_or_else(String::new, |alias| alias + ": ");
                    format!("{alias}{name}{arguments}{directives} {set}")
                }
            ),
            (one_of(&["", " on T", " on⟦ #c{\n|⟧ T"]), directives(), set(inner))
                .prop_map(|(on, directives, set)| format!("...{on}{directives}{set}")),
        ]
    });
    set(selection.boxed())
}

fn document() -> impl Strategy<Value = String> {
    let described = one_of(&["", "⟦\"d é\"|⟧ ", "⟦\"\"\"d\n\"d\" {\"\"\"|⟧\n"]);
    let variable = (
        described.clone(),
        name(),
        one_of(&["Int", "⟦[ Int! ] !|[Int!]!⟧", "[[T!]]", "⟦T #\n !|T!⟧"]),
        prop::option::of(value()),
    )
        .prop_map(|(described, name, of, value)| {
            format!("{described}${name}: {of}{}", value.map_or_else(String::new, |value| format!(" = {value}")))
        });
    let variables = prop::collection::vec(variable, 0..3).prop_map(|all| match all.len() {
        0 => String::new(),
        _ => format!("({})", all.join(", ")),
    });
    let operation = (described.clone(), "query|mutation|subscription", name(), variables, directives(), selections());
    (operation, described, "[a-z ]{0,3}", directives(), "[a-z]{1,3}").prop_map(
        |((first, kind, name, variables, with, set), second, comment, on_fragment, field)| {
            format!(
                "{first}{kind} {name}{variables}{with} {set} #{comment}\r\n{second}\
                 fragment F on T{on_fragment} {{ {field} }}"
            )
        },
    )
}

/// A quarter of the cases that proptest would try; `PROPTEST_CASES` says how many these are.
fn few() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 4, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn any_text_gets_an_answer(text in ".{0,200}") {
        sound(&text);
    }

    #[test]
    fn any_row_of_tokens_gets_an_answer(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "(", ")", "[", "]", "{ a }", "{ a ", "a", "on", "on ", "query", "query ",
                "fragment F on T ", "...", "... ", "...F ", ":", "$", "$a", "@", "@a", "!", "=", "true", "null", "1",
                "-0.5e3", "0", "\"\"", "\"s\"", "\"\"\"b\"\"\"", "\"\\u{41}\"", "#\n", "#", "\n", ",", " ", " ",
                "\u{feff}", "Int", "[Int]", "(x: ", "(x: 1)", "($a: Int", "\\", "\"", "é", "|", "&", "__a", "\r\n",
            ]),
            0..40,
        )
    ) {
        sound(&tokens.concat());
        sound(&format!("{{ a {} }}", tokens.concat()));
        sound(&format!("{{ a(x: [{}]) }}", tokens.concat()));
    }

    #[test]
    fn valid_documents_pass_and_mean_the_same(text in document()) {
        let (text, plain) = (spelled(&text, false), spelled(&text, true));
        sound(&plain);
        match check(&text, None, &limits()) {
            Ok(checked) => prop_assert_eq!(shown(&parsed(&checked.text).unwrap()), shown(&parsed(&plain).unwrap())),
            Err(violation) => {
                let limit = violation.code.as_str().starts_with("MAX_");
                prop_assert!(limit, "{violation}\n{text}");
            }
        }
    }

    #[test]
    fn a_damaged_document_gets_an_answer(text in document(), at in any::<prop::sample::Index>(), with in ".{0,2}") {
        let text = spelled(&text, false);
        let characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        let (before, after) = characters.split_at(at);
        let damaged: String = before.iter().copied().chain(with.chars()).chain(after.iter().skip(1).copied()).collect();
        sound(&damaged);
        sound(&before.iter().collect::<String>());
    }
}

/// The deepest that passes, of each kind of nesting, must not be too deep for the library.
#[test]
fn the_deepest_documents_do_not_overflow_the_library() {
    let limits = Limits { depth: 64, ..limits() };
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + "a" + &close.repeat(times);
    for text in [
        nested("{ a ", "}", 64),
        format!("{{ {} }}", nested("... { ", "}", 63)),
        format!("{{ a(x: {}) }}", nested("[", "]", 62)),
        format!("{{ a(x: {}) }}", nested("{a:", "}", 62)),
        format!("query ($a: {} = {}) {{ a }}", nested("[", "]", 63), nested("[", "]", 63)),
    ] {
        let checked = check(&text, None, &limits).unwrap_or_else(|violation| panic!("{violation} in {text}"));
        parsed(&checked.text).unwrap();
    }
}
