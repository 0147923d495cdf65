//! Every kind of error, provoked on purpose and told apart by its type.

use chrono::Utc;

use crate::client::{Client, Code, Error, Problem, Result};
use crate::operations::{
    CreateTask, DeleteTask, Everything, FinishSync, Mappings, Node, Overview, Refusal, StartSync, SyncLogs, UpdateTask,
    UserErrorCode, create_task, delete_task, everything, finish_sync, mappings, node, overview, start_sync, sync_logs,
    update_task,
};
use crate::{Outcome, ensure};

/// A well-formed id that nothing has.
const NOBODYS_ID: &str = "00000000-0000-4000-8000-000000000000";

/// The code of a request that failed for one reason.
fn failed<T>(result: Result<T>) -> Outcome<Code> {
    match result {
        Err(Error::Failed(problems)) => match problems.as_slice() {
            [problem] => Ok(problem.code),
            _ => Err(format!("one problem was expected: {problems:?}").into()),
        },
        Err(other) => Err(other.into()),
        Ok(_) => Err("it should have failed".into()),
    }
}

/// The code of an input that was refused for one reason.
fn refused<T>(result: Result<T>) -> Outcome<UserErrorCode> {
    match result {
        Err(Error::Refused(refusals)) => match refusals.as_slice() {
            [Refusal { code, .. }] => Ok(code.clone()),
            _ => Err(format!("one refusal was expected: {refusals:?}").into()),
        },
        Err(other) => Err(other.into()),
        Ok(_) => Err("it should have been refused".into()),
    }
}

pub fn meet_every_kind(
    url: &str,
    member: &Client,
    service: &Client,
    stranger: &Client,
    connector: &str,
    log: &str,
) -> Outcome {
    // The whole request: no server, no such caller, too much at once.
    let nobody_listens = Client::new("http://127.0.0.1:1", "").ask::<Overview>(overview::Variables);
    ensure(nobody_listens.is_err_and(|error| error.is_transient()), "a server that is away may come back")?;
    let impostor = Client::new(url, "well_sk_not_a_key").ask::<Overview>(overview::Variables);
    ensure(failed(impostor)? == Code::Unauthenticated, "a key that was never made is nobody's")?;
    let costly = member.ask::<Everything>(everything::Variables);
    ensure(failed(costly)? == Code::CostLimitExceeded, "an operation has a highest cost")?;

    // A field: its argument, or the caller's role.
    let cursor = sync_logs::Variables { first: 1, after: Some("not a cursor".into()), filter: None };
    ensure(failed(member.ask::<SyncLogs>(cursor))? == Code::BadCursor, "a cursor is never made up")?;
    let page = sync_logs::Variables { first: 1_000, after: None, filter: None };
    ensure(failed(member.ask::<SyncLogs>(page))? == Code::BadUserInput, "a page has a highest size")?;
    let id = node::Variables { id: "not an id".into() };
    ensure(failed(member.ask::<Node>(id))? == Code::BadUserInput, "an id has a form")?;
    let start = start_sync::Variables { id: log.into() };
    ensure(failed(member.ask::<StartSync>(start.clone()))? == Code::Forbidden, "only the pipeline starts a sync")?;
    parts_of_an_answer(member)?;

    // Another workspace's row is not there.
    let foreign = stranger.ask::<Node>(node::Variables { id: connector.into() })?.node;
    ensure(foreign.is_none(), "a workspace sees nothing of another")?;
    let foreign = stranger.ask::<DeleteTask>(delete_task::Variables { id: connector.into() });
    ensure(refused(foreign)? == UserErrorCode::NotFound, "nor does it change anything there")?;

    // The input of a mutation.
    let untitled = create_task::Variables { title: String::new(), due_date: None };
    ensure(refused(member.ask::<CreateTask>(untitled))? == UserErrorCode::BadUserInput, "a task has a title")?;
    ensure(refused(service.ask::<StartSync>(start))? == UserErrorCode::InvalidState, "a sync that ended stays so")?;
    let nothing = finish_sync::Variables { id: NOBODYS_ID.into(), metadata: None };
    ensure(refused(service.ask::<FinishSync>(nothing))? == UserErrorCode::NotFound, "what is not there is not found")?;
    lost_update(member)?;
    println!("every kind of error met");
    Ok(())
}

/// A field that is refused is null, with a problem of its own; the rest of the answer stands.
fn parts_of_an_answer(member: &Client) -> Outcome {
    let (answer, problems) = member.ask_partly::<Mappings>(mappings::Variables)?;
    let mappings = answer.connector_mappings.ok_or("no mappings")?.nodes;
    ensure(mappings.iter().all(|mapping| mapping.expression.is_none()), "a member reads no expressions")?;
    let told = |problem: &Problem| problem.code == Code::Forbidden && problem.path.ends_with(".expression");
    ensure(problems.len() == mappings.len() && problems.iter().all(told), "each of them is told")?;
    ensure(mappings.iter().all(|mapping| !mapping.tool_name.is_empty()), "a member reads the rest")
}

/// Of two who change the same state of a row, the second learns that it moved on.
fn lost_update(member: &Client) -> Outcome {
    let variables = create_task::Variables { title: "Contended".into(), due_date: Some(Utc::now().date_naive()) };
    let task = member.ask::<CreateTask>(variables)?.create_task.and_then(|made| made.task).ok_or("no task")?;
    let change = |title: &str| {
        member.ask::<UpdateTask>(update_task::Variables {
            id: task.id.clone(),
            title: Some(title.into()),
            expected_updated_at: task.updated_at,
            ..Default::default()
        })
    };
    change("First")?;
    ensure(refused(change("Second"))? == UserErrorCode::Conflict, "nobody's change is lost")?;
    member.ask::<DeleteTask>(delete_task::Variables { id: task.id.clone() })?;
    Ok(())
}
