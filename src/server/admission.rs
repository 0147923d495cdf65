//! Who stays connected: let in once, and looked up again for as long as the connection lasts.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::App;
use super::graphql::presented;
use super::seats::Seat;
use crate::auth::Caller;
use crate::error::{Code, Result};

/// What a client presents: the values of the headers `Authorization` and `X-Workspace-Id`.
pub(super) struct Credential {
    pub authorization: Option<String>,
    pub workspace: Option<String>,
}

/// A caller that was let in and has one of the seats of its principal.
pub(super) struct Admission {
    credential: Credential,
    caller: Caller,
    _seat: Seat,
}

/// Why a connection that was let in ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lapse {
    /// The credential has expired.
    Expired,
    /// The credential or the membership does not hold any more.
    Revoked,
    /// The caller is not what it was when it was let in.
    Changed,
    /// Whether the caller may go on cannot be told just now.
    Unknown,
    /// The server is coming to its end.
    Stopping,
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
        app.0.authenticator.authenticate(self.authorization.as_deref(), self.workspace.as_deref()).await
    }
}

impl Admission {
    /// Lets a client in.
    ///
    /// # Errors
    /// As those of a request, and `MAX_OPERATIONS_LIMIT` when its principal has no seat left.
    pub async fn new(app: &App, credential: Credential) -> Result<Arc<Self>> {
        let caller = credential.caller(app).await?;
        let seat = app.0.seats.take(caller.principal())?;
        Ok(Arc::new(Self { credential, caller, _seat: seat }))
    }

    /// Who was let in.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Looks the caller up again.
    ///
    /// # Errors
    /// When it would not be let in as the same any more.
    pub async fn check(&self, app: &App) -> Result<(), Lapse> {
        match self.credential.caller(app).await {
            Ok(caller) if caller == self.caller => Ok(()),
            Ok(_) => Err(Lapse::Changed),
            Err(error) if matches!(error.code(), Code::Unauthenticated | Code::Forbidden) => Err(Lapse::Revoked),
            Err(_) => Err(Lapse::Unknown),
        }
    }

    /// Waits until the caller may not go on, and says why. It is looked up now and then, whether anything happens or
    /// not.
    pub async fn lapse(self: Arc<Self>, app: App) -> Lapse {
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
                    Ok(()) | Err(Lapse::Unknown) => {}
                    Err(lapse) => break lapse,
                }
            }
        };
        tokio::select! {
            () = expired => Lapse::Expired,
            lapse = lapsed => lapse,
        }
    }
}
