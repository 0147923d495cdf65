//! What an operation may cost, known before any SQL: the rows that its pages could return, multiplied down the nesting,
//! and the rows that PostgreSQL may have to read for them, as long as each takes it. A point is what a row of a page
//! takes, about 10 µs of PostgreSQL.
//!
//! | selected | counts |
//! |---|---|
//! | an object, or a list that is no page | 1 for each row above it |
//! | a connection | 1 for each row above it, and its page for each of `nodes` and `edges` |
//! | a page with a filter, or in another order than the usual one | what reading, comparing and sorting all rows of the list takes, once |
//! | a list asked for by `ids` | the number of ids |
//! | `totalCount`, and what is asked of `statistics` | 1 for each row above the connection, and what reading, comparing and adding up all rows of the list takes, once for each statement |
//! | what takes a statement of its own | [`Hints::computed`] |
//! | an object in a list of a mutation's input | [`WRITTEN`] |
//! | the bytes of a scalar, where they were measured | what reading them takes |
//! | texts in the arguments of what is no list | 1 for each KiB |
//! | an edge's `node`, `pageInfo`, introspection | nothing |
//!
//! All rows of a list are those that the workspace has of its type: a list below many rows divides them among these, so
//! they are read once. A page is `first` or `last`, else [`PAGE`], and never more than [`MAX_PAGE`]: a larger one is
//! refused elsewhere. Selections that `@skip` or `@include` leaves out count nothing.
//!
//! `benches/run --cost` measures how well this follows what PostgreSQL does.

use std::borrow::Cow;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as Selected, OperationType, Selection, SelectionSet,
};
use async_graphql::{Positioned, Value, Variables};
use async_graphql_value::Value as Given;

mod catalogue;
mod hints;
mod rows;
mod search;

pub use catalogue::Catalogue;
pub use hints::Hints;
pub use rows::{Bytes, NOMINAL_ROWS, Nominal, Rows};
pub use search::MAX_WALKED;

use crate::{Code, Violation, chosen};
use catalogue::Field;
use search::{Search, count};

#[cfg(test)]
mod tests;

/// What an operation may cost unless configured otherwise.
pub const MAX_COST: u64 = 10_000;
/// What an event of a subscription may cost unless configured otherwise.
pub const MAX_SUBSCRIPTION_COST: u64 = 500;
/// Rows of a page that asks for no number.
pub const PAGE: u32 = 20;
/// Rows of a page at the most.
pub const MAX_PAGE: u32 = 100;

/// Nanoseconds of PostgreSQL that a point stands for.
const POINT: u64 = 10_000;
/// To read a row, wherever it lies.
const READ: u64 = 500;
/// To read it behind a link, which is read first.
const READ_THROUGH_LINK: u64 = 1_500;
/// To sort it among the others.
const SORT: u64 = 300;
/// To add it up, where nothing else is said.
const ADD_UP: u64 = 300;
/// Points of a row that is written beside others.
pub const WRITTEN: u64 = 5;
/// Bytes of a value that are read for the point of its row.
pub const SHORT: u64 = 64;
/// Nanoseconds to read a byte of a text that is kept as it is, and of one that is made of something else, as JSON is.
const READ_BYTE: (u64, u64) = (1, 7);
/// Bytes of JSON that count as a value.
const BYTES_OF_A_VALUE: usize = 8;
/// Bytes of texts that an argument may have for a point.
const TEXT: u64 = 1_024;
/// Values that an argument may have for a point.
const VALUES: u64 = 100;

/// Selections looked at before an operation counts as infinitely expensive; the guard lets none come near it.
const MAX_STEPS: usize = 50_000;

impl Catalogue {
    /// The cost of the operation that `operation_name` selects; nothing, when it selects none. The variables have their
    /// defaults already.
    ///
    /// The document must have passed the guard. One that did not still gets an answer in bounded time.
    #[must_use]
    pub fn cost(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: &Variables,
        rows: &dyn Rows,
    ) -> u64 {
        let Some(operation) = chosen(document, operation_name).next() else { return 0 };
        let root = match operation.ty {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        };
        let mut walk =
            Walk { catalogue: self, document, values: Values(variables), rows, lists: Vec::new(), points: 0, nanos: 0 };
        walk.cost(&operation.selection_set.node, root)
    }

    /// The cost as if every list were made from [`NOMINAL_ROWS`], at least 1, unless it is more than `most`. An operation
    /// that is accepted once is accepted however much is stored.
    ///
    /// # Errors
    ///
    /// When it is.
    pub fn within(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: &Variables,
        most: u64,
    ) -> Result<u64, Violation> {
        let cost = self.cost(document, operation_name, variables, &Nominal).max(1);
        if cost <= most {
            return Ok(cost);
        }
        let message = format!(
            "This operation costs {cost}, more than {most}: its pages could return too many rows, or its filters, orders \
             and totals have too much compared. Ask for smaller pages with first or last, for fewer pages and totals \
             within pages, or for fewer and shorter texts."
        );
        Err(Violation { code: Code::Cost, message, line: 1, column: 1 })
    }
}

/// The values of arguments, by those of variables.
struct Values<'a>(&'a Variables);

impl<'a> Values<'a> {
    fn argument(&self, field: &Selected, name: &str) -> Option<Cow<'a, Value>> {
        self.value(&field.get_argument(name)?.node)
    }

    fn value(&self, given: &Given) -> Option<Cow<'a, Value>> {
        if let Given::Variable(name) = given {
            return self.0.get(name).map(Cow::Borrowed);
        }
        given.clone().into_const_with(|name| self.0.get(&name).cloned().ok_or(())).ok().map(Cow::Owned)
    }

    /// Whether `@skip` and `@include` leave a selection in.
    fn includes(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let leaves_out = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return true,
            };
            let condition = directive.node.get_argument("if").and_then(|value| self.value(&value.node));
            condition.as_deref() != Some(&Value::Boolean(leaves_out))
        })
    }

    /// Rows of the page that a connection field asks for.
    fn page(&self, field: &Selected) -> u64 {
        let asked = ["first", "last"].into_iter().filter_map(|name| match self.argument(field, name)?.as_ref() {
            Value::Number(number) => number.as_u64(),
            _ => None,
        });
        asked.max().unwrap_or(PAGE.into()).min(MAX_PAGE.into())
    }
}

/// Where the walk is: a selection set, its type, and the rows that it is read for.
struct Place<'a> {
    set: &'a SelectionSet,
    of: &'a str,
    rows: u64,
    /// In a connection, its list.
    list: Option<usize>,
    edge: bool,
    /// In the statistics of a connection.
    statistics: bool,
}

/// The list of a connection.
struct List {
    /// Rows of its page.
    page: u64,
    /// All its rows, for all rows above it.
    all: u64,
    /// What PostgreSQL takes to read one of them.
    read: u64,
    search: Search,
    /// What PostgreSQL takes to look at all of them for a page, where it has to, until that was counted.
    scan: Option<u64>,
    /// The statement that most statistics share was counted.
    added_up: bool,
}

struct Walk<'a> {
    catalogue: &'a Catalogue,
    document: &'a ExecutableDocument,
    values: Values<'a>,
    rows: &'a dyn Rows,
    lists: Vec<List>,
    points: u64,
    /// What is not worth a point by itself.
    nanos: u64,
}

impl<'a> Walk<'a> {
    fn cost(&mut self, set: &'a SelectionSet, root: &'a str) -> u64 {
        let mut steps = 0_usize;
        let mut places = vec![Place { set, of: root, rows: 1, list: None, edge: false, statistics: false }];
        while let Some(place) = places.pop() {
            for selection in place.set.items.iter().map(|item| &item.node) {
                steps += 1;
                if steps > MAX_STEPS {
                    return u64::MAX;
                }
                if !self.values.includes(selection.directives()) {
                    continue;
                }
                match selection {
                    Selection::Field(field) => places.extend(self.field(&place, &field.node)),
                    Selection::InlineFragment(inline) => {
                        let of = inline.node.type_condition.as_ref().map_or(place.of, |on| on.node.on.node.as_str());
                        places.push(Place { set: &inline.node.selection_set.node, of, ..place });
                    }
                    Selection::FragmentSpread(spread) => {
                        if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                            let of = fragment.node.type_condition.node.on.node.as_str();
                            places.push(Place { set: &fragment.node.selection_set.node, of, ..place });
                        }
                    }
                }
            }
        }
        self.points.saturating_add(self.nanos / POINT)
    }

    /// Counts a field. What lies below it; nothing for scalars and introspection.
    fn field(&mut self, place: &Place<'a>, field: &'a Selected) -> Option<Place<'a>> {
        let name = field.name.node.as_str();
        let set = &field.selection_set.node;
        let known = self.catalogue.types.get(place.of)?.get(name)?;
        let below = |rows| Place { set, of: &known.returns, rows, list: None, edge: false, statistics: false };
        let computed =
            self.catalogue.hints.computed.iter().find(|(of, computed, _)| (*of, *computed) == (place.of, name));
        self.add(place.rows, computed.map_or(0, |(.., points)| *points));
        match place.list {
            Some(list) if place.statistics || name == "totalCount" => {
                self.add_up(list, place, name);
                return Some(below(place.rows)).filter(|_| !set.items.is_empty());
            }
            Some(list) if name == "statistics" => {
                return Some(Place { statistics: true, list: Some(list), ..below(place.rows) });
            }
            Some(list) => {
                self.read_page(list);
                let rows = place.rows.saturating_mul(self.lists.get(list)?.page);
                if name == "pageInfo" {
                    return None;
                }
                self.add(rows, 1);
                return Some(Place { edge: name == "edges", ..below(rows) });
            }
            None => {}
        }
        if set.items.is_empty() {
            let read_byte = if known.returns == "String" && !known.list { READ_BYTE.0 } else { READ_BYTE.1 };
            let bytes = self.rows.bytes(place.of, name).map_or(0, |bytes| bytes.of_present.saturating_sub(SHORT));
            self.nanos = self.nanos.saturating_add(place.rows.saturating_mul(bytes).saturating_mul(read_byte));
            return None;
        }
        if place.edge && name == "node" {
            return Some(below(place.rows));
        }
        if known.connection {
            self.add(place.rows, 1);
            self.lists.push(self.list(place, field, known));
            return Some(Place { list: Some(self.lists.len() - 1), ..below(place.rows) });
        }
        // What follows rows by their ids tells of one at a time.
        let rows = match self.values.argument(field, "ids").as_deref() {
            Some(Value::List(ids)) if known.list => place.rows.saturating_mul(count(ids)),
            _ => place.rows,
        };
        self.add(rows, 1);
        self.add(1, self.given(field, known));
        Some(below(rows))
    }

    fn add(&mut self, rows: u64, points: u64) {
        self.points = self.points.saturating_add(rows.saturating_mul(points));
    }

    fn list(&self, place: &Place<'a>, field: &Selected, known: &Field) -> List {
        let connection = self.catalogue.types.get(&known.returns);
        let of = connection.and_then(|fields| Some(fields.get("nodes")?.returns.as_str())).unwrap_or_default();
        let is_through_links = self.catalogue.hints.through_links.contains(&(place.of, field.name.node.as_str()));
        let all = self.rows.of(of).max(if is_through_links { self.rows.of(self.catalogue.hints.link) } else { 0 });
        let search = known.arguments.get("filter").and_then(|input| {
            Some(self.catalogue.search(self.values.argument(field, "filter")?.as_ref(), &input.of, of, self.rows))
        });
        let search = search.unwrap_or_default();
        let sorted = self.is_sorted(field, known);
        let read = if is_through_links { READ_THROUGH_LINK } else { READ };
        let scanned = sorted || is_through_links || search != Search::default();
        let scan = scanned.then(|| search.over(all, read + if sorted { SORT } else { 0 }));
        List { page: self.values.page(field), all, read, search, scan, added_up: false }
    }

    /// Whether the rows have to be sorted: an index leads through those in the usual order.
    fn is_sorted(&self, field: &Selected, known: &Field) -> bool {
        let usual = known.arguments.get("orderBy").and_then(|input| self.catalogue.default_order(&input.of));
        let order = self.values.argument(field, "orderBy");
        let first = match order.as_deref() {
            Some(Value::List(parts)) => parts.first(),
            one => one,
        };
        let Some(Value::Object(first)) = first else { return false };
        match first.get("field") {
            Some(Value::Enum(name)) => Some(name.as_str()) != usual,
            Some(Value::String(name)) => Some(name.as_str()) != usual,
            _ => false,
        }
    }

    /// Counts what PostgreSQL reads for a page, however much is asked of it.
    fn read_page(&mut self, list: usize) {
        let scan = self.lists.get_mut(list).and_then(|list| list.scan.take());
        self.nanos = self.nanos.saturating_add(scan.unwrap_or_default());
    }

    /// Counts what PostgreSQL reads for a field that is computed over a whole list.
    fn add_up(&mut self, list: usize, place: &Place<'a>, name: &str) {
        self.points = self.points.saturating_add(place.rows);
        let Some(list) = self.lists.get_mut(list) else { return };
        let own =
            self.catalogue.hints.own_statement.iter().find(|(field, _)| *field == name).map(|(_, add_up)| *add_up);
        let add_up = match own {
            _ if !place.statistics => 0,
            Some(own) => own,
            None if list.added_up => return,
            None => {
                list.added_up = true;
                ADD_UP
            }
        };
        self.nanos = self.nanos.saturating_add(list.search.over(list.all, list.read + add_up));
    }

    /// The points of what is given to a field besides.
    fn given(&self, field: &Selected, known: &Field) -> u64 {
        let (mut values, mut written, mut texts) = (0, 0, 0_u64);
        for (name, given) in &field.arguments {
            let (Some(input), Some(value)) = (known.arguments.get(name.node.as_str()), self.values.value(&given.node))
            else {
                continue;
            };
            let mut open = vec![(value.as_ref(), Some(input.of.as_str()))];
            while let Some((value, input)) = open.pop() {
                values += 1;
                let fields = input.and_then(|input| self.catalogue.inputs.get(input));
                match value {
                    Value::List(items) => {
                        open.extend(items.iter().map(|item| (item, input)));
                        written += if fields.is_some() { count(items) } else { 0 };
                    }
                    Value::Object(object) => open.extend(object.iter().map(|(name, value)| {
                        let input = fields.and_then(|fields| fields.get(name.as_str()));
                        (value, input.map(|input| input.of.as_str()))
                    })),
                    // JSON that nobody has looked into.
                    Value::Binary(json) => {
                        values += u64::try_from(json.len() / BYTES_OF_A_VALUE).unwrap_or(u64::MAX);
                    }
                    Value::String(text) => texts = texts.saturating_add(count(text.as_bytes())),
                    _ => {}
                }
            }
        }
        let written = written.saturating_mul(WRITTEN).saturating_add(texts / TEXT);
        written.saturating_add(u64::saturating_sub(values, VALUES) / VALUES)
    }
}
