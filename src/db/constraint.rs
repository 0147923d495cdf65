//! The constraints of the database, the last wall, in the words of the API.

use diesel::result::Error;

use super::sqlstate::{DatabaseError, Meaning};
use crate::error::{CONTENDED, OUT_OF_RANGE, UNENCODABLE, UNKNOWN_LABEL, UserErrorCode};

/// What the broken constraint means for the client, when it is one that an input can break.
#[must_use]
pub fn broken(error: &Error) -> Option<(UserErrorCode, &'static str)> {
    let error = DatabaseError::of(error)?;
    let name = error.constraint().unwrap_or_default();
    let known = match name {
        "memberships_subject_workspace_unique" => (UserErrorCode::Conflict, "`subject` is already a member."),
        "connectors_service_global_unique" | "connectors_service_workspace_unique" => {
            (UserErrorCode::Conflict, "A connector with this service id exists already.")
        }
        "workspace_connector_sync_logs_wc_cloud_task_unique" => {
            (UserErrorCode::Conflict, "A sync log of this task exists already.")
        }
        "connector_mappings_wc_target_tool_unique" => (
            UserErrorCode::Conflict,
            "A live mapping of this workspace connector, target model and tool exists already.",
        ),
        "workspaces_external_workspace_id_key" => (UserErrorCode::Conflict, "The external id is taken."),
        "workspace_connector_sync_logs_error_only_on_error" => {
            (UserErrorCode::BadUserInput, "Only a sync log with the status ERROR has an error.")
        }
        "workspace_connector_sync_logs_cloud_task_only_from_queue" => {
            (UserErrorCode::BadUserInput, "Only a sync log that the task queue set off has a cloud task id.")
        }
        "workspace_connector_sync_logs_duration_not_negative" => {
            (UserErrorCode::BadUserInput, "A sync run cannot end before it started.")
        }
        "connector_mappings_tool_args_size" => {
            (UserErrorCode::BadUserInput, "The tool's arguments must be smaller than 65,536 bytes.")
        }
        "connector_mappings_schema_key_paths_is_array" => {
            (UserErrorCode::BadUserInput, "The schema's key paths must be a list.")
        }
        "connector_mappings_last_persist_count_not_negative" => {
            (UserErrorCode::BadUserInput, "A count cannot be negative.")
        }
        _ if name.ends_with("_immutable") => (UserErrorCode::InvalidState, "The value can never be changed."),
        _ => match error.meaning() {
            Meaning::Unique => (UserErrorCode::Conflict, "The row already exists."),
            Meaning::ForeignKey => {
                (UserErrorCode::NotFound, "A row that the input names does not exist in this workspace.")
            }
            Meaning::Check => (UserErrorCode::BadUserInput, "A value is missing or not allowed."),
            Meaning::Contended => (UserErrorCode::Conflict, CONTENDED),
            Meaning::Unencodable => (UserErrorCode::BadUserInput, UNENCODABLE),
            Meaning::OutOfRange => (UserErrorCode::BadUserInput, OUT_OF_RANGE),
            Meaning::UnknownLabel => (UserErrorCode::BadUserInput, UNKNOWN_LABEL),
            Meaning::Unavailable | Meaning::ReadOnly | Meaning::Cancelled | Meaning::Outdated | Meaning::Fault => {
                return None;
            }
        },
    };
    Some(known)
}
