//! What a person sees of a workspace connector: one rule, for a row and for a filter.

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Enum, InputObject, MaybeUndefined};
use diesel::ExpressionMethods;

use super::{WorkspaceConnector, WorkspaceConnectorStatus as Status};
use crate::db::condition::Condition;
use crate::db::schema::core_api::workspace_connectors;
use crate::db::scope::Scope;
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::filter::{given, given_list};

/// What to show a person of a workspace connector.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Not connected: never set up, or disconnected.
    Missing,
    /// Somebody must look after it, even if it synced before.
    Error,
    /// It has synced and goes on.
    Connected,
    /// It was set up and has not synced successfully yet.
    Connecting,
}

impl ConnectionState {
    /// The state of a connection that did or did not sync successfully before.
    #[must_use]
    pub const fn of(status: Status, synced: bool) -> Self {
        match status {
            Status::ToConfigure | Status::Disabled => Self::Missing,
            Status::Enabled | Status::Processing if synced => Self::Connected,
            Status::Enabled | Status::Processing => Self::Connecting,
            Status::NeedReconnect | Status::Error | Status::Degraded | Status::Suspended => Self::Error,
        }
    }

    /// The rows in one of these states, however often they are named. A status that is new to this program belongs to
    /// none but `Error`.
    fn rows(states: &[Self]) -> Condition<workspace_connectors::table> {
        if states.contains(&Self::Error) {
            let others = [Self::Missing, Self::Connected, Self::Connecting].into_iter();
            return Self::rows(&others.filter(|other| !states.contains(other)).collect::<Vec<_>>()).negate();
        }
        let last_success = workspace_connectors::last_successful_sync_at;
        let parts = [(false, Condition::of(last_success.is_null())), (true, Condition::of(last_success.is_not_null()))];
        Condition::any(parts.into_iter().filter_map(|(synced, is_synced)| {
            let all = Status::items().iter().map(|item| item.value);
            let statuses: Vec<Status> = all.filter(|status| states.contains(&Self::of(*status, synced))).collect();
            let any = !statuses.is_empty();
            any.then(|| Condition::of(workspace_connectors::status.eq_any(statuses)).and(is_synced))
        }))
    }
}

impl WorkspaceConnector {
    /// What to show a person of it.
    #[must_use]
    pub const fn connection_state(&self) -> ConnectionState {
        match self.status {
            Stored::Known(status) => ConnectionState::of(status, self.last_successful_sync_at.is_some()),
            Stored::Unknown => ConnectionState::Error,
        }
    }
}

/// Filter by `ConnectionState`.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectionStateFilter {
    /// Matches rows with this value.
    pub eq: MaybeUndefined<ConnectionState>,
    /// Matches rows with any of these values.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<ConnectionState>>,
    /// Matches rows with none of these values.
    pub not_in: MaybeUndefined<Vec<ConnectionState>>,
}

impl ConnectionStateFilter {
    pub(super) fn condition(&self, _: &Scope) -> Result<Condition<workspace_connectors::table>> {
        let parts = [
            given("eq", &self.eq)?.map(|state| ConnectionState::rows(&[*state])),
            given_list("in", &self.any)?.map(|states| ConnectionState::rows(states)),
            given_list("notIn", &self.not_in)?.map(|states| ConnectionState::rows(states).negate()),
        ];
        Ok(Condition::all(parts.into_iter().flatten()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_state_before_and_after_the_first_success() {
        use ConnectionState::{Connected, Connecting, Error, Missing};

        let table = [
            (Status::ToConfigure, Missing, Missing),
            (Status::Disabled, Missing, Missing),
            (Status::NeedReconnect, Error, Error),
            (Status::Error, Error, Error),
            (Status::Degraded, Error, Error),
            (Status::Suspended, Error, Error),
            (Status::Enabled, Connecting, Connected),
            (Status::Processing, Connecting, Connected),
        ];
        for (status, before, after) in table {
            assert_eq!(ConnectionState::of(status, false), before, "{status:?} before its first success");
            assert_eq!(ConnectionState::of(status, true), after, "{status:?} after a success");
        }
        assert_eq!(table.len(), Status::items().len());
    }
}
