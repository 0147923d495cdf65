//! The row, and what its lists can be narrowed and ordered by.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, PgArrayExpressionMethods, Queryable, Selectable};

use crate::auth::Access;
use crate::db::condition::{Condition, Sql};
use crate::db::schema::core_api::{connectors, workspace_connectors};
use crate::db::scope::Scope;
use crate::entity::macros::{order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::error::{Error, Result};
use crate::filter::{BooleanFilter, Comparison, DateTimeFilter, IdFilter, StringFilter, given, given_list, membership};
use crate::id::Id;
use crate::page::Paginated;
use crate::plan::{WriteJson, write_enum};
use crate::scalar::DateTime;

pg_enum! {
    /// Which way documents go.
    Direction, DirectionFilter, DirectionEnum {
        /// In, from a source.
        Input = "input",
        /// Out, to a destination.
        Output = "output",
    }
}

pg_enum! {
    /// Through whom a tool is reached.
    ConnectorProvider, ConnectorProviderFilter, ProviderTypeEnum {
        /// Apideck.
        Apideck = "apideck",
        /// Chift.
        Chift = "chift",
        /// Well itself.
        Well = "well",
        /// Plaid in Europe.
        PlaidEu = "plaid_eu",
        /// Plaid in the United States.
        PlaidUs = "plaid_us",
    }
}

/// Whether a connector can be connected now.
///
/// A field of this type is null, with an error of its own, when the stored value is newer than this version of the
/// server.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub enum ConnectorStatus {
    /// It can.
    Available,
    /// Not yet.
    ComingSoon,
    /// Not any more, or not here.
    Unavailable,
    /// Not while it is being worked on.
    Maintenance,
}

impl ConnectorStatus {
    /// As the database writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::ComingSoon => "coming_soon",
            Self::Unavailable => "unavailable",
            Self::Maintenance => "maintenance",
        }
    }
}

impl ToSql<Text, Pg> for ConnectorStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.label(), out)
    }
}

impl FromSql<Text, Pg> for ConnectorStatus {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let known = [Self::Available, Self::ComingSoon, Self::Unavailable, Self::Maintenance];
        let found = known.into_iter().find(|status| status.label().as_bytes() == bytes.as_bytes());
        found.ok_or_else(|| "a label that ConnectorStatus does not know".into())
    }
}

impl WriteJson for ConnectorStatus {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> deserialize::Result<()> {
        write_enum::<Text, Self>(value, out)
    }
}

/// Filter by `ConnectorStatus`.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectorStatusFilter {
    /// Matches rows with this value.
    pub eq: MaybeUndefined<ConnectorStatus>,
    /// Matches rows with any of these values.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<ConnectorStatus>>,
    /// Matches rows with none of these values.
    pub not_in: MaybeUndefined<Vec<ConnectorStatus>>,
    /// Matches rows where the value is null, or with `false` is not null.
    pub is_null: MaybeUndefined<bool>,
}

impl Comparison for ConnectorStatusFilter {
    fn on<T: 'static>(&self, column: Sql) -> Result<Condition<T>> {
        Ok(membership::<T, Text, ConnectorStatus>(
            &column,
            given("eq", &self.eq)?.copied(),
            given_list("in", &self.any)?.cloned(),
            given_list("notIn", &self.not_in)?.cloned(),
            given("isNull", &self.is_null)?.copied(),
        ))
    }
}

/// A tool of the catalogue that can be connected: everybody's, or private to one workspace.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = connectors)]
pub struct Connector {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = connector_id)]
    pub id: Id<Self>,
    /// The stable key of the tool, such as `pennylane`; the provider of a collect is told by it.
    pub service_id: String,
    /// What people call the tool.
    pub name: String,
    /// Through whom the tool is reached.
    pub provider: Stored<ConnectorProvider>,
    /// The key of the category that the catalogue shows it under.
    pub category_id: Option<String>,
    /// Whether documents come in from the tool or go out to it.
    pub direction: Stored<Direction>,
    /// Whether it can be connected now.
    pub status: Stored<ConnectorStatus>,
    /// The address of its picture.
    pub logo_url: Option<String>,
    #[graphql(skip)]
    pub(crate) data_domains: Vec<Option<String>>,
    /// When it came into the catalogue.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_pk: Option<i32>,
}

record!(Connector of connectors by connector_id {
    service_id, name, provider, category_id, direction, status, logo_url, data_domains, created_at, updated_at,
});

/// Which kinds of data a tool must hold.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DataDomainFilter {
    /// This one, perhaps among others.
    pub eq: MaybeUndefined<String>,
    /// At least one of these, at most 200.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<String>>,
    /// Matches rows where the value is null, or with `false` is not null.
    pub is_null: MaybeUndefined<bool>,
}

fn holds_data(filter: &DataDomainFilter, _: &Scope) -> Result<Condition<connectors::table>> {
    let (eq, any) = (given("eq", &filter.eq)?, given_list("in", &filter.any)?);
    if eq.into_iter().chain(any.into_iter().flatten()).any(|text| text.contains('\0')) {
        return Err(Error::bad_input("A text may not contain the character U+0000."));
    }
    let at_least_one_of = |domains: Vec<String>| {
        let domains: HashSet<String> = domains.into_iter().collect();
        let domains: Vec<Option<String>> = domains.into_iter().map(Some).collect();
        Condition::of(connectors::data_domains.overlaps_with(domains))
    };
    let is_null = given("isNull", &filter.is_null)?.map(|wanted| {
        let none = Condition::of(connectors::data_domains.eq(Vec::<Option<String>>::new()));
        if *wanted { none } else { none.negate() }
    });
    let parts = [eq.map(|domain| at_least_one_of(vec![domain.clone()])), any.cloned().map(at_least_one_of), is_null];
    Ok(Condition::all(parts.into_iter().flatten()))
}

/// The rows for which the condition is as true as wanted.
fn when(filter: &BooleanFilter, condition: Condition<connectors::table>) -> Result<Condition<connectors::table>> {
    Ok(match given("eq", &filter.eq)? {
        None => Condition::all([]),
        Some(true) => condition,
        Some(false) => condition.negate(),
    })
}

fn connected(filter: &BooleanFilter, scope: &Scope) -> Result<Condition<connectors::table>> {
    let connections = scope.rows::<workspace_connectors::table>();
    when(filter, connections.containing(Arc::new(connectors::pk), Arc::new(workspace_connectors::connector_pk)))
}

fn private(filter: &BooleanFilter, _: &Scope) -> Result<Condition<connectors::table>> {
    when(filter, Condition::of(connectors::workspace_pk.is_not_null()))
}

crate::filter! {
    /// A filter of connectors.
    ConnectorFilter for connectors {
        /// By id.
        id: IdFilter => connector_id,
        /// By the stable key of the tool.
        service_id: StringFilter => service_id,
        /// By name.
        name: StringFilter => name,
        /// By whom the tool is reached through.
        provider: ConnectorProviderFilter => provider,
        /// By the key of the category.
        category: StringFilter => category_id,
        /// By which way documents go.
        direction: DirectionFilter => direction,
        /// By whether it can be connected now.
        status: ConnectorStatusFilter => status,
        /// By when it came into the catalogue.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    also {
        /// By the kinds of data the tool holds.
        data_domain: DataDomainFilter => holds_data,
        /// By whether the workspace has a workspace connector of it, in whatever state.
        connected: BooleanFilter => connected,
        /// By whether it is private to the workspace.
        is_private: BooleanFilter => private,
    }
}

order_by! {
    Connector of connectors: ConnectorOrder, ConnectorOrderField {
        /// When it came into the catalogue.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// The name.
        Name => name,
        /// The stable key of the tool.
        ServiceId => service_id,
    }
}

impl Paginated for Connector {
    const READ: Access = Access::Everyone;
    type Filter = ConnectorFilter;
    type OrderBy = ConnectorOrder;
    type Extra = async_graphql::connection::EmptyFields;
}
