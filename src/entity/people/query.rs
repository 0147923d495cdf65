//! Root fields that read.

use super::People;
use crate::entity::macros::root_fields;

root_fields! {
    PeopleQuery for People {
        /// One person; null when there is none with this id in the workspace.
        person;
        /// The people the workspace knows.
        people;
    }
}
