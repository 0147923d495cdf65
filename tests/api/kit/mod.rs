//! What every test needs: a server over its own database, somebody to ask it, and rows to ask for.

mod app;
mod ask;
pub mod database;
pub mod introspection;
pub mod log;
pub mod make;
pub mod socket;

pub use app::{App, SECRET, listening, signed, token};
pub use ask::{Answer, Asker};
pub use make::Row;
pub use socket::Socket;
