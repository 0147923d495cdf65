//! What a filter has PostgreSQL compare.

use std::collections::HashSet;

use async_graphql::Value;

use super::Hints;
use super::catalogue::Catalogue;
use super::rows::Rows;

/// What a filter takes PostgreSQL, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// For each row that it is asked of.
    pub per_row: u64,
    /// Before the first row, in each statement: to read the operands and to plan.
    pub once: u64,
}

/// A comparison of a value that is not looked into, with one operand.
const COMPARE: u64 = 15;
/// Operands of a list that are compared one after the other; of more, the statement has to be written so that they are
/// hashed.
pub const MAX_WALKED: usize = 8;
/// To look a value up among hashed ones.
const LOOK_UP: u64 = 200;
/// A look into a text: the row's text is taken in lower case for it.
const LOOK_INTO: u64 = 1_500;
/// The same where texts are sentences rather than names.
const LOOK_INTO_LONG: u64 = 6_000;
/// Each byte that is looked for.
const LOOK_FOR_BYTE: u64 = 3;
/// A look into a text whose length is known,
const LOOK: u64 = 500;
/// each of its bytes,
const LOOK_INTO_BYTE: u64 = 15;
/// and so many pairs of its bytes with those that are looked for: few texts begin like them at each place, but some do.
const PAIRS: u64 = 8;
/// A look at another row that the row points at.
const POINTS_AT: u64 = 500;
/// To read and plan one comparison.
const PLAN: u64 = 8_000;
/// To read one operand of a list.
const READ_OPERAND: u64 = 500;
/// To collect one row that may be pointed at, and one link.
const COLLECT: (u64, u64) = (500, 1_500);

impl Catalogue {
    /// What a filter of this input type takes, on rows of this type.
    pub(super) fn search(&self, filter: &Value, input: &str, of: &str, rows: &dyn Rows) -> Search {
        let mut search = Search::default();
        let mut open: Vec<(&Value, &str)> = items(filter).iter().map(|filter| (filter, input)).collect();
        while let Some((filter, input)) = open.pop() {
            let (Value::Object(fields), Some(known)) = (filter, self.inputs.get(input)) else { continue };
            for (name, value) in fields {
                let Some(field) = known.get(name.as_str()) else { continue };
                match name.as_str() {
                    "and" | "or" | "not" => open.extend(items(value).iter().map(|inner| (inner, field.of.as_str()))),
                    name => {
                        let texts = self.compares_texts(&field.of).then(|| match rows.bytes(of, name) {
                            Some(bytes) => Texts::Of(bytes.of_all),
                            None if self.hints.long_texts.contains(&name) => Texts::Long,
                            None => Texts::Names,
                        });
                        let (first_link, look) = self.hints.first_link;
                        let to = self.pointed_at(of, name, &field.of).map(|to| PointedAt {
                            look: if name == first_link { look } else { POINTS_AT },
                            collect: rows.of(to).saturating_mul(if to == self.hints.link {
                                COLLECT.1
                            } else {
                                COLLECT.0
                            }),
                        });
                        search.add(&self.hints, value, &field.of, texts, to);
                    }
                }
            }
        }
        search
    }

    /// The type of the rows that a field of a filter follows to; nothing for a column.
    fn pointed_at<'a>(&'a self, of: &str, name: &str, input: &str) -> Option<&'a str> {
        let is_column =
            name == "id" || !self.inputs.get(input).is_some_and(|operators| operators.contains_key("notIn"));
        let relation = self.types.get(of).and_then(|fields| fields.get(name));
        match relation {
            _ if is_column => None,
            Some(to) if !to.connection => Some(to.returns.as_str()).filter(|returns| self.types.contains_key(*returns)),
            // To several, or by a relation that has another name: over the links.
            _ if input == "IdFilter" => Some(self.hints.link),
            _ => None,
        }
    }
}

impl Search {
    /// What PostgreSQL takes to compare so many rows, and do something more with each.
    pub fn over(self, rows: u64, more: u64) -> u64 {
        rows.saturating_mul(self.per_row.saturating_add(more)).saturating_add(self.once)
    }

    /// Adds the comparisons of a field, by the type of their input: with texts, and with rows that it points at.
    fn add(
        &mut self,
        hints: &Hints,
        operators: &Value,
        input: &str,
        texts: Option<Texts>,
        pointed_at: Option<PointedAt>,
    ) {
        let standing_for = hints.standing_for.iter().find(|(name, _)| *name == input);
        let Value::Object(operators) = operators else { return };
        for (operator, operand) in operators {
            let operands = distinct(items(operand));
            let mut per_row = match standing_for {
                Some((_, values)) => COMPARE * values,
                None if input == hints.with_several.0 => COMPARE * operands * hints.with_several.1,
                None if operands <= MAX_WALKED as u64 => COMPARE * operands.max(1),
                None => LOOK_UP,
            };
            let mut once = PLAN + READ_OPERAND * operands + bytes(operand);
            if let (Some(texts), "contains" | "startsWith") = (texts, operator.as_str()) {
                per_row = texts.look_for(bytes(operand));
            }
            if let Some(PointedAt { look, collect }) = pointed_at {
                per_row += look;
                if matches!(operator.as_str(), "notIn" | "isNull") {
                    once = once.saturating_add(collect);
                }
            }
            self.per_row = self.per_row.saturating_add(per_row);
            self.once = self.once.saturating_add(once);
        }
    }
}

/// The rows that a row may point at.
#[derive(Clone, Copy)]
struct PointedAt {
    /// To look at the one.
    look: u64,
    /// To collect them all.
    collect: u64,
}

/// What is known of the texts of a column.
#[derive(Clone, Copy)]
enum Texts {
    /// They are names.
    Names,
    /// They are sentences.
    Long,
    /// So many bytes each, on average.
    Of(u64),
}

impl Texts {
    /// What a look for so many bytes takes in each of them.
    fn look_for(self, bytes: u64) -> u64 {
        match self {
            Self::Names => LOOK_INTO + LOOK_FOR_BYTE * bytes,
            Self::Long => LOOK_INTO_LONG + LOOK_FOR_BYTE * bytes,
            Self::Of(each) => (LOOK_INTO_BYTE + bytes.min(each) / PAIRS).saturating_mul(each).saturating_add(LOOK),
        }
    }
}

/// How many different texts there are among values; others are different each.
fn distinct(values: &[Value]) -> u64 {
    let mut texts = HashSet::new();
    let different = values.iter().filter(|value| match value {
        Value::String(text) => texts.insert(text.as_str()),
        Value::Enum(name) => texts.insert(name.as_str()),
        _ => true,
    });
    u64::try_from(different.count()).unwrap_or(u64::MAX)
}

/// The items of a list. A single value stands for a list of it.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// The bytes of all texts in a value.
fn bytes(value: &Value) -> u64 {
    let of = |value: &Value| if let Value::String(text) = value { count(text.as_bytes()) } else { 0 };
    items(value).iter().map(of).sum()
}

pub(super) fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
