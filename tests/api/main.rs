//! The tests of the API: one binary, one PostgreSQL for all, one database per test.
//!
//! A test asks the real server over HTTP. What it needs in the database it makes there directly, with
//! [`kit::make`]. With `TEST_DATABASE_URL` an existing server is used, whose role may create databases;
//! otherwise a throw-away one is started.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod answer_cache;
mod api_key;
mod auth;
mod change;
mod collect;
mod connector;
mod connector_mapping;
mod connector_sync_diagnostic;
mod database;
mod document;
mod document_workspace_connector;
mod faults;
mod filter;
mod guide;
mod idempotency;
mod isolation;
mod kit;
mod limits;
mod membership;
mod observability;
mod paging;
mod people;
mod plans;
mod pooler;
mod program;
mod rest;
mod schema;
mod server;
mod settings;
mod statements;
mod statistics;
mod subscription;
mod task;
mod values;
mod workspace;
mod workspace_connector;
mod workspace_connector_sync_log;
mod writable;
