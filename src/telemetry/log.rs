//! The log, and the spans that are exported beside it.

use std::error::Error;
use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Dispatch, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use super::{Otlp, TRACE};

/// Of what the exporters themselves log, only trouble is worth a line.
const EXPORTERS: &str = "opentelemetry=warn";

/// The spans that are exported, until the end.
#[must_use]
pub struct Tracing(Option<SdkTracerProvider>);

impl Tracing {
    /// Sends what was not sent yet. It blocks until that is done, and needs the runtime of the [`Otlp`].
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "spans could not be sent");
        }
    }
}

/// Writes the log to the standard error from now on, and exports spans if there is a collector.
///
/// # Errors
/// As [`dispatch`], and when a log is written already.
pub fn start(filter: &str, json: bool, otlp: Option<&Otlp>) -> Result<Tracing, Box<dyn Error + Send + Sync>> {
    let (dispatch, tracing) = dispatch(filter, json, otlp, std::io::stderr)?;
    dispatch.try_init()?;
    Ok(tracing)
}

/// Where spans and events go: what passes the filter to the log, as text or as one JSON object per line, and spans to
/// the collector if there is one.
///
/// # Errors
/// When the filter cannot be read, or the exporter cannot be made.
pub fn dispatch(
    filter: &str,
    json: bool,
    otlp: Option<&Otlp>,
    to: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> Result<(Dispatch, Tracing), Box<dyn Error + Send + Sync>> {
    let mut wanted = EnvFilter::try_new(filter)?;
    if !filter.contains("opentelemetry") {
        wanted = wanted.add_directive(EXPORTERS.parse()?);
    }
    let Some(provider) = otlp.map(Otlp::tracer_provider).transpose()?.flatten() else {
        return Ok((Registry::default().with(wanted).with(lines(json, to)).into(), Tracing(None)));
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(env!("CARGO_PKG_NAME")))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(TRACE, Level::TRACE));
    Ok((Registry::default().with(lines(json, to).with_filter(wanted)).with(spans).into(), Tracing(Some(provider))))
}

fn lines<S: Subscriber + for<'s> LookupSpan<'s>>(
    json: bool,
    to: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> Box<dyn Layer<S> + Send + Sync> {
    let lines = fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(to);
    if json { lines.json().flatten_event(true).with_span_list(false).boxed() } else { lines.boxed() }
}
