//! The comparison inputs: one vocabulary for the filters of every entity.
//!
//! A missing operator is no condition; an operator that is given as null is an error, never "everything".

use async_graphql::{InputObject, InputType, MaybeUndefined};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{self as sql, Array, HasSqlType, SingleValue};
use uuid::Uuid;

use crate::db::condition::{Condition, Sql};
use crate::db::scope::{Owned, Scope, Scoped};
use crate::error::{Error, Result};
use crate::id::AnyId;
use crate::scalar::{BigInt, Date, DateTime};

/// How deep `and`, `or` and `not` may nest.
const DEEPEST: usize = 5;
/// How many operands `in`, `notIn`, `and` and `or` may have.
const LONGEST: usize = 200;

/// The filter of an entity's list.
pub trait Filter<T>: InputType + Clone + Eq + std::hash::Hash + 'static {
    /// What it demands of a row.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a null operand, too many of them, or too deep a nesting.
    fn condition(&self, scope: &Scope, depth: usize) -> Result<Condition<T>>;
}

/// Refuses nesting that is too deep.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_depth(depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::bad_input(format!("A filter may nest at most {DEEPEST} levels deep.")));
    }
    Ok(())
}

/// A field's name as the API writes it.
fn api_name(rust_name: &str) -> String {
    let mut parts = rust_name.split('_').filter(|part| !part.is_empty());
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// What was given, if anything; null is refused.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn given<'a, V>(name: &str, operand: &'a MaybeUndefined<V>) -> Result<Option<&'a V>> {
    match operand {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => {
            Err(Error::bad_input(format!("`{}` is null. Leave it out to accept every row.", api_name(name))))
        }
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}

/// The same for a list, whose length is limited.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn given_list<'a, V>(name: &str, operand: &'a MaybeUndefined<Vec<V>>) -> Result<Option<&'a Vec<V>>> {
    let list = given(name, operand)?;
    if list.is_some_and(|list| list.len() > LONGEST) {
        return Err(Error::bad_input(format!("`{}` takes at most {LONGEST} operands.", api_name(name))));
    }
    Ok(list)
}

/// A comparison of one column with one kind of input.
pub trait Comparison {
    /// The condition on the column, written `column operator operand`.
    ///
    /// # Errors
    /// As [`Filter::condition`].
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>>;
}

/// `column operator (operand)`, with the operand bound as `ST`.
struct Compare<ST, V> {
    column: Sql,
    before: &'static str,
    operand: V,
    after: &'static str,
    sql_type: std::marker::PhantomData<fn() -> ST>,
}

impl<ST, V> QueryFragment<Pg> for Compare<ST, V>
where
    Pg: HasSqlType<ST>,
    V: ToSql<ST, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(self.before);
        out.push_bind_param::<ST, V>(&self.operand)?;
        out.push_sql(self.after);
        Ok(())
    }
}

/// Writes `column` + a fixed text.
struct Suffixed(Sql, &'static str);

impl QueryFragment<Pg> for Suffixed {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(self.1);
        Ok(())
    }
}

/// `column before $1 after`.
pub fn compare<T, ST, V>(column: &Sql, before: &'static str, operand: V, after: &'static str) -> Condition<T>
where
    T: 'static,
    ST: 'static,
    Pg: HasSqlType<ST>,
    V: ToSql<ST, Pg> + Send + Sync + 'static,
{
    Condition::written(Compare::<ST, V> {
        column: column.clone(),
        before,
        operand,
        after,
        sql_type: std::marker::PhantomData,
    })
}

/// `column IS [NOT] NULL`.
#[must_use]
pub fn is_null<T: 'static>(column: &Sql, wanted: bool) -> Condition<T> {
    Condition::written(Suffixed(column.clone(), if wanted { " IS NULL" } else { " IS NOT NULL" }))
}

/// `eq`, `in`, `notIn`, `isNull` over values that are stored as `ST`.
///
/// # Errors
/// As [`Filter::condition`].
pub fn membership<T, ST, V>(
    column: &Sql,
    eq: Option<V>,
    any: Option<Vec<V>>,
    none: Option<Vec<V>>,
    null: Option<bool>,
) -> Condition<T>
where
    T: 'static,
    ST: SingleValue + 'static,
    Pg: HasSqlType<ST> + HasSqlType<Array<ST>>,
    V: ToSql<ST, Pg> + Send + Sync + 'static,
    Vec<V>: ToSql<Array<ST>, Pg>,
{
    let parts = [
        eq.map(|value| compare::<T, ST, V>(column, " = ", value, "")),
        any.map(|list| compare::<T, Array<ST>, Vec<V>>(column, " = ANY(", list, ")")),
        none.map(|list| compare::<T, Array<ST>, Vec<V>>(column, " <> ALL(", list, ")")),
        null.map(|wanted| is_null(column, wanted)),
    ];
    Condition::all(parts.into_iter().flatten())
}

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
/// As [`Filter::condition`].
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

/// Refuses what PostgreSQL cannot store, and so cannot hold.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn storable(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::bad_input("A text may not contain the character U+0000."));
    }
    Ok(())
}

impl Comparison for StringFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        fn one<'a>(name: &str, operand: &'a MaybeUndefined<String>) -> Result<Option<&'a String>> {
            let text = given(name, operand)?;
            text.map_or(Ok(()), |text| storable(text))?;
            Ok(text)
        }

        let any = given_list("in", &self.any)?;
        any.into_iter().flatten().try_for_each(|text| storable(text))?;
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

/// Declares an entity's filter: its name, its table, and which comparison stands for which column.
///
/// First the columns, `field: Comparison => column`; then the `relations`,
/// `field: foreign_key -> parent_table::public_id`; then what `also` needs a function of its own,
/// `field: Input => function`, a `fn(&Input, &Scope) -> Result<Condition<table>>`.
#[macro_export]
macro_rules! filter {
    (
        $(#[$doc:meta])* $name:ident for $table:ident {
            $($(#[$column_doc:meta])* $field:ident: $comparison:ident => $column:ident,)*
        }
        $(relations { $($(#[$to_doc:meta])* $to_field:ident: $foreign_key:ident -> $parent:ident::$parent_id:ident,)* })?
        $(also { $($(#[$via_doc:meta])* $via_field:ident: $via_type:ty => $via:path,)* })?
    ) => {
        $(#[$doc])*
        ///
        /// All fields that are given must hold.
        #[derive(async_graphql::InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name {
            $($(#[$column_doc])* pub $field: async_graphql::MaybeUndefined<$comparison>,)*
            $($($(#[$to_doc])* pub $to_field: async_graphql::MaybeUndefined<$crate::filter::IdFilter>,)*)?
            $($($(#[$via_doc])* pub $via_field: async_graphql::MaybeUndefined<$via_type>,)*)?
            /// All of these must hold.
            pub and: async_graphql::MaybeUndefined<Vec<$name>>,
            /// At least one of these must hold; an empty list accepts nothing.
            pub or: async_graphql::MaybeUndefined<Vec<$name>>,
            /// This must not hold. A comparison with a missing value does not hold.
            pub not: async_graphql::MaybeUndefined<Box<$name>>,
        }

        impl $crate::filter::Filter<$table::table> for $name {
            fn condition(
                &self,
                scope: &$crate::db::scope::Scope,
                depth: usize,
            ) -> $crate::error::Result<$crate::db::condition::Condition<$table::table>> {
                use $crate::db::condition::Condition;
                #[allow(unused_imports, reason = "a filter may compare no column by itself")]
                use $crate::filter::{Comparison, check_depth, given, given_list};

                check_depth(depth)?;
                let mut parts = Vec::new();
                $(if let Some(comparison) = given(stringify!($field), &self.$field)? {
                    parts.push(comparison.on(std::sync::Arc::new($table::$column))?);
                })*
                $($(if let Some(ids) = given(stringify!($to_field), &self.$to_field)? {
                    let (key, id) = (std::sync::Arc::new($table::$foreign_key), std::sync::Arc::new($parent::$parent_id));
                    parts.push($crate::filter::points_at::<_, $parent::table>(scope, ids, key, id)?);
                })*)?
                $($(if let Some(comparison) = given(stringify!($via_field), &self.$via_field)? {
                    parts.push($via(comparison, scope)?);
                })*)?
                let each = |list: &Vec<$name>| -> $crate::error::Result<Vec<_>> {
                    list.iter().map(|filter| filter.condition(scope, depth + 1)).collect()
                };
                if let Some(list) = given_list("and", &self.and)? {
                    parts.push(Condition::all(each(list)?));
                }
                if let Some(list) = given_list("or", &self.or)? {
                    parts.push(Condition::any(each(list)?));
                }
                if let Some(inner) = given("not", &self.not)? {
                    parts.push(inner.condition(scope, depth + 1)?.negate());
                }
                Ok(Condition::all(parts))
            }
        }
    };
}
