//! The GraphQL API over Well's connector-ingestion data.

pub mod auth;
pub mod db;
pub mod entity;
pub mod error;
pub mod filter;
pub mod id;
pub mod page;
pub mod scalar;
