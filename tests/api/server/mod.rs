//! HTTP, event streams and sockets, as clients use them.

pub mod bodies;
pub mod compression;
pub mod cors;
pub mod event_stream;
pub mod http;
pub mod query_documents;
pub mod request_reader;
pub mod typing;
pub mod websocket;
