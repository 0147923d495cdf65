//! Root fields that read.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{Membership, MembershipFilter, MembershipOrder};
use crate::auth::Access;
use crate::db::loader::ById;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::id::Id;
use crate::page::{Args, Connection, asks_for_rows};
use crate::plan::{self, Answer, Root, Roots, Selected};

/// Root fields that read `Membership`.
#[derive(Default)]
pub struct MembershipQuery;

impl Roots for MembershipQuery {
    fn root(field: &str) -> Option<Root> {
        match field {
            "membership" => Some(plan::row::<Membership>),
            "memberships" => Some(page_for_admins),
            _ => None,
        }
    }
}

/// The list is for fewer than the rows in it are.
fn page_for_admins<'a>(scope: &'a Scope, field: Selected<'a>) -> Option<Answer<'a>> {
    scope.require(Access::Admin).ok()?;
    plan::page::<Membership>(scope, field)
}

/// Root fields.
#[Object]
impl MembershipQuery {
    /// One membership of the workspace; null when there is none with this id. Admins and owners may look up anybody's,
    /// others their own.
    async fn membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id.")] id: Id<Membership>,
    ) -> Option<Result<Membership>> {
        // The scope shows callers below an admin no other membership than their own.
        ctx.data_unchecked::<Scope>().get(ById::new(id)).await.transpose()
    }

    /// The memberships of the workspace. For admins and owners.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many rows to return from the start, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows to return from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only rows that pass this filter.")] filter: Option<MembershipFilter>,
        #[graphql(desc = "The order, up to three fields; newest first when empty.")] order_by: Option<
            Vec<MembershipOrder>,
        >,
    ) -> Option<Result<Connection<Membership>>> {
        let scope = ctx.data_unchecked::<Scope>();
        let page = async {
            scope.require(Access::Admin)?;
            let args = Args::new(first, after, last, before, filter, order_by)?;
            Connection::of_workspace(scope, Arc::new(args), asks_for_rows(ctx)).await
        };
        Some(page.await)
    }
}
