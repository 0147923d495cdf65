//! The comparison inputs.

use async_graphql::{InputObject, MaybeUndefined};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types as sql;
use uuid::Uuid;

use super::{Comparison, MAX_WALKED, compare, given, given_list, is_null, membership};
use crate::db::condition::{Condition, Sql};
use crate::db::scope::{Owned, Scope, Scoped};
use crate::error::{Error, Result};
use crate::id::AnyId;
use crate::scalar::{BigInt, Date, DateTime, Shown};

/// Filter by an id.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IdFilter {
    /// Matches rows with this value.
    pub eq: MaybeUndefined<AnyId>,
    /// Any of these, at most 200.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<AnyId>>,
    /// None of these, at most 200.
    pub not_in: MaybeUndefined<Vec<AnyId>>,
    /// Matches rows where the value is null, or with `false` is not null.
    pub is_null: MaybeUndefined<bool>,
}

impl Comparison for IdFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        let uuids = |list: &Vec<AnyId>| list.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        let any = given_list("in", &self.any)?.map(uuids);
        // An index leads to ids, though not to hashed ones.
        let long = any.clone().filter(|list| list.len() > MAX_WALKED);
        let led = long.map(|list| compare::<T, sql::Array<sql::Uuid>, _>(&column, " = ANY(", list, ")"));
        let among = membership::<T, sql::Uuid, Uuid>(
            &column,
            given("eq", &self.eq)?.map(|id| id.uuid()),
            any,
            given_list("notIn", &self.not_in)?.map(uuids),
            given("isNull", &self.is_null)?.copied(),
        );
        Ok(Condition::all([Some(among), led].into_iter().flatten()))
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

/// Filter by true or false.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BooleanFilter {
    /// Matches rows with this value.
    pub eq: MaybeUndefined<bool>,
}

impl Comparison for BooleanFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        let eq = given("eq", &self.eq)?.map(|wanted| compare::<T, sql::Bool, bool>(&column, " = ", *wanted, ""));
        Ok(Condition::all(eq))
    }
}

/// Filter by a text.
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
    /// Matches rows where the value is null, or with `false` is not null.
    pub is_null: MaybeUndefined<bool>,
}

/// The text as a `LIKE` pattern that matches only itself.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The collation that takes upper and lower case as alike, made by a migration, so that it means the same whatever the
/// locale of the database is.
const ANY_CASE: &str = " COLLATE \"core_api\".\"any_case\"";

/// `lower(column) LIKE (SELECT lower($1))`: as `ILIKE`, which would take the pattern in lower case for each row, and so
/// take the longer the longer it is.
struct Like {
    column: Sql,
    pattern: String,
}

impl QueryFragment<Pg> for Like {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("lower(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(ANY_CASE);
        out.push_sql(") LIKE (SELECT lower(");
        out.push_bind_param::<sql::Text, _>(&self.pattern)?;
        out.push_sql(ANY_CASE);
        out.push_sql("))");
        Ok(())
    }
}

/// Whether the column's text matches the pattern, in upper or lower case.
fn like<T: 'static>(column: &Sql, pattern: String) -> Condition<T> {
    Condition::written(Like { column: column.clone(), pattern })
}

/// How long a text operand may be, in characters: comparing takes the database longer the longer it is.
const MAX_OPERAND_LENGTH: usize = 1_000;

/// Refuses what PostgreSQL cannot store, and so cannot hold, and what would take it too long to look for.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn comparable(text: &str) -> Result<()> {
    if text.chars().count() > MAX_OPERAND_LENGTH {
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
        let like = |pattern: String| like(&column, pattern);
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
            /// Matches rows with this value.
            pub eq: MaybeUndefined<$value>,
            /// Greater, or later, than this.
            pub gt: MaybeUndefined<$value>,
            /// Greater than or equal to this, or not earlier.
            pub gte: MaybeUndefined<$value>,
            /// Less, or earlier, than this.
            pub lt: MaybeUndefined<$value>,
            /// Less than or equal to this, or not later.
            pub lte: MaybeUndefined<$value>,
            /// Matches rows where the value is null, or with `false` is not null.
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
                    let compared = given(name, operand)?.map(|value| value.compared(operator));
                    parts.extend(
                        compared.map(|(operator, value)| compare::<T, $sql, $value>(&column, operator, value, "")),
                    );
                }
                parts.extend(given("isNull", &self.is_null)?.map(|wanted| is_null(&column, *wanted)));
                Ok(Condition::all(parts))
            }
        }
    };
}

ordered_filter!(
    /// Filter by a date-time. Ranges are usually half-open: `gte` the first, `lt` the first no more wanted.
    DateTimeFilter, DateTime, sql::Timestamptz
);
ordered_filter!(
    /// Filter by a date.
    DateFilter, Date, sql::Date
);
ordered_filter!(
    /// Filter by a number.
    IntFilter, i32, sql::Integer
);
ordered_filter!(
    /// Filter by a number.
    BigIntFilter, BigInt, sql::BigInt
);
