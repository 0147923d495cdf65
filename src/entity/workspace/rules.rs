//! How the workspace is changed.

use diesel::prelude::*;

use super::Workspace;
use super::input::UpdateWorkspaceInput;
use crate::auth::Access;
use crate::db::schema::core_api::workspaces;
use crate::db::scope::Scope;
use crate::error::Error;
use crate::mutation::{self, MutationResult, UserError, check_length, check_text, check_url, clearable, required};
use crate::zones::Zone;

/// How long a name may be, in characters.
const MAX_NAME_LENGTH: usize = 255;
/// How long a description may be, in characters.
const MAX_DESCRIPTION_LENGTH: usize = 5_000;
/// How long an address may be, in characters.
const MAX_URL_LENGTH: usize = 2_048;

fn check(input: &UpdateWorkspaceInput) -> Result<(), UserError> {
    if let Some(name) = input.name.value() {
        check_text("name", name, MAX_NAME_LENGTH)?;
    }
    if let Some(description) = input.description.value() {
        check_length("description", description, MAX_DESCRIPTION_LENGTH)?;
    }
    if let Some(color) = input.avatar_color.value() {
        check_color(color)?;
    }
    if let Some(image) = input.avatar_image.value() {
        check_url("avatarImage", image, MAX_URL_LENGTH)?;
    }
    if let Some(timezone) = input.timezone.value() {
        let message = "`timezone` must be the IANA name of a time zone, such as Europe/Paris.";
        let known = Zone::named(timezone).filter(|zone| zone.name() == timezone);
        known.ok_or_else(|| UserError::bad_input("timezone", message))?;
    }
    Ok(())
}

fn check_color(color: &str) -> Result<(), UserError> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        return Ok(());
    }
    Err(UserError::bad_input("avatarColor", "`avatarColor` must be # and six hexadecimal digits, such as #1e90ff."))
}

/// Changes the workspace of the caller; there is no way to name another.
pub(super) async fn update(scope: &Scope, input: UpdateWorkspaceInput) -> MutationResult<Workspace> {
    scope.require(Access::Admin)?;
    check(&input)?;
    let changes = (
        required("name", input.name)?.map(|name| workspaces::name.eq(name)),
        clearable(input.description).map(|description| workspaces::description.eq(description)),
        clearable(input.avatar_color).map(|color| workspaces::avatar_color.eq(color)),
        clearable(input.avatar_image).map(|image| workspaces::avatar_image.eq(image)),
        clearable(input.timezone).map(|timezone| workspaces::timezone.eq(timezone)),
    );
    let mut tx = scope.begin().await?;
    // It can only have been deleted since the credential was checked: nobody is let in any more.
    tx.lock::<Workspace>(scope.rows()).await?.ok_or_else(Error::forbidden)?;
    let workspace = mutation::update(&mut tx, scope.rows(), input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(workspace)
}
