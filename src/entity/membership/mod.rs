//! What makes an identity a member of a workspace, with a role.

mod life;
mod mutation;
mod object;
mod query;
mod store;

pub(crate) use life::person_named;
pub use mutation::MembershipMutation;
pub use query::MembershipQuery;
pub use store::*;
