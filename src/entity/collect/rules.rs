//! How a collect is made and changed: to do, in progress, finalized or failed.

use async_graphql::MaybeUndefined::{self, Null, Undefined, Value};
use diesel::prelude::*;

use super::input::{CreateCollectInput, UpdateCollectInput};
use super::times::Times;
use super::{Collect, CollectStatus as Status, ending};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::collects;
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope};
use crate::db::tx::Tx;
use crate::entity::stored::Stored;
use crate::entity::{people, task};
use crate::error::{Error, UserErrorCode};
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_code, clearable, required};
use crate::scalar::DateTime;

/// How long a provider's key may be, in characters.
const MAX_PROVIDER_LENGTH: usize = 255;

#[derive(Insertable, Debug)]
#[diesel(table_name = collects)]
struct NewCollect {
    provider: Option<String>,
    status: Status,
    started_at: Option<DateTime>,
    ended_at: Option<DateTime>,
    created_at: DateTime,
    people_pk: i32,
    workspace_pk: OwnWorkspace,
    task_pk: Option<i32>,
}

/// The collect that an input names at the path.
pub(crate) async fn named<R>(tx: &mut Tx<'_>, path: &str, id: Id<Collect>) -> Result<Collect, MutationError<R>> {
    let row = tx.scope().rows().filter(Collect::with_ids(vec![id.uuid()]));
    Ok(tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?)
}

/// Makes a collect.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateCollectInput>) -> MutationResult<Collect> {
    let (input, request) = input.request("createCollect");
    scope.require(Access::Member)?;
    let now = DateTime::from(scope.now());
    if let Some(provider) = &input.provider {
        check_code("provider", provider, MAX_PROVIDER_LENGTH)?;
    }
    let times = Times::given(input.status, input.started_at, input.ended_at, now)?.filled(input.status, now);
    times.check_order()?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let person = people::of_caller(&mut tx).await?.ok_or_else(|| {
        UserError::bad_input("", "A collect is started by a person, and your credential stands for none here.")
    })?;
    let task_pk = match input.task_id {
        Some(id) => Some(task::named(&mut tx, "taskId", id).await?.pk),
        None => None,
    };
    let new = NewCollect {
        provider: input.provider,
        status: input.status,
        started_at: times.started_at,
        ended_at: times.ended_at,
        created_at: now,
        people_pk: person.pk,
        workspace_pk: scope.workspace(),
        task_pk,
    };
    let inserted = tx.insert(diesel::insert_into(collects::table).values(new)).await?.pop();
    let collect: Collect = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    if collect.status.known().is_some_and(Status::is_final) {
        ending::note(&mut tx, &collect).await?;
    }
    tx.note(keyed, collect.pk).await?;
    tx.commit().await?;
    Ok(collect)
}

/// What is asked of a collect, where that differs from what it is.
#[derive(Debug)]
struct Wanted {
    status: Option<Status>,
    provider: MaybeUndefined<String>,
    times: Option<Times>,
    task_pk: MaybeUndefined<i32>,
}

impl Wanted {
    fn of(
        collect: &Collect,
        input: UpdateCollectInput,
        task_pk: MaybeUndefined<i32>,
        now: DateTime,
    ) -> Result<Self, UserError> {
        let asked = required("status", input.status)?;
        let Some(status) = asked.or(collect.status.known()) else { return Err(newer_status()) };
        let is_new = collect.status != status;
        let given = Times::given(status, input.started_at.value().copied(), input.ended_at.value().copied(), now)?;
        let standing = Times { started_at: collect.started_at, ended_at: collect.ended_at };
        // Null is as good as silence from whoever ends it, also when that is said again.
        let is_end = asked.is_some_and(Status::is_final);
        let merged = Times {
            started_at: given.started_at.or(standing.started_at.filter(|_| is_end || !input.started_at.is_null())),
            ended_at: given.ended_at.or(standing.ended_at.filter(|_| is_end || !input.ended_at.is_null())),
        };
        let times = if is_new { merged.filled(status, now) } else { merged };
        Ok(Self {
            status: is_new.then_some(status),
            provider: if input.provider.contains(&collect.provider) { Undefined } else { input.provider },
            times: (times != standing).then_some(times),
            task_pk: if task_pk.contains(&collect.task_pk) { Undefined } else { task_pk },
        })
    }

    /// Whether it would change what stands of the run itself.
    const fn is_about_run(&self) -> bool {
        self.status.is_some() || !self.provider.is_undefined() || self.times.is_some()
    }

    /// Why that cannot be done to the collect. `asked` is the status that the input names, new or not.
    fn refusal(&self, collect: &Collect, asked: Option<Status>) -> Option<UserError> {
        let invalid = |message: &str| Some(UserError::new(UserErrorCode::InvalidState, "status", message));
        let Stored::Known(status) = collect.status else { return self.is_about_run().then(newer_status) };
        match (status, asked) {
            (Status::Finalized | Status::Error, _) if !self.is_about_run() => None,
            (Status::Finalized | Status::Error, Some(Status::Finalized | Status::Error)) => {
                Some(UserError::conflict("status", "The collect has already ended, in another way."))
            }
            (Status::Finalized | Status::Error, Some(_)) => invalid("The collect has already ended."),
            (Status::Finalized | Status::Error, None) => {
                Some(UserError::invalid_state("The collect has already ended; only its task can still change."))
            }
            (Status::Todo, Some(Status::Finalized)) => {
                invalid("The collect has not started, so it cannot be finalized.")
            }
            (Status::InProgress, Some(Status::Todo)) => invalid("The collect has already started."),
            _ => self.times.and_then(|times| times.check_order().err()),
        }
    }
}

/// What can be done to a collect in a status that this version does not know, nobody knows.
fn newer_status() -> UserError {
    UserError::new(UserErrorCode::InvalidState, "status", "The status is newer than this version of the server.")
}

/// Changes a collect, which nobody else changes meanwhile.
pub(super) async fn update(scope: &Scope, input: UpdateCollectInput) -> MutationResult<Collect> {
    scope.require(Access::MemberOrService)?;
    if let Some(provider) = input.provider.value() {
        check_code("provider", provider, MAX_PROVIDER_LENGTH)?;
    }
    let (asked, expected) = (input.status.value().copied(), input.expected_updated_at);
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(Collect::with_ids(vec![input.id.uuid()]));
    let collect = tx.lock::<Collect>(row).await?.ok_or_else(|| UserError::not_found("id"))?;
    let task_pk = match input.task_id {
        Value(id) => Value(task::named(&mut tx, "taskId", id).await?.pk),
        Null => Null,
        Undefined => Undefined,
    };
    let wanted = Wanted::of(&collect, input, task_pk, DateTime::from(scope.now()))?;
    let is_nothing_new = !wanted.is_about_run() && wanted.task_pk.is_undefined();
    if is_nothing_new && asked.is_some_and(|asked| asked.is_final() && collect.status == asked) {
        return Ok(collect);
    }
    if mutation::is_stale(expected, collect.updated_at) {
        return Err(mutation::stale(Some(collect)));
    }
    if let Some(refusal) = wanted.refusal(&collect, asked) {
        let current = (refusal.code == UserErrorCode::Conflict).then_some(collect);
        return Err(MutationError::Input(vec![refusal], current));
    }
    let changes = (
        wanted.status.map(|status| collects::status.eq(status)),
        clearable(wanted.provider).map(|provider| collects::provider.eq(provider)),
        wanted.times.map(|times| (collects::started_at.eq(times.started_at), collects::ended_at.eq(times.ended_at))),
        clearable(wanted.task_pk).map(|pk| collects::task_pk.eq(pk)),
    );
    let row = scope.rows().filter(collects::table::with_pks(vec![collect.pk]));
    let updated = tx.update(row, changes).await?.pop().ok_or_else(|| UserError::not_found("id"))?;
    if wanted.status.is_some_and(Status::is_final) {
        ending::note(&mut tx, &updated).await?;
    }
    tx.commit().await?;
    Ok(updated)
}
