//! What one client, one principal or one workspace may take of what all of them need.

pub(in crate::server) mod answers;
pub(in crate::server) mod bodies;
pub(in crate::server) mod connections;
pub(in crate::server) mod rate;
pub(in crate::server) mod row_counts;
pub(in crate::server) mod sockets;
