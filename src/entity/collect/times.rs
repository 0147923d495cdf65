//! When a collect went to work and when it ended.

use chrono::TimeDelta;

use super::CollectStatus as Status;
use crate::mutation::UserError;
use crate::scalar::DateTime;

/// How far a client's clock may be ahead of the server's.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

impl Status {
    /// Whether nothing comes after it.
    pub(super) const fn is_final(self) -> bool {
        matches!(self, Self::Finalized | Self::Error)
    }
}

/// When a collect went to work and when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub started_at: Option<DateTime>,
    pub ended_at: Option<DateTime>,
}

impl Times {
    /// What a client gives, as exactly as it is stored, if that can be said of a collect with the status.
    pub(super) fn given(
        status: Status,
        started_at: Option<DateTime>,
        ended_at: Option<DateTime>,
        now: DateTime,
    ) -> Result<Self, UserError> {
        if started_at.is_some() && status == Status::Todo {
            return Err(UserError::bad_input("startedAt", "A collect that is TODO has not started."));
        }
        if ended_at.is_some() && !status.is_final() {
            return Err(UserError::bad_input("endedAt", "Only a collect that is FINALIZED or ERROR has ended."));
        }
        for (path, moment) in [("startedAt", started_at), ("endedAt", ended_at)] {
            if moment.is_some_and(|moment| moment.shown() > now.shown() + AHEAD) {
                return Err(UserError::bad_input(path, format!("`{path}` must not lie in the future.")));
            }
        }
        Ok(Self { started_at, ended_at })
    }

    /// The same once the collect has just got the status: what nobody said is now. A clock that goes before ours does
    /// not make it end before it started, and what was stored as infinity says nothing of when it ended.
    pub(super) fn filled(self, status: Status, now: DateTime) -> Self {
        let ended_at = self.ended_at.filter(|ended| ended.is_finite());
        let started = || ended_at.map_or(now, |ended| now.not_after(ended));
        let started_at = match status {
            Status::InProgress | Status::Finalized => Some(self.started_at.unwrap_or_else(started)),
            Status::Todo | Status::Error => self.started_at,
        };
        let ended = || started_at.map_or(now, |started| now.not_before(started));
        Self { started_at, ended_at: status.is_final().then(|| ended_at.unwrap_or_else(ended)) }
    }

    pub(super) fn check_order(self) -> Result<(), UserError> {
        match (self.started_at, self.ended_at) {
            (Some(started), Some(ended)) if started.is_finite() && ended < started => {
                Err(UserError::bad_input("endedAt", "`endedAt` must not be before `startedAt`."))
            }
            _ => Ok(()),
        }
    }
}
