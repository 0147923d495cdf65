//! Which rows a caller may know of, table by table. A table that is not named here cannot be read at all.

use std::sync::Arc;

use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::sql_types::Timestamptz;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods};

use crate::auth::{Access, Caller};
use crate::db::condition::{Condition, Sql, one_of};
use crate::db::schema::core_api::{
    api_keys, collects, connector_mappings, connector_sync_diagnostics, connectors, document_workspace_connectors,
    documents, memberships, peoples, tasks, workspace_connector_sync_logs, workspace_connectors, workspaces,
};
use crate::db::scope::Owned;
use crate::db::visibility::{ForeignKey, visible_through};
use crate::filter::compare;
use crate::scalar::{DateTime, Shown};

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
                let (operator, moment) = moment.compared(" = ");
                let updated_at: Sql = Arc::new($table::updated_at);
                compare::<_, Timestamptz, DateTime>(&updated_at, operator, moment, "")
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
    here.and(visible_through::<_, peoples::table>(caller, ForeignKey::of(collects::people_pk)))
});

// A link has the workspace that both its ends are in, deleted or not; one whose ends do not share one has none.
owned!(document_workspace_connectors, |caller| Condition::of(
    document_workspace_connectors::workspace_pk.assume_not_null().eq(caller.workspace_pk())
));

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
