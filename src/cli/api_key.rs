//! `api-key`: the credentials of machines.

use chrono::{TimeDelta, Utc};
use clap::ValueEnum;
use uuid::Uuid;

use super::Failure;
use super::data::{Data, jwt_secret};
use crate::auth::{ApiKeySecret, Role};
use crate::config::{AuthArgs, DatabaseArgs};
use crate::db::keys::NewKey;
use crate::db::pooler::Pooler;
use crate::db::{Db, DbSettings};
use crate::error::Error;
use crate::scalar::DateTime;

/// How long a statement of these commands may run.
const STATEMENT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

#[derive(clap::Subcommand, Debug)]
pub(super) enum ApiKeyCommand {
    /// Make a key and print it, alone on standard output. It is never shown again.
    Create(CreateArgs),
    /// List the keys of a workspace.
    List {
        /// The workspace: its id, or its external id.
        #[arg(long)]
        workspace: String,
    },
    /// Revoke a key.
    Revoke {
        /// The key's id, as `list` prints it.
        #[arg(long)]
        id: Uuid,
    },
}

#[derive(clap::Args, Debug)]
pub(super) struct CreateArgs {
    /// The workspace: its id, or its external id.
    #[arg(long)]
    workspace: String,
    /// What the key is for.
    #[arg(long)]
    name: String,
    /// The role it gives: `guest`, `member`, `admin`, `owner` or `service`.
    #[arg(long, value_enum, default_value_t = KeyRole::Service)]
    role: KeyRole,
    /// After how many days it expires; never when left out.
    #[arg(long)]
    expires_days: Option<u32>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum KeyRole {
    Guest,
    Member,
    Admin,
    Owner,
    Service,
}

impl From<KeyRole> for Role {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Guest => Self::Guest,
            KeyRole::Member => Self::Member,
            KeyRole::Admin => Self::Admin,
            KeyRole::Owner => Self::Owner,
            KeyRole::Service => Self::Service,
        }
    }
}

pub(super) async fn run(command: ApiKeyCommand, database: &DatabaseArgs, auth: &AuthArgs) -> Result<(), Failure> {
    let data = Data::open(database).await?;
    data.check_pooler().await?;
    crate::db::migrations::run(data.direct_url()).await?;
    let seal_secret = jwt_secret(auth, database)?.unwrap_or_default().into_bytes();
    let url = data.direct_url().to_owned();
    let db = Db::open(DbSettings {
        url,
        direct_url: None,
        pooler: Pooler::None,
        connections: 1,
        per_principal: None,
        wait: database.db_wait_ms,
        statement_timeout: STATEMENT_TIMEOUT,
        seal_secret,
    })?;
    match command {
        ApiKeyCommand::Create(args) => {
            let expires_at = args.expires_days.map(|days| DateTime::from(Utc::now() + TimeDelta::days(days.into())));
            let secret = create(&db, &args.workspace, &args.name, args.role.into(), expires_at).await?;
            println!("{}", secret.reveal());
        }
        ApiKeyCommand::List { workspace } => {
            for key in db.keys(&workspace).await.map_err(|error| said(&error))? {
                let time = |time: Option<DateTime>| {
                    time.map_or_else(|| "-".to_owned(), |time| time.shown().format("%Y-%m-%dT%H:%M:%SZ").to_string())
                };
                let (expires, used, revoked) = (time(key.expires_at), time(key.last_used_at), time(key.revoked_at));
                let role = key.role.map_or("unknown", Role::label);
                println!(
                    "{}  {}  {role:<7}  expires {expires}  used {used}  revoked {revoked}  {}",
                    key.id, key.hint, key.name
                );
            }
        }
        ApiKeyCommand::Revoke { id } => {
            if !db.revoke_key(id).await.map_err(|error| said(&error))? {
                return Err(Failure::Run(format!("there is no live key {id}").into()));
            }
            println!("revoked {id}");
        }
    }
    Ok(())
}

/// Makes and stores a key.
pub(super) async fn create(
    db: &Db,
    workspace: &str,
    name: &str,
    role: Role,
    expires_at: Option<DateTime>,
) -> Result<ApiKeySecret, Failure> {
    let secret = ApiKeySecret::generate();
    let key =
        NewKey { name: name.to_owned(), key_hash: secret.hash().to_vec(), key_hint: secret.hint(), role, expires_at };
    db.add_key(workspace, key).await.map_err(|error| said(&error))?;
    Ok(secret)
}

/// An error for the operator, whose cause goes to the log.
fn said(error: &Error) -> Failure {
    let _ = error.log();
    Failure::Run(error.message().to_owned().into())
}
