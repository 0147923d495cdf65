//! Memberships.

pub mod write;
