//! Who may have how many of the pool's connections at once.

use std::sync::Arc;

use super::limiter::{Permit, PrincipalLimiter};
use crate::auth::Principal;
use crate::error::Result;

/// Who uses it.
pub(super) struct Holder {
    pub principal: Principal,
    pub workspace_pk: i32,
}

/// How long what uses it may keep the database busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Usual,
    Expensive,
}

/// Connections that a principal has at once at the least: a change that waits for another one's lock holds one.
const MIN_PERMITS: usize = 2;

/// Of so many connections that a workspace may have, one may work on what is expensive.
const PER_EXPENSIVE: usize = 4;

/// Who may have how many of the pool's connections at once.
pub(super) struct Shares {
    principals: Arc<PrincipalLimiter>,
    workspaces: Arc<PrincipalLimiter<i32>>,
    /// Of a workspace for what is expensive: whatever its members ask for, some of the database is left to the others.
    expensive: Arc<PrincipalLimiter<i32>>,
}

/// What somebody holds who has a connection.
pub(super) struct Permits {
    _expensive: Option<Permit<i32>>,
    _principal: Permit,
    _workspace: Permit<i32>,
}

impl Shares {
    /// Of so many connections.
    pub fn of(connections: usize, per_principal: Option<usize>) -> Self {
        // A quarter is left to other workspaces.
        let per_workspace = (connections - connections / 4).max(MIN_PERMITS);
        Self {
            principals: PrincipalLimiter::new(per_principal.unwrap_or(connections.div_ceil(2)).max(MIN_PERMITS)),
            workspaces: PrincipalLimiter::new(per_workspace),
            expensive: PrincipalLimiter::new((per_workspace / PER_EXPENSIVE).max(1)),
        }
    }

    /// Connections that one principal has at once.
    pub fn of_principal(&self) -> usize {
        self.principals.each()
    }

    /// Connections that one workspace has at once.
    pub fn of_workspace(&self) -> usize {
        self.workspaces.each()
    }

    /// Waits until the holder may have one more. Who waits for the next holds none of those after it.
    pub async fn wait(&self, holder: &Holder, weight: Weight) -> Result<Permits> {
        let expensive = match weight {
            Weight::Usual => None,
            Weight::Expensive => Some(self.expensive.acquire(&holder.workspace_pk).await?),
        };
        let principal = self.principals.acquire(&holder.principal).await?;
        let workspace = self.workspaces.acquire(&holder.workspace_pk).await?;
        Ok(Permits { _expensive: expensive, _principal: principal, _workspace: workspace })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use futures_util::FutureExt;

    use super::*;

    fn holder(key: i32, workspace_pk: i32) -> Holder {
        Holder { principal: Principal::ApiKey(key), workspace_pk }
    }

    /// What somebody gets at once.
    fn take(shares: &Shares, key: i32, workspace_pk: i32, weight: Weight) -> Option<Permits> {
        shares.wait(&holder(key, workspace_pk), weight).now_or_never().map(Result::unwrap)
    }

    #[test]
    fn a_principal_has_half_and_its_workspace_three_quarters() {
        let shares = Shares::of(8, None);
        let held: Vec<_> = (0..8).map_while(|_| take(&shares, 1, 1, Weight::Usual)).collect();
        let others: Vec<_> = (0..8).map_while(|_| take(&shares, 2, 1, Weight::Usual)).collect();
        assert_eq!((held.len(), others.len()), (4, 2));
        assert!(take(&shares, 3, 1, Weight::Usual).is_none(), "the workspace has its share");
        assert!(take(&shares, 3, 2, Weight::Usual).is_some(), "another one has its own");
        drop(others);
        assert!(take(&shares, 3, 1, Weight::Usual).is_some());
    }

    #[test]
    fn what_is_expensive_leaves_the_rest_of_a_workspace_alone() {
        let shares = Shares::of(11, None);
        let held: Vec<_> = (0..8).map_while(|key| take(&shares, key, 1, Weight::Expensive)).collect();
        assert_eq!(held.len(), 2);
        assert!(take(&shares, 1, 1, Weight::Usual).is_some(), "by whom it is asked for, too");
        assert!(take(&shares, 1, 2, Weight::Expensive).is_some());
    }

    #[test]
    fn few_connections_are_enough_for_everybody() {
        let shares = Shares::of(1, None);
        let held: Vec<_> = (0..8).map_while(|_| take(&shares, 1, 1, Weight::Usual)).collect();
        assert_eq!(held.len(), MIN_PERMITS);
        drop(held);
        assert!(take(&shares, 1, 1, Weight::Expensive).is_some());
    }
}
