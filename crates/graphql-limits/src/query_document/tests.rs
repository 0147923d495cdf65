//! What passes, what does not, and how it is rewritten.

use async_graphql::Value;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument};
use json_text::Text;
use serde_json::json;

use super::*;

fn checked(text: &str) -> Result<Checked<'_>, Violation> {
    check(text, None, &Limits::default())
}

fn code(text: &str) -> Option<Code> {
    checked(text).err().map(|violation| violation.code)
}

fn parsed(text: &str) -> ExecutableDocument {
    let checked = checked(text).unwrap();
    parse_query(&checked.text).unwrap_or_else(|error| panic!("{error} in {}", checked.text))
}

/// The value of the argument `x` of the first field.
fn value(text: &str) -> Value {
    let DocumentOperations::Single(operation) = parsed(text).operations else { panic!("it has a name") };
    let first = &operation.node.selection_set.node.items[0].node;
    let async_graphql::parser::types::Selection::Field(field) = first else { panic!("it is no field") };
    field.node.get_argument("x").unwrap().node.clone().into_const().unwrap()
}

#[test]
fn an_ordinary_document_passes_as_it_stands() {
    let text =
        "query Q($a: [ID!]! = [\"1\"], $b: Int) { x: node(id: 1.5e3, f: {a: [$b, -0, TRUE_ISH, null]}) { ...F } }
        # a comment with \u{1F600} { { {
        fragment F on Node @include(if: true) { id ... on Task { title } ... @skip(if: false) { id } ... { on } }";
    let checked = checked(text).unwrap();
    assert!(matches!(checked.text, Cow::Borrowed(_)));
    assert_eq!((checked.kind, checked.operation_name), (Kind::Query, Some("Q")));
    assert_eq!((checked.fields, checked.depth, checked.root_fields), (5, 2, 1));
    parsed(text);
}

#[test]
fn the_operation_is_the_one_that_the_name_selects() {
    let text = "query A { a } mutation B { b { c } } subscription C { c }";
    let kind = |name| check(text, name, &Limits::default()).map(|checked| checked.kind);
    assert_eq!(kind(Some("A")), Ok(Kind::Query));
    assert_eq!(kind(Some("B")), Ok(Kind::Mutation));
    assert_eq!(kind(Some("C")), Ok(Kind::Subscription));
    assert_eq!(kind(Some("D")).unwrap_err().code, Code::ValidationFailed);
    assert_eq!(kind(None).unwrap_err().message, "The document has several operations; operationName must select one.");
    assert_eq!(code("fragment F on T { a }"), Some(Code::ValidationFailed));
    assert_eq!(code(""), Some(Code::ParseFailed));
}

#[test]
fn numbers_that_the_library_keeps_otherwise_are_noted() {
    for number in ["0", "-1", "1.5", "-9223372036854775808", "18446744073709551615", "1e308", "1e+300"] {
        let text = format!("{{ a(x: {number}) }}");
        parsed(&text);
        let same = number.parse::<async_graphql::Number>().unwrap().to_string() == number;
        assert_eq!(checked(&text).unwrap().numbers.is_empty(), same, "{number}");
    }
    for number in [
        "1.10",
        "-0",
        "1E2",
        "18446744073709551616",
        "0e99999999999",
        "1e-99999999999",
        "1e309",
        "-1e309",
        &"9".repeat(400),
    ] {
        let text = format!("{{ a(x: 1) b(\n\r é: [2 {{ z: {number}, y: $v }}]) @c(d: {number}) }}").replace('é', "e");
        parsed(&text);
        let numbers = checked(&text).unwrap().numbers;
        assert_eq!(numbers.get(&(2, 5)), Some(&vec!["2".to_owned(), number.to_owned()]), "{text} {numbers:?}");
        assert_eq!(numbers.len(), 2);
    }
}

#[test]
fn every_limit_holds_at_its_edge() {
    let many = |count: usize, part: &str| part.repeat(count);
    let nested = |depth: usize| format!("{}{}", "{a".repeat(depth), "}".repeat(depth));
    let list = |depth: usize| format!("{{ a(x: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
    let cases = [
        (format!("{{ a {} }}", many(64 * 1024 - 6, " ")), None),
        (format!("{{ a {} }}", many(64 * 1024 - 5, " ")), Some(Code::RequestTooLarge)),
        (format!("{{ a(x: [{}]) }}", many(4_991, "1 ")), None),
        (format!("{{ a(x: [{}]) }}", many(4_992, "1 ")), Some(Code::Tokens)),
        (list(62), None),
        (list(63), Some(Code::Nesting)),
        (nested(12), None),
        (nested(13), Some(Code::Depth)),
        (nested(65), Some(Code::Nesting)),
        (format!("{{ a {{ {} }} }}", many(499, "b ")), None),
        (format!("{{ a {{ {} }} }}", many(500, "b ")), Some(Code::Fields)),
        (format!("{{ a {{ {} }} }}", many(30, "b: c ")), None),
        (format!("{{ a {{ {} }} }}", many(31, "b: c ")), Some(Code::Aliases)),
        (format!("{{ {} }}", many(20, "a ")), None),
        (format!("{{ {} }}", many(21, "a ")), Some(Code::RootFields)),
        (format!("{{ a {} }}", many(50, "@b ")), None),
        (format!("{{ a {} }}", many(51, "@b ")), Some(Code::Directives)),
        (format!("{{ {} }}", many(256, "a")), None),
        (format!("{{ {} }}", many(257, "a")), Some(Code::ValidationFailed)),
    ];
    for (text, expected) in cases {
        let start: String = text.chars().take(60).collect();
        assert_eq!(code(&text), expected, "{start} … ({} bytes)", text.len());
    }
}

#[test]
fn fragments_are_counted_wherever_they_are_spread() {
    let doubling = (0..10).fold("{ ...F0 }".to_owned(), |text, number| {
        format!("{text} fragment F{number} on Q {{ a {{ ...F{0} }} b {{ ...F{0} }} }}", number + 1)
    }) + " fragment F10 on Q { a }";
    assert_eq!(code(&doubling), Some(Code::Fields));
    let empty = (0..9).fold("{ ...F0 }".to_owned(), |text, number| {
        format!("{text} fragment F{number} on Q {{ ...F{0} ...F{0} }}", number + 1)
    });
    assert_eq!(code(&empty), Some(Code::Fields), "spreads of nothing");
    let unused = doubling.replacen("{ ...F0 }", "{ a }", 1);
    assert_eq!(code(&unused), Some(Code::Fields), "in fragments that nothing spreads");
    let chain = (0..70).fold("{ ...F0 }".to_owned(), |text, number| {
        format!("{text} fragment F{number} on Q {{ ...F{} }}", number + 1)
    });
    assert_eq!(code(&chain), Some(Code::Nesting));
    let many = (0..300).fold(String::new(), |text, number| format!("{text} query Q{number} {{ a {{ ...F }} }}"));
    let many = format!("{many} fragment F on A {{ {} }}", "b ".repeat(400));
    let refused = check(&many, Some("Q0"), &Limits::default()).unwrap_err();
    assert_eq!(refused.code, Code::Fields, "in operations that do not run");
    let merged = format!("{{ a {{ {} {} {} }} }}", "...{".repeat(40), "b ".repeat(450), "}".repeat(40));
    assert_eq!(code(&merged), Some(Code::Fields), "merged at each of forty levels");
    for (text, expected) in [
        ("{ a { ...F ...F } } fragment F on T { b: c d @x }", (5, 2, 1)),
        ("{ ...F a } fragment F on T { ...G } fragment G on T { b { c } }", (3, 2, 2)),
        ("{ ...Missing a }", (1, 1, 1)),
    ] {
        let checked = checked(text).unwrap();
        assert_eq!((checked.fields, checked.depth, checked.root_fields), expected, "{text}");
    }
}

#[test]
fn fragments_do_not_contain_themselves() {
    for text in [
        "{ ...A } fragment A on T { ...A }",
        "{ ...A } fragment A on T { b { ...B } } fragment B on T { ... { ...A } }",
        "{ a } fragment A on T { ...B ...C } fragment B on T { a } fragment C on T { ...A }",
    ] {
        assert_eq!(code(text), Some(Code::ValidationFailed), "{text}");
    }
    let violation = checked("{ ...A }\nfragment A on T {\r\n  a ...A }").unwrap_err();
    assert_eq!((violation.line, violation.column), (3, 5));
}

#[test]
fn introspection_has_a_budget_of_its_own() {
    let standard = include_str!("introspection.graphql");
    let checked = checked(standard).unwrap();
    assert_eq!(checked.fields, 0);
    assert!(checked.introspection_fields > 150, "{}", checked.introspection_fields);
    parsed(standard);
    let bomb = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(code(bomb), Some(Code::Depth));
    let spread = "{ __type(name: \"T\") { ...A } } fragment A on __Type { fields { type { ...B } } }
        fragment B on __Type { fields { type { inputFields { name } } } }";
    assert_eq!(code(spread), Some(Code::Depth));
    assert_eq!(code(&format!("{{ __schema {{ {} }} }}", "types { name } ".repeat(250))), Some(Code::Fields));
    assert_eq!(code(&format!("{{ __type{}{} }}", "{ofType".repeat(20), "}".repeat(20))), Some(Code::Depth));
}

#[test]
fn texts_that_the_library_misreads_are_refused() {
    for text in [
        "queryA { a }",
        "fragmentA on T { a } { ...A }",
        "{ ...on } fragment on on T { a }",
        "{ a(x: [00]) }",
        "{ a(x: [1.5.5]) }",
        "{ a(x: [0x1]) }",
        "{ a(x: -) }",
        "{ a(x: [\"\"\" b\"]) }",
        "{ a(x: \"b\nc\") }",
        "{ a(x: \"\\uD800\") }",
        "{ a(x: \"\\uDC00\\uD800\") }",
        "{ a(x: \"\\u{D800}\") }",
        "{ a(x: \"\\u{110000}\") }",
        "{ a(x: \"\\u{}\") }",
        "{ a(x: \"\\u{0\") }",
        "{ a(x: \"\\q\") }",
        "query () { a }",
        "query ($a: Int = $b) { a }",
        "\"described\" { a }",
        "{ a(x: [}) }",
        "{ a }}",
        "{ a { }",
        "{ a { } }",
        "{ ... }",
        "{ a ..b }",
        "{ é }",
        "{ a \0 }",
        "type A { a: Int }",
        "{ a(x: &) }",
        "{ a() }",
        "{",
        "\"",
        "\\",
    ] {
        assert_eq!(code(text), Some(Code::ParseFailed), "{text}");
    }
    for text in [
        "{ a(x: {b: 1, c: {b: 1}, b: 2}) }",
        "query ($a: I = {b: 1, b: 1}) { a }",
        "{ __a: b }",
        "{ a(x: nullable) }",
        "query ($a: Int = 1 @a) { a }",
        "query A { a } query A { b }",
        "{ a } { b }",
        "{ a } query A { b }",
        "{ a } fragment F on T { a } fragment F on T { b }",
    ] {
        assert_eq!(code(text), Some(Code::ValidationFailed), "{text}");
    }
    assert_eq!(code("{ a(x: [{b: 1}, {b: 1}]) }"), None);
}

#[test]
fn what_the_edition_of_2025_allows_is_rewritten_in_place() {
    for (text, rewritten) in [
        ("\"d\" query A { a }", "    query A { a }"),
        (
            "\"\"\"d\n é \\\"\"\"\"\"\"fragment F on T{a}\"d\"query{...F}",
            "    \n          fragment F on T{a}   query{...F}",
        ),
        ("query A(\"d\" $a: [ Int ! ] !) { a }", "query A(    $a: [Int!]!    ) { a }"),
        ("query ($a: [\n Int\r\n ] $b: Int) { a }", "query ($a: [Int]\n    \r\n   $b: Int) { a }"),
        ("{ ... on # c é\n T { a } }", "{ ... on      \n T { a } }"),
        ("{ a(x: \"\\u{1F600}\" y: 1) }", "{ a(x: \"😀\"         y: 1) }"),
        ("{ a(x: \"\"\"b\n  c\"\"\" y: 1) }", "{ a(x: \"b\\nc\"\n       y: 1) }"),
    ] {
        assert_eq!(checked(text).unwrap().text, rewritten);
        parsed(text);
    }
}

#[test]
fn strings_keep_their_value() {
    for (literal, expected) in [
        ("\"\\u{41}\\u{0041}\\u{22}\\u{5C}\\u{A}\\u{d}\\u{0}\"", "AA\"\\\n\r\0"),
        ("\"\\uD83D\\uDE00 \\u0041 \\\\u{41} \\n{41}\"", "\u{1F600} A \\u{41} \n{41}"),
        ("\"\\u{00000000000000000000041}\\u{10FFFF}é\"", "A\u{10FFFF}é"),
        ("\"\"\"\"\"\"", ""),
        ("\"\"\"\n    a\n\n  \n      b \\\"\"\" \\n \"q\"\n  \"\"\"", "a\n\n\n  b \"\"\" \\n \"q\""),
        ("\"\"\" a\r\n  b\r c\"\"\"", " a\n b\nc"),
        ("\"\"\"\t\"\"\"", ""),
    ] {
        assert_eq!(value(&format!("{{ a(x: {literal}) }}")), Value::from(expected), "{literal}");
    }
}

#[test]
fn violations_tell_where() {
    let violation = checked("\u{feff}{ a(é) }").unwrap_err();
    assert_eq!((violation.line, violation.column), (1, 6));
    let violation = checked("{ a\r\n  b\r  c(x: {y: 1, y: 2}) }").unwrap_err();
    assert_eq!((violation.line, violation.column), (3, 15));
    assert_eq!(violation.code.as_str(), "GRAPHQL_VALIDATION_FAILED");
}

#[test]
fn variables_are_not_nested_without_end() {
    let deep = |depth: usize| (0..depth).fold(json!(1), |value, _| json!([value]));
    assert_eq!(check_variables(Text::known(&json!({ "a": deep(64), "b": { "c": 1 } }).to_string())), Ok(()));
    assert_eq!(check_variables(Text::known(&json!({ "a": deep(65) }).to_string())).unwrap_err().code, Code::Nesting);
}
