//! The tables, as SeaORM's generator would have them, without the columns that no API shows.

macro_rules! entity {
    (@def one $to:ident $from:literal) => {
        Entity::belongs_to(super::$to::Entity)
            .from(<Column as std::str::FromStr>::from_str($from).expect("a column of the table"))
            .to(super::$to::Column::Pk)
            .into()
    };
    (@def many $to:ident) => {
        Entity::has_many(super::$to::Entity).into()
    };
    ($module:ident, $table:literal, { $($(#[$attribute:meta])* $column:ident: $type:ty,)* },
     { $($relation:ident: $kind:ident $to:ident $($from:literal)?,)* }) => {
        #[allow(unused_variables)]
        pub mod $module {
            use sea_orm::entity::prelude::*;
            use seaography::{BuilderContext, EntityObjectRelationBuilder, RelatedEntityFilterBuilder, RelatedEntityFilterField};

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(schema_name = "core_api", table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub pk: i32,
                $($(#[$attribute])* pub $column: $type,)*
            }

            #[derive(Clone, Copy, Debug, EnumIter)]
            pub enum Relation { $($relation,)* }

            impl RelationTrait for Relation {
                fn def(&self) -> RelationDef {
                    match *self { $(Self::$relation => entity!(@def $kind $to $($from)?),)* }
                }
            }

            $(impl Related<super::$to::Entity> for Entity {
                fn to() -> RelationDef { Relation::$relation.def() }
            })*

            impl ActiveModelBehavior for ActiveModel {}

            pub use Relation as RelatedEntity;

            impl seaography::RelationBuilder for Relation {
                fn get_relation(&self, context: &'static BuilderContext) -> async_graphql::dynamic::Field {
                    let builder = EntityObjectRelationBuilder { context };
                    match *self {
                        $(Self::$relation => builder.get_relation::<Entity, super::$to::Entity>(stringify!($relation), self.def()),)*
                    }
                }

                fn get_relation_name(&self, context: &'static BuilderContext) -> String {
                    let builder = EntityObjectRelationBuilder { context };
                    match *self {
                        $(Self::$relation => builder.get_relation_name::<Entity, super::$to::Entity>(stringify!($relation), self.def()),)*
                    }
                }

                fn get_related_entity_filter(&self, context: &'static BuilderContext) -> RelatedEntityFilterField {
                    let builder = RelatedEntityFilterBuilder { context };
                    match *self {
                        $(Self::$relation => builder.get_relation::<Entity, super::$to::Entity>(stringify!($relation), self.def()),)*
                    }
                }
            }
        }
    };
}

entity!(workspaces, "workspaces", {
    workspace_id: Uuid, name: String, description: Option<String>, avatar_color: Option<String>,
    timezone: Option<String>, created_at: DateTimeUtc, updated_at: Option<DateTimeUtc>,
}, {});

entity!(connectors, "connectors", {
    connector_id: Uuid, service_id: String, name: String, category_id: Option<String>, status: String,
    logo_url: Option<String>, created_at: DateTimeUtc, updated_at: Option<DateTimeUtc>,
}, {});

entity!(workspace_connectors, "workspace_connectors", {
    workspace_connector_id: Uuid, #[sea_orm(select_as = "text")] status: String, account_label: Option<String>,
    last_successful_sync_at: Option<DateTimeUtc>, created_at: DateTimeUtc, updated_at: Option<DateTimeUtc>,
    workspace_pk: i32, connector_pk: i32,
}, {
    Connector: one connectors "connector_pk", SyncLogs: many workspace_connector_sync_logs,
    Diagnostics: many connector_sync_diagnostics, DocumentLinks: many document_workspace_connectors,
});

entity!(workspace_connector_sync_logs, "workspace_connector_sync_logs", {
    workspace_connector_sync_log_id: Uuid, #[sea_orm(select_as = "text")] status: String,
    #[sea_orm(select_as = "text")] trigger_type: Option<String>, started_at: Option<DateTimeUtc>,
    completed_at: Option<DateTimeUtc>, duration_ms: Option<i32>, error: Option<String>, metadata: Option<Json>,
    created_at: DateTimeUtc, updated_at: DateTimeUtc, workspace_connector_pk: i32, workspace_pk: i32,
}, {
    WorkspaceConnector: one workspace_connectors "workspace_connector_pk", Workspace: one workspaces "workspace_pk",
});

entity!(connector_sync_diagnostics, "connector_sync_diagnostics", {
    diagnostic_id: Uuid, #[sea_orm(select_as = "text")] target_model: String, tool_name: Option<String>,
    #[sea_orm(select_as = "text")] reason: String, http_status: Option<i32>, detail: String, occurred_at: DateTimeUtc,
    created_at: DateTimeUtc, updated_at: Option<DateTimeUtc>, workspace_pk: i32, workspace_connector_pk: i32,
}, { WorkspaceConnector: one workspace_connectors "workspace_connector_pk", });

entity!(document_workspace_connectors, "document_workspace_connectors", {
    #[sea_orm(select_as = "text")] direction: String, created_at: DateTimeUtc, updated_at: Option<DateTimeUtc>,
    document_pk: i32, workspace_connector_pk: i32,
}, { Document: one documents "document_pk", WorkspaceConnector: one workspace_connectors "workspace_connector_pk", });

entity!(documents, "documents", {
    document_id: Uuid, filename: String, #[sea_orm(column_name = "type")] kind: Option<String>, size: Option<i64>,
    document_type: Option<String>, uploaded_at: Option<DateTimeUtc>, created_at: DateTimeUtc,
    updated_at: Option<DateTimeUtc>, workspace_pk: i32,
}, {});
