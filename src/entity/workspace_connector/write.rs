//! What other entities do to a workspace connector while they write.

use diesel::prelude::*;

use super::WorkspaceConnector;
use crate::db::condition::Condition;
use crate::db::scope::{Identified, Scope};
use crate::db::tx::{Changing, Tx};
use crate::entity::tables::core_api::workspace_connectors;
use crate::id::Id;
use crate::mutation::{Refused, UserError};
use crate::scalar::DateTime;

/// The workspace connector that an input names at the path.
pub(crate) async fn named<R>(
    tx: &mut Tx<'_>,
    path: &str,
    id: Id<WorkspaceConnector>,
) -> Result<WorkspaceConnector, Refused<R>> {
    let row = tx.scope().rows().filter(WorkspaceConnector::with_ids(vec![id.uuid()]));
    Ok(tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?)
}

/// Notes that a sync of the one succeeded. The moment only ever moves forward.
pub(crate) fn synced(
    scope: &Scope,
    which: Condition<workspace_connectors::table>,
    at: DateTime,
) -> Changing<WorkspaceConnector> {
    let last = workspace_connectors::last_successful_sync_at;
    let earlier = last.is_null().or(last.assume_not_null().lt(at));
    Changing::of(scope.rows().filter(which).filter(Condition::of(earlier)), last.eq(at))
}
