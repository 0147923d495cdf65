//! What operators see: health, metrics, the log and traces.

pub(in crate::server) mod health;
pub(in crate::server) mod metrics;
pub(in crate::server) mod operation_span;
pub(in crate::server) mod requests;
