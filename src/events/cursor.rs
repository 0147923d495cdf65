//! Positions in the change feed, as cursors carry them.

use std::sync::Arc;

use crate::db::changes::{Entity, FeedPosition};
use crate::db::scope::Scope;
use crate::error::{Code, Error, Result};

/// The position as a cursor of one entity's changes in the scope's workspace, or of all entities'.
pub(super) fn seal(position: &FeedPosition, scope: &Scope, entity: Option<Entity>) -> String {
    let FeedPosition { origin, from, to, position } = position;
    let plain =
        if Arc::ptr_eq(from, to) { format!("{origin} {to}") } else { format!("{origin} {from} {to} {position}") };
    scope.sealer().seal(&context(scope, entity), plain.as_bytes())
}

/// The position in a cursor of the entity's changes, or of all entities'.
///
/// # Errors
/// `BAD_CURSOR` when it is neither.
pub(super) fn open(scope: &Scope, entity: Entity, cursor: &str) -> Result<FeedPosition> {
    let unsealed = |entity| scope.sealer().open(&context(scope, entity), cursor);
    let read = || {
        let plain = String::from_utf8(unsealed(Some(entity)).or_else(|| unsealed(None))?).ok()?;
        let parts: Vec<&str> = plain.split(' ').collect();
        let snapshot = |text: &str| text.parse().ok().map(Arc::new);
        match parts[..] {
            [origin, moment] => Some(FeedPosition::after_all(origin.parse().ok()?, snapshot(moment)?)),
            [origin, from, to, position] => Some(FeedPosition {
                origin: origin.parse().ok()?,
                from: snapshot(from)?,
                to: snapshot(to)?,
                position: position.parse().ok()?,
            }),
            _ => None,
        }
    };
    read().ok_or_else(|| Error::new(Code::BadCursor, "`after` is not a cursor of this subscription."))
}

/// What its cursors are bound to.
fn context(scope: &Scope, entity: Option<Entity>) -> Vec<u8> {
    format!("change\0{}\0{}", scope.caller().workspace_pk(), entity.map_or("*", Entity::label)).into_bytes()
}
