//! What every entity says of itself in the same words.

/// Declares a PostgreSQL enum type: the GraphQL enum, how it is stored, and its filter.
macro_rules! pg_enum {
    (
        $(#[$doc:meta])* $name:ident, $filter:ident, $sql:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $label:literal,)+
        }
    ) => {
        $(#[$doc])*
        ///
        /// A field of this type is null, with an error of its own, when the stored value is newer than this version of
        /// the server.
        #[derive(
            async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq, Hash,
            diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
        )]
        #[diesel(sql_type = $crate::db::schema::core_api::sql_types::$sql)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// As the database writes it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }
        }

        impl diesel::serialize::ToSql<$crate::db::schema::core_api::sql_types::$sql, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.label().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<$crate::db::schema::core_api::sql_types::$sql, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match bytes.as_bytes() {
                    $(label if label == $label.as_bytes() => Ok(Self::$variant),)+
                    _ => Err(concat!("a label that ", stringify!($name), " does not know").into()),
                }
            }
        }

        impl $crate::plan::WriteJson for $name {
            fn write(
                value: Option<diesel::pg::PgValue<'_>>,
                out: &mut Vec<u8>,
            ) -> diesel::deserialize::Result<()> {
                $crate::plan::write_enum::<$crate::db::schema::core_api::sql_types::$sql, Self>(value, out)
            }
        }

        #[doc = concat!("Filter by `", stringify!($name), "`.")]
        #[derive(async_graphql::InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $filter {
            /// Matches rows with this value.
            pub eq: async_graphql::MaybeUndefined<$name>,
            /// Matches rows with any of these values.
            #[graphql(name = "in")]
            pub any: async_graphql::MaybeUndefined<Vec<$name>>,
            /// Matches rows with none of these values.
            pub not_in: async_graphql::MaybeUndefined<Vec<$name>>,
            /// Matches rows where the value is null, or with `false` is not null.
            pub is_null: async_graphql::MaybeUndefined<bool>,
        }

        impl $crate::filter::Comparison for $filter {
            fn on<T: 'static>(
                &self,
                column: $crate::db::condition::Sql,
            ) -> $crate::error::Result<$crate::db::condition::Condition<T>> {
                use $crate::filter::{given, given_list, membership};

                Ok(membership::<T, $crate::db::schema::core_api::sql_types::$sql, $name>(
                    &column,
                    given("eq", &self.eq)?.copied(),
                    given_list("in", &self.any)?.cloned(),
                    given_list("notIn", &self.not_in)?.cloned(),
                    given("isNull", &self.is_null)?.copied(),
                ))
            }
        }
    };
}

/// Makes a `Queryable` and `Selectable` struct the record of its table. In the braces stand the columns that everybody
/// who sees the row may read, as they are.
macro_rules! record {
    ($row:ident of $table:ident by $id:ident { $($column:ident),* $(,)? }) => {
        $crate::entity::macros::record!(@record $row of $table { id => $id, $($column => $column),* });

        impl $crate::db::scope::Identified for $row {
            fn id(&self) -> uuid::Uuid {
                self.id.uuid()
            }

            fn with_ids(ids: Vec<uuid::Uuid>) -> $crate::db::condition::Condition<$table::table> {
                $crate::db::condition::one_of($table::$id, ids)
            }
        }
    };
    ($row:ident of $table:ident { $($column:ident),* $(,)? }) => {
        $crate::entity::macros::record!(@record $row of $table { $($column => $column),* });
    };
    (@record $row:ident of $table:ident { $($member:ident => $column:ident),* }) => {
        impl $crate::db::scope::Record for $row {
            type Table = $table::table;

            fn columns() -> $crate::db::condition::Sql {
                std::sync::Arc::new(<Self as diesel::Selectable<diesel::pg::Pg>>::construct_selection())
            }

            fn read<'a>(row: &impl diesel::row::Row<'a, diesel::pg::Pg>) -> diesel::QueryResult<Self> {
                $crate::page::read_row::<
                    <<Self as diesel::Selectable<diesel::pg::Pg>>::SelectExpression as diesel::Expression>::SqlType,
                    Self,
                >(row)
            }

            fn read_child<'a>(row: &impl diesel::row::Row<'a, diesel::pg::Pg>) -> diesel::QueryResult<(i32, Self)> {
                $crate::page::read_row::<
                    (
                        diesel::sql_types::Integer,
                        <<Self as diesel::Selectable<diesel::pg::Pg>>::SelectExpression as diesel::Expression>::SqlType,
                    ),
                    (i32, Self),
                >(row)
            }

            fn pk(&self) -> i32 {
                self.pk
            }
        }

        impl $crate::plan::PlannedColumns for $row {
            fn column(field: &str) -> Option<$crate::plan::Column> {
                $(
                    if $crate::plan::names(field, stringify!($member)) {
                        return Some($crate::plan::Column {
                            sql: std::sync::Arc::new($table::$column),
                            write: $crate::plan::writer(|row: &$row| &row.$member),
                        });
                    }
                )*
                None
            }
        }
    };
}

/// Declares what an entity's lists can be ordered by, the default first. A `?` marks columns that can be null.
macro_rules! order_by {
    (
        $row:ident of $table:ident: $input:ident, $field:ident {
            $($(#[$doc:meta])* $variant:ident => $column:ident $($null:literal)?,)+
        }
    ) => {
        #[doc = concat!("The order of a list of `", stringify!($row), "`.")]
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $field {
            $($(#[$doc])* $variant,)+
        }

        #[doc = concat!("One part of the order of a list of `", stringify!($row), "`.")]
        #[derive(async_graphql::InputObject, Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $input {
            /// The field to sort by.
            pub field: $field,
            /// Sort direction.
            #[graphql(default)]
            pub direction: $crate::page::OrderDirection,
        }

        impl $crate::page::OrderBy<$row> for $input {
            fn default_order() -> Self {
                let [first, ..] = [$($field::$variant),+];
                Self { field: first, direction: $crate::page::OrderDirection::Desc }
            }

            fn name(&self) -> &'static str {
                match self.field {
                    $($field::$variant => stringify!($column),)+
                }
            }

            fn term(&self) -> $crate::db::statement::Term {
                let (column, nullable): ($crate::db::condition::Sql, bool) = match self.field {
                    $($field::$variant => {
                        (std::sync::Arc::new($table::$column), false $(|| { let _: &str = $null; true })?)
                    })+
                };
                let descending = self.direction == $crate::page::OrderDirection::Desc;
                $crate::db::statement::Term { column, nullable, descending }
            }

            fn value(&self, row: &$row) -> $crate::db::key_value::KeyValue {
                match self.field {
                    $($field::$variant => row.$column.clone().into(),)+
                }
            }

            fn reader(&self) -> $crate::db::key_value::KeyReader {
                match self.field {
                    $($field::$variant => $crate::db::key_value::key_reader(|row: &$row| &row.$column),)+
                }
            }
        }
    };
}

/// Declares a to-many relation: the rows of `$table` whose `$column` is the parent.
macro_rules! edge {
    ($(#[$doc:meta])* $name:ident: $row:ident by $table:ident::$column:ident) => {
        $(#[$doc])*
        pub enum $name {}

        impl $crate::page::ToMany for $name {
            type Node = $row;

            fn parent_condition(_: &$crate::db::scope::Scope) -> $crate::db::condition::Condition<$table::table> {
                $crate::db::condition::Condition::of(diesel::ExpressionMethods::eq(
                    diesel::NullableExpressionMethods::nullable($table::$column),
                    diesel::NullableExpressionMethods::nullable($crate::db::condition::ParentPk),
                ))
            }
        }
    };
}

/// Writes an object's relations. `one` fields lead to the row that a foreign key points at, unless it was deleted or
/// cannot be seen; `many` fields take the arguments of a connection; what else the object computes stands in the braces
/// at the end. Of that, `of_rows` names what depends on live rows and the role alone; no other is kept in memory.
macro_rules! edges {
    (
        impl $object:ident of $table:ident {
            $(one { $($(#[$one_doc:meta])* $one:ident: $foreign_key:ident => $target:ident;)* })?
            $(many { $($(#[$doc:meta])* $field:ident: $edge:path => $node:ident;)* })?
            $(of_rows { $($of_rows:ident),+ $(,)? })?
        }
        $({ $($rest:tt)* })?
    ) => {
        impl $crate::plan::Planned for $object {
            #[allow(unused_variables, reason = "an object may have no relations")]
            fn relation(field: &str) -> Option<$crate::plan::Relation> {
                $($(
                    if $crate::plan::names(field, stringify!($one)) {
                        let foreign_key = $crate::db::visibility::ForeignKey::of($table::$foreign_key);
                        return Some($crate::plan::Relation::One(foreign_key, $crate::plan::join::<$target>));
                    }
                )*)?
                $($(
                    if $crate::plan::names(field, stringify!($field)) {
                        return Some($crate::plan::Relation::Many($crate::plan::pages::<$edge>));
                    }
                )*)?
                None
            }
            $(
                fn is_of_rows(field: &str) -> bool {
                    [$(stringify!($of_rows)),+].iter().any(|name| $crate::plan::names(field, name))
                }
            )?
        }

        #[async_graphql::ComplexObject]
        impl $object {
            $($(
                $(#[$one_doc])*
                async fn $one(&self, ctx: &async_graphql::Context<'_>) -> Option<$crate::error::Result<$target>> {
                    let pk = Option::<i32>::from(self.$foreign_key)?;
                    let key = $crate::db::loader::ByPk::new(pk);
                    ctx.data_unchecked::<$crate::db::scope::Scope>().get(key).await.transpose()
                }
            )*)?
            $($(
                $(#[$doc])*
                #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "How many rows to return from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
                    #[graphql(desc = "How many rows to return from the end, 1 to 100.")] last: Option<i32>,
                    #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
                    #[graphql(desc = "Only rows that pass this filter.")]
                    filter: Option<<$node as $crate::page::Paginated>::Filter>,
                    #[graphql(desc = "The order, up to three fields; newest first when empty.")]
                    order_by: Option<Vec<<$node as $crate::page::Paginated>::OrderBy>>,
                ) -> Option<$crate::error::Result<$crate::page::Connection<$node>>> {
                    let scope = ctx.data_unchecked::<$crate::db::scope::Scope>();
                    let page = async {
                        scope.require(<$node as $crate::page::Paginated>::READ)?;
                        let args = $crate::page::Args::new(first, after, last, before, filter, order_by)?;
                        let wanted = $crate::page::asks_for_rows(ctx);
                        $crate::page::Connection::of_parent::<$edge>(scope, self.pk, args, wanted).await
                    };
                    Some(page.await)
                }
            )*)?
            $($($rest)*)?
        }
    };
}

/// Writes an entity's two root fields that read: one by id and the list. When its id is not a UUID, only the list;
/// the other then stands in the braces at the end.
macro_rules! root_fields {
    (
        $query:ident for $row:ident {
            $(#[$one_doc:meta])* $one:ident;
            $(#[$many_doc:meta])* $many:ident;
        }
    ) => {
        $crate::entity::macros::root_fields! {
            $query for $row {
                $(#[$many_doc])* $many;
            }
            by id $one
            {
                $(#[$one_doc])*
                async fn $one(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "The id.")] id: $crate::id::Id<$row>,
                ) -> Option<$crate::error::Result<$row>> {
                    let scope = ctx.data_unchecked::<$crate::db::scope::Scope>();
                    let found = async {
                        scope.require(<$row as $crate::page::Paginated>::READ)?;
                        scope.get($crate::db::loader::ById::new(id)).await
                    };
                    futures_util::FutureExt::boxed(found).await.transpose()
                }
            }
        }
    };
    (
        $query:ident for $row:ident {
            $(#[$many_doc:meta])* $many:ident;
        }
        $(by id $by_id:ident)?
        { $($one:tt)* }
    ) => {
        impl $crate::plan::Roots for $query {
            fn root(field: &str) -> Option<$crate::plan::Root> {
                $(
                    if $crate::plan::names(field, stringify!($by_id)) {
                        return Some($crate::plan::row::<$row>);
                    }
                )?
                $crate::plan::names(field, stringify!($many)).then_some($crate::plan::page::<$row> as _)
            }
        }

        #[derive(Default)]
        #[doc = concat!("Root fields that read `", stringify!($row), "`.")]
        pub struct $query;

        /// Root fields.
        #[async_graphql::Object]
        impl $query {
            $($one)*

            $(#[$many_doc])*
            #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many rows to return from the start, 1 to 100; 20 when neither `first` nor `last` is given.")]
                first: Option<i32>,
                #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
                #[graphql(desc = "How many rows to return from the end, 1 to 100.")] last: Option<i32>,
                #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
                #[graphql(desc = "Only rows that pass this filter.")]
                filter: Option<<$row as $crate::page::Paginated>::Filter>,
                #[graphql(desc = "The order, up to three fields; newest first when empty.")]
                order_by: Option<Vec<<$row as $crate::page::Paginated>::OrderBy>>,
            ) -> Option<$crate::error::Result<$crate::page::Connection<$row>>> {
                let scope = ctx.data_unchecked::<$crate::db::scope::Scope>();
                let page = async {
                    scope.require(<$row as $crate::page::Paginated>::READ)?;
                    let args = $crate::page::Args::new(first, after, last, before, filter, order_by)?;
                    let wanted = $crate::page::asks_for_rows(ctx);
                    $crate::page::Connection::of_workspace(scope, std::sync::Arc::new(args), wanted).await
                };
                Some(futures_util::FutureExt::boxed(page).await)
            }
        }
    };
}

pub(crate) use {edge, edges, order_by, pg_enum, record, root_fields};
