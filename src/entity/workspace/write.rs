//! How the workspace is changed.

use diesel::prelude::*;

use super::Workspace;
use super::mutation::UpdateWorkspaceInput;
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::tables::core_api::workspaces;
use crate::error::Error;
use crate::mutation::{self, Change, UserError, check_length, check_text, check_url, clearable, required};

/// How long a name may be, in characters.
const LONGEST_NAME: usize = 255;
/// How long a description may be, in characters.
const LONGEST_DESCRIPTION: usize = 5_000;
/// How long an address may be, in characters.
const LONGEST_URL: usize = 2_048;

#[derive(AsChangeset, Debug)]
#[diesel(table_name = workspaces)]
struct Changes {
    name: Option<String>,
    description: Option<Option<String>>,
    avatar_color: Option<Option<String>>,
    avatar_image: Option<Option<String>>,
    timezone: Option<Option<String>>,
}

impl Changes {
    /// What the input changes, checked.
    fn of(input: UpdateWorkspaceInput) -> Result<Self, UserError> {
        let changes = Self {
            name: required("name", input.name)?,
            description: clearable(input.description),
            avatar_color: clearable(input.avatar_color),
            avatar_image: clearable(input.avatar_image),
            timezone: clearable(input.timezone),
        };
        if let Some(name) = &changes.name {
            check_text("name", name, LONGEST_NAME)?;
        }
        if let Some(description) = changes.description.iter().flatten().next() {
            check_length("description", description, LONGEST_DESCRIPTION)?;
        }
        if let Some(color) = changes.avatar_color.iter().flatten().next() {
            check_color(color)?;
        }
        if let Some(image) = changes.avatar_image.iter().flatten().next() {
            check_url("avatarImage", image, LONGEST_URL)?;
        }
        if let Some(timezone) = changes.timezone.iter().flatten().next() {
            let message = "It must be the IANA name of a time zone, such as Europe/Paris.";
            timezone.parse::<chrono_tz::Tz>().map_err(|_| UserError::bad_input("timezone", message))?;
        }
        Ok(changes)
    }
}

fn check_color(color: &str) -> Result<(), UserError> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        return Ok(());
    }
    Err(UserError::bad_input("avatarColor", "It must be # and six hexadecimal digits, such as #1e90ff."))
}

/// Changes the workspace of the caller; there is no way to name another.
pub(super) async fn update(scope: &Scope, input: UpdateWorkspaceInput) -> Change<Workspace> {
    scope.require(Access::Admin)?;
    let expected_updated_at = input.expected_updated_at;
    let changes = Changes::of(input)?;
    let mut tx = scope.begin().await?;
    // It can only have been deleted since the credential was checked: nobody is let in any more.
    tx.lock::<Workspace>(scope.rows()).await?.ok_or_else(Error::forbidden)?;
    let workspace = mutation::update(&mut tx, scope.rows(), expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(workspace)
}
