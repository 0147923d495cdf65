//! What mutations are given.

use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

/// A change of the workspace that the request acts in.
#[derive(InputObject, Debug)]
pub struct UpdateWorkspaceInput {
    /// What people call it, 1 to 255 characters.
    pub name: MaybeUndefined<String>,
    /// What it is for, in free text, at most 5,000 characters; null clears it.
    pub description: MaybeUndefined<String>,
    /// The colour to show where there is no picture: `#` and six hexadecimal digits, such as `#1e90ff`; null clears
    /// it.
    pub avatar_color: MaybeUndefined<String>,
    /// The address of its picture, `http` or `https`, at most 2,048 characters; null clears it.
    pub avatar_image: MaybeUndefined<String>,
    /// The IANA name of the time zone its people work in, such as `Europe/Paris`; null clears it.
    pub timezone: MaybeUndefined<String>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}
