//! How diagnostics are recorded, alone or with many others, and changed.

use std::collections::HashSet;

use async_graphql::MaybeUndefined;
use chrono::TimeDelta;
use diesel::prelude::*;

use super::input::{
    ConnectorSyncDiagnosticInput, CreateConnectorSyncDiagnosticInput, CreateConnectorSyncDiagnosticsInput,
    UpdateConnectorSyncDiagnosticInput,
};
use super::{ConnectorSyncDiagnostic, Retention, SyncFailureReason};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::connector_sync_diagnostics as diagnostics;
use crate::db::scope::{Identified, OwnWorkspace, Scope};
use crate::entity::connector_mapping::TargetModel;
use crate::entity::workspace_connector;
use crate::error::Error;
use crate::mutation::{
    self, MutationError, MutationResult, Repeatable, UserError, check_bulk, check_code, check_text, clearable, required,
};
use crate::scalar::DateTime;

/// How long the words for people may be, in characters.
const MAX_DETAIL_LENGTH: usize = 10_000;
/// How long a tool's name may be, in characters.
const MAX_TOOL_LENGTH: usize = 500;
/// How far ahead of ours a client's clock may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

#[derive(Insertable, Debug)]
#[diesel(table_name = diagnostics)]
struct NewDiagnostic {
    target_model: TargetModel,
    tool_name: Option<String>,
    reason: SyncFailureReason,
    http_status: Option<i32>,
    detail: String,
    occurred_at: DateTime,
    created_at: DateTime,
    workspace_pk: OwnWorkspace,
    workspace_connector_pk: i32,
}

impl NewDiagnostic {
    fn of(scope: &Scope, now: DateTime, workspace_connector_pk: i32, input: ConnectorSyncDiagnosticInput) -> Self {
        Self {
            target_model: input.target_model,
            tool_name: input.tool_name,
            reason: input.reason,
            http_status: input.http_status,
            detail: input.detail,
            occurred_at: input.occurred_at.unwrap_or(now),
            created_at: now,
            workspace_pk: scope.workspace(),
            workspace_connector_pk,
        }
    }
}

impl ConnectorSyncDiagnosticInput {
    /// All that is wrong with it, at the path of the whole or of an element of a list: empty, or ending in a dot.
    fn faults(&self, path: &str, now: DateTime) -> Vec<UserError> {
        let ahead = |occurred_at: DateTime| {
            let message = "`occurredAt` must not lie in the future.";
            let far = occurred_at.shown() - now.shown() > AHEAD;
            if far { Err(UserError::bad_input(&format!("{path}occurredAt"), message)) } else { Ok(()) }
        };
        let checks = [
            self.tool_name
                .as_ref()
                .map_or(Ok(()), |tool| check_code(&format!("{path}toolName"), tool, MAX_TOOL_LENGTH)),
            self.http_status.map_or(Ok(()), |status| check_status(&format!("{path}httpStatus"), status)),
            check_text(&format!("{path}detail"), &self.detail, MAX_DETAIL_LENGTH),
            self.occurred_at.map_or(Ok(()), ahead),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }
}

fn check_status(path: &str, status: i32) -> Result<(), UserError> {
    if (100..=599).contains(&status) {
        return Ok(());
    }
    Err(UserError::bad_input(path, "An HTTP status is a number from 100 to 599."))
}

/// Records one.
pub(super) async fn create(
    scope: &Scope,
    retention: &Retention,
    input: Repeatable<CreateConnectorSyncDiagnosticInput>,
) -> MutationResult<ConnectorSyncDiagnostic> {
    let (input, request) = input.request("createConnectorSyncDiagnostic");
    scope.require(Access::Service)?;
    let input = ConnectorSyncDiagnosticInput {
        workspace_connector_id: input.workspace_connector_id,
        target_model: input.target_model,
        tool_name: input.tool_name,
        reason: input.reason,
        http_status: input.http_status,
        detail: input.detail,
        occurred_at: input.occurred_at,
    };
    let now = DateTime::from(scope.now());
    let faults = input.faults("", now);
    if !faults.is_empty() {
        return Err(MutationError::Input(faults, None));
    }
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let connector = workspace_connector::named(&mut tx, "workspaceConnectorId", input.workspace_connector_id).await?;
    let new = NewDiagnostic::of(scope, now, connector.pk, input);
    let inserted = tx.insert(diesel::insert_into(diagnostics::table).values(new)).await?.pop();
    let diagnostic: ConnectorSyncDiagnostic = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, diagnostic.pk).await?;
    retention.ride(&mut tx, vec![connector.pk]).await?;
    tx.commit().await?;
    Ok(diagnostic)
}

/// Records many, or none: one statement for the workspace connectors, one for the diagnostics.
pub(super) async fn create_all(
    scope: &Scope,
    retention: &Retention,
    input: Repeatable<CreateConnectorSyncDiagnosticsInput>,
) -> MutationResult<Vec<ConnectorSyncDiagnostic>> {
    let (input, request) = input.request("createConnectorSyncDiagnostics");
    scope.require(Access::Service)?;
    check_bulk("diagnostics", input.diagnostics.len())?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim_all(&mut tx, request).await?;
    if let Keyed::Replay(pks) = keyed {
        return mutation::replay_all(&mut tx, pks).await;
    }
    let ids = input.diagnostics.iter().map(|diagnostic| diagnostic.workspace_connector_id);
    let connectors = mutation::pks(&mut tx, ids).await?;
    let now = DateTime::from(scope.now());
    let (mut new, mut errors) = (Vec::new(), Vec::new());
    for (index, diagnostic) in input.diagnostics.into_iter().enumerate() {
        let path = format!("diagnostics.{index}.");
        errors.extend(diagnostic.faults(&path, now));
        match connectors.get(&diagnostic.workspace_connector_id.uuid()) {
            Some(&connector_pk) => new.push(NewDiagnostic::of(scope, now, connector_pk, diagnostic)),
            None => errors.push(UserError::not_found(&format!("{path}workspaceConnectorId"))),
        }
    }
    if !errors.is_empty() {
        return Err(MutationError::Input(errors, None));
    }
    let connector_pks: HashSet<i32> = connectors.into_values().collect();
    let mut made: Vec<ConnectorSyncDiagnostic> = tx.insert(diesel::insert_into(diagnostics::table).values(new)).await?;
    made.sort_by_key(|diagnostic| diagnostic.pk);
    tx.note_all(&keyed, &made.iter().map(|diagnostic| diagnostic.pk).collect::<Vec<_>>()).await?;
    retention.ride(&mut tx, connector_pks.into_iter().collect()).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes how it is told.
pub(super) async fn update(
    scope: &Scope,
    input: UpdateConnectorSyncDiagnosticInput,
) -> MutationResult<ConnectorSyncDiagnostic> {
    scope.require(Access::Service)?;
    if let MaybeUndefined::Value(tool) = &input.tool_name {
        check_code("toolName", tool, MAX_TOOL_LENGTH)?;
    }
    if let MaybeUndefined::Value(status) = input.http_status {
        check_status("httpStatus", status)?;
    }
    let detail = required("detail", input.detail)?;
    if let Some(detail) = &detail {
        check_text("detail", detail, MAX_DETAIL_LENGTH)?;
    }
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(ConnectorSyncDiagnostic::with_ids(vec![input.id.uuid()]));
    let changes = (
        detail.map(|detail| diagnostics::detail.eq(detail)),
        clearable(input.tool_name).map(|tool| diagnostics::tool_name.eq(tool)),
        clearable(input.http_status).map(|status| diagnostics::http_status.eq(status)),
    );
    let diagnostic = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(diagnostic)
}
