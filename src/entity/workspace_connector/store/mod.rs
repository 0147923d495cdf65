//! The row, what its lists can be narrowed and ordered by, and what is known of it from its sync logs.

mod connection_state;
mod health;

use std::collections::HashMap;

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

pub use self::connection_state::{ConnectionState, ConnectionStateFilter};
pub(crate) use self::health::HealthOf;
pub use self::health::{HealthThresholds, WorkspaceConnectorHealth, WorkspaceConnectorHealthStatus};
use crate::auth::Access;
use crate::db::loader::Key;
use crate::db::schema::core_api::{connectors, peoples, workspace_connector_sync_logs, workspace_connectors};
use crate::db::scope::{Owned, Scope, Window};
use crate::db::statement::Term;
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::entity::workspace_connector_sync_log::{
    self as sync_log, WorkspaceConnectorSyncLog, WorkspaceConnectorSyncLogOrder,
};
use crate::error::Result;
use crate::filter::{DateTimeFilter, IdFilter, StringFilter};
use crate::id::Id;
use crate::page::{OrderBy, Paginated, ToMany};
use crate::scalar::DateTime;

pg_enum! {
    /// The technical state of a workspace connector; see `connectionState` for what to show a person.
    WorkspaceConnectorStatus, WorkspaceConnectorStatusFilter, StatusEnum {
        /// In use.
        Enabled = "enabled",
        /// Disconnected.
        Disabled = "disabled",
        /// Not authorised yet.
        ToConfigure = "to_configure",
        /// Being set up.
        Processing = "processing",
        /// Broken.
        Error = "error",
        /// Its authorisation ran out.
        NeedReconnect = "need_reconnect",
        /// Paused by the operator.
        Suspended = "suspended",
        /// Working in part.
        Degraded = "degraded",
    }
}

/// One connector, activated and authorised in one workspace.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = workspace_connectors)]
pub struct WorkspaceConnector {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = workspace_connector_id)]
    pub id: Id<Self>,
    /// Its technical state.
    pub status: Stored<WorkspaceConnectorStatus>,
    /// The account it is connected to, as people know it.
    pub account_label: Option<String>,
    /// When a sync of it last succeeded; null when none ever did.
    pub last_successful_sync_at: Option<DateTime>,
    /// When it was connected.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
    #[graphql(skip)]
    pub(crate) connector_pk: i32,
    #[graphql(skip)]
    pub(crate) person_pk: Option<i32>,
}

record!(WorkspaceConnector of workspace_connectors by workspace_connector_id {
    status, account_label, last_successful_sync_at, created_at, updated_at,
});

crate::filter! {
    /// A filter of workspace connectors.
    WorkspaceConnectorFilter for workspace_connectors {
        /// By id.
        id: IdFilter => workspace_connector_id,
        /// By technical state.
        status: WorkspaceConnectorStatusFilter => status,
        /// By account.
        account_label: StringFilter => account_label,
        /// By when a sync of it last succeeded.
        last_successful_sync_at: DateTimeFilter => last_successful_sync_at,
        /// By when it was connected.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the connector of the catalogue.
        connector: connector_pk -> connectors::connector_id,
        /// By the person who connected it.
        person: person_pk -> peoples::person_id,
    }
    also {
        /// By what to show a person of it.
        connection_state: ConnectionStateFilter => ConnectionStateFilter::condition,
    }
}

order_by! {
    WorkspaceConnector of workspace_connectors: WorkspaceConnectorOrder, WorkspaceConnectorOrderField {
        /// When it was connected.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// When a sync of it last succeeded.
        LastSuccessfulSyncAt => last_successful_sync_at "null",
        /// The account's name.
        AccountLabel => account_label "null",
    }
}

impl Paginated for WorkspaceConnector {
    const READ: Access = Access::Everyone;
    type Filter = WorkspaceConnectorFilter;
    type OrderBy = WorkspaceConnectorOrder;
    type Extra = async_graphql::connection::EmptyFields;
}

edge!(
    /// The workspace connectors of a connector.
    OfConnector: WorkspaceConnector by workspace_connectors::connector_pk
);

/// The newest sync log of a workspace connector.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct LatestSyncLogOf(pub(crate) i32);

impl Key for LatestSyncLogOf {
    type Value = WorkspaceConnectorSyncLog;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let parents = keys.into_iter().map(|key| key.0).collect();
        let logs = scope.rows::<workspace_connector_sync_logs::table>();
        let pk = Term { column: workspace_connector_sync_logs::table::pk(), nullable: false, descending: true };
        let newest = Window {
            order: vec![WorkspaceConnectorSyncLogOrder::default_order().term(), pk],
            reversed: false,
            after: None,
            before: None,
            limit: 1,
        };
        let found = scope
            .page_of_each(parents, logs.filter(sync_log::OfWorkspaceConnector::parent_condition(scope)), newest)
            .await?;
        Ok(found.into_iter().map(|(parent, log)| (Self(parent), log)).collect())
    }
}
