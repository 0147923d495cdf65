//! What is read of a text, beside what is not.

use super::*;

fn read(text: &str) -> Text<'_> {
    Text::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?} {error}"))
}

fn canonical(text: &str) -> String {
    let mut out = String::new();
    write_canonical(read(text), &mut out);
    out
}

#[test]
fn a_text_that_is_not_json_is_refused_with_where() {
    for (bytes, message) in [
        (&b""[..], "is not JSON: EOF while parsing a value at line 1 column 0"),
        (b"{\"a\":1,}", "is not JSON: key must be a string at line 1 column 8"),
        (b"[01]", "is not JSON: invalid number at line 1 column 3"),
        (b"{\n  \"a\": +1}", "is not JSON: expected value at line 2 column 8"),
        (b"{} x", "is not JSON: trailing characters at line 1 column 4"),
        (b"{'a': 1}", "is not JSON: key must be a string at line 1 column 2"),
        (b"\xef\xbb\xbf{}", "is not JSON: it begins with a byte order mark"),
        (b"{\"a\": \"\xff\"}", "is not UTF-8: invalid byte at offset 7"),
        (b"NaN", "is not JSON: expected value at line 1 column 1"),
    ] {
        assert_eq!(Text::read(bytes).map_err(|error| error.to_string()), Err(message.to_owned()), "{bytes:?}");
    }
    assert!(Text::read(b"\"a\nb\"").is_err());
}

#[test]
fn values_keep_their_text() {
    let text = read(" { \"a\" : [ 1.10 , -0, 1e400 ,{}, [] ] ,\"b\\\"}\": \"]\\\\\" , \"a\":null } ");
    let members = text.members().unwrap();
    let plain: Vec<_> = members.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(plain, [("\"a\"", "[ 1.10 , -0, 1e400 ,{}, [] ]"), ("\"b\\\"}\"", "\"]\\\\\""), ("\"a\"", "null")]);
    let elements = members[0].1.elements().unwrap();
    assert_eq!(
        elements.iter().map(|element| element.as_str()).collect::<Vec<_>>(),
        ["1.10", "-0", "1e400", "{}", "[]"]
    );
    assert_eq!(members[1].0.string(), Some(Ok("b\"}".into())));
    assert_eq!(text.depth(), 3);
    assert_eq!((read("[]").elements(), read("{}").members()), (Some(vec![]), Some(vec![])));
    assert_eq!((read("1").elements(), read("\"\"").members(), read("1").string()), (None, None, None));
}

#[test]
fn half_of_a_pair_is_found_where_it_stands() {
    assert_eq!(read(r#""😀""#).string(), Some(Ok("😀".into())));
    for lone in [r#""\ud83d""#, r#""a\ude00""#, r#""\ud83d\ud83d""#, r#""\ud83dx""#] {
        assert_eq!(read(lone).string(), Some(Err(LoneSurrogate)), "{lone}");
    }
    let path = |text: &str| read(text).check_strings().map_err(|path| path.into_iter().rev().collect::<String>());
    assert_eq!(path(r#"{"a": ["A", {"b": "\\ud83d"}]}"#), Ok(()));
    assert_eq!(path(r#"{"a": ["A", {"b": "\ud83d"}]}"#), Err(".a[1].b".to_owned()));
    assert_eq!(path(r#"{"a": {"\ud83d": 1}}"#), Err(".a".to_owned()));
}

#[test]
fn nothing_recurses_that_is_not_bounded() {
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(read(&deep).depth(), 1_000);
    assert_eq!(read(&deep).elements().unwrap().len(), 1);
}

#[test]
fn equal_values_have_one_form() {
    for (one, other) in [
        (r#"{"a": 1, "b": [1.10, {}]}"#, r#"{ "b":[11e-1,{}],"a":1.0}"#),
        ("1e400", "10e399"),
        ("-0", "0.000"),
        (r#"{"a": 1, "a": 2}"#, r#"{"a": 2}"#),
        (r#""A""#, r#""A""#),
        ("123456789012345678901234567890", "1234567890123456789012345678900e-1"),
    ] {
        assert_eq!(canonical(one), canonical(other));
    }
    for (one, other) in
        [("1", "\"1\""), ("1", "-1"), ("[]", "{}"), ("null", "false"), ("12", "1.2"), ("[1,2]", "[2,1]")]
    {
        assert_ne!(canonical(one), canonical(other));
    }
    assert_eq!(canonical(r#"{"b": [1.10, null], "a": "x"}"#), r#"{"a":"x","b":[11e-1,null]}"#);
}

#[test]
fn integers_are_integers_however_they_are_written() {
    for (text, integer) in [
        ("5", Some(5)),
        ("5.0", Some(5)),
        ("5e0", Some(5)),
        ("50e-1", Some(5)),
        ("-0.0", Some(0)),
        ("0e999999999999999999999", Some(0)),
        ("-12.300e1", Some(-123)),
        ("9007199254740993.0", Some(9_007_199_254_740_993)),
        ("5.5", None),
        ("1e-1", None),
        ("1e30", None),
        ("1e999999999999999999999", None),
    ] {
        assert_eq!(Decimal::of(text).integer(), integer, "{text}");
    }
    assert!(Decimal::of("1e30").is_whole() && !Decimal::of("1e-999999999999999999999").is_whole());
    for (text, digits) in
        [("1e400", (401, 0)), ("1.10", (1, 2)), ("0.001e2", (1, 1)), ("123", (3, 0)), ("1e-5", (1, 5))]
    {
        assert_eq!(Decimal::of(text).written_digits(), digits, "{text}");
    }
}

#[test]
fn what_jsonb_cannot_hold_is_known() {
    for (text, bytes) in [
        ("{ \"a\" : [ 1.10 , -0, 1e3 ,{}, null, \"x y\" ] }", "{\"a\":[1.10,-0,1000,{},null,\"x y\"]}".len()),
        ("1e400", 401),
        ("-1.5e-3", 7),
        ("1e131071", 131_072),
        ("0e1073741822", 1),
        ("1e-16383", 16_385),
        ("\"\\\\u0000\"", 9),
    ] {
        assert_eq!(stored_bytes(read(text)), Ok(bytes), "{text}");
    }
    for (text, reason) in [
        ("[\"\\u0000\"]", Unstorable::Nul),
        ("{\"a\\u0000\": 1}", Unstorable::Nul),
        ("1e131072", Unstorable::Digits),
        ("[1e-16384]", Unstorable::Digits),
        ("1e999999999999999999999", Unstorable::Digits),
        ("0e1073741823", Unstorable::Digits),
        ("0e-99999", Unstorable::Digits),
    ] {
        assert_eq!(stored_bytes(read(text)), Err(reason), "{text}");
    }
}
