//! From a credential to the caller.

mod caller;
mod role;

pub use caller::{Caller, Principal};
pub use role::{Access, Role};
