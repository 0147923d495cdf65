//! What operators see.

mod metrics;
mod telemetry;
