//! What `serve` shows of itself to operators.

use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::Failure;
use crate::config::{LogArgs, TelemetryArgs};
use crate::server::{App, MetricsAccess, listen};
use crate::telemetry::{self, Otlp, OtlpSettings, Tracing};

/// The collector that is set, if there is one, and the standard names that are set and not used.
pub(super) fn otlp(args: &TelemetryArgs, runtime: &Handle) -> Result<(Option<Otlp>, Vec<String>), Failure> {
    let args = &args.otel;
    if args.otel_sdk_disabled {
        return Ok((None, Vec::new()));
    }
    let settings = OtlpSettings {
        endpoint: args.otlp_endpoint.clone(),
        traces_endpoint: args.otlp_traces_endpoint.clone(),
        metrics_endpoint: args.otlp_metrics_endpoint.clone(),
        traces_exporter: args.otel_traces_exporter.clone(),
        metrics_exporter: args.otel_metrics_exporter.clone(),
        service_name: args.service_name.clone(),
    };
    Otlp::new(&settings, runtime).map_err(|error| Failure::Settings(error.to_string()))
}

/// Says which names of OpenTelemetry are set in vain. They are read before there is a log.
pub(super) fn tell_unused(names: &[String]) {
    if !names.is_empty() {
        let names = names.join(" ");
        tracing::warn!(names, "names of OpenTelemetry are not used: they are not known, or no endpoint is set");
    }
}

/// Begins the log.
pub(super) fn start_log(args: &LogArgs, otlp: Option<&Otlp>) -> Result<Tracing, Failure> {
    let tracing = telemetry::start(&args.log, args.log_json, otlp)
        .map_err(|error| Failure::Settings(format!("--log {:?}: {error}", args.log)))?;
    // A panic is a line of the log like any other.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a defect")));
    Ok(tracing)
}

/// Who may read the metrics where the API is served. The demo hides nothing.
pub(super) fn metrics_access(args: &TelemetryArgs, demo: bool) -> MetricsAccess {
    match &args.metrics_token {
        Some(token) => MetricsAccess::token(token),
        None if demo => MetricsAccess::Open,
        None => MetricsAccess::Closed,
    }
}

/// Serves the metrics on an address of their own, if one is set, until the end begins.
pub(super) async fn serve_metrics(args: &TelemetryArgs, app: &App) -> Result<(), Failure> {
    let Some(address) = args.metrics_listen else { return Ok(()) };
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| Failure::Run(format!("cannot listen on {address}: {error}").into()))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "metrics are served");
    let settings = listen::Settings { connections: 20, ..listen::Settings::default() };
    tokio::spawn(listen::serve(listener, app.metrics_router(), settings, app.stopping()));
    Ok(())
}
