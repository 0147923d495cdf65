//! The constraints of the database, the last wall, in the words of the API.

use diesel::result::{DatabaseErrorKind, Error};

use crate::error::UserErrorCode;

/// What the broken constraint means for the client, when it is one that an input can break.
#[must_use]
pub fn broken(error: &Error) -> Option<(UserErrorCode, &'static str)> {
    let Error::DatabaseError(kind, information) = error else { return None };
    let name = information.constraint_name().unwrap_or_default();
    let known = match name {
        "memberships_subject_workspace_unique" => (UserErrorCode::Conflict, "This subject is a member already."),
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
        "workspaces_external_workspace_id_key" => (UserErrorCode::Conflict, "This external id is taken."),
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
        _ if name.ends_with("_immutable") => (UserErrorCode::InvalidState, "This can never be changed."),
        _ => match kind {
            DatabaseErrorKind::UniqueViolation => (UserErrorCode::Conflict, "It exists already."),
            DatabaseErrorKind::ForeignKeyViolation => {
                (UserErrorCode::NotFound, "Something that it points at does not exist in this workspace.")
            }
            DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
                (UserErrorCode::BadUserInput, "A value is missing or not allowed.")
            }
            DatabaseErrorKind::SerializationFailure => {
                (UserErrorCode::Conflict, "Somebody else was changing the same at the same time. Try again.")
            }
            // The driver has no kind for it.
            _ if information.message() == "deadlock detected" => {
                (UserErrorCode::Conflict, "Somebody else was changing the same at the same time. Try again.")
            }
            _ => return None,
        },
    };
    Some(known)
}
