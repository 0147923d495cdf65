//! What operations cost.

use async_graphql::parser::parse_query;
use async_graphql::value;

use super::*;

const SDL: &str = r#"
    "A page." type PageInfo { hasNextPage: Boolean! }
    interface Node { id: ID! }
    type LogEdge { cursor: String! node: Log! }
    type LogConnection {
        edges: [LogEdge!]! nodes: [Log!]! pageInfo: PageInfo! totalCount: Int! statistics: Statistics!
    }
    type Statistics { total: Int! byDay(last: Int): [Day!]! }
    type Day { count: Int! }
    type Log implements Node { id: ID! connector: Connector! }
    type Connector implements Node {
        id: ID!
        logs(first: Int, after: String, last: Int, before: String): LogConnection!
    }
    type ConnectorEdge { cursor: String! node: Connector! }
    type ConnectorConnection { edges: [ConnectorEdge!]! nodes: [Connector!]! pageInfo: PageInfo! totalCount: Int! }
    type Root {
        node(id: ID!): Node
        nodes(ids: [ID!]!): [Node]!
        connectors(first: Int, last: Int): ConnectorConnection!
    }
    type Change { connector: Connector }
    type Mutation { change(input: String): Change! }
    type Subscription { changed(ids: [ID!]): Change! }
    schema { query: Root mutation: Mutation subscription: Subscription }
"#;

fn cost_of(text: &str, variables: Value) -> u64 {
    let catalogue = Catalogue::from_sdl(SDL).unwrap();
    let variables = Variables::from_value(variables);
    catalogue.cost(&parse_query(text).unwrap(), None, &variables)
}

#[test]
fn pages_multiply_down_the_nesting() {
    for (text, expected) in [
        ("{ node(id: 1) { id } __typename }", 1),
        ("{ __schema { types { name } } }", 0),
        ("{ connectors { totalCount } }", 1 + AGGREGATE),
        ("{ connectors { totalCount pageInfo { hasNextPage } nodes { id } } }", 1 + AGGREGATE + 20),
        (
            "{ connectors { total: totalCount ...A } } fragment A on ConnectorConnection { totalCount }",
            1 + 2 * AGGREGATE,
        ),
        ("{ connectors(first: 3) { nodes { logs(first: 0) { totalCount } } } }", 1 + 3 + 3 * (1 + AGGREGATE)),
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
            3 + 3 * (1 + 4 + 1 + AGGREGATE),
        ),
        (
            "{ node(id: 1) { ... on Connector { logs { statistics { __typename total ... { byDay { count } } } } } } }",
            1 + 1 + 1 + 2 * AGGREGATE,
        ),
        ("{ node(id: 1) { ... on Connector { logs { statistics { __typename } } } } }", 1 + 1 + 1),
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
fn more_than_the_limit_is_refused() {
    let catalogue = Catalogue::from_sdl(SDL).unwrap();
    let within =
        |text: &str, name| catalogue.within(&parse_query(text).unwrap(), name, &Variables::default(), 1, MOST_COST);
    let pages = "query A { connectors(first: 100) { nodes { logs(first: 100) { nodes { id } } } } } \
                 query B { connectors { totalCount } }";
    assert_eq!(within(pages, Some("A")).unwrap_err().code.as_str(), "COST_LIMIT_EXCEEDED");
    assert_eq!(within(pages, Some("B")), Ok(1 + AGGREGATE));
    assert_eq!(within(pages, Some("C")), Ok(1));
}
