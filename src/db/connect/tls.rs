//! What a database URL says about encryption, and how certificates are checked by it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::config::SslMode;

use super::ConnectError;

const MODE: &str = "sslmode";
const ROOTS: &str = "sslrootcert";

/// How a connection is encrypted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// Not at all.
    Off,
    /// If the server can, whoever it is.
    Opportunistic,
    /// Always, whoever the server is.
    Encrypted,
    /// Always, and the server has a certificate of this authority.
    Known(PathBuf),
    /// Always, and the server has a certificate for its name, of this authority or of one that the system trusts.
    Verified(Option<PathBuf>),
}

/// The URL with the file of the authority that the server's certificate is checked with.
///
/// # Errors
/// When the URL cannot carry it: it is none, or names one itself.
pub fn with_ca_file(url: &str, file: &Path) -> Result<String, ConnectError> {
    let refuse = |reason: &str| Err(ConnectError::Security(reason.to_owned()));
    let Some(path) = file.to_str() else { return refuse("the path of the authority's file must be UTF-8") };
    if !url.contains("://") {
        return refuse("an authority's file needs the database as a URL");
    }
    if parameters(url).1.iter().any(|(name, _)| *name == ROOTS) {
        return refuse("the URL of the database names an authority's file already");
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{separator}{ROOTS}={}", utf8_percent_encode(path, NON_ALPHANUMERIC)))
}

/// Takes what it says about encryption out of a URL: the driver knows only a part of that.
pub(super) fn split(url: &str) -> Result<(String, Security), ConnectError> {
    let (url, mode) = without_parameter(url, MODE);
    let (rest, roots) = without_parameter(&url, ROOTS);
    let refuse = |reason: String| Err(ConnectError::Security(reason));
    let security = match (mode.as_deref(), roots.as_deref()) {
        (Some("disable"), None) => Security::Off,
        (None | Some("allow" | "prefer"), None) => Security::Opportunistic,
        (Some("require"), None) => Security::Encrypted,
        (Some("verify-ca"), None | Some("system")) => {
            return refuse(
                "sslmode=verify-ca needs the authority's file; any public one would do otherwise".to_owned(),
            );
        }
        (Some("verify-ca"), Some(file)) => Security::Known(file.into()),
        (Some("verify-full"), None) | (None | Some("require" | "verify-full"), Some("system")) => {
            Security::Verified(None)
        }
        (None | Some("require" | "verify-full"), Some(file)) => Security::Verified(Some(file.into())),
        (Some(mode @ ("disable" | "allow" | "prefer")), Some(_)) => {
            return refuse(format!("sslmode={mode} checks no certificate, so it contradicts the authority's file"));
        }
        (Some(mode), _) => {
            let modes = "disable, allow, prefer, require, verify-ca or verify-full";
            return refuse(format!("sslmode={mode} is none of {modes}"));
        }
    };
    Ok((rest, security))
}

/// The parameters of a URL, as they are written. Only a URL has them, not the other form that the driver takes.
fn parameters(url: &str) -> (&str, Vec<(&str, &str)>) {
    match url.split_once('?') {
        Some((address, query)) if address.contains("://") => {
            (address, query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect())
        }
        _ => (url, Vec::new()),
    }
}

/// A URL without a parameter, and the value that it had.
pub(super) fn without_parameter(url: &str, wanted: &str) -> (String, Option<String>) {
    let (address, parameters) = parameters(url);
    let (taken, others): (Vec<_>, Vec<_>) = parameters.into_iter().partition(|(name, _)| *name == wanted);
    let value = taken.last().map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
    let others: Vec<_> = others.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let rest = if others.is_empty() { address.to_owned() } else { format!("{address}?{}", others.join("&")) };
    (rest, value)
}

impl Security {
    pub(super) const fn driver_mode(&self) -> SslMode {
        match self {
            Self::Off => SslMode::Disable,
            Self::Opportunistic => SslMode::Prefer,
            Self::Encrypted | Self::Known(_) | Self::Verified(_) => SslMode::Require,
        }
    }

    pub(super) fn client_config(&self) -> Result<ClientConfig, ConnectError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(ConnectError::Tls)?;
        let config = match self {
            Self::Verified(None) => config.with_platform_verifier().map_err(ConnectError::Tls)?,
            Self::Verified(Some(file)) => config.with_root_certificates(roots(file)?),
            Self::Known(file) => {
                let chain = WebPkiServerVerifier::builder_with_provider(roots(file)?, Arc::clone(&provider))
                    .build()
                    .map_err(|error| unusable(file, &error))?;
                config.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { chain: Some(chain), provider }))
            }
            Self::Off | Self::Opportunistic | Self::Encrypted => {
                config.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { chain: None, provider }))
            }
        };
        let mut config = config.with_no_client_auth();
        // What a server that is asked for TLS at once insists on.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(config)
    }
}

fn roots(file: &Path) -> Result<Arc<RootCertStore>, ConnectError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(file, &error))? {
        let certificate = certificate.map_err(|error| unusable(file, &error))?;
        roots.add(certificate).map_err(|error| unusable(file, &error))?;
    }
    if roots.is_empty() { Err(unusable(file, &"there is no certificate in it")) } else { Ok(roots.into()) }
}

fn unusable(file: &Path, reason: &dyn fmt::Display) -> ConnectError {
    ConnectError::Security(format!("the authority's file {}: {reason}", file.display()))
}

/// Takes a server of any name: with a certificate of the right authority, or with any certificate. In the latter case the
/// certificate is not even read, so it may be of a version that the verifier does not know; that somebody unknown has the
/// key of an unknown certificate would prove nothing.
#[derive(Debug)]
struct AnyName {
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        // The name is looked at when all else holds.
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.chain.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.chain.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
