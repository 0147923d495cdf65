//! Who is asking.

mod object;

pub use object::{Viewer, ViewerQuery, ViewerWorkspace};
