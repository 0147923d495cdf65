//! The comparison inputs: one vocabulary for the filters of every entity.
//!
//! A missing operator is no condition; an operator that is given as null is an error, never "everything". So is an operand
//! that is written as `{}`, which is seen where documents and variables are checked (`typing`).

mod inputs;

use std::collections::HashSet;
use std::hash::Hash;

use async_graphql::{InputType, MaybeUndefined};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType, SingleValue};
use graphql_limits::cost::MAX_WALKED;

pub use self::inputs::{
    BigIntFilter, BooleanFilter, DateFilter, DateTimeFilter, IdFilter, IntFilter, StringFilter, comparable, points_at,
};
use crate::db::condition::{Condition, Sql};
use crate::db::scope::Scope;
use crate::error::{Error, Result};

/// How deep `and`, `or` and `not` may nest.
const MAX_DEPTH: usize = 5;
/// How many operands `in`, `notIn`, `and` and `or` may have.
const MAX_LENGTH: usize = 200;

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
    if depth > MAX_DEPTH {
        return Err(Error::bad_input(format!("A filter may nest at most {MAX_DEPTH} levels deep.")));
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
    if list.is_some_and(|list| list.len() > MAX_LENGTH) {
        return Err(Error::bad_input(format!("`{}` takes at most {MAX_LENGTH} operands.", api_name(name))));
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

/// `eq`, `in`, `notIn`, `isNull` over values that are stored as `ST`. A list that names a value twice means it once.
///
/// PostgreSQL does not hash a parameter, but the rows of a subquery, so a list that is too long to be gone through for each
/// row is given to it as these; with `IS TRUE` they cannot become a join, whose plan may go through them as well.
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
    V: ToSql<ST, Pg> + Eq + Hash + Send + Sync + 'static,
    Vec<V>: ToSql<Array<ST>, Pg>,
{
    let list = |values: Vec<V>,
                [before, after]: [&'static str; 2],
                [hashed_before, hashed_after]: [&'static str; 2]| {
        let values: Vec<V> = values.into_iter().collect::<HashSet<_>>().into_iter().collect();
        let (before, after) = if values.len() > MAX_WALKED { (hashed_before, hashed_after) } else { (before, after) };
        compare::<T, Array<ST>, Vec<V>>(column, before, values, after)
    };
    let parts = [
        eq.map(|value| compare::<T, ST, V>(column, " = ", value, "")),
        any.map(|values| list(values, [" = ANY(", ")"], [" IN (SELECT unnest(", ")) IS TRUE"])),
        none.map(|values| list(values, [" <> ALL(", ")"], [" NOT IN (SELECT unnest(", "))"])),
        null.map(|wanted| is_null(column, wanted)),
    ];
    Condition::all(parts.into_iter().flatten())
}

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
        /// All fields that are given must hold. One that is null or `{}` is refused, here and in filters within; without any
        /// field, every row is accepted.
        #[derive(async_graphql::InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name {
            $($(#[$column_doc])* pub $field: async_graphql::MaybeUndefined<$comparison>,)*
            $($($(#[$to_doc])* pub $to_field: async_graphql::MaybeUndefined<$crate::filter::IdFilter>,)*)?
            $($($(#[$via_doc])* pub $via_field: async_graphql::MaybeUndefined<$via_type>,)*)?
            /// Matches rows that all of these filters match; an empty list matches every row.
            pub and: async_graphql::MaybeUndefined<Vec<$name>>,
            /// At least one of these must hold; an empty list accepts nothing.
            pub or: async_graphql::MaybeUndefined<Vec<$name>>,
            /// Matches rows that this filter does not match. A comparison with a null value does not match.
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
                scope.charge_comparisons(parts.len() + 1)?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use diesel::sql_types::Text;

    use super::*;
    use crate::db::schema::core_api::documents;

    #[test]
    fn long_lists_are_hashed_whatever_the_plan() {
        let column: Sql = Arc::new(documents::filename);
        let written = |list: Vec<String>| {
            let condition =
                membership::<documents::table, Text, String>(&column, None, Some(list.clone()), Some(list), None);
            diesel::debug_query::<Pg, _>(&condition).to_string()
        };
        let different = |count: usize| (0..count).map(|number| number.to_string()).collect();
        for short in [different(8), vec!["one".to_owned(); 200]] {
            let sql = written(short);
            assert!(sql.contains(" = ANY($1)") && sql.contains(" <> ALL($2)"), "{sql}");
        }
        let sql = written(different(9));
        assert!(
            sql.contains(" IN (SELECT unnest($1)) IS TRUE") && sql.contains(" NOT IN (SELECT unnest($2))"),
            "{sql}"
        );
    }
}
