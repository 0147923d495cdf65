//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{connector_mappings, workspace_connectors};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{BooleanFilter, DateTimeFilter, IdFilter, IntFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::{DateTime, Json};

pg_enum! {
    /// A kind of entity in the financial graph, as a mapping produces it.
    TargetModel, TargetModelFilter, TargetModelEnum {
        /// Companies: customers, suppliers and others.
        Company = "company",
        /// People.
        People = "people",
        /// Invoices.
        Invoice = "invoice",
        /// Movements of money on an account.
        Transaction = "transaction",
        /// Accounts that hold money.
        Account = "account",
        /// Accounts of the general ledger.
        LedgerAccount = "ledger_account",
        /// Accounting journals.
        Journal = "journal",
        /// Entries of accounting journals.
        JournalEntry = "journal_entry",
        /// E-mails.
        Email = "email",
        /// Means of payment, such as cards.
        PaymentMeans = "payment_means",
        /// Which transaction pays which invoice.
        InvoiceTransaction = "invoice_transaction",
        /// Documents.
        Document = "document",
    }
}

/// The compiled expression that turns one tool's response into one kind of entity, for one workspace connector.
/// There is at most one live mapping for each workspace connector, target model and tool.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = connector_mappings)]
pub struct ConnectorMapping {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = connector_mapping_id)]
    pub id: Id<Self>,
    /// The kind of entity it produces.
    pub target_model: Stored<TargetModel>,
    #[graphql(skip)]
    pub(crate) expression: String,
    #[graphql(skip)]
    pub(crate) user_instructions: Option<String>,
    /// Hash of the tool's schema when the mapping was made; null when it was not taken.
    pub schema_fingerprint: Option<String>,
    #[graphql(skip)]
    pub(crate) schema_key_paths: Option<Json>,
    /// Whether the next sync should generate the expression anew.
    pub needs_regeneration: bool,
    /// The tool whose response it maps; `legacy` on mappings from before connectors had several tools.
    pub tool_name: String,
    #[graphql(skip)]
    pub(crate) tool_args: Option<Json>,
    /// When the tool was selected, from which the time to select again is counted; null when it was not recorded.
    pub selected_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) audit_trail: Option<Json>,
    #[graphql(skip)]
    pub(crate) pagination_spec: Option<Json>,
    /// How many entities the last sync that used it kept; null before the first.
    pub last_persist_count: Option<i32>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_connector_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
}

record!(ConnectorMapping of connector_mappings by connector_mapping_id {
    target_model, schema_fingerprint, needs_regeneration, tool_name, selected_at, last_persist_count, created_at,
    updated_at,
});

// Nothing here looks at a protected field: who may not read one may not probe it either.
crate::filter! {
    /// A filter of connector mappings.
    ConnectorMappingFilter for connector_mappings {
        /// By id.
        id: IdFilter => connector_mapping_id,
        /// By the kind of entity it produces.
        target_model: TargetModelFilter => target_model,
        /// By the tool whose response it maps.
        tool_name: StringFilter => tool_name,
        /// By whether it should be generated anew.
        needs_regeneration: BooleanFilter => needs_regeneration,
        /// By the hash of the tool's schema.
        schema_fingerprint: StringFilter => schema_fingerprint,
        /// By how many entities the last sync kept.
        last_persist_count: IntFilter => last_persist_count,
        /// By when the tool was selected.
        selected_at: DateTimeFilter => selected_at,
        /// By when it was made.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the workspace connector it maps for.
        workspace_connector: workspace_connector_pk -> workspace_connectors::workspace_connector_id,
    }
}

order_by! {
    ConnectorMapping of connector_mappings: ConnectorMappingOrder, ConnectorMappingOrderField {
        /// When it was made.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// When the tool was selected.
        SelectedAt => selected_at "null",
        /// How many entities the last sync kept.
        LastPersistCount => last_persist_count "null",
        /// The tool's name.
        ToolName => tool_name,
    }
}

impl Paginated for ConnectorMapping {
    const READ: Access = Access::MemberOrService;
    type Filter = ConnectorMappingFilter;
    type OrderBy = ConnectorMappingOrder;
    type Extra = async_graphql::connection::EmptyFields;
}

edge!(
    /// The mappings of a workspace connector.
    OfWorkspaceConnector: ConnectorMapping by connector_mappings::workspace_connector_pk
);
