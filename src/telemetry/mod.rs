//! What operators see of the server: metrics, traces and the log.
//!
//! All three go by the names of OpenTelemetry's semantic conventions. Metrics are read by Prometheus; where an OTLP
//! collector is set, it is sent the same metrics, and the traces.

mod log;
mod metrics;
mod names;
mod otlp;
mod process;
mod standard;

pub use log::{Tracing, dispatch, start};
pub(crate) use metrics::durations;
pub use metrics::{Metrics, MetricsError, OpenSubscription};
pub use otlp::{Otlp, OtlpError, OtlpSettings};

/// The target of spans that are exported. They are of the level `TRACE`, so they cost next to nothing, and never reach
/// the log, unless somebody wants them.
pub const TRACE: &str = "well_ingestion::trace";

/// The bounds of what durations are counted in, in seconds.
pub(crate) const SECONDS: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
