//! What is counted and measured of a server, once for Prometheus and OTLP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{error, fmt};

use graphql_limits::Kind;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider, UpDownCounter};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

use super::names::Names;
use super::{Otlp, OtlpError, SECONDS, process};
use crate::auth::Principal;

/// The metrics of one server.
pub struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
    meter: Meter,
    requests: Histogram<f64>,
    operations: Histogram<f64>,
    refusals: Counter<u64>,
    subscriptions: UpDownCounter<i64>,
    lookups: Arc<Lookups>,
    names: Names,
}

/// Why there can be no metrics.
#[derive(Debug)]
pub struct MetricsError(Box<dyn error::Error + Send + Sync>);

impl fmt::Display for MetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics: {}", self.0)
    }
}

impl error::Error for MetricsError {}

/// How often a document was found in the cache, and how often not.
#[derive(Default)]
struct Lookups {
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A subscription that is open until this is dropped.
pub struct OpenSubscription(UpDownCounter<i64>);

impl Drop for OpenSubscription {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

impl Metrics {
    /// Metrics that Prometheus can read, and that are sent to the collector, too, if there is one. The operations of
    /// trusted documents have these names.
    ///
    /// # Errors
    /// When the exporters cannot be made, which would be a defect.
    pub fn new<'a>(trusted: impl Iterator<Item = &'a str>, otlp: Option<&Otlp>) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .without_target_info()
            .build()
            .map_err(|error| MetricsError(error.into()))?;
        let mut provider = SdkMeterProvider::builder().with_reader(exporter);
        if let Some(otlp) = otlp {
            provider = provider.with_resource(otlp.resource());
            if let Some(reader) = otlp.metric_reader().map_err(|error: OtlpError| MetricsError(error.into()))? {
                provider = provider.with_reader(reader);
            }
        }
        let provider = provider.build();
        let meter = provider.meter(env!("CARGO_PKG_NAME"));
        process::measure(&meter);
        let lookups = Arc::<Lookups>::default();
        let observed = Arc::clone(&lookups);
        meter
            .u64_observable_counter("graphql.server.document_cache.lookups")
            .with_unit("{lookup}")
            .with_description("Documents that were looked for in the cache, by whether they were in it.")
            .with_callback(move |counter| {
                for (result, count) in [("hit", &observed.hits), ("miss", &observed.misses)] {
                    counter.observe(count.load(Ordering::Relaxed), &[KeyValue::new("result", result)]);
                }
            })
            .build();
        Ok(Self {
            requests: durations(&meter, "http.server.request.duration", "Duration of HTTP requests."),
            operations: durations(
                &meter,
                "graphql.server.operation.duration",
                "Duration of GraphQL operations that were executed; of subscriptions, for as long as they were open.",
            ),
            refusals: meter
                .u64_counter("graphql.server.refusals")
                .with_unit("{operation}")
                .with_description("GraphQL operations that were not executed, by the code of their error.")
                .build(),
            subscriptions: meter
                .i64_up_down_counter("graphql.server.subscriptions")
                .with_unit("{subscription}")
                .with_description("GraphQL subscriptions that are open.")
                .build(),
            names: Names::new(trusted),
            registry,
            provider,
            meter,
            lookups,
        })
    }

    /// Makes further instruments.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Everything in the text format of Prometheus.
    ///
    /// # Errors
    /// When there are two metrics of one name, which would be a defect.
    pub fn text(&self) -> Result<String, MetricsError> {
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(|error| MetricsError(error.into()))
    }

    /// Sends what was not sent yet, and sends nothing any more. It blocks until that is done.
    pub fn end(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "metrics could not be sent");
        }
    }

    /// Notes an HTTP request that was answered.
    pub(crate) fn request(&self, method: &'static str, route: Option<&str>, status: u16, took: Duration) {
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        self.requests.record(took.as_secs_f64(), &attributes);
    }

    /// Notes an operation that was executed, with its name and whoever gave it that.
    pub(crate) fn operation(
        &self,
        kind: Kind,
        name: Option<(&str, &Principal)>,
        outcome: &'static str,
        code: Option<&str>,
        took: Duration,
    ) {
        let mut attributes =
            vec![KeyValue::new("graphql.operation.type", kind.as_str()), KeyValue::new("outcome", outcome)];
        let name = name.map(|(name, principal)| Value::String(self.names.of(name, principal).into()));
        attributes.extend(name.map(|name| KeyValue::new("graphql.operation.name", name)));
        attributes.extend(code.map(|code| KeyValue::new("error.type", code.to_owned())));
        self.operations.record(took.as_secs_f64(), &attributes);
    }

    /// Notes an operation that was refused with this code.
    pub(crate) fn refusal(&self, code: &str) {
        self.refusals.add(1, &[KeyValue::new("error.type", code.to_owned())]);
    }

    /// Notes whether a document was in the cache.
    pub(crate) fn document(&self, was_known: bool) {
        let count = if was_known { &self.lookups.hits } else { &self.lookups.misses };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a subscription for as long as it is open.
    pub(crate) fn subscription(&self) -> OpenSubscription {
        self.subscriptions.add(1, &[]);
        OpenSubscription(self.subscriptions.clone())
    }
}

/// A histogram of durations in seconds.
pub(crate) fn durations(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    meter.f64_histogram(name).with_unit("s").with_description(description).with_boundaries(SECONDS.to_vec()).build()
}
