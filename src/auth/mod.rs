//! From a credential to the caller: who asks, in which workspace, with which role.

mod api_key;
mod caller;
mod directory;
mod jwks;
mod jwt;
mod key;
mod role;
mod ttl_cache;

use std::time::Duration;

pub use api_key::ApiKeySecret;
pub use caller::{Caller, Principal};
pub use directory::{Directory, KnownApiKey, KnownMembership, KnownWorkspace};
pub use jwt::{Claims, DEFAULT_LEEWAY, MAX_TOKEN, Rejected, Settings as JwtSettings, SettingsError, Verifier, mint};
use quick_cache::sync::Cache;
pub use role::{Access, Role};
use tokio::sync::Semaphore;

use crate::error::{Code, Error, Result};
use ttl_cache::TtlCache;

/// API keys that are looked up at once without having been valid before.
const MAX_UNKNOWN_KEYS: usize = 2;
/// Workspaces that a request is told of which must name one.
const MAX_NAMED: usize = 10;

/// Turns credentials into callers.
pub struct Authenticator<D> {
    directory: D,
    verifier: Verifier,
    memberships: TtlCache<String, Vec<KnownMembership>>,
    /// Memberships that were noted as accepted.
    accepted: TtlCache<i32, ()>,
    keys: TtlCache<[u8; 32], Option<KnownApiKey>>,
    /// Keys that were valid when they were last looked up.
    valid_keys: Cache<[u8; 32], ()>,
    unknown_keys: Semaphore,
}

impl<D: Directory> Authenticator<D> {
    /// Verifies tokens with `verifier`, and believes what the directory said of a caller for `ttl`.
    #[must_use]
    pub fn new(directory: D, verifier: Verifier, ttl: Duration) -> Self {
        Self {
            directory,
            verifier,
            memberships: TtlCache::new(ttl),
            accepted: TtlCache::new(ttl),
            keys: TtlCache::new(ttl),
            valid_keys: Cache::new(ttl_cache::CAPACITY),
            unknown_keys: Semaphore::new(MAX_UNKNOWN_KEYS),
        }
    }

    /// Whether tokens can be verified: every key set was read once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.verifier.is_ready()
    }

    /// The caller behind an `Authorization` header, in the workspace that the `X-Workspace-Id` header names.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a valid credential, `FORBIDDEN` without a membership in the workspace,
    /// `SERVICE_UNAVAILABLE` while the credential cannot be looked at.
    pub async fn authenticate(&self, authorization: Option<&str>, workspace: Option<&str>) -> Result<Caller> {
        let credential = authorization.and_then(bearer).ok_or_else(Error::unauthenticated)?;
        if credential.starts_with(api_key::PREFIX) {
            self.authenticate_api_key(credential, workspace).await
        } else {
            self.authenticate_jwt(credential, workspace).await
        }
    }

    async fn authenticate_jwt(&self, token: &str, workspace: Option<&str>) -> Result<Caller> {
        let claims =
            self.verifier.verify(token, self.directory.now()).await.map_err(|rejected| refused(token, rejected))?;
        let subject = claims.subject;
        let known = self.memberships.get(&subject, self.directory.memberships_of(&subject)).await?;
        let wanted = workspace.or(claims.workspace.as_deref());
        // A role that is not known lets nobody in.
        let known: Vec<_> = known.iter().filter_map(|known| Some((known, known.role?))).collect();
        let usual = usual(&known);
        let membership = match wanted {
            Some(wanted) => known.iter().find(|(known, _)| known.workspace.is_named(wanted)),
            None => usual.map_or_else(|| first(&known), |usual| Ok(Some(usual)))?,
        };
        let (membership, role) = membership.ok_or_else(no_membership)?;
        if usual.is_none() {
            let accept = async {
                self.directory.accept(&subject, membership.pk).await;
                Ok(())
            };
            self.accepted.get(&membership.pk, accept).await?;
        }
        Ok(Caller {
            principal: Principal::Subject(subject),
            expires_at: Some(claims.expires_at),
            workspace_pk: membership.workspace.pk,
            role: *role,
            membership_pk: Some(membership.pk),
            person_pk: membership.person_pk,
        })
    }

    async fn authenticate_api_key(&self, credential: &str, workspace: Option<&str>) -> Result<Caller> {
        let hash = ApiKeySecret::parse(credential).ok_or_else(Error::unauthenticated)?.hash();
        let known = self.keys.get(&hash, self.look_up_key(&hash)).await?;
        let key = known
            .as_ref()
            .as_ref()
            .filter(|key| key.expires_at.is_none_or(|expiry| expiry > self.directory.now()))
            .ok_or_else(Error::unauthenticated)?;
        let role = key.role.ok_or_else(Error::forbidden)?;
        if workspace.is_some_and(|wanted| !key.workspace.is_named(wanted)) {
            return Err(no_membership());
        }
        Ok(Caller {
            principal: Principal::ApiKey(key.pk),
            expires_at: key.expires_at,
            workspace_pk: key.workspace.pk,
            role,
            membership_pk: None,
            person_pk: key.person_pk,
        })
    }
}

impl<D: Directory> Authenticator<D> {
    /// Looks a key up. Anybody can make up any number of keys, so that only few are looked up at once of which it is not
    /// known that they are valid ones.
    async fn look_up_key(&self, hash: &[u8; 32]) -> Result<Option<KnownApiKey>> {
        let _permit = match self.valid_keys.get(hash) {
            Some(()) => None,
            None => Some(self.unknown_keys.acquire().await.map_err(Error::internal)?),
        };
        let found = self.directory.api_key_with(hash).await?;
        if found.is_some() {
            self.valid_keys.insert(*hash, ());
        } else {
            self.valid_keys.remove(hash);
        }
        Ok(found)
    }
}

/// What is answered to a token that is not accepted.
fn refused(token: &str, rejected: Rejected) -> Error {
    match rejected {
        Rejected::Invalid(reason) => {
            tracing::debug!(reason, "token refused");
            Error::unauthenticated()
        }
        Rejected::TooLong => {
            tracing::warn!(bytes = token.len(), most = MAX_TOKEN, "token refused: it is too long");
            Error::new(Code::Unauthenticated, format!("The token must be at most {MAX_TOKEN} bytes long."))
        }
        Rejected::KeysUnavailable => Error::unavailable("a key set of tokens has not been read yet"),
    }
}

/// A membership that lets in, with the role it gives.
type Open<'k> = (&'k KnownMembership, Role);

/// The membership that requests go by which name no workspace: the default one, or the only one that the subject has
/// accepted. Anybody may make somebody else a member, which changes nothing for whoever has such a one.
fn usual<'k>(known: &'k [Open<'k>]) -> Option<&'k Open<'k>> {
    if let Some(first) = known.first().filter(|(first, _)| first.is_default) {
        return Some(first);
    }
    let mut accepted = known.iter().filter(|(known, _)| known.is_accepted);
    accepted.next().filter(|_| accepted.next().is_none())
}

/// The membership of a request that names no workspace, of a subject that has accepted none: the only one there is, if
/// it never had another. Among several, or after another has ended, only the subject knows whose it is.
fn first<'k>(known: &'k [Open<'k>]) -> Result<Option<&'k Open<'k>>> {
    match known {
        [] => Ok(None),
        [(only, _)] if !only.is_accepted_elsewhere => Ok(known.first()),
        several => {
            let ids = several.iter().take(MAX_NAMED).map(|(known, _)| format!("`{}`", known.workspace.id));
            let ids = ids.collect::<Vec<_>>().join(", ");
            let message = format!("It is not clear which workspace you mean. Name it in `X-Workspace-Id`: {ids}.");
            Err(Error::new(Code::Forbidden, message))
        }
    }
}

/// The credential of a `Bearer` header, whose scheme may be written in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, credential) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// The same answer for a workspace that does not exist and for one the caller is not a member of.
fn no_membership() -> Error {
    Error::new(Code::Forbidden, "You have no active membership in this workspace.")
}
