//! Who stays connected: let in once, and looked up again for as long as the connection lasts.

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::auth::Caller;
use crate::db::limiter::Permit;
use crate::error::{Code, Error, Result};
use crate::server::App;
use crate::server::limits::connections;
use crate::server::limits::sockets::SocketPermit;
use crate::server::transport::http::presented;

/// What a client presents: the values of the headers `Authorization` and `X-Workspace-Id`.
pub(in crate::server) struct Credential {
    pub authorization: Option<String>,
    pub workspace: Option<String>,
}

/// A caller that was let in and has one of the sockets of its principal.
pub(in crate::server) struct Admission {
    credential: Credential,
    caller: Caller,
    permit: SocketPermit,
    _of_workspace: Permit<i32>,
}

/// Why a connection that was let in ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum DisconnectReason {
    /// The credential has expired.
    Expired,
    /// The credential or the membership does not hold any more.
    Revoked,
    /// The caller is not what it was when it was let in.
    Changed,
    /// Whether the caller may go on cannot be told just now, or it has to make room for another workspace.
    Unknown,
    /// The server is coming to its end.
    Stopping,
}

impl From<DisconnectReason> for Error {
    fn from(disconnect_reason: DisconnectReason) -> Self {
        match disconnect_reason {
            DisconnectReason::Expired => Self::new(Code::Unauthenticated, "The credential has expired."),
            DisconnectReason::Revoked => {
                Self::new(Code::Unauthenticated, "The credential or the membership is not valid any more.")
            }
            DisconnectReason::Changed => {
                Self::new(Code::Unauthenticated, "The caller's role has changed. Subscribe again.")
            }
            DisconnectReason::Unknown => {
                Self::new(Code::ServiceUnavailable, "The caller cannot be looked up. Subscribe again.")
            }
            DisconnectReason::Stopping => {
                Self::new(Code::ServiceUnavailable, "The server is shutting down. Subscribe again.")
            }
        }
    }
}

impl Credential {
    /// The one of a request.
    ///
    /// # Errors
    /// When a header of it cannot be read.
    pub fn presented(headers: &HeaderMap) -> Result<Self> {
        let (authorization, workspace) = presented(headers)?;
        Ok(Self { authorization: authorization.map(str::to_owned), workspace: workspace.map(str::to_owned) })
    }

    async fn caller(&self, app: &App) -> Result<Caller> {
        app.authenticate(self.authorization.as_deref(), self.workspace.as_deref()).await
    }
}

impl App {
    /// The caller behind a credential. Looking it up takes no longer than a query may.
    ///
    /// # Errors
    /// As [`crate::auth::Authenticator::authenticate`], and `SERVICE_UNAVAILABLE` when the database does not say in time.
    pub(in crate::server) async fn authenticate(
        &self,
        authorization: Option<&str>,
        workspace: Option<&str>,
    ) -> Result<Caller> {
        let caller = self.0.authenticator.authenticate(authorization, workspace);
        let caller = tokio::time::timeout(self.0.settings.query_timeout, caller).await;
        let caller = caller.unwrap_or_else(|_| Err(Error::unavailable("the caller could not be looked up in time")))?;
        connections::authenticated(caller.workspace_pk());
        Ok(caller)
    }
}

impl Admission {
    /// Lets a client in.
    ///
    /// # Errors
    /// As those of a request, and `MAX_OPERATIONS_LIMIT` when its principal or its workspace has no permit left.
    pub async fn new(app: &App, credential: Credential) -> Result<Arc<Self>> {
        let caller = credential.caller(app).await?;
        Self::authenticated(app, credential, caller).await
    }

    /// Lets a client in whose credential was found to be this caller's.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT` when its principal or its workspace has no permit left, `SERVICE_UNAVAILABLE` when nobody
    /// has.
    pub async fn authenticated(app: &App, credential: Credential, caller: Caller) -> Result<Arc<Self>> {
        let of_workspace = app.connection_of_workspace(&caller)?;
        let permit = app.0.sockets.take(&caller).await?;
        Ok(Arc::new(Self { credential, caller, permit, _of_workspace: of_workspace }))
    }

    /// Who was let in.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Looks the caller up again.
    ///
    /// # Errors
    /// When it would not be let in as the same any more.
    pub async fn check(&self, app: &App) -> Result<(), DisconnectReason> {
        match self.credential.caller(app).await {
            Ok(caller) if caller == self.caller => Ok(()),
            Ok(_) => Err(DisconnectReason::Changed),
            Err(error) if matches!(error.code(), Code::Unauthenticated | Code::Forbidden) => {
                Err(DisconnectReason::Revoked)
            }
            Err(_) => Err(DisconnectReason::Unknown),
        }
    }

    /// Waits until the caller may not go on, and says why. It is looked up now and then, whether anything happens or
    /// not.
    pub async fn disconnect_reason(self: Arc<Self>, app: App) -> DisconnectReason {
        let expired = async {
            match self.caller.expires_at() {
                Some(expiry) => tokio::time::sleep((expiry - app.0.db.now()).to_std().unwrap_or_default()).await,
                None => std::future::pending().await,
            }
        };
        let lapsed = async {
            loop {
                tokio::time::sleep(app.0.settings.sockets.keep_alive).await;
                match self.check(&app).await {
                    // Nothing is delivered meanwhile without another look.
                    Ok(()) | Err(DisconnectReason::Unknown) => {}
                    Err(disconnect_reason) => break disconnect_reason,
                }
            }
        };
        tokio::select! {
            () = expired => DisconnectReason::Expired,
            () = self.permit.evicted() => DisconnectReason::Unknown,
            disconnect_reason = lapsed => disconnect_reason,
        }
    }
}
