//! Export to an OpenTelemetry collector, by OTLP over HTTP.

use std::pin::Pin;
use std::time::Duration;
use std::{error, fmt};

use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::PeriodicReader;
use opentelemetry_sdk::trace::SdkTracerProvider;
use reqwest::{Client, Url};
use tokio::runtime::Handle;

use crate::outgoing;

/// The longest that sending may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A collector, and what the server is called there.
#[derive(Clone, Debug)]
pub struct Otlp {
    endpoint: String,
    resource: Resource,
    sender: Sender,
}

/// Why nothing can be exported.
#[derive(Debug)]
pub struct OtlpError(Box<dyn error::Error + Send + Sync>);

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenTelemetry: {}", self.0)
    }
}

impl error::Error for OtlpError {}

impl Otlp {
    /// The collector at a base URL, to which the path of each signal is added. Sending runs on this runtime.
    ///
    /// # Errors
    /// When it is not a URL of http or https.
    pub fn new(endpoint: &str, service_name: &str, runtime: Handle) -> Result<Self, OtlpError> {
        let url = Url::parse(endpoint).map_err(|error| OtlpError(error.into()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OtlpError("the collector's URL must be of http or https".into()));
        }
        let tls = outgoing::tls(url.scheme() == "https").map_err(|error| OtlpError(error.into()))?;
        let client = Client::builder().tls_backend_preconfigured(tls).timeout(TIMEOUT);
        let client = client.build().map_err(|error| OtlpError(error.into()))?;
        Ok(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            resource: Resource::builder()
                .with_service_name(service_name.to_owned())
                .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                .build(),
            sender: Sender { client, runtime },
        })
    }

    /// What the server is called.
    pub(super) fn resource(&self) -> Resource {
        self.resource.clone()
    }

    /// Takes spans and sends them in batches.
    pub(super) fn tracer_provider(&self) -> Result<SdkTracerProvider, OtlpError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(self.sender.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", self.endpoint))
            .build()
            .map_err(|error| OtlpError(error.into()))?;
        Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(self.resource()).build())
    }

    /// Reads metrics now and then, and sends them.
    pub(super) fn metric_reader(&self) -> Result<PeriodicReader<MetricExporter>, OtlpError> {
        let exporter = MetricExporter::builder()
            .with_http()
            .with_http_client(self.sender.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/metrics", self.endpoint))
            .build()
            .map_err(|error| OtlpError(error.into()))?;
        Ok(PeriodicReader::builder(exporter).build())
    }
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
