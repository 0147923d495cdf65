//! How many rows the lists of a caller's workspace are made from, as the cost of its operations needs it.

use graphql_limits::cost::{Bytes, NOMINAL_ROWS, Rows};

use crate::api;
use crate::auth::{Access, Caller, Role};
use crate::db::row_counts::RowCounts;
use crate::server::App;
use crate::server::graphql::operation::Operation;

/// The rows of one workspace by the type that they are of. Of those that a role may not read, the cost must not tell how
/// many there are, or how long.
struct Stored<'a> {
    counts: &'a RowCounts,
    role: Role,
}

impl Rows for Stored<'_> {
    fn of(&self, name: &str) -> u64 {
        let counted = api::table_of(name, self.role).and_then(|table| self.counts.of(table));
        counted.unwrap_or(NOMINAL_ROWS)
    }

    fn bytes(&self, name: &str, field: &str) -> Option<Bytes> {
        let told = name != "ConnectorMapping" || Access::AdminOrService.allows(self.role);
        let table = api::table_of(name, self.role).filter(|_| told)?;
        // They are taken out of it.
        let column = if matches!(field, "recordsSynced" | "pagesFetched") { "metadata" } else { field };
        let (of_all, of_present) = self.counts.bytes(table, column)?;
        Some(Bytes { of_all, of_present })
    }
}

impl App {
    /// The points that an operation takes from its caller: what it costs with the rows of its workspace, or as anywhere
    /// while these were not counted yet.
    pub(in crate::server) fn points(&self, operation: &Operation, caller: &Caller) -> u64 {
        let Some(counts) = self.0.db.row_counts(caller.workspace_pk()) else { return operation.nominal_cost };
        let (document, name) = (&operation.document.parsed, operation.name.as_deref());
        let stored = Stored { counts: &counts, role: caller.role() };
        self.0.catalogue.cost(document, name, &operation.variables, &stored).max(1)
    }
}
