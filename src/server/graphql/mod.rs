//! An operation, whichever way it comes, in the order of its life: read, checked against its query document, executed,
//! and written as a response.

pub(in crate::server) mod answer_cache;
pub(in crate::server) mod event_limiter;
pub(in crate::server) mod execute;
pub(in crate::server) mod operation;
pub(in crate::server) mod query_document;
pub(in crate::server) mod request;
pub(in crate::server) mod response;
