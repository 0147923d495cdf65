//! Root fields that read.

use super::ApiKey;
use crate::entity::macros::root_fields;

root_fields! {
    ApiKeyQuery for ApiKey {
        /// One API key; null when there is none with this id in the workspace. For admins and owners.
        api_key;
        /// The API keys of the workspace that were not revoked. For admins and owners.
        api_keys;
    }
}
