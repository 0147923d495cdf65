//! What must be in the database before it can be asked anything.

use std::time::Duration;

use super::Failure;
use super::data::Data;
use crate::db::connect::Connector;
use crate::db::migrations;
use crate::seed::{self, SeedOptions};

/// The longest rest between two attempts.
const MAX_REST_LENGTH: Duration = Duration::from_millis(500);

/// What a database without a workspace is filled with.
#[derive(Clone, Copy)]
pub(super) enum Filling {
    Nothing,
    OneWorkspace,
    Demo,
}

/// Migrates the database, and fills it.
pub(super) async fn prepare(data: &Data, filling: Filling) -> Result<(), Failure> {
    let url = data.direct_url();
    data.check_pooler().await?;
    migrations::run(url).await?;
    match filling {
        Filling::OneWorkspace if seed::is_empty(url).await? => seed::minimal(url).await?,
        Filling::Demo if seed::is_empty(url).await? => {
            let options = SeedOptions { scale: 1, seed: 1, now: chrono::Utc::now(), progress: false };
            seed::demo(url, &options).await?;
        }
        Filling::Nothing | Filling::OneWorkspace | Filling::Demo => {}
    }
    Ok(())
}

/// The same, again and again while the database is away. Another failure is final when it comes twice: the database may
/// have gone and come back in the middle of the first time.
pub(super) async fn prepare_patiently(data: &Data, filling: Filling) -> Result<(), Failure> {
    let connector = Connector::new(data.direct_url())?;
    let (mut rest, mut away) = (Duration::from_millis(100), true);
    let mut told = String::new();
    loop {
        let failure = match prepare(data, filling).await {
            Ok(()) if told.is_empty() => return Ok(()),
            Ok(()) => {
                tracing::info!("the database is there");
                return Ok(());
            }
            Err(failure @ Failure::Settings(_)) => return Err(failure),
            Err(failure) => failure,
        };
        let was_away = std::mem::replace(&mut away, connector.is_away().await);
        if !away && !was_away {
            return Err(failure);
        }
        let reason = failure.to_string();
        if reason != told {
            tracing::warn!(reason, "the database cannot be used; it is tried again");
            told = reason;
        }
        tokio::time::sleep(rest).await;
        rest = MAX_REST_LENGTH.min(rest * 2);
    }
}
