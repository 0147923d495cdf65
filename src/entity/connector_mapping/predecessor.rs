//! What a mapping was before it was regenerated. The row that was replaced stays deleted: it has no id, no relations,
//! and is in no list.

use std::collections::HashMap;

use async_graphql::{ComplexObject, SimpleObject};
use diesel::prelude::*;

use crate::db::condition::{Condition, ParentPk};
use crate::db::loader::Key;
use crate::db::schema::core_api::connector_mappings as mappings;
use crate::db::scope::{Owned, Scope, Window};
use crate::db::statement::Term;
use crate::entity::macros::record;
use crate::error::Result;
use crate::scalar::{DateTime, Json};

/// What a mapping was before it was regenerated: to be compared with what it is now.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = mappings)]
pub struct ConnectorMappingPredecessor {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The mapping itself, in `JSONata` 2.2.
    pub expression: String,
    /// Hints of people that it was generated with; null when there were none.
    pub user_instructions: Option<String>,
    /// Hash of the tool's schema when it was made; null when it was not taken.
    pub schema_fingerprint: Option<String>,
    #[graphql(skip)]
    pub(crate) schema_key_paths: Option<Json>,
    /// How many entities the last sync that used it kept; null when none did.
    pub last_persist_count: Option<i32>,
    /// When it was made.
    pub created_at: DateTime,
}

record!(ConnectorMappingPredecessor of mappings {
    expression, user_instructions, schema_fingerprint, last_persist_count, created_at,
});

#[ComplexObject]
impl ConnectorMappingPredecessor {
    /// The dotted key paths of the tool's schema when it was made, in order; null when they were not taken.
    async fn schema_key_paths(&self) -> Option<Vec<String>> {
        self.schema_key_paths.as_ref()?.read()
    }
}

/// The predecessor of a mapping.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PredecessorOf(pub(super) i32);

impl Key for PredecessorOf {
    type Value = ConnectorMappingPredecessor;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let successors = diesel::alias!(mappings as successors);
        // Only regeneration ends one mapping at the moment the next begins.
        let replaced_by_parent = diesel::dsl::exists(
            successors
                .filter(successors.field(mappings::pk).eq(ParentPk))
                .filter(successors.field(mappings::pk).gt(mappings::pk))
                .filter(successors.field(mappings::created_at).nullable().eq(mappings::deleted_at))
                .filter(successors.field(mappings::workspace_connector_pk).eq(mappings::workspace_connector_pk))
                .filter(successors.field(mappings::target_model).eq(mappings::target_model))
                .filter(successors.field(mappings::tool_name).eq(mappings::tool_name)),
        );
        let parents = keys.into_iter().map(|key| key.0).collect();
        let rows = scope.rows_including_deleted().filter(Condition::of(replaced_by_parent));
        let newest_first = Term { column: mappings::table::pk(), nullable: false, descending: true };
        let window = Window { order: vec![newest_first], reversed: false, after: None, before: None, limit: 1 };
        let found = scope.page_of_each(parents, rows, window).await?;
        Ok(found.into_iter().map(|(parent, row)| (Self(parent), row)).collect())
    }
}
