//! What makes an identity a member of a workspace, with a role.

mod object;
mod query;
mod store;

pub use query::MembershipQuery;
pub use store::*;
