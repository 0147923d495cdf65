//! What makes an identity a member of a workspace, with a role.

mod life;
mod mutation;
mod object;
mod query;
mod store;

pub use mutation::*;
pub use query::MembershipQuery;
pub use store::*;
