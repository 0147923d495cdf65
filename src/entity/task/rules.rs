//! How a task is made and changed, and found by other entities while they write.

use async_graphql::MaybeUndefined::{self, Null, Undefined, Value};
use diesel::prelude::*;

use super::input::{CreateTaskInput, UpdateTaskInput};
use super::{Task, TaskStatus, tree};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::tasks;
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope};
use crate::db::tx::Tx;
use crate::entity::people;
use crate::error::Error;
use crate::id::Id;
use crate::mutation::{
    self, MutationError, MutationResult, Repeatable, UserError, check_code, check_text, clearable, required,
};
use crate::scalar::{Date, DateTime};

/// How long a title may be, in characters.
const MAX_TITLE_LENGTH: usize = 500;
/// How long a description may be, in characters.
const MAX_DESCRIPTION_LENGTH: usize = 20_000;
/// How long the word for a priority may be, in characters.
const MAX_PRIORITY_LENGTH: usize = 64;

#[derive(Insertable, Debug)]
#[diesel(table_name = tasks)]
struct NewTask {
    title: String,
    description: Option<String>,
    status: TaskStatus,
    priority: Option<String>,
    due_date: Option<Date>,
    done_at: Option<DateTime>,
    created_at: DateTime,
    assigned_to_pk: Option<i32>,
    created_by_pk: Option<i32>,
    parent_task_pk: Option<i32>,
    workspace_pk: OwnWorkspace,
}

/// The task that an input names at the path.
pub(crate) async fn named<R>(tx: &mut Tx<'_>, path: &str, id: Id<Task>) -> Result<Task, MutationError<R>> {
    let row = tx.scope().rows().filter(Task::with_ids(vec![id.uuid()]));
    Ok(tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?)
}

fn check(title: Option<&String>, description: Option<&String>, priority: Option<&String>) -> Result<(), UserError> {
    priority.map_or(Ok(()), |priority| check_code("priority", priority, MAX_PRIORITY_LENGTH))?;
    let texts = [("title", title, MAX_TITLE_LENGTH), ("description", description, MAX_DESCRIPTION_LENGTH)];
    texts.into_iter().try_for_each(|(path, text, longest)| text.map_or(Ok(()), |text| check_text(path, text, longest)))
}

/// Makes a task.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateTaskInput>) -> MutationResult<Task> {
    let (input, request) = input.request("createTask");
    scope.require(Access::MemberOrService)?;
    check(Some(&input.title), input.description.as_ref(), input.priority.as_ref())?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let assigned_to_pk = match input.assigned_to_id {
        Some(id) => Some(people::named(&mut tx, "assignedToId", id).await?.pk),
        None => None,
    };
    let parent_task_pk = match input.parent_task_id {
        Some(id) => {
            let parent = named(&mut tx, "parentTaskId", id).await?;
            tree::line(&mut tx, parent).await?.first().map(|parent| parent.pk)
        }
        None => None,
    };
    let now = DateTime::from(scope.now());
    let new = NewTask {
        title: input.title,
        description: input.description,
        status: input.status,
        priority: input.priority,
        due_date: input.due_date,
        done_at: input.done_at.or_else(|| (input.status == TaskStatus::Done).then_some(now)),
        created_at: now,
        assigned_to_pk,
        created_by_pk: people::of_caller(&mut tx).await?.map(|person| person.pk),
        parent_task_pk,
        workspace_pk: scope.workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(tasks::table).values(new)).await?.pop();
    let task: Task = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, task.pk).await?;
    tx.commit().await?;
    Ok(task)
}

/// Changes a task.
pub(super) async fn update(scope: &Scope, input: UpdateTaskInput) -> MutationResult<Task> {
    scope.require(Access::MemberOrService)?;
    check(input.title.value(), input.description.value(), input.priority.value())?;
    let title = required("title", input.title)?;
    let status = required("status", input.status)?;
    let mut tx = scope.begin().await?;
    let (task, parent_task_pk) = locked(&mut tx, input.id, input.parent_task_id).await?;
    if mutation::is_stale(input.expected_updated_at, task.updated_at) {
        return Err(mutation::stale(Some(task)));
    }
    let assigned_to_pk = match input.assigned_to_id {
        Value(id) => Value(people::named(&mut tx, "assignedToId", id).await?.pk),
        Null => Null,
        Undefined => Undefined,
    };
    let done_at = done_at(scope, &task, status, input.done_at);
    let changes = (
        title.map(|title| tasks::title.eq(title)),
        clearable(input.description).map(|description| tasks::description.eq(description)),
        status.map(|status| tasks::status.eq(status)),
        clearable(input.priority).map(|priority| tasks::priority.eq(priority)),
        clearable(input.due_date).map(|day| tasks::due_date.eq(day)),
        clearable(done_at).map(|moment| tasks::done_at.eq(moment)),
        clearable(assigned_to_pk).map(|pk| tasks::assigned_to_pk.eq(pk)),
        clearable(parent_task_pk).map(|pk| tasks::parent_task_pk.eq(pk)),
    );
    let row = scope.rows().filter(tasks::table::with_pks(vec![task.pk]));
    let task = mutation::update(&mut tx, row, None, changes).await?;
    tx.commit().await?;
    Ok(task)
}

/// The task that is changed, which nobody else changes now, and the key of its parent when that is changed too.
async fn locked(
    tx: &mut Tx<'_>,
    id: Id<Task>,
    parent: MaybeUndefined<Id<Task>>,
) -> Result<(Task, MaybeUndefined<i32>), MutationError<Task>> {
    if let Value(parent) = parent {
        let task = named(tx, "id", id).await?;
        let parent = named(tx, "parentTaskId", parent).await?;
        let parent_pk = parent.pk;
        return Ok((tree::lock_below(tx, &task, parent).await?, Value(parent_pk)));
    }
    let row = tx.scope().rows().filter(Task::with_ids(vec![id.uuid()]));
    let task = tx.lock::<Task>(row).await?.ok_or_else(|| UserError::not_found("id"))?;
    Ok((task, if parent.is_null() { Null } else { Undefined }))
}

/// When the task was done, if that changes.
fn done_at(
    scope: &Scope,
    task: &Task,
    status: Option<TaskStatus>,
    given: MaybeUndefined<DateTime>,
) -> MaybeUndefined<DateTime> {
    let (was_done, is_done) = (task.status == TaskStatus::Done, status.map(|status| status == TaskStatus::Done));
    match (given, is_done) {
        // A clock that was set back makes nothing done before it was there.
        (Undefined, Some(true)) if !was_done => Value(DateTime::from(scope.now()).not_before(task.created_at)),
        (Undefined, Some(false)) if was_done => Null,
        (given, _) => given,
    }
}
