//! The keys that verify tokens, each bound to one algorithm, and sets of them kept fresh from a file or a URL.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::sync::{Mutex, watch};

use crate::outgoing;

/// The largest key set that is read.
const MAX_BYTES: usize = 1 << 20;

/// The longest that reading a key set may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest time between two reads that tokens with unknown keys can cause.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// One key, which verifies one algorithm and no other.
#[derive(Clone, Debug)]
pub(super) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    material: DecodingKey,
}

impl Key {
    fn new(algorithm: Algorithm, key: DecodingKey) -> Result<Self, String> {
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &key).map_err(|error| error.to_string())?;
        Ok(Self { id: None, algorithm, material: key })
    }

    /// A shared secret, for HS256.
    pub(super) fn secret(secret: &[u8]) -> Result<Self, String> {
        Self::new(Algorithm::HS256, DecodingKey::from_secret(secret))
    }

    /// An RSA key by modulus and exponent, for RS256.
    fn rsa(n: &[u8], e: &[u8]) -> Result<Self, String> {
        let significant = n.iter().position(|byte| *byte != 0).and_then(|at| n.get(at..)).unwrap_or_default();
        let bits = 8 * significant.len() - significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !(2048..=4096).contains(&bits) {
            return Err(format!("an RSA key of {bits} bits, outside of 2048 to 4096"));
        }
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        let exponent = e.iter().fold(0_u64, |sum, byte| sum.saturating_mul(256).saturating_add(u64::from(*byte)));
        if !odd(n) || !odd(e) || !(3..=u64::from(u32::MAX)).contains(&exponent) {
            return Err("not an RSA key".to_owned());
        }
        Self::new(Algorithm::RS256, DecodingKey::from_rsa_raw_components(significant, e))
    }

    /// A point of the curve P-256, for ES256.
    fn p256(point: &[u8]) -> Result<Self, String> {
        Self::new(Algorithm::ES256, DecodingKey::from_ec_der(point))
    }

    /// An Ed25519 key, for `EdDSA`.
    fn ed25519(bytes: &[u8]) -> Result<Self, String> {
        // The library below takes the first 32 bytes without looking, and panics when there are fewer.
        if bytes.len() != 32 {
            return Err("an Ed25519 key is 32 bytes".to_owned());
        }
        Self::new(Algorithm::EdDSA, DecodingKey::from_ed_der(bytes))
    }

    /// The one public key in `pem`; its kind says the algorithm.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let public = pem.contains("-----BEGIN PUBLIC KEY-----") || pem.contains("-----BEGIN RSA PUBLIC KEY-----");
        if !public || pem.matches("-----BEGIN").count() != 1 {
            return Err("exactly one PUBLIC KEY is expected (use a JWKS file for several)".to_owned());
        }
        if let Ok(key) = DecodingKey::from_ec_pem(pem.as_bytes()) {
            return key.try_get_as_bytes().map_err(|error| error.to_string()).and_then(Self::p256);
        }
        if let Ok(key) = DecodingKey::from_ed_pem(pem.as_bytes()) {
            return key.try_get_as_bytes().map_err(|error| error.to_string()).and_then(Self::ed25519);
        }
        let (n, e) = DecodingKey::from_rsa_pem(pem.as_bytes())
            .and_then(|key| (DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key)(key.try_get_as_bytes()?))
            .map_err(|_| "neither an RSA, nor a P-256, nor an Ed25519 key".to_owned())?;
        Self::rsa(&n, &e)
    }

    fn from_jwk(jwk: &Value) -> Result<Self, String> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        let bytes = |name| URL_SAFE_NO_PAD.decode(text(name).unwrap_or_default()).unwrap_or_default();
        // What an entry says of itself narrows what it is good for; what it leaves out does not.
        let allows = |name, names: &[&str]| {
            jwk.get(name).is_none_or(|value| value.as_str().is_some_and(|value| names.contains(&value)))
        };
        let verify = |names: &Value| names.as_array().is_some_and(|names| names.iter().any(|name| name == "verify"));
        if !allows("use", &["sig"]) || !jwk.get("key_ops").is_none_or(verify) {
            return Err("not for signatures".to_owned());
        }
        let (key, algorithms): (_, &[&str]) = match (text("kty"), text("crv"), bytes("x"), bytes("y")) {
            (Some("RSA"), ..) => (Self::rsa(&bytes("n"), &bytes("e")), &["RS256"]),
            (Some("EC"), Some("P-256"), x, y) if x.len() == 32 && y.len() == 32 => {
                (Self::p256(&[&[4], x.as_slice(), y.as_slice()].concat()), &["ES256"])
            }
            (Some("OKP"), Some("Ed25519"), x, _) => (Self::ed25519(&x), &["EdDSA", "Ed25519"]),
            _ => return Err("of a kind that is not used here".to_owned()),
        };
        if !allows("alg", algorithms) {
            return Err("for an algorithm that is not used here".to_owned());
        }
        Ok(Self { id: text("kid").map(str::to_owned), ..key? })
    }

    /// Whether this key is one for `algorithm` and made `signature` over `message`.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &Vec<u8>) -> bool {
        self.algorithm == algorithm
            && (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.material)
                .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

/// The usable keys of a JWKS document; the others are passed over.
fn parse(document: &[u8]) -> Result<Arc<[Key]>, String> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<Value>,
    }
    let document: Document =
        serde_json::from_slice(document).map_err(|error| format!("it is not a JWKS document: {error}"))?;
    let usable = document.keys.iter().filter_map(|entry| {
        Key::from_jwk(entry).inspect_err(|reason| tracing::debug!(reason, "a key of the key set is passed over")).ok()
    });
    Ok(usable.collect())
}

/// The keys that a token with this algorithm and key id may be signed with. Without an id, that is the only key of
/// its algorithm, or none.
pub(super) fn candidates<'a>(keys: &'a [Key], algorithm: Algorithm, id: Option<&str>) -> Vec<&'a Key> {
    let mut found: Vec<_> = keys.iter().filter(|key| key.algorithm == algorithm).collect();
    match id {
        Some(id) => found.retain(|key| key.id.as_deref() == Some(id)),
        None if found.len() > 1 => found.clear(),
        None => {}
    }
    found
}

/// Where a key set is read from.
enum Source {
    File(PathBuf),
    Url(Url, Client),
}

impl Source {
    /// A key set by https, or by http from this machine.
    fn url(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is not a URL: {error}"))?;
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        let https = url.scheme() == "https";
        if !(https || loopback && url.scheme() == "http") {
            return Err("only https is allowed, or http to a loopback host".to_owned());
        }
        let tls = outgoing::tls(https).map_err(|error| error.to_string())?;
        let client =
            Client::builder().tls_backend_preconfigured(tls).https_only(https).redirect(redirect::Policy::none());
        let client = if loopback { client.no_proxy() } else { client };
        Ok(Self::Url(url, client.build().map_err(explain)?))
    }

    async fn read(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        match self {
            Self::File(path) => {
                let file = tokio::fs::File::open(path).await.map_err(|error| error.to_string())?;
                let mut file = file.take(MAX_BYTES as u64 + 1);
                file.read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
            }
            Self::Url(url, client) => {
                let mut response = client.get(url.clone()).send().await.map_err(explain)?;
                if response.status() != StatusCode::OK {
                    return Err(format!("the answer is {}", response.status()));
                }
                while let Some(chunk) = response.chunk().await.map_err(explain)? {
                    bytes.extend_from_slice(&chunk);
                    if bytes.len() > MAX_BYTES {
                        break;
                    }
                }
            }
        }
        if bytes.len() > MAX_BYTES { Err(format!("it is larger than {MAX_BYTES} bytes")) } else { Ok(bytes) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            // The rest of a URL may carry a credential.
            Self::Url(url, _) => f.write_str(url.host_str().unwrap_or_default()),
        }
    }
}

/// The error with its causes, without the URL.
fn explain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

/// A set of public keys that follows its source. A read that fails leaves the last good keys in use.
#[derive(Clone)]
pub(super) struct KeySet(Arc<Inner>);

struct Inner {
    source: Source,
    keys: watch::Sender<Arc<[Key]>>,
    /// Held while the source is read; says when a token last caused that.
    asked: Arc<Mutex<Option<DateTime<Utc>>>>,
}

impl KeySet {
    /// The keys of a file, which must be readable now and is read again at every interval.
    pub(super) async fn file(path: PathBuf, every: Duration) -> Result<Self, String> {
        let set = Self::new(Source::File(path), every);
        set.0.load().await.map(|()| set)
    }

    /// The keys behind a URL. It need not answer yet: until it does, there are no keys.
    pub(super) async fn url(url: &str, every: Duration) -> Result<Self, String> {
        let set = Self::new(Source::url(url)?, every);
        set.0.reload().await;
        Ok(set)
    }

    fn new(source: Source, every: Duration) -> Self {
        let inner = Arc::new(Inner { source, keys: watch::Sender::new(Arc::default()), asked: Arc::default() });
        let follower = Arc::downgrade(&inner);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(inner) = follower.upgrade() else { return };
                let _reading = inner.asked.lock().await;
                inner.reload().await;
            }
        });
        Self(inner)
    }

    /// The keys as they are known.
    pub(super) fn keys(&self) -> Arc<[Key]> {
        Arc::clone(&self.0.keys.borrow())
    }

    /// The keys after another look at the source, because `seen` lacks one. However many ask, the source is read once,
    /// and not again before a pause.
    pub(super) async fn newer_than(&self, seen: &Arc<[Key]>, now: DateTime<Utc>) -> Arc<[Key]> {
        let mut asked = Arc::clone(&self.0.asked).lock_owned().await;
        let resting = asked.is_some_and(|last| now.signed_duration_since(last).abs() < PAUSE);
        if Arc::ptr_eq(seen, &self.keys()) && !resting {
            *asked = Some(now);
            let inner = Arc::clone(&self.0);
            // A task of its own, so that a caller who goes away does not break it off for the others.
            let reading = tokio::spawn(async move {
                inner.reload().await;
                drop(asked);
            });
            if let Err(error) = reading.await {
                tracing::error!(%error, "reading a key set broke off");
            }
        }
        self.keys()
    }
}

impl Inner {
    async fn load(&self) -> Result<(), String> {
        let read = tokio::time::timeout(TIMEOUT, self.source.read()).await;
        let keys = parse(&read.map_err(|_| "it takes too long".to_owned())??)?;
        if keys.is_empty() {
            tracing::warn!(source = %self.source, "a key set holds no usable key");
        }
        self.keys.send_replace(keys);
        Ok(())
    }

    async fn reload(&self) {
        if let Err(reason) = self.load().await {
            tracing::warn!(source = %self.source, reason, "a key set cannot be read; the last good keys stay in use");
        }
    }
}

#[cfg(test)]
mod tests;
