//! The root field that tells where to follow from.

use async_graphql::{Context, Object};

use super::cursor;
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::{Error, Result};

/// The root field.
#[derive(Default)]
pub struct ChangeQuery;

/// Root fields.
#[allow(clippy::unused_async, reason = "resolvers are async")]
#[Object]
impl ChangeQuery {
    /// A cursor for `after` of any subscription in this workspace. The subscription then delivers every change that became
    /// visible since this request began, however late its transaction was committed. To copy rows and miss none, ask for
    /// the cursor, then page through the lists, then subscribe with it: a change that a list shows already may be
    /// delivered as well. Cursors expire after an hour, unless the server is set otherwise.
    async fn change_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        let scope = ctx.data_unchecked::<Scope>();
        scope.require(Access::Everyone)?;
        let position = scope.position().ok_or_else(|| Error::unavailable("the change feed was not read yet"))?;
        Ok(cursor::seal(position, scope, None))
    }
}
