//! Places in the change feed, as the server keeps them and as cursors carry them.

use std::sync::Arc;

use crate::db::changes::{Entity, Snapshot, Span};
use crate::db::scope::Scope;
use crate::error::{Code, Error, Result};

/// A place in the feed: behind it is what `from` sees, and what `to` sees up to `position`.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub from: Arc<Snapshot>,
    pub to: Arc<Snapshot>,
    pub position: i64,
}

impl Place {
    /// Behind it is all that was visible at a moment.
    pub fn after_all(moment: Arc<Snapshot>) -> Self {
        Self { from: moment.clone(), to: moment, position: 0 }
    }

    /// What lies between this place and a later one, in order. The later one is in the same part of the feed, or its
    /// `from` includes this one's `to`.
    pub fn spans_to(&self, later: &Self) -> Vec<Span> {
        let span = |from: &Arc<Snapshot>, to: &Arc<Snapshot>, after, until| Span {
            from: from.clone(),
            to: to.clone(),
            after,
            until,
        };
        let mut spans = if self.from == later.from && self.to == later.to {
            vec![span(&self.from, &self.to, self.position, later.position)]
        } else {
            vec![
                span(&self.from, &self.to, self.position, i64::MAX),
                span(&self.to, &later.from, 0, i64::MAX),
                span(&later.from, &later.to, 0, later.position),
            ]
        };
        spans.retain(|span| span.from != span.to);
        spans
    }

    /// The place as a cursor of one entity's changes in the scope's workspace.
    pub fn seal(&self, scope: &Scope, entity: Entity) -> String {
        let plain = if Arc::ptr_eq(&self.from, &self.to) {
            self.to.to_string()
        } else {
            format!("{} {} {}", self.from, self.to, self.position)
        };
        scope.sealer().seal(&context(scope, entity), plain.as_bytes())
    }

    /// The place in a cursor.
    ///
    /// # Errors
    /// `BAD_CURSOR` when it is not one of these changes.
    pub fn open(scope: &Scope, entity: Entity, cursor: &str) -> Result<Self> {
        let read = || {
            let plain = String::from_utf8(scope.sealer().open(&context(scope, entity), cursor)?).ok()?;
            let parts: Vec<&str> = plain.split(' ').collect();
            let snapshot = |text: &str| text.parse().ok().map(Arc::new);
            match parts[..] {
                [moment] => Some(Self::after_all(snapshot(moment)?)),
                [from, to, position] => {
                    Some(Self { from: snapshot(from)?, to: snapshot(to)?, position: position.parse().ok()? })
                }
                _ => None,
            }
        };
        read().ok_or_else(|| Error::new(Code::BadCursor, "`after` is not a cursor of this subscription."))
    }
}

/// What its cursors are bound to.
fn context(scope: &Scope, entity: Entity) -> Vec<u8> {
    format!("change\0{}\0{}", scope.caller().workspace_pk(), entity.label()).into_bytes()
}
