//! Requests that the server itself sends.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS that trusts the authorities of the system; nobody at all when it is not wanted, so that a machine without any
/// authorities can still speak plain HTTP.
///
/// # Errors
/// When the authorities of the system cannot be read.
pub(crate) fn tls(wanted: bool) -> Result<ClientConfig, rustls::Error> {
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let tls = if wanted { tls.with_platform_verifier()? } else { tls.with_root_certificates(RootCertStore::empty()) };
    Ok(tls.with_no_client_auth())
}
