//! What is told to those who follow, by whom it was done, and to whom it is not told.

mod bypassing;
mod copying;
mod filters;
mod following;
mod order;
mod outage;
mod pace;
mod resuming;
mod telling;

pub use following::{
    COLLECTS, DIAGNOSTICS, FIELDS, Field, Following, LINKS, MAPPINGS, SYNC_LOGS, change_cursor, connected, id_of, kinds,
};
