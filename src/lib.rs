//! The GraphQL API over Well's connector-ingestion data.
//!
//! A request comes in at [`server`], gets a [`db::scope::Scope`] from [`auth`], and is answered by the entities
//! under [`entity`], which [`api`] merges into one schema.

pub mod answer_size;
pub mod api;
pub mod auth;
pub mod cli;
pub mod config;
pub mod db;
pub mod entity;
pub mod error;
pub mod events;
pub mod filter;
pub mod id;
pub mod mutation;
mod outgoing;
pub mod page;
pub mod plan;
pub mod rest;
pub mod scalar;
pub mod seed;
pub mod server;
pub mod statistics;
pub mod telemetry;
pub mod zones;

use json_text as json;
