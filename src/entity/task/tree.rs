//! The tasks above a task: no task may stand above itself.

use std::collections::{BTreeSet, HashMap};

use super::Task;
use crate::db::schema::core_api::tasks;
use crate::db::scope::Owned;
use crate::db::tx::Tx;
use crate::mutation::{MutationError, MutationResult, UserError};

/// How deep a task may be that others become part of.
const MAX_DEPTH: usize = 100;

/// The task and all that stand above it, as they are at the moment. What was deleted ends the line.
pub(super) async fn line<R>(tx: &mut Tx<'_>, task: Task) -> Result<Vec<Task>, MutationError<R>> {
    let mut above = task.parent_task_pk;
    let mut line = vec![task];
    while let Some(pk) = above {
        let row = tx.scope().rows().filter(tasks::table::with_pks(vec![pk]));
        let Some(next) = tx.find::<Task>(row).await? else { break };
        if line.len() == MAX_DEPTH {
            let message = format!("Tasks must not be nested more than {MAX_DEPTH} levels deep.");
            return Err(UserError::bad_input("parentTaskId", message).into());
        }
        above = next.parent_task_pk;
        line.push(next);
    }
    Ok(line)
}

/// Locks a task that is to become part of another, with that one and all that stand above it, so that they stay where
/// they are until the transaction ends. Everybody locks in the order of the keys: of two that wait, one gets on.
pub(super) async fn lock_below(tx: &mut Tx<'_>, task: &Task, parent: Task) -> MutationResult<Task> {
    let parent_pk = parent.pk;
    let line = line(tx, parent).await?;
    if line.iter().any(|above| above.pk == task.pk) {
        return Err(UserError::bad_input("parentTaskId", "A task cannot be part of itself or of its own parts.").into());
    }
    let mut locked = HashMap::new();
    for pk in line.iter().map(|above| above.pk).chain([task.pk]).collect::<BTreeSet<_>>() {
        if let Some(row) = tx.lock::<Task>(tx.scope().rows().filter(tasks::table::with_pks(vec![pk]))).await? {
            locked.insert(pk, row);
        }
    }
    let task = locked.remove(&task.pk).ok_or_else(|| UserError::not_found("id"))?;
    if !locked.contains_key(&parent_pk) {
        return Err(UserError::not_found("parentTaskId").into());
    }
    let was_moved = |seen: &Task| locked.get(&seen.pk).is_some_and(|now| now.parent_task_pk != seen.parent_task_pk);
    if line.iter().any(was_moved) {
        let message = "A task above it was moved at the same moment. Try again.";
        return Err(MutationError::Input(vec![UserError::conflict("parentTaskId", message)], Some(task)));
    }
    Ok(task)
}
