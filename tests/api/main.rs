//! The tests of the API: one binary, one PostgreSQL for all, one database per test.
//!
//! A test asks the real server over HTTP. What it needs in the database it makes there directly, with
//! [`kit::make`]. With `TEST_DATABASE_URL` an existing server is used, whose role may create databases;
//! otherwise a throw-away one is started.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod api_key_write;
mod attacks;
mod auth;
mod bodies;
mod change;
mod collect_write;
mod compression;
mod connector_mapping_write;
mod connector_sync_diagnostic_write;
mod connector_write;
mod cors;
mod database;
mod document_workspace_connector_write;
mod document_write;
mod documents;
mod fairness;
mod faults;
mod filter;
mod guide;
mod hostile;
mod idempotency;
mod isolation;
mod kit;
mod membership_write;
mod metrics;
mod paging;
mod people_write;
mod plans;
mod program;
mod rate;
mod schema;
mod server;
mod socket;
mod statements;
mod statistics;
mod stored;
mod stream;
mod subscription;
mod sync_log_write;
mod task_write;
mod telemetry;
mod typing;
mod workspace_connector_health;
mod workspace_connector_write;
mod workspace_write;
mod writable;
