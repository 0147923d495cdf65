//! What makes an identity a member of a workspace, with a role.

mod input;
mod mutation;
mod object;
mod query;
mod rules;
mod store;

pub use input::*;
pub use mutation::*;
pub use query::MembershipQuery;
pub use store::*;
