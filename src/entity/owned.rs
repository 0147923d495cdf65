//! Which rows a caller may know of, table by table. A table that is not named here cannot be read at all.

use std::sync::Arc;

use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods};

use super::tables::core_api::{
    api_keys, collects, connector_mappings, connector_sync_diagnostics, connectors, document_workspace_connectors,
    documents, memberships, peoples, tasks, workspace_connector_sync_logs, workspace_connectors, workspaces,
};
use crate::auth::{Access, Caller};
use crate::db::anchor::{ForeignKey, anchored};
use crate::db::condition::{Condition, Sql, one_of};
use crate::db::scope::Owned;
use crate::scalar::DateTime;

macro_rules! owned {
    ($table:ident, |$caller:ident| $visible:expr) => {
        impl Owned for $table::table {
            const TABLE: &'static str = stringify!($table);

            fn visible($caller: &Caller) -> Condition<Self> {
                $visible
            }

            fn live() -> Condition<Self> {
                Condition::of($table::deleted_at.is_null())
            }

            fn pk() -> Sql {
                Arc::new($table::pk)
            }

            fn with_pks(pks: Vec<i32>) -> Condition<Self> {
                one_of($table::pk, pks)
            }

            fn last_updated_at(moment: DateTime) -> Condition<Self> {
                Condition::of($table::updated_at.nullable().eq(moment))
            }

            fn deletion(now: DateTime) -> Box<dyn QueryFragment<Pg> + Send> {
                Box::new($table::deleted_at.eq(now).as_changeset())
            }
        }
    };
    ($($table:ident),+ $(,)?) => {
        $(owned!($table, |caller| Condition::of($table::workspace_pk.eq(caller.workspace_pk())));)+
    };
}

owned!(
    connector_mappings,
    connector_sync_diagnostics,
    documents,
    peoples,
    tasks,
    workspace_connector_sync_logs,
    workspace_connectors,
);

owned!(workspaces, |caller| Condition::of(workspaces::pk.eq(caller.workspace_pk())));

// The catalogue is everybody's; private connectors belong to their workspace.
owned!(connectors, |caller| Condition::of(
    connectors::workspace_pk.is_null().or(connectors::workspace_pk.assume_not_null().eq(caller.workspace_pk()))
));

// Old collects may name a person of no workspace, or of another: nobody can be told who that is.
owned!(collects, |caller| {
    let here = Condition::of(collects::workspace_pk.assume_not_null().eq(caller.workspace_pk()));
    here.and(anchored::<_, peoples::table>(caller, ForeignKey::of(collects::people_pk)))
});

// A link has no workspace of its own: both its ends must be in the caller's, deleted or not.
owned!(document_workspace_connectors, |caller| {
    use document_workspace_connectors::{document_pk, workspace_connector_pk};

    let document = anchored::<_, documents::table>(caller, ForeignKey::of(document_pk));
    let connector = anchored::<_, workspace_connectors::table>(caller, ForeignKey::of(workspace_connector_pk));
    Condition::all([document, connector])
});

// Members see their own membership; admins see all.
owned!(memberships, |caller| {
    let here = Condition::of(memberships::workspace_pk.eq(caller.workspace_pk()));
    if Access::Admin.allows(caller.role()) {
        here
    } else {
        here.and(Condition::of(memberships::pk.nullable().eq(caller.membership_pk())))
    }
});

owned!(api_keys, |caller| {
    let here = Condition::of(api_keys::workspace_pk.eq(caller.workspace_pk()));
    if Access::Admin.allows(caller.role()) { here } else { Condition::any([]) }
});
