//! The ways that operations come and their answers go: HTTP, event streams and `WebSockets`, and what these share.

pub(in crate::server) mod accept;
pub(in crate::server) mod body;
pub(in crate::server) mod codec;
pub(in crate::server) mod compression;
pub(in crate::server) mod conditional;
pub(in crate::server) mod delivery;
pub(in crate::server) mod event_stream;
pub(in crate::server) mod http;
pub(in crate::server) mod origins;
pub(in crate::server) mod reauthentication;
pub(in crate::server) mod websocket;
