//! What a resource object must be where it is sent.

use super::body::{self, ResourceObject};
use super::model::ResourceType;
use super::problem::{Problem, Source};
use super::resource::Transition;
use crate::error::Code;

/// Whether a resource object is one that can be made: of the type, and without an id.
pub(super) fn check_new(of: &ResourceType, object: &ResourceObject<'_>) -> Result<(), Problem> {
    check_type(of, object)?;
    if object.has_id {
        let problem = Problem::new(Code::Forbidden, "Ids are made by the server. Leave `id` out.");
        return Err(problem.about(Source::Pointer(format!("{}/id", object.pointer))));
    }
    Ok(())
}

/// Whether it is of the type.
pub(super) fn check_type(of: &ResourceType, object: &ResourceObject<'_>) -> Result<(), Problem> {
    let (wanted, pointer) = (of.resource.name, format!("{}/type", object.pointer));
    match object.ty.as_deref() {
        None => Err(body::shape(&object.pointer, "must have a member `type`")),
        Some(given) if given == wanted => Ok(()),
        Some(given) => {
            let message = format!("The type here is `{wanted}`, not `{given}`.");
            Err(Problem::new(Code::Conflict, message).about(Source::Pointer(pointer)))
        }
    }
}

/// Whether it is the one in the address.
pub(super) fn check_id(id: &str, object: &ResourceObject<'_>) -> Result<(), Problem> {
    match object.id.as_deref() {
        None => Err(body::shape(&object.pointer, "must have a member `id`")),
        Some(given) if given.eq_ignore_ascii_case(id) => Ok(()),
        Some(_) => {
            let message = "The `id` must be the one in the address.";
            let pointer = format!("{}/id", object.pointer);
            Err(Problem::new(Code::Conflict, message).about(Source::Pointer(pointer)))
        }
    }
}

/// Why a member of a resource object is not taken.
pub(super) fn unwritable(known: bool, name: &str, pointer: String, transition: Option<&Transition>) -> Problem {
    match transition {
        Some(Transition { attribute, value, .. }) if known => {
            let message = format!("`{name}` cannot be changed together with `{attribute}` to `{value}`.");
            Problem::value(pointer, message)
        }
        _ if known => {
            let message = format!("`{name}` cannot be written here.");
            Problem::new(Code::Forbidden, message).about(Source::Pointer(pointer))
        }
        _ => Problem::value(pointer, format!("There is no `{name}`.")),
    }
}
