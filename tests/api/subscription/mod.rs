//! What is told to those who follow, by whom it was done, and to whom it is not told.

mod filters;
mod following;
mod order;
mod outage;
mod pace;
mod resuming;
mod telling;

pub use following::{COLLECTS, DIAGNOSTICS, FIELDS, Field, Following, MAPPINGS, SYNC_LOGS, connected, id_of, kinds};
