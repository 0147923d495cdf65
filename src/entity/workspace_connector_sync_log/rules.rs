//! How a sync log is made and changed: scheduled, in progress, success or error.

use diesel::dsl::{case_when, jsonb_typeof};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use serde_json::json;

use super::input::{CreateWorkspaceConnectorSyncLogInput, UpdateWorkspaceConnectorSyncLogInput};
use super::{ConnectorSyncStatus as Status, SyncTriggerType, WorkspaceConnectorSyncLog};
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::functions::{Milliseconds, NotBefore};
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::{workspace_connector_sync_logs as logs, workspace_connectors};
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope, Scoped};
use crate::db::statement::{NewRow, OfFirst};
use crate::db::tx::{PendingUpdate, Tx};
use crate::entity::stored::Stored;
use crate::entity::workspace_connector::{self, WorkspaceConnector};
use crate::error::UserErrorCode;
use crate::id::Id;
use crate::mutation::{
    self, MutationError, MutationResult, Repeatable, UserError, check_code, check_json, check_length, check_text,
    clearable,
};
use crate::scalar::{DateTime, Json};

/// How long an error may be, in characters.
const MAX_ERROR_LENGTH: usize = 10_000;
/// How long a task's name may be, in characters.
const MAX_TASK_LENGTH: usize = 255;
/// How often a transition is tried while others change the same log.
const MAX_TRIES: usize = 10;
/// How large the metadata may be, in bytes.
const MAX_METADATA_SIZE: usize = 65_536;

#[derive(Insertable, Debug)]
#[diesel(table_name = logs)]
struct EndedLog {
    status: Status,
    trigger_type: SyncTriggerType,
    started_at: Option<DateTime>,
    completed_at: DateTime,
    duration_ms: Option<i32>,
    error: Option<String>,
    metadata: Json,
    created_at: DateTime,
    workspace_connector_pk: i32,
    workspace_pk: OwnWorkspace,
}

/// A transition that was made, or had been made before by the same call.
#[derive(Debug)]
pub(super) struct Step {
    pub log: WorkspaceConnectorSyncLog,
    pub changed: bool,
}

/// A transition of a sync log.
#[derive(Clone, Debug)]
pub(super) enum Transition {
    Start,
    Succeed { metadata: Option<Json> },
    Fail { error: String, metadata: Option<Json> },
}

impl Transition {
    /// The statuses it leads from.
    const fn from(&self) -> &'static [Status] {
        match self {
            Self::Start => &[Status::Scheduled],
            Self::Succeed { .. } => &[Status::InProgress],
            Self::Fail { .. } => &[Status::Scheduled, Status::InProgress],
        }
    }

    const fn metadata(&self) -> Option<&Json> {
        match self {
            Self::Start => None,
            Self::Succeed { metadata } | Self::Fail { metadata, .. } => metadata.as_ref(),
        }
    }

    fn check(&self) -> Result<(), UserError> {
        if let Self::Fail { error, .. } = self {
            check_text("error", error, MAX_ERROR_LENGTH)?;
        }
        let Some(metadata) = self.metadata() else { return Ok(()) };
        if metadata.members().is_none() {
            return Err(UserError::bad_input("metadata", "`metadata` must be a JSON object."));
        }
        check_json("metadata", metadata, MAX_METADATA_SIZE)
    }

    /// Whether the log is as this very call would have left it.
    fn is_repeated_by(&self, log: &WorkspaceConnectorSyncLog) -> bool {
        let holds = |metadata: &Option<Json>| {
            let Some(wanted) = metadata.as_ref().and_then(Json::members) else { return true };
            let noted = log.metadata.as_ref().and_then(Json::members).unwrap_or_default();
            wanted.iter().all(|(key, value)| noted.get(key).is_some_and(|noted| noted.is_same(value)))
        };
        match self {
            Self::Start => false,
            Self::Succeed { metadata } => log.status == Status::Success && holds(metadata),
            Self::Fail { error, metadata } => {
                log.status == Status::Error && log.error.as_ref() == Some(error) && holds(metadata)
            }
        }
    }

    /// Why the log cannot make it.
    fn refusal(&self, log: &WorkspaceConnectorSyncLog) -> UserError {
        let Stored::Known(status) = log.status else {
            return UserError::invalid_state("The status of the sync log is newer than this version of the server.");
        };
        match (self, status) {
            (Self::Start, Status::InProgress) => UserError::conflict("id", "The sync log has already started."),
            (Self::Succeed { .. }, Status::Scheduled) => {
                UserError::invalid_state("The sync log has not started, so it cannot succeed.")
            }
            (Self::Start, _) => UserError::invalid_state("The sync log has already ended."),
            _ => UserError::conflict("id", "The sync log has already ended, in another way."),
        }
    }
}

/// Notes a sync run.
pub(super) async fn create(
    scope: &Scope,
    input: Repeatable<CreateWorkspaceConnectorSyncLogInput>,
) -> MutationResult<WorkspaceConnectorSyncLog> {
    let (input, request) = input.request("createWorkspaceConnectorSyncLog");
    scope.require(Access::Service)?;
    if !matches!(input.status, Status::Scheduled | Status::InProgress) {
        return Err(UserError::bad_input("status", "A sync log begins as SCHEDULED or IN_PROGRESS.").into());
    }
    if let Some(task) = &input.cloud_task_id {
        check_code("cloudTaskId", task, MAX_TASK_LENGTH)?;
        if input.trigger_type != Some(SyncTriggerType::CloudTask) {
            return Err(UserError::bad_input("cloudTaskId", "`cloudTaskId` needs the trigger CLOUD_TASK.").into());
        }
    }
    if let Some(metadata) = &input.metadata {
        check_json("metadata", metadata, MAX_METADATA_SIZE)?;
    }
    let mut tx = if request.is_some() { scope.begin().await? } else { scope.begin_single().await? };
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let now = DateTime::from(scope.now());
    let new = NewRow::default()
        .set(logs::status, input.status)
        .set(logs::trigger_type, input.trigger_type)
        .set(logs::cloud_task_id, input.cloud_task_id.clone())
        .set(logs::started_at, (input.status == Status::InProgress).then_some(now))
        .set(logs::metadata, input.metadata)
        .set(logs::created_at, now)
        .set(logs::workspace_connector_pk, workspace_connectors::pk)
        .or_nothing(input.cloud_task_id.is_some());
    let connector = scope.rows().filter(WorkspaceConnector::with_ids(vec![input.workspace_connector_id.uuid()]));
    let log = match tx.insert_from(connector, new).await?.pop() {
        Some(log) => log,
        None => of_task(&mut tx, input.workspace_connector_id, input.cloud_task_id).await?,
    };
    tx.note(keyed, log.pk).await?;
    tx.commit().await?;
    Ok(log)
}

/// Why none was made: the live log of the queue's task, which was scheduled before, unless there is no such connector.
async fn of_task(
    tx: &mut Tx<'_>,
    connector_id: Id<WorkspaceConnector>,
    task: Option<String>,
) -> MutationResult<WorkspaceConnectorSyncLog> {
    const PATH: &str = "workspaceConnectorId";
    let Some(task) = task else { return Err(UserError::not_found(PATH).into()) };
    let connector = workspace_connector::named(tx, PATH, connector_id).await?;
    let same = logs::workspace_connector_pk.eq(connector.pk).and(logs::cloud_task_id.nullable().eq(task));
    let found = tx.find(tx.scope().rows().filter(Condition::of(same))).await?;
    found.ok_or_else(|| {
        UserError::conflict("cloudTaskId", "The sync log of this task was being deleted. Try again.").into()
    })
}

/// Makes a transition: a compare-and-set on the statuses that it leads from. Only when that changes nothing, the log is
/// read for the reason.
pub(super) async fn step(
    scope: &Scope,
    id: Id<WorkspaceConnectorSyncLog>,
    transition: Transition,
    expected_updated_at: Option<DateTime>,
) -> MutationResult<Step> {
    scope.require(Access::Service)?;
    transition.check()?;
    let mut tx = scope.begin_single().await?;
    let row = scope.rows().filter(WorkspaceConnectorSyncLog::with_ids(vec![id.uuid()]));
    let unchanged = mutation::unchanged::<WorkspaceConnectorSyncLog>(row.clone(), expected_updated_at);
    for _ in 0..MAX_TRIES {
        if let Some(log) = apply(&mut tx, unchanged.clone(), &transition).await? {
            tx.commit().await?;
            return Ok(Step { log, changed: true });
        }
        let log = tx.find(row.clone()).await?.ok_or_else(|| UserError::not_found("id"))?;
        if transition.is_repeated_by(&log) {
            return Ok(Step { log, changed: false });
        }
        if mutation::is_stale(expected_updated_at, log.updated_at.into()) {
            return Err(mutation::stale(Some(Step { log, changed: false })));
        }
        if !log.status.known().is_some_and(|status| transition.from().contains(&status)) {
            let refusal = transition.refusal(&log);
            let current = (refusal.code == UserErrorCode::Conflict).then_some(Step { log, changed: false });
            return Err(MutationError::Input(vec![refusal], current));
        }
        // Somebody else has changed it since then, and now it can be made.
    }
    Err(UserError::conflict("id", "The sync log keeps changing. Try again.").into())
}

/// Makes the transition of the log, if its status allows it. The database computes what depends on the log, from the row
/// as it is once it is locked.
async fn apply(
    tx: &mut Tx<'_>,
    log: Scoped<logs::table>,
    transition: &Transition,
) -> QueryResult<Option<WorkspaceConnectorSyncLog>> {
    let scope = tx.scope();
    let now = DateTime::from(scope.now());
    let row = log.filter(Condition::of(logs::status.eq_any(transition.from().to_vec())));
    // A clock that was set back makes nothing end before it began.
    let moment = || NotBefore { moment: now.into_sql::<Nullable<Timestamptz>>(), other: logs::created_at };
    let completed_at = || NotBefore { moment: moment(), other: logs::started_at };
    let took = Milliseconds { from: logs::started_at, to: completed_at() };
    let ended = (logs::completed_at.eq(completed_at()), logs::duration_ms.eq(took));
    // What is given is an object, whose keys go over those that are there.
    let is_object = jsonb_typeof(logs::metadata).eq("object");
    let keys = case_when(is_object, logs::metadata).otherwise(Json::from(json!({})));
    let noted = transition.metadata().map(|new| logs::metadata.eq(keys.concat(new.clone())));
    let updated = match transition {
        Transition::Start => {
            tx.update(row, (logs::status.eq(Status::InProgress), logs::started_at.eq(moment()))).await?
        }
        Transition::Succeed { .. } => {
            let success = PendingUpdate::of(row, (logs::status.eq(Status::Success), ended, noted));
            let its_own = workspace_connectors::pk.nullable().eq(OfFirst(logs::workspace_connector_pk));
            tx.execute_linked(success, workspace_connector::synced(scope, Condition::of(its_own), now)).await?
        }
        Transition::Fail { error, .. } => {
            let why = (logs::error.eq(error.clone()), noted);
            tx.update(row, (logs::status.eq(Status::Error), ended, why)).await?
        }
    };
    Ok(updated.into_iter().next())
}

/// How long a run took, in milliseconds; nothing when it never started, or started in infinity.
fn duration(started_at: Option<DateTime>, ended_at: DateTime) -> Option<i32> {
    let started_at = started_at.filter(|started| started.is_finite())?;
    let took = (ended_at.shown() - started_at.shown()).num_milliseconds().max(0);
    Some(i32::try_from(took).unwrap_or(i32::MAX))
}

/// Changes what a run noted about itself.
pub(super) async fn update(
    scope: &Scope,
    input: UpdateWorkspaceConnectorSyncLogInput,
) -> MutationResult<WorkspaceConnectorSyncLog> {
    scope.require(Access::Service)?;
    if let Some(metadata) = input.metadata.value() {
        check_json("metadata", metadata, MAX_METADATA_SIZE)?;
    }
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(WorkspaceConnectorSyncLog::with_ids(vec![input.id.uuid()]));
    let changes = clearable(input.metadata).map(|metadata| logs::metadata.eq(metadata));
    let log = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(log)
}

/// What became of a run that ended elsewhere, such as a collect.
pub(crate) struct Ended {
    /// When it started, if it did.
    pub started_at: Option<DateTime>,
    /// When it ended.
    pub at: DateTime,
    /// What went wrong, if anything did.
    pub error: Option<String>,
    /// What is noted about it.
    pub metadata: Json,
}

/// Notes a run that a person set off and that has ended already, in the transaction that ended it.
pub(crate) async fn note_ended(
    tx: &mut Tx<'_>,
    connector_pk: i32,
    ended: Ended,
) -> MutationResult<WorkspaceConnectorSyncLog> {
    if let Some(error) = &ended.error {
        check_length("error", error, MAX_ERROR_LENGTH)?;
    } else {
        let its_own = workspace_connectors::table::with_pks(vec![connector_pk]);
        tx.execute(workspace_connector::synced(tx.scope(), its_own, ended.at)).await?;
    }
    let new = EndedLog {
        status: if ended.error.is_some() { Status::Error } else { Status::Success },
        trigger_type: SyncTriggerType::Manual,
        started_at: ended.started_at,
        completed_at: ended.at,
        duration_ms: duration(ended.started_at, ended.at),
        error: ended.error,
        metadata: ended.metadata,
        created_at: DateTime::from(tx.scope().now()),
        workspace_connector_pk: connector_pk,
        workspace_pk: tx.scope().workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(logs::table).values(new)).await?.pop();
    inserted.ok_or_else(|| crate::error::Error::internal("an insert returned no row").into())
}
