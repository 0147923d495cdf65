//! How a person is made known and changed, and found by other entities while they write.

use diesel::prelude::*;

use super::People;
use super::input::{CreatePeopleInput, UpdatePeopleInput};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::peoples;
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope};
use crate::db::tx::Tx;
use crate::error::Error;
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_text, clearable};
use crate::scalar::DateTime;

/// How long a name or a job title may be, in characters.
const MAX_NAME_LENGTH: usize = 255;

#[derive(Insertable, Debug)]
#[diesel(table_name = peoples)]
struct NewPerson {
    full_name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    job_title: Option<String>,
    created_at: DateTime,
    workspace_pk: OwnWorkspace,
}

/// The person that an input names at the path.
pub(crate) async fn named<R>(tx: &mut Tx<'_>, path: &str, id: Id<People>) -> Result<People, MutationError<R>> {
    let row = tx.scope().rows().filter(People::with_ids(vec![id.uuid()]));
    Ok(tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?)
}

/// The person that the caller is in the workspace, if it is one.
pub(crate) async fn of_caller<R>(tx: &mut Tx<'_>) -> Result<Option<People>, MutationError<R>> {
    let Some(pk) = tx.scope().caller().person_pk() else { return Ok(None) };
    Ok(tx.find(tx.scope().rows().filter(peoples::table::with_pks(vec![pk]))).await?)
}

fn check(given: [(&str, Option<&String>); 4]) -> Result<(), UserError> {
    given.into_iter().try_for_each(|(path, text)| text.map_or(Ok(()), |text| check_text(path, text, MAX_NAME_LENGTH)))
}

/// Makes a person known.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreatePeopleInput>) -> MutationResult<People> {
    let (input, request) = input.request("createPeople");
    scope.require(Access::MemberOrService)?;
    check([
        ("fullName", input.full_name.as_ref()),
        ("firstName", input.first_name.as_ref()),
        ("lastName", input.last_name.as_ref()),
        ("jobTitle", input.job_title.as_ref()),
    ])?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let new = NewPerson {
        full_name: input.full_name,
        first_name: input.first_name,
        last_name: input.last_name,
        job_title: input.job_title,
        created_at: DateTime::from(scope.now()),
        workspace_pk: scope.workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(peoples::table).values(new)).await?.pop();
    let person: People = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, person.pk).await?;
    tx.commit().await?;
    Ok(person)
}

/// Changes what is known about a person.
pub(super) async fn update(scope: &Scope, input: UpdatePeopleInput) -> MutationResult<People> {
    scope.require(Access::MemberOrService)?;
    check([
        ("fullName", input.full_name.value()),
        ("firstName", input.first_name.value()),
        ("lastName", input.last_name.value()),
        ("jobTitle", input.job_title.value()),
    ])?;
    let changes = (
        clearable(input.full_name).map(|name| peoples::full_name.eq(name)),
        clearable(input.first_name).map(|name| peoples::first_name.eq(name)),
        clearable(input.last_name).map(|name| peoples::last_name.eq(name)),
        clearable(input.job_title).map(|title| peoples::job_title.eq(title)),
    );
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(People::with_ids(vec![input.id.uuid()]));
    let person = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(person)
}
