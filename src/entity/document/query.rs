//! Root fields that read.

use super::Document;
use crate::entity::macros::root_fields;

root_fields! {
    DocumentQuery for Document {
        /// One document; null when there is none with this id in the workspace.
        document;
        /// The documents of the workspace.
        documents;
    }
}
