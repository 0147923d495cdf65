//! Its relations.

use super::ApiKey;
use crate::db::schema::core_api::api_keys;
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;

edges! {
    impl ApiKey of api_keys {
        one {
            /// The person in whose name it acts; null when it is nobody's, and when that person was deleted.
            person: person_pk => People;
            /// The workspace it acts in.
            workspace: workspace_pk => Workspace;
        }
    }
}
