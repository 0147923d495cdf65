//! Root fields that read.

use super::Collect;
use crate::entity::macros::root_fields;

root_fields! {
    CollectQuery for Collect {
        /// One collect; null when there is none with this id in the workspace.
        collect;
        /// The collects of the workspace.
        collects;
    }
}
