//! From a credential to the caller: who asks, in which workspace, with which role.

mod api_key;
mod caller;
mod jwks;
mod jwt;
mod role;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use api_key::ApiKeySecret;
pub use caller::{Caller, Principal};
pub use jwt::{Claims, Rejected, Settings as JwtSettings, SettingsError, Verifier, mint};
pub use role::{Access, Role};

use crate::db::Db;
use crate::db::identity::{KnownApiKey, KnownMembership};
use crate::error::{Code, Error, Result};

/// Callers that are remembered at the most.
const REMEMBERED: usize = 10_000;

/// Turns credentials into callers.
pub struct Authenticator {
    db: Db,
    verifier: Verifier,
    memberships: Memory<String, Vec<KnownMembership>>,
    keys: Memory<[u8; 32], Option<KnownApiKey>>,
}

impl Authenticator {
    /// Verifies tokens with `verifier`, and believes what the database said of a caller for `remember`.
    #[must_use]
    pub fn new(db: Db, verifier: Verifier, remember: Duration) -> Self {
        Self { db, verifier, memberships: Memory::new(remember), keys: Memory::new(remember) }
    }

    /// The caller behind an `Authorization` header, in the workspace that the `X-Workspace-Id` header names.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a credential that holds, `FORBIDDEN` without a membership in the workspace.
    pub async fn authenticate(&self, authorization: Option<&str>, workspace: Option<&str>) -> Result<Caller> {
        let credential = authorization.and_then(bearer).ok_or_else(Error::unauthenticated)?;
        if credential.starts_with(api_key::PREFIX) {
            self.machine(credential, workspace).await
        } else {
            self.person(credential, workspace).await
        }
    }

    async fn person(&self, token: &str, workspace: Option<&str>) -> Result<Caller> {
        let claims = self.verifier.verify(token, self.db.now()).await.map_err(|rejected| {
            tracing::debug!(?rejected, "token refused");
            Error::unauthenticated()
        })?;
        let subject = claims.subject;
        let known = match self.memberships.recall(&subject) {
            Some(known) => known,
            None => self.memberships.remember(subject.clone(), self.db.memberships_of(&subject).await?),
        };
        let wanted = workspace.or(claims.workspace.as_deref());
        let membership = match wanted {
            Some(wanted) => {
                let named =
                    |known: &&KnownMembership| names(wanted, known.workspace_id, known.external_workspace_id.as_ref());
                known.iter().find(named)
            }
            None => unnamed(&known)?,
        };
        let membership = membership.ok_or_else(no_membership)?;
        Ok(Caller {
            principal: Principal::Subject(subject),
            expires_at: Some(claims.expires_at),
            workspace_pk: membership.workspace_pk,
            role: membership.role.into(),
            membership_pk: Some(membership.pk),
            person_pk: membership.person_pk,
        })
    }

    async fn machine(&self, credential: &str, workspace: Option<&str>) -> Result<Caller> {
        let hash = ApiKeySecret::parse(credential).ok_or_else(Error::unauthenticated)?.hash();
        let known = match self.keys.recall(&hash) {
            Some(known) => known,
            None => self.keys.remember(hash, self.db.api_key_with(&hash).await?),
        };
        let key = known
            .as_ref()
            .as_ref()
            .filter(|key| key.expires_at.is_none_or(|expiry| expiry.0 > self.db.now()))
            .ok_or_else(Error::unauthenticated)?;
        if workspace.is_some_and(|wanted| !names(wanted, key.workspace_id, key.external_workspace_id.as_ref())) {
            return Err(no_membership());
        }
        Ok(Caller {
            principal: Principal::ApiKey(key.pk),
            expires_at: key.expires_at.map(|expiry| expiry.0),
            workspace_pk: key.workspace_pk,
            role: key.role.into(),
            membership_pk: None,
            person_pk: key.person_pk,
        })
    }
}

/// The membership of a request that names no workspace: the default one, or the only one. Of several without a default
/// none is taken, since anybody may make somebody else a member.
fn unnamed(known: &[KnownMembership]) -> Result<Option<&KnownMembership>> {
    match known {
        [first, ..] if first.is_default => Ok(Some(first)),
        [] | [_] => Ok(known.first()),
        _ => Err(Error::new(Code::Forbidden, "You are a member of several workspaces. Name one in `X-Workspace-Id`.")),
    }
}

/// The credential of a `Bearer` header, whose scheme may be written in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, credential) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Whether this is the workspace's public id, or its id in the system that made it.
fn names(wanted: &str, id: uuid::Uuid, external: Option<&String>) -> bool {
    uuid::Uuid::parse_str(wanted).is_ok_and(|wanted| wanted == id)
        || external.is_some_and(|external| external == wanted)
}

/// The same answer for a workspace that does not exist and for one the caller is not a member of.
fn no_membership() -> Error {
    Error::new(Code::Forbidden, "You have no active membership in this workspace.")
}

/// What the database said a moment ago.
struct Memory<K, V> {
    lasts: Duration,
    known: Mutex<HashMap<K, (Instant, Arc<V>)>>,
}

impl<K: Eq + Hash, V> Memory<K, V> {
    fn new(lasts: Duration) -> Self {
        Self { lasts, known: Mutex::default() }
    }

    fn recall(&self, key: &K) -> Option<Arc<V>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(since, _)| since.elapsed() < self.lasts).map(|(_, value)| value.clone())
    }

    fn remember(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, (since, _)| since.elapsed() < self.lasts);
            if known.len() >= REMEMBERED {
                known.clear();
            }
        }
        known.insert(key, (Instant::now(), value.clone()));
        value
    }
}
