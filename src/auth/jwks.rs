//! Sets of keys that verify tokens, kept fresh from a file or a URL.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::sync::{Mutex, watch};

use super::key::Key;
use crate::outgoing;

/// The largest key set that is read.
const MAX_BYTES: usize = 1 << 20;

/// The longest that reading a key set may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest time between two reads that tokens with unknown keys can cause.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// The longest time between two reads of a set that could not be read yet.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Keys that are tried for one token at the most.
const MAX_CANDIDATES: usize = 16;

/// What is in a JWKS document.
struct Document {
    usable: Arc<[Key]>,
    /// The other keys, and why they are not used.
    passed_over: Vec<String>,
}

/// Reads a JWKS document.
fn parse(document: &[u8]) -> Result<Document, String> {
    #[derive(Deserialize)]
    struct Keys {
        keys: Vec<Value>,
    }
    let document: Keys =
        serde_json::from_slice(document).map_err(|error| format!("it is not a JWKS document: {error}"))?;
    let (mut usable, mut passed_over) = (Vec::new(), Vec::new());
    for (index, entry) in document.keys.iter().enumerate() {
        match Key::from_jwk(entry) {
            Ok(key) => usable.push(key),
            Err(reason) => {
                let name = match entry.get("kid") {
                    Some(Value::String(id)) => format!("{id:?}"),
                    _ => format!("number {}", index + 1),
                };
                passed_over.push(format!("{name} is {reason}"));
            }
        }
    }
    Ok(Document { usable: usable.into(), passed_over })
}

/// The keys that a token with this algorithm and key id may be signed with: those of that id, else those without one.
/// For a token without an id, all of its algorithm.
pub(super) fn candidates<'a>(keys: &'a [Key], algorithm: Algorithm, id: Option<&str>) -> Vec<&'a Key> {
    let mut found: Vec<_> = keys.iter().filter(|key| key.algorithm == algorithm).collect();
    if let Some(id) = id {
        let is_known = found.iter().any(|key| key.is(algorithm, id));
        found.retain(|key| if is_known { key.is(algorithm, id) } else { key.id.is_none() });
    }
    found.truncate(MAX_CANDIDATES);
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

/// Why a key set was not read.
enum ReadError {
    /// There is no answer, or none that is a key set.
    Unreadable(String),
    /// It is a key set without a usable key: with it every token would be refused.
    Unusable(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Unusable(keys) => write!(f, "it holds no usable key: {keys}"),
        }
    }
}

/// A set of public keys that follows its source. A read that fails, or finds no usable key, leaves the last good keys in
/// use.
#[derive(Clone)]
pub(super) struct KeySet(Arc<Inner>);

struct Inner {
    source: Source,
    /// What was read last, at least one; nothing before the first time.
    keys: watch::Sender<Option<Arc<[Key]>>>,
    /// The document that they are from.
    document: std::sync::Mutex<Vec<u8>>,
    /// Held while the source is read; says when a token last caused that.
    asked: Arc<Mutex<Option<DateTime<Utc>>>>,
}

impl KeySet {
    /// The keys of a file, which must be readable now and is read again at every interval.
    pub(super) async fn file(path: PathBuf, every: Duration) -> Result<Self, String> {
        let set = Self::new(Source::File(path), every);
        set.0.load().await.map_err(|error| error.to_string())?;
        Ok(set)
    }

    /// The keys behind a URL. It need not answer yet: until it does, there are no keys.
    pub(super) async fn url(url: &str, every: Duration) -> Result<Self, String> {
        let set = Self::new(Source::url(url)?, every);
        match set.0.load().await {
            Err(error @ ReadError::Unusable(_)) => Err(error.to_string()),
            loaded => {
                set.0.tell(loaded);
                Ok(set)
            }
        }
    }

    fn new(source: Source, every: Duration) -> Self {
        let (keys, document) = (watch::Sender::default(), std::sync::Mutex::default());
        let inner = Arc::new(Inner { source, keys, document, asked: Arc::default() });
        let follower = Arc::downgrade(&inner);
        tokio::spawn(async move {
            loop {
                let Some(was_read) = follower.upgrade().map(|inner| inner.keys.borrow().is_some()) else { return };
                tokio::time::sleep(if was_read { every } else { every.min(RETRY_DELAY) }).await;
                let Some(inner) = follower.upgrade() else { return };
                let _reading = inner.asked.lock().await;
                inner.reload().await;
            }
        });
        Self(inner)
    }

    /// Whether the source was read once.
    pub(super) fn was_read(&self) -> bool {
        self.0.keys.borrow().is_some()
    }

    /// What it is, for the log.
    pub(super) fn describe(&self) -> String {
        format!("key set {} ({})", self.0.source, self.0.describe())
    }

    /// The keys as they are known.
    pub(super) fn keys(&self) -> Arc<[Key]> {
        self.0.keys.borrow().clone().unwrap_or_default()
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
    /// The keys, for the log.
    fn describe(&self) -> String {
        match &*self.keys.borrow() {
            Some(keys) => keys.iter().map(Key::describe).collect::<Vec<_>>().join(", "),
            None => "not read yet".to_owned(),
        }
    }

    /// Reads the source. Whatever is wrong with it, the keys stay as they are.
    async fn load(&self) -> Result<(), ReadError> {
        let read = tokio::time::timeout(TIMEOUT, self.source.read()).await;
        let read = read.unwrap_or_else(|_| Err("it takes too long".to_owned())).map_err(ReadError::Unreadable)?;
        let Document { usable, passed_over } = parse(&read).map_err(ReadError::Unreadable)?;
        let passed_over = passed_over.join(", ");
        if usable.is_empty() {
            let keys = if passed_over.is_empty() { "it is empty".to_owned() } else { passed_over };
            return Err(ReadError::Unusable(keys));
        }
        self.keys.send_replace(Some(usable));
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        if *document != read {
            let (source, keys) = (&self.source, self.describe());
            tracing::info!(%source, keys, "the keys of a key set are read");
            if !passed_over.is_empty() {
                tracing::warn!(%source, keys = passed_over, "keys of a key set are passed over");
            }
            *document = read;
        }
        Ok(())
    }

    /// Says why the source was not read, for the log.
    fn tell(&self, loaded: Result<(), ReadError>) {
        if let Err(reason) = loaded {
            let was_read = self.keys.borrow().is_some();
            tracing::warn!(source = %self.source, was_read, %reason, "a key set cannot be read; the last keys stay in use");
        }
    }

    async fn reload(&self) {
        self.tell(self.load().await);
    }
}

#[cfg(test)]
mod tests;
