//! Export to an OpenTelemetry collector, by OTLP over HTTP.

use std::collections::HashMap;
use std::env;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::PeriodicReader;
use opentelemetry_sdk::trace::SdkTracerProvider;
use reqwest::{Client, Url};
use tokio::runtime::Handle;

use super::standard::{Export, Standard, set};
use crate::outgoing;

/// Where a collector is that nobody named, as OpenTelemetry has it.
const DEFAULT_ENDPOINT: &str = "http://localhost:4318";
/// How long sending may take unless configured otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// What the server is called unless configured otherwise.
const DEFAULT_SERVICE_NAME: &str = "well-ingestion";

/// What is exported, and where to.
#[derive(Clone, Debug, Default)]
pub struct OtlpSettings {
    /// The base URL of the collector.
    pub endpoint: Option<String>,
    /// The URL for traces.
    pub traces_endpoint: Option<String>,
    /// The URL for metrics.
    pub metrics_endpoint: Option<String>,
    /// How traces are exported: `otlp` or `none`.
    pub traces_exporter: Option<String>,
    /// How metrics are exported: `otlp`, `prometheus` or `none`.
    pub metrics_exporter: Option<String>,
    /// What the server is called.
    pub service_name: Option<String>,
}

/// A collector, and what the server is called there.
#[derive(Clone, Debug)]
pub struct Otlp {
    traces: Option<Signal>,
    metrics: Option<Signal>,
    resource: Resource,
    follows_traces: bool,
}

/// Why nothing can be exported: which setting is wrong.
#[derive(Debug, thiserror::Error)]
#[error("OpenTelemetry: {0}")]
pub struct OtlpError(Box<dyn std::error::Error + Send + Sync>);

impl OtlpError {
    pub(super) fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// One kind of data, and how it is sent.
#[derive(Clone, Debug)]
struct Signal {
    endpoint: String,
    headers: HashMap<String, String>,
    timeout: Duration,
    sender: Sender,
}

impl Otlp {
    /// The collector of these settings and of the environment, if anything is exported, and the standard names that are
    /// set and not used. Sending runs on this runtime.
    ///
    /// # Errors
    /// When a setting, or a standard name of the environment, asks for what is not built in.
    pub fn new(settings: &OtlpSettings, runtime: &Handle) -> Result<(Option<Self>, Vec<String>), OtlpError> {
        let exports =
            |name: &str, exporter: &Option<String>, other: &str, own: &Option<String>| match exporter.as_deref() {
                Some("otlp") => Ok(Export::On),
                Some(named) if named == "none" || named == other => Ok(Export::Off),
                Some(named) => Err(OtlpError::new(format!("{name} is {named:?}: only otlp and none are built in"))),
                None if own.is_some() || settings.endpoint.is_some() => Ok(Export::On),
                None => Ok(Export::Unset),
            };
        let traces = exports("OTEL_TRACES_EXPORTER", &settings.traces_exporter, "none", &settings.traces_endpoint)?;
        let metrics =
            exports("OTEL_METRICS_EXPORTER", &settings.metrics_exporter, "prometheus", &settings.metrics_endpoint)?;
        let Standard { follows_traces, unused } = Standard::read(traces, metrics)?;
        let [traces, metrics] = [traces, metrics].map(|export| export == Export::On);
        if !traces && !metrics {
            return Ok((None, unused));
        }
        let signal = |name: &str, own: &Option<String>| Signal::new(name, own.as_deref(), settings, runtime);
        let otlp = Self {
            traces: traces.then(|| signal("TRACES", &settings.traces_endpoint)).transpose()?,
            metrics: metrics.then(|| signal("METRICS", &settings.metrics_endpoint)).transpose()?,
            resource: resource(settings.service_name.clone()),
            follows_traces,
        };
        Ok((Some(otlp), unused))
    }

    /// What the server is called.
    pub(super) fn resource(&self) -> Resource {
        self.resource.clone()
    }

    /// Whether a span belongs to the trace that a request names.
    pub(crate) const fn follows_traces(&self) -> bool {
        self.follows_traces
    }

    /// Takes spans and sends them in batches; nothing when traces are not exported.
    pub(super) fn tracer_provider(&self) -> Result<Option<SdkTracerProvider>, OtlpError> {
        let Some(signal) = &self.traces else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(signal.sender.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&signal.endpoint)
            .with_timeout(signal.timeout)
            .with_headers(signal.headers.clone())
            .build()
            .map_err(OtlpError::new)?;
        Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(self.resource()).build()))
    }

    /// Reads metrics now and then, and sends them; nothing when metrics are not exported.
    pub(super) fn metric_reader(&self) -> Result<Option<PeriodicReader<MetricExporter>>, OtlpError> {
        let Some(signal) = &self.metrics else { return Ok(None) };
        let exporter = MetricExporter::builder()
            .with_http()
            .with_http_client(signal.sender.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&signal.endpoint)
            .with_timeout(signal.timeout)
            .with_headers(signal.headers.clone())
            .build()
            .map_err(OtlpError::new)?;
        Ok(Some(PeriodicReader::builder(exporter).build()))
    }
}

impl Signal {
    /// How `TRACES` or `METRICS` are sent: to their own endpoint as it is, else below that of all.
    fn new(name: &str, own: Option<&str>, settings: &OtlpSettings, runtime: &Handle) -> Result<Self, OtlpError> {
        let endpoint = own.map_or_else(
            || {
                let base = settings.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT).trim_end_matches('/');
                format!("{base}/v1/{}", name.to_lowercase())
            },
            str::to_owned,
        );
        let url = Url::parse(&endpoint).map_err(|error| OtlpError::new(format!("the collector's URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OtlpError::new("the collector's URL must be of http or https"));
        }
        let of_signal = |what: &str| set(&format!("OTEL_EXPORTER_OTLP_{name}_{what}"));
        let of_all = |what: &str| set(&format!("OTEL_EXPORTER_OTLP_{what}"));
        let timeout = of_signal("TIMEOUT").or_else(|| of_all("TIMEOUT"));
        let timeout = timeout.and_then(|text| text.parse().ok()).map_or(DEFAULT_TIMEOUT, Duration::from_millis);
        // The exporter reads the headers itself, but an empty name of the signal hides that of all from it.
        let hidden =
            of_signal("HEADERS").is_none() && env::var_os(format!("OTEL_EXPORTER_OTLP_{name}_HEADERS")).is_some();
        let headers = if hidden { of_all("HEADERS").map(|text| pairs(&text)) } else { None };
        let tls = outgoing::tls(url.scheme() == "https").map_err(OtlpError::new)?;
        let client = Client::builder().tls_backend_preconfigured(tls).timeout(timeout).build();
        let sender = Sender { client: client.map_err(OtlpError::new)?, runtime: runtime.clone() };
        Ok(Self { endpoint, headers: headers.unwrap_or_default(), timeout, sender })
    }
}

/// What stands in `name=value,name=value`.
fn pairs(text: &str) -> HashMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    let decoded = |value: &str| percent_encoding::percent_decode_str(value.trim()).decode_utf8_lossy().into_owned();
    pairs.map(|(name, value)| (name.trim().to_owned(), decoded(value))).collect()
}

/// What the server is. The environment may give it another name, and more attributes.
fn resource(service_name: Option<String>) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let attributes = set("OTEL_RESOURCE_ATTRIBUTES").map(|text| pairs(&text)).unwrap_or_default();
    let named = attributes.get("service.name").filter(|name| !name.is_empty()).cloned();
    let name = service_name.or(named).unwrap_or_else(|| DEFAULT_SERVICE_NAME.to_owned());
    Resource::builder().with_service_name(name).with_attribute(version).build()
}

/// Sends on the server's runtime what the exporters' own threads hand it.
#[derive(Clone, Debug)]
struct Sender {
    client: Client,
    runtime: Handle,
}

impl Sender {
    async fn send(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = client.execute(request.try_into()?).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Response::new(response.bytes().await?);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

impl HttpClient for Sender {
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let sent = self.runtime.spawn(Self::send(self.client.clone(), request));
        Box::pin(async { sent.await? })
    }
}
