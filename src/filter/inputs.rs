//! The comparison inputs.

use async_graphql::{InputObject, MaybeUndefined};
use diesel::sql_types as sql;
use uuid::Uuid;

use super::{Comparison, compare, given, given_list, is_null, membership};
use crate::db::condition::{Condition, Sql};
use crate::db::scope::{Owned, Scope, Scoped};
use crate::error::{Error, Result};
use crate::id::AnyId;
use crate::scalar::{BigInt, Date, DateTime};

/// Which ids are accepted.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IdFilter {
    /// Exactly this one.
    pub eq: MaybeUndefined<AnyId>,
    /// Any of these, at most 200.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<AnyId>>,
    /// None of these, at most 200.
    pub not_in: MaybeUndefined<Vec<AnyId>>,
    /// Whether there is none at all.
    pub is_null: MaybeUndefined<bool>,
}

impl Comparison for IdFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        let uuids = |list: &Vec<AnyId>| list.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        Ok(membership::<T, sql::Uuid, Uuid>(
            &column,
            given("eq", &self.eq)?.map(|id| id.uuid()),
            given_list("in", &self.any)?.map(uuids),
            given_list("notIn", &self.not_in)?.map(uuids),
            given("isNull", &self.is_null)?.copied(),
        ))
    }
}

/// The rows whose foreign key points at a visible row with such an id. `isNull` asks for those that point at
/// nothing the caller may see.
///
/// # Errors
/// As [`super::Filter::condition`].
pub fn points_at<T: 'static, P: Owned>(scope: &Scope, ids: &IdFilter, key: Sql, id: Sql) -> Result<Condition<T>> {
    let is_null = given("isNull", &ids.is_null)?;
    let ids = IdFilter { is_null: MaybeUndefined::Undefined, ..ids.clone() };
    let any_operator = ids != IdFilter::default();
    let pointed = move |rows: Scoped<P>| rows.containing::<T>(key.clone(), P::pk());
    let parts = [
        any_operator.then(|| ids.on(id)).transpose()?.map(|with_id| pointed(scope.rows::<P>().filter(with_id))),
        is_null.map(|wanted| {
            let some = pointed(scope.rows::<P>());
            if *wanted { some.negate() } else { some }
        }),
    ];
    Ok(Condition::all(parts.into_iter().flatten()))
}

/// Which truth is accepted.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BooleanFilter {
    /// Exactly this.
    pub eq: MaybeUndefined<bool>,
}

impl Comparison for BooleanFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        let eq = given("eq", &self.eq)?.map(|wanted| compare::<T, sql::Bool, bool>(&column, " = ", *wanted, ""));
        Ok(Condition::all(eq))
    }
}

/// Which texts are accepted.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StringFilter {
    /// Exactly this text.
    pub eq: MaybeUndefined<String>,
    /// Any of these texts, at most 200.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<String>>,
    /// Texts that contain this one, upper and lower case alike.
    pub contains: MaybeUndefined<String>,
    /// Texts that start with this one, upper and lower case alike.
    pub starts_with: MaybeUndefined<String>,
    /// Whether there is none at all.
    pub is_null: MaybeUndefined<bool>,
}

/// The text as a `LIKE` pattern that matches only itself.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// How long a text operand may be, in characters: comparing takes the database longer the longer it is.
const LONGEST_OPERAND: usize = 1_000;

/// Refuses what PostgreSQL cannot store, and so cannot hold, and what would take it too long to look for.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn comparable(text: &str) -> Result<()> {
    if text.chars().count() > LONGEST_OPERAND {
        return Err(Error::bad_input("A text to compare with may have at most 1,000 characters."));
    }
    if text.contains('\0') {
        return Err(Error::bad_input("A text may not contain the character U+0000."));
    }
    Ok(())
}

impl Comparison for StringFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        fn one<'a>(name: &str, operand: &'a MaybeUndefined<String>) -> Result<Option<&'a String>> {
            let text = given(name, operand)?;
            text.map_or(Ok(()), |text| comparable(text))?;
            Ok(text)
        }

        let any = given_list("in", &self.any)?;
        any.into_iter().flatten().try_for_each(|text| comparable(text))?;
        let like = |pattern: String| compare::<T, sql::Text, String>(&column, " ILIKE ", pattern, "");
        let parts = [
            Some(membership::<T, sql::Text, String>(
                &column,
                one("eq", &self.eq)?.cloned(),
                any.cloned(),
                None,
                given("isNull", &self.is_null)?.copied(),
            )),
            one("contains", &self.contains)?.map(|text| like(format!("%{}%", escape_like(text)))),
            one("startsWith", &self.starts_with)?.map(|text| like(format!("{}%", escape_like(text)))),
        ];
        Ok(Condition::all(parts.into_iter().flatten()))
    }
}

/// A comparison input for values that have an order.
macro_rules! ordered_filter {
    ($(#[$doc:meta])* $name:ident, $value:ty, $sql:ty) => {
        $(#[$doc])*
        #[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name {
            /// Exactly this.
            pub eq: MaybeUndefined<$value>,
            /// Greater, or later, than this.
            pub gt: MaybeUndefined<$value>,
            /// Greater than or equal to this, or not earlier.
            pub gte: MaybeUndefined<$value>,
            /// Less, or earlier, than this.
            pub lt: MaybeUndefined<$value>,
            /// Less than or equal to this, or not later.
            pub lte: MaybeUndefined<$value>,
            /// Whether there is none at all.
            pub is_null: MaybeUndefined<bool>,
        }

        impl Comparison for $name {
            fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
                let operands = [
                    ("eq", " = ", &self.eq),
                    ("gt", " > ", &self.gt),
                    ("gte", " >= ", &self.gte),
                    ("lt", " < ", &self.lt),
                    ("lte", " <= ", &self.lte),
                ];
                let mut parts = Vec::new();
                for (name, operator, operand) in operands {
                    parts.extend(
                        given(name, operand)?.map(|value| compare::<T, $sql, $value>(&column, operator, *value, "")),
                    );
                }
                parts.extend(given("isNull", &self.is_null)?.map(|wanted| is_null(&column, *wanted)));
                Ok(Condition::all(parts))
            }
        }
    };
}

ordered_filter!(
    /// Which instants are accepted. Ranges are usually half-open: `gte` the first, `lt` the first no more wanted.
    DateTimeFilter, DateTime, sql::Timestamptz
);
ordered_filter!(
    /// Which days are accepted.
    DateFilter, Date, sql::Date
);
ordered_filter!(
    /// Which numbers are accepted.
    IntFilter, i32, sql::Integer
);
ordered_filter!(
    /// Which numbers are accepted.
    BigIntFilter, BigInt, sql::BigInt
);
