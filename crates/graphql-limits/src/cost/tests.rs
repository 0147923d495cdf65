//! What operations cost.

use async_graphql::parser::parse_query;
use async_graphql::value;

use super::*;

const SDL: &str = r#"
    "A page." type PageInfo { hasNextPage: Boolean! }
    interface Node { id: ID! }
    type LogEdge { cursor: String! node: Log! }
    input TextFilter { eq: String in: [String!] contains: String startsWith: String }
    input IdFilter { eq: ID in: [ID!] notIn: [ID!] isNull: Boolean }
    input IntFilter { eq: Int gt: Int }
    input LogFilter {
        id: IdFilter text: TextFilter size: IntFilter connector: IdFilter sourcedFrom: IdFilter
        and: [LogFilter!] or: [LogFilter!] not: LogFilter
    }
    enum LogOrderField { CREATED_AT SIZE }
    input LogOrder { field: LogOrderField! direction: String }
    input Part { name: String! data: JSON }
    input Parts { parts: [Part!]! tags: [String!] data: JSON }
    type LogConnection {
        edges: [LogEdge!]! nodes: [Log!]! pageInfo: PageInfo! totalCount: Int! statistics: Statistics!
    }
    type Statistics { total: Int! byDay(last: Int): [Day!]! duration: Day series: [Day!]! }
    type Day { count: Int! }
    type Log implements Node { id: ID! connector: Connector! }
    type Connector implements Node {
        id: ID!
        logs(
            first: Int, after: String, last: Int, before: String, filter: LogFilter, orderBy: [LogOrder!]
        ): LogConnection!
    }
    type ConnectorEdge { cursor: String! node: Connector! }
    type ConnectorConnection { edges: [ConnectorEdge!]! nodes: [Connector!]! pageInfo: PageInfo! totalCount: Int! }
    type Root {
        node(id: ID!): Node
        nodes(ids: [ID!]!): [Node]!
        connectors(first: Int, last: Int): ConnectorConnection!
        logs(first: Int, last: Int, filter: LogFilter, orderBy: [LogOrder!]): LogConnection!
    }
    type Change { connector: Connector }
    type Mutation { change(input: String): Change! put(input: Parts!): Change! }
    type Subscription { changed(ids: [ID!]): Change! }
    schema { query: Root mutation: Mutation subscription: Subscription }
"#;

/// Points for reading all rows of a list, and for adding them up besides.
const COUNT: u64 = NOMINAL_ROWS * READ / POINT;
const TALLY: u64 = NOMINAL_ROWS * (READ + ADD_UP) / POINT;

const HINTS: Hints = Hints {
    own_statement: &[("duration", 800), ("series", 800)],
    computed: &[],
    through_links: &[],
    first_link: ("sourcedFrom", 2_500),
    standing_for: &[("ConnectionStateFilter", 8), ("SeverityFilter", 12)],
    with_several: ("DataDomainFilter", 5),
    link: "DocumentWorkspaceConnector",
    long_texts: &["detail"],
};

fn cost_with(text: &str, variables: Value, rows: &dyn Rows) -> u64 {
    let catalogue = Catalogue::from_sdl(SDL, HINTS).unwrap();
    let variables = Variables::from_value(variables);
    catalogue.cost(&parse_query(text).unwrap(), None, &variables, rows)
}

fn cost_of(text: &str, variables: Value) -> u64 {
    cost_with(text, variables, &Nominal)
}

/// The cost of a page of one log that passes a filter.
fn searching(filter: &Value) -> u64 {
    cost_of("query ($f: LogFilter) { logs(first: 1, filter: $f) { nodes { id } } }", value!({ "f": (filter.clone()) }))
}

fn text(operator: &str, operand: impl Into<Value>) -> Value {
    Value::from_json(serde_json::json!({ "text": { operator: operand.into().into_json().unwrap() } })).unwrap()
}

fn letters(count: usize) -> String {
    "a".repeat(count)
}

#[test]
fn pages_multiply_down_the_nesting() {
    for (text, expected) in [
        ("{ node(id: 1) { id } __typename }", 1),
        ("{ __schema { types { name } } }", 0),
        ("{ connectors { totalCount } }", 1 + 1 + COUNT),
        ("{ connectors { totalCount pageInfo { hasNextPage } nodes { id } } }", 1 + 1 + COUNT + 20),
        (
            "{ connectors { total: totalCount ...A } } fragment A on ConnectorConnection { totalCount }",
            1 + 2 * (1 + COUNT),
        ),
        ("{ connectors(first: 3) { nodes { logs(first: 0) { totalCount } } } }", 1 + 3 + 3 * (1 + 1) + COUNT),
        ("{ connectors(first: 5) { edges { cursor node { id } } } }", 1 + 5),
        (
            "{ connectors(first: 5) { edges { node { logs(last: 3) { nodes { connector { id } } } } } } }",
            1 + 5 + 5 * (1 + 3 * 2),
        ),
        ("{ connectors(first: 1000) { nodes { id } } }", 1 + 100),
        ("{ connectors(first: -1) { nodes { id } } }", 1 + 20),
        ("{ connectors(first: null, last: 7) { nodes { id } } }", 1 + 7),
        ("{ connectors(first: 0) { nodes { logs { nodes { id } } } } }", 1),
        ("{ a: connectors(first: 2) { nodes { id } } b: connectors(first: 3) { nodes { id } } }", 2 + 5),
        (
            "{ nodes(ids: [1, 2, 3]) { ... on Connector { logs(first: 4) { nodes { id } statistics { total } } } } }",
            3 + 3 * (1 + 4 + 1) + TALLY,
        ),
        (
            "{ node(id: 1) { ... on Connector { logs { statistics { __typename total ... { byDay { count } } } } } } }",
            1 + 1 + (1 + TALLY) + 1,
        ),
        ("{ node(id: 1) { ... on Connector { logs { statistics { __typename } } } } }", 1 + 1),
        (
            "{ connectors(first: 5) { ...A } } fragment A on ConnectorConnection { nodes { ...B } } \
             fragment B on Node { id }",
            6,
        ),
        ("{ connectors(first: 5) { ... { nodes @skip(if: true) { id } } nodes @include(if: false) { id } } }", 1),
        ("subscription { changed(ids: [1, 2, 3]) { connector { id } } }", 1 + 1),
        ("mutation { change { connector { logs(first: 2) { nodes { id } } } } }", 1 + 1 + 1 + 2),
        ("{ unknown { nodes { id } } }", 0),
        ("{ ...A } fragment A on Root { ...A }", u64::MAX),
    ] {
        assert_eq!(cost_of(text, Value::Null), expected, "{text}");
    }
}

#[test]
fn variables_count_as_what_they_are() {
    let page = "query ($n: Int) { connectors(first: $n) { nodes { id } } }";
    assert_eq!(cost_of(page, Value::Null), 1 + 20);
    assert_eq!(cost_of(page, value!({ "n": 9 })), 1 + 9);
    assert_eq!(cost_of(page, value!({ "n": null })), 1 + 20);
    let skip = "query ($s: Boolean!) { connectors @skip(if: $s) { nodes { id } } }";
    assert_eq!(cost_of(skip, value!({ "s": true })), 0);
    assert_eq!(cost_of(skip, value!({ "s": false })), 21);
    assert_eq!(cost_of("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", value!({ "ids": [1, 2] })), 2);
}

#[test]
fn what_is_looked_for_counts_with_its_length_and_how_often() {
    let long = |operator, letters_, count| {
        let each: Vec<_> = (0..count).map(|_| text(operator, letters(letters_))).collect();
        value!({ "or": (Value::List(each)) })
    };
    assert_eq!(searching(&value!({})), 2, "an empty filter compares nothing");
    let short = searching(&text("contains", "a"));
    assert!((100..500).contains(&short), "{short}");
    for operator in ["contains", "startsWith"] {
        assert!(searching(&text(operator, letters(1_000))) > 2 * short, "{operator}");
        assert!(searching(&long(operator, 1, 100)) > 50 * short, "{operator}");
        assert!(searching(&long(operator, 1_000, 200)) > 8 * MAX_COST, "{operator}");
        let negated = value!({ "not": (long(operator, 1_000, 200)) });
        assert_eq!(searching(&negated), searching(&long(operator, 1_000, 200)), "{operator}");
    }
    // Equal texts are found without looking into them.
    let many = |letters_| text("in", Value::List(vec![letters(letters_).into(); 200]));
    assert!(searching(&many(1_000)) < short);
    assert!(searching(&many(1_000)) > searching(&many(1)));
    // A single value stands for a list of it.
    assert_eq!(searching(&value!({ "or": (text("contains", "a")) })), short);
    assert_eq!(searching(&text("in", "a")), searching(&text("in", Value::List(vec!["a".into()]))));
}

#[test]
fn every_statement_that_a_filter_is_in_searches() {
    let filter = text("contains", letters(100));
    let cost =
        |query: &str| cost_of(&format!("query ($f: LogFilter) {{ {query} }}"), value!({ "f": (filter.clone()) }));
    let page = "logs(first: 1, filter: $f) { nodes { id } pageInfo { hasNextPage } edges { cursor } }";
    let once = cost("logs(first: 1, filter: $f) { nodes { id } }") - 2;
    assert_eq!(cost(page), 1 + 1 + 1 + once, "one statement reads the page");
    assert!(cost("logs(filter: $f) { totalCount }") >= once);
    assert!(cost("logs(filter: $f) { totalCount nodes { id } statistics { total byDay { count } } }") >= 3 * once);
    assert!(cost("logs(filter: $f) { statistics { duration { count } series { count } } }") >= 2 * once);
    assert!(cost(&format!("a: {page} b: {page} ")) >= 2 * once);
    // The rows below many parents are read once.
    let nested = cost("connectors(first: 100) { nodes { logs(first: 1, filter: $f) { nodes { id } } } }");
    assert_eq!(nested, 1 + 100 + 200 + once);
    let (text, literal) = (letters(100), "logs(first: 1, filter: { text: { contains: \"TEXT\" } }) { nodes { id } }");
    assert_eq!(cost_of(&format!("{{ {} }}", literal.replace("TEXT", &text)), Value::Null), 2 + once);
    let inner = "query ($t: String) { logs(first: 1, filter: { text: { contains: $t } }) { nodes { id } } }";
    assert_eq!(cost_of(inner, value!({ "t": (text.clone()) })), 2 + once);
}

#[test]
fn orders_without_an_index_sort_all_rows() {
    let cost =
        |order: &str| cost_of(&format!("{{ logs(first: 1, orderBy: {order}) {{ nodes {{ id }} }} }}"), Value::Null);
    for usual in
        ["[]", "null", "[{ field: CREATED_AT }]", "{ field: CREATED_AT }", "[{ field: CREATED_AT }, { field: SIZE }]"]
    {
        assert_eq!(cost(usual), 2, "{usual}");
    }
    for other in ["[{ field: SIZE }]", "{ field: SIZE }", "[{ field: SIZE }, { field: CREATED_AT }]"] {
        assert_eq!(cost(other), 2 + NOMINAL_ROWS * (READ + SORT) / POINT, "{other}");
    }
    let variable = "query ($o: [LogOrder!]) { logs(first: 1, orderBy: $o) { nodes { id } } }";
    assert_eq!(cost_of(variable, value!({ "o": [{ "field": "SIZE" }] })), cost("[{ field: SIZE }]"));
}

#[test]
fn rows_that_are_pointed_at_count() {
    let plain = searching(&value!({ "id": { "notIn": ["1"] } }));
    assert!(searching(&value!({ "connector": { "in": ["1"] } })) > plain);
    for relation in ["connector", "sourcedFrom"] {
        let collected = Value::from_json(serde_json::json!({ relation: { "notIn": ["1"] } })).unwrap();
        assert!(searching(&collected) > plain + COUNT, "{relation}");
    }
}

#[test]
fn lists_cost_what_looking_a_value_up_in_them_takes() {
    let listed = |texts: Vec<String>| searching(&text("in", texts.into_iter().map(Value::from).collect::<Vec<_>>()));
    let different = |count: usize| (0..count).map(|index| index.to_string()).collect::<Vec<_>>();
    let (one, few, many) = (listed(different(1)), listed(different(8)), listed(different(200)));
    assert!(few >= one + 7 * NOMINAL_ROWS * 15 / POINT, "{few} and {one}: they are compared one after the other");
    assert!(many > few && many < 3 * one, "{many} and {few}: they are hashed");
    assert_eq!(listed(vec!["a".to_owned(); 200]), one, "one is the same as the other");
}

#[test]
fn lists_behind_links_are_read_whole() {
    let hints = Hints { through_links: &[("Connector", "logs")], ..HINTS };
    let cost = |text: &str| {
        let catalogue = Catalogue::from_sdl(SDL, hints).unwrap();
        catalogue.cost(&parse_query(text).unwrap(), None, &Variables::default(), &Nominal)
    };
    let behind = NOMINAL_ROWS * READ_THROUGH_LINK / POINT;
    assert_eq!(cost("{ logs(first: 1) { nodes { id } } }"), 2);
    assert_eq!(cost("{ connectors(first: 1) { nodes { logs(first: 1) { nodes { id } } } } }"), 2 + 2 + behind);
}

/// Nominal rows whose values have so many bytes.
struct Long(u64);

impl Rows for Long {
    fn of(&self, _: &str) -> u64 {
        NOMINAL_ROWS
    }

    fn bytes(&self, _: &str, _: &str) -> Option<Bytes> {
        Some(Bytes { of_all: self.0, of_present: self.0 })
    }
}

#[test]
fn the_bytes_of_values_that_were_measured_count() {
    let cost = |text: &str, bytes| cost_with(text, Value::Null, &Long(bytes));
    let page = "{ logs(first: 100) { nodes { id } } }";
    assert_eq!(cost(page, 64), cost_of(page, Value::Null));
    assert_eq!(cost(page, 10_064), 101 + 100 * 10_000 * READ_BYTE.1 / POINT);
    let look = "{ logs(first: 1, filter: { text: { contains: \"abc\" } }) { nodes { id } } }";
    assert!(cost(look, 10_000) > NOMINAL_ROWS * 10_000 * 15 / POINT);
    assert!(cost(look, 64) < 2 * cost_of(look, Value::Null) && cost_of(look, Value::Null) < 2 * cost(look, 64));
    let long = look.replace("abc", &letters(900));
    assert!(cost(&long, 10_000) > 5 * cost(look, 10_000), "each place may begin like it");
    assert!(cost(&long, 64) < 3 * cost(look, 64), "it is longer than the texts");
}

#[test]
fn texts_to_write_count() {
    let change =
        |text: &str| cost_of("mutation ($t: String) { change(input: $t) { __typename } }", value!({ "t": text }));
    assert_eq!(change(&letters(100_000)), change("") + 100_000 / TEXT);
}

/// So many logs; one of everything else.
struct Logs(u64);

impl Rows for Logs {
    fn of(&self, name: &str) -> u64 {
        if name == "Log" { self.0 } else { 1 }
    }

    fn bytes(&self, _: &str, _: &str) -> Option<Bytes> {
        None
    }
}

#[test]
fn rows_that_were_counted_take_the_place_of_the_nominal_ones() {
    let cost = |text: &str, rows| cost_with(text, Value::Null, &Logs(rows));
    for text in [
        "{ logs { totalCount } }",
        "{ logs { statistics { duration { count } } } }",
        "{ logs(orderBy: [{ field: SIZE }]) { nodes { id } } }",
        "{ logs(filter: { text: { contains: \"a\" } }) { nodes { id } } }",
    ] {
        assert_eq!(cost(text, NOMINAL_ROWS), cost_of(text, Value::Null), "{text}");
        assert!(cost(text, 100 * NOMINAL_ROWS) > 60 * cost_of(text, Value::Null), "{text}");
        assert!(cost(text, 0) < cost_of(text, Value::Null), "{text}");
    }
    assert_eq!(cost("{ logs { nodes { id } } }", 0), cost("{ logs { nodes { id } } }", u64::MAX));
}

#[test]
fn rows_to_write_count_and_what_is_only_kept_does_not() {
    let put =
        |input: Value| cost_of("mutation ($i: Parts!) { put(input: $i) { connector { id } } }", value!({ "i": input }));
    let parts = |count| value!({ "parts": (Value::List(vec![value!({ "name": "a" }); count])) });
    assert_eq!(put(parts(0)), 2);
    assert_eq!(put(parts(10)), 2 + 10 * WRITTEN);
    let kept = Value::List(vec![value!({ "a": 1 }); 1_000]);
    assert!(put(value!({ "parts": [], "data": (kept) })) < 2 + 50);
}

#[test]
fn more_than_the_limit_is_refused() {
    let catalogue = Catalogue::from_sdl(SDL, HINTS).unwrap();
    let within =
        |text: &str, name| catalogue.within(&parse_query(text).unwrap(), name, &Variables::default(), MAX_COST);
    let pages = "query A { connectors(first: 100) { nodes { logs(first: 100) { nodes { id } } } } } \
                 query B { connectors { totalCount } }";
    assert_eq!(within(pages, Some("A")).unwrap_err().code.as_str(), "COST_LIMIT_EXCEEDED");
    assert_eq!(within(pages, Some("B")), Ok(1 + 1 + COUNT));
    assert_eq!(within(pages, Some("C")), Ok(1));
}
