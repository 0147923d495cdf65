//! The person's relations.

use super::People;
use crate::db::schema::core_api::peoples;
use crate::entity::collect::{self, Collect};
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;

edges! {
    impl People of peoples {
        one {
            /// The workspace that knows the person.
            workspace: workspace_pk => Workspace;
        }
        many {
            /// The collects that the person started.
            collects: collect::OfPerson => Collect;
        }
    }
}
