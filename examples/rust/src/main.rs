//! Lists, pages through everything, filters, changes, runs a sync as the pipeline does, and meets every kind of error.
//! It ends with a failure as soon as an answer is not what the schema and its descriptions promise.

mod client;
mod failures;
mod operations;

use std::collections::HashSet;
use std::env;
use std::process::ExitCode;

use chrono::{Days, SubsecRound, Utc};
use serde_json::json;

use crate::client::Client;
use crate::operations::node::NodeNode;
use crate::operations::sync_logs::{
    ConnectorSyncStatus, ConnectorSyncStatusFilter, DateTimeFilter, SyncLogsWorkspaceConnectorSyncLogsNodes as SyncLog,
    WorkspaceConnectorSyncLogFilter,
};
use crate::operations::{
    ClearDueDate, CreateTask, DeleteTask, FinishSync, Node, Overview, ScheduleSync, StartSync, SyncLogs, UpdateTask,
    clear_due_date, create_task, delete_task, finish_sync, node, overview, schedule_sync, start_sync, sync_logs,
    update_task,
};

/// What a step ends with. A step that was promised something else says so in words.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let setting = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let url = setting("WELL_URL")?;
    let member = Client::new(&url, &setting("WELL_TOKEN_MEMBER")?);
    let service = Client::new(&url, &setting("WELL_KEY_SERVICE")?);
    let stranger = Client::new(&url, &setting("WELL_TOKEN_GLOBEX")?);

    let connector = list(&member)?;
    page_through_everything(&member)?;
    filter(&member)?;
    change(&member)?;
    let log = sync(&service, &member, &connector)?;
    failures::meet_every_kind(&url, &member, &service, &stranger, &connector, &log)
}

/// Turns a promise that was not kept into a failure.
fn ensure(kept: bool, promise: &str) -> Outcome {
    if kept { Ok(()) } else { Err(format!("not so: {promise}").into()) }
}

/// Shows the first of several lists, asked for in one request, and gives the id of a workspace connector.
fn list(member: &Client) -> Outcome<String> {
    let overview = member.ask::<Overview>(overview::Variables)?;
    println!("{:?} of {}", overview.viewer.role, overview.viewer.workspace.name);
    let connectors = overview.workspace_connectors.ok_or("no workspace connectors")?;
    println!("{} connected, of them", connectors.total_count);
    for row in &connectors.nodes {
        let name = row.connector.as_ref().map_or("a connector that is gone", |connector| &connector.name);
        let latest = row.latest_sync_log.as_ref();
        println!("  {name}: {:?} {:?}", row.account_label, latest.map(|log| (&log.status, log.started_at)));
    }
    for document in overview.documents.ok_or("no documents")?.nodes {
        println!("  {} {:?} bytes, {:?}", document.filename, document.size, document.uploaded_at);
    }
    Ok(connectors.nodes.into_iter().next().ok_or("nothing is connected")?.id)
}

/// Follows the cursors to the end of a list.
fn all_sync_logs(member: &Client, filter: Option<WorkspaceConnectorSyncLogFilter>) -> Outcome<(Vec<SyncLog>, i64)> {
    let mut variables = sync_logs::Variables { first: 100, filter, after: None };
    let mut rows = Vec::new();
    loop {
        let page = member.ask::<SyncLogs>(variables.clone())?.workspace_connector_sync_logs.ok_or("no sync logs")?;
        rows.extend(page.nodes);
        if !page.page_info.has_next_page {
            return Ok((rows, page.total_count));
        }
        variables.after = page.page_info.end_cursor;
    }
}

fn page_through_everything(member: &Client) -> Outcome {
    let (logs, total) = all_sync_logs(member, None)?;
    let ids: HashSet<_> = logs.iter().map(|log| &log.id).collect();
    println!("{} sync logs", logs.len());
    ensure(ids.len() == logs.len(), "every row stands on one page")?;
    ensure(i64::try_from(logs.len())? == total, "the pages hold as many rows as are counted")?;
    ensure(logs.is_sorted_by_key(|log| log.created_at), "the rows stand in the order that was asked for")
}

fn filter(member: &Client) -> Outcome {
    let since = Utc::now().checked_sub_days(Days::new(14)).ok_or("no such day")?;
    let filter = WorkspaceConnectorSyncLogFilter {
        status: Some(ConnectorSyncStatusFilter { eq: Some(ConnectorSyncStatus::Error), ..Default::default() }),
        created_at: Some(DateTimeFilter { gte: Some(since), ..Default::default() }),
        ..Default::default()
    };
    let (logs, _) = all_sync_logs(member, Some(filter))?;
    println!(
        "{} failed in two weeks; the first said {:?}",
        logs.len(),
        logs.first().and_then(|log| log.error.as_ref())
    );
    ensure(!logs.is_empty(), "some syncs of the demo data failed")?;
    let passes = |log: &SyncLog| log.status == Some(ConnectorSyncStatus::Error) && log.created_at >= since;
    ensure(logs.iter().all(passes), "only rows that pass the filter are listed")
}

/// Makes a task, changes a part of it, clears a part of it, deletes it.
fn change(member: &Client) -> Outcome {
    let due = Utc::now().date_naive();
    let variables = create_task::Variables { title: "Look at the failed syncs".into(), due_date: Some(due) };
    let task = member.ask::<CreateTask>(variables)?.create_task.and_then(|made| made.task).ok_or("no task")?;
    ensure(task.due_date == Some(due), "a date comes back as it was sent")?;

    let title = Some("Look at all syncs".to_owned());
    let variables = update_task::Variables {
        id: task.id.clone(),
        title: title.clone(),
        expected_updated_at: task.updated_at,
        ..Default::default()
    };
    let updated = member.ask::<UpdateTask>(variables)?.update_task.and_then(|made| made.task).ok_or("no task")?;
    ensure(Some(updated.title) == title && updated.due_date == Some(due), "what is left out stays as it is")?;
    ensure(updated.updated_at > task.updated_at, "a change moves `updatedAt`")?;

    let variables = clear_due_date::Variables { id: task.id.clone() };
    let cleared = member.ask::<ClearDueDate>(variables)?.update_task.and_then(|made| made.task).ok_or("no task")?;
    ensure(Some(cleared.title) == title && cleared.due_date.is_none(), "null clears")?;

    member.ask::<DeleteTask>(delete_task::Variables { id: task.id.clone() })?;
    let gone = member.ask::<Node>(node::Variables { id: task.id })?.node;
    println!("task made, changed, cleared and deleted");
    ensure(gone.is_none(), "what was deleted is not found")
}

/// The life of a sync log, as the pipeline lives it, and what a member sees of it. Gives its id.
fn sync(service: &Client, member: &Client, connector: &str) -> Outcome<String> {
    let variables = schedule_sync::Variables {
        workspace_connector_id: connector.into(),
        cloud_task_id: format!("examples/rust/{}", Utc::now().timestamp_micros()),
    };
    let scheduled = service.ask::<ScheduleSync>(variables.clone())?.create_workspace_connector_sync_log;
    let log = scheduled.and_then(|made| made.workspace_connector_sync_log).ok_or("no sync log")?;
    let again = service.ask::<ScheduleSync>(variables)?.create_workspace_connector_sync_log;
    let again = again.and_then(|made| made.workspace_connector_sync_log).ok_or("no sync log")?;
    ensure(log.id == again.id, "a task of the queue that is tried again finds the log that is there")?;

    let before = Utc::now().trunc_subsecs(0);
    let started = service.ask::<StartSync>(start_sync::Variables { id: log.id.clone() })?;
    let started = started.start_workspace_connector_sync_log.and_then(|made| made.workspace_connector_sync_log);
    ensure(started.ok_or("no sync log")?.started_at >= Some(before), "starting says when")?;

    let metadata = json!({"records_synced": 3, "pages_fetched": 1, "note": ["free", "form"]});
    let finish = || finish_sync::Variables { id: log.id.clone(), metadata: Some(metadata.clone()) };
    let finished = service.ask::<FinishSync>(finish())?;
    let finished = finished.mark_workspace_connector_sync_log_success.ok_or("no payload")?;
    ensure(finished.changed, "the first to finish does it")?;
    let row = finished.workspace_connector_sync_log.ok_or("no sync log")?;
    ensure(row.metadata == Some(metadata.clone()), "JSON comes back as it was sent")?;
    ensure(row.duration_ms.is_some(), "a run that ended took time")?;
    let repeated = service.ask::<FinishSync>(finish())?.mark_workspace_connector_sync_log_success;
    ensure(repeated.is_some_and(|payload| !payload.changed), "finishing again changes nothing")?;

    let Some(NodeNode::WorkspaceConnectorSyncLog(seen)) =
        member.ask::<Node>(node::Variables { id: log.id.clone() })?.node
    else {
        return Err("a member does not find the sync log".into());
    };
    println!("synced {:?} records: {:?}", seen.records_synced, seen.status);
    ensure(seen.is_terminal == Some(true) && seen.records_synced == Some(3), "a member sees what the pipeline noted")?;
    Ok(log.id)
}
