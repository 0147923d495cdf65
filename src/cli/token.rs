//! `token`: a JWT for development.

use std::time::Duration;

use super::Failure;
use super::data::known_jwt_secret;
use crate::auth::mint;
use crate::config::{AuthArgs, DatabaseArgs};

#[derive(clap::Args, Debug)]
pub(super) struct TokenArgs {
    /// Whom the token stands for, such as `member@acme`.
    #[arg(long)]
    subject: String,
    /// The workspace it acts in: its id, or its external id. The subject's default one when left out.
    #[arg(long)]
    workspace: Option<String>,
    /// How long it holds, in seconds.
    #[arg(long, default_value_t = 86_400)]
    ttl_seconds: u64,
}

pub(super) fn run(args: &TokenArgs, auth: &AuthArgs, database: &DatabaseArgs) -> Result<(), Failure> {
    let secret = known_jwt_secret(auth, database)?.ok_or_else(|| {
        let message = "tokens are made with JWT_SECRET, or with the secret in the data folder of a server that ran: there is neither";
        Failure::Settings(message.to_owned())
    })?;
    println!("{}", make(&secret, auth, &args.subject, args.workspace.as_deref(), args.ttl_seconds)?);
    Ok(())
}

/// A token of the subject, as the server would accept it.
pub(super) fn make(
    secret: &str,
    auth: &AuthArgs,
    subject: &str,
    workspace: Option<&str>,
    ttl_seconds: u64,
) -> Result<String, Failure> {
    let (issuer, audience) = (auth.jwt_issuer.as_deref(), auth.jwt_audience.as_deref());
    let ttl = Duration::from_secs(ttl_seconds);
    mint(secret, subject, workspace, issuer, audience, chrono::Utc::now(), ttl)
        .map_err(|error| Failure::Settings(error.to_string()))
}
