//! Retention: diagnostics are removed for good some time after they were recorded.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::db::condition::{Condition, ParentPk};
use crate::db::schema::core_api::connector_sync_diagnostics as diagnostics;
use crate::db::scope::Window;
use crate::db::statement::Term;
use crate::db::tx::Tx;

/// How many diagnostics a call removes at the most: whoever made it waits for that. Shared by workspace connectors.
const MAX_REMOVED: usize = 8_192;

/// When diagnostics are removed. There is no scheduler: some of the calls that record diagnostics also remove the old
/// ones of the same workspace connectors.
#[derive(Clone)]
pub struct Retention {
    /// Which part of the calls does so, from 0 for none to 1 for all.
    pub chance: f64,
    /// How long ago they must have been recorded.
    pub age: TimeDelta,
    /// Draws a number from 0 up to, but not including, 1.
    pub draw: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { chance: 1.0 / 20.0, age: TimeDelta::days(30), draw: Arc::new(rand::random::<f64>) }
    }
}

impl fmt::Debug for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retention").field("chance", &self.chance).field("age", &self.age).finish_non_exhaustive()
    }
}

impl Retention {
    /// Removes the oldest of the old diagnostics of these workspace connectors, deleted ones included, if that is drawn.
    pub(super) async fn ride(&self, tx: &mut Tx<'_>, connector_pks: Vec<i32>) -> QueryResult<()> {
        if (self.draw)() >= self.chance {
            return Ok(());
        }
        let oldest = crate::scalar::DateTime::from(tx.scope().now() - self.age);
        let old = diagnostics::workspace_connector_pk.eq(ParentPk).and(diagnostics::created_at.lt(oldest));
        let rows = tx.scope().rows_including_deleted::<diagnostics::table>().filter(Condition::of(old));
        let by_age = Term { column: Arc::new(diagnostics::created_at), nullable: false, descending: false };
        // Few different ones, since each is a statement of its own.
        let limit = MAX_REMOVED / connector_pks.len().next_power_of_two();
        let window = Window { order: vec![by_age], reversed: false, after: None, before: None, limit };
        let removed = tx.purge(connector_pks, rows, window).await?;
        tracing::debug!(removed, "old diagnostics were removed");
        Ok(())
    }
}
