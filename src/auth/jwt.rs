//! JSON Web Tokens: the keys and rules they are verified by, and minting them for development.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};

use super::jwks::{Key, KeySet, candidates};

/// The longest token that is looked at.
const MAX_TOKEN: usize = 8 * 1024;

/// The shortest shared secret: as long as the digest of HS256.
const MIN_SECRET: usize = 32;

/// The most characters of a subject.
const MAX_SUBJECT: usize = 255;

/// The most leeway for clocks that differ.
const MAX_LEEWAY: TimeDelta = TimeDelta::hours(1);

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: who asks.
    pub subject: String,
    /// `exp`, without the leeway.
    pub expires_at: DateTime<Utc>,
    /// The workspace it was minted for, as written: `workspace_id`, else `x-hasura-workspace-id` of the Hasura claims.
    pub workspace: Option<String>,
}

/// Which tokens hold. Every kind of key may be given at once; with none, no token holds.
#[derive(Clone)]
pub struct Settings {
    /// The shared secret of HS256, at least 32 bytes.
    pub secret: Option<String>,
    /// A public key in PEM, for RS256, ES256 or `EdDSA` according to its kind.
    pub public_key_pem: Option<String>,
    /// A file with a JWKS document.
    pub jwks_file: Option<PathBuf>,
    /// Where a JWKS document is served: https, or http on this machine.
    pub jwks_url: Option<String>,
    /// The time between two looks at the JWKS documents, at least a second.
    pub jwks_refresh: Duration,
    /// The `iss` that is required.
    pub issuer: Option<String>,
    /// The `aud` that is required, alone or among others.
    pub audience: Option<String>,
    /// How far clocks may differ, at most an hour.
    pub leeway: Duration,
}

impl Default for Settings {
    /// No keys, nothing required, a look at the key sets every five minutes, a minute of leeway.
    fn default() -> Self {
        Self {
            secret: None,
            public_key_pem: None,
            jwks_file: None,
            jwks_url: None,
            jwks_refresh: Duration::from_secs(300),
            issuer: None,
            audience: None,
            leeway: Duration::from_secs(60),
        }
    }
}

/// Which setting cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

/// A token does not hold. Only `Debug` and [`reason`](Self::reason), which are for the log, say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected(&'static str);

impl Rejected {
    /// Which check failed, for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token does not hold")
    }
}

impl std::error::Error for Rejected {}

/// Verifies tokens. A clone shares the keys.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: Vec<Key>,
    sets: Vec<KeySet>,
    issuer: Option<String>,
    audience: Option<String>,
    leeway: TimeDelta,
}

impl Verifier {
    /// Reads the keys, and goes on reading those of the JWKS documents. Needs a Tokio runtime.
    ///
    /// # Errors
    /// A key that cannot be used, a weak secret, an unreadable JWKS file, a forbidden URL, a time out of range. A URL
    /// that does not answer is no error: its keys are used as soon as it does.
    pub async fn new(settings: Settings) -> Result<Self, SettingsError> {
        let Settings { secret, public_key_pem, jwks_file, jwks_url, jwks_refresh: every, issuer, audience, leeway } =
            settings;
        let unusable = |what: &'static str| move |reason: String| SettingsError(format!("{what}: {reason}"));
        if every < Duration::from_secs(1) {
            return Err(SettingsError("the refresh interval of the JWKS must be at least one second".to_owned()));
        }
        let Some(leeway) = TimeDelta::from_std(leeway).ok().filter(|leeway| *leeway <= MAX_LEEWAY) else {
            return Err(SettingsError("the leeway of tokens must be at most an hour".to_owned()));
        };
        let (mut keys, mut sets) = (Vec::new(), Vec::new());
        if let Some(secret) = secret {
            keys.push(Key::secret(strong(&secret)?).map_err(unusable("the JWT secret"))?);
        }
        if let Some(pem) = public_key_pem {
            keys.push(Key::from_pem(&pem).map_err(unusable("the JWT public key"))?);
        }
        if let Some(path) = jwks_file {
            sets.push(KeySet::file(path, every).await.map_err(unusable("the JWKS file"))?);
        }
        if let Some(url) = jwks_url {
            sets.push(KeySet::url(&url, every).await.map_err(unusable("the JWKS URL"))?);
        }
        Ok(Self(Arc::new(Inner { keys, sets, issuer, audience, leeway })))
    }

    /// What `token` says, if it holds at `now`.
    ///
    /// # Errors
    /// [`Rejected`], whatever is wrong.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        let token = Token::parse(token)?;
        if !self.signed(&token, now).await {
            return Err(Rejected("no key verifies the signature"));
        }
        self.claims(token.payload, now)
    }

    async fn signed(&self, token: &Token<'_>, now: DateTime<Utc>) -> bool {
        if self.0.keys.iter().any(|key| token.verified_by(key)) {
            return true;
        }
        let seen: Vec<_> = self.0.sets.iter().map(|set| (set, set.keys())).collect();
        let found: Vec<_> = seen.iter().flat_map(|(_, keys)| token.candidates(keys)).collect();
        if !found.is_empty() || token.algorithm == Algorithm::HS256 {
            return found.into_iter().any(|key| token.verified_by(key));
        }
        for (set, keys) in &seen {
            let keys = set.newer_than(keys, now).await;
            if token.candidates(&keys).into_iter().any(|key| token.verified_by(key)) {
                return true;
            }
        }
        false
    }

    fn claims(&self, payload: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        let claims = decode(payload)?;
        let Inner { issuer, audience, leeway, .. } = &*self.0;
        let expires_at = claims.get("exp").map_or(Err(Rejected("no expiry")), time)?;
        if now >= expires_at + *leeway {
            return Err(Rejected("expired"));
        }
        if claims.get("nbf").map(time).transpose()?.is_some_and(|start| now + *leeway < start) {
            return Err(Rejected("not yet valid"));
        }
        if issuer.as_ref().is_some_and(|issuer| claims.get("iss").is_none_or(|iss| iss != issuer)) {
            return Err(Rejected("another issuer"));
        }
        let named = |audience: &String| match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(|one| one == audience),
            one => one.is_some_and(|one| one == audience),
        };
        if !audience.as_ref().is_none_or(named) {
            return Err(Rejected("another audience"));
        }
        let subject =
            text(&claims, "sub")?.filter(|subject| is_subject(subject)).ok_or(Rejected("no usable subject"))?;
        Ok(Claims { subject, expires_at, workspace: workspace(&claims)? })
    }
}

/// A token taken apart, with nothing believed but its form.
struct Token<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn parse(token: &'a str) -> Result<Self, Rejected> {
        if token.len() > MAX_TOKEN {
            return Err(Rejected("too long"));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Rejected("not three parts"))?;
        let (header, payload) = message.split_once('.').ok_or(Rejected("not three parts"))?;
        let header = decode(header)?;
        if header.contains_key("crit") {
            return Err(Rejected("a critical header"));
        }
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("HS256") => Algorithm::HS256,
            Some("RS256") => Algorithm::RS256,
            Some("ES256") => Algorithm::ES256,
            Some("EdDSA") => Algorithm::EdDSA,
            _ => return Err(Rejected("another algorithm")),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Rejected("not base64url"))?;
        Ok(Self { algorithm, kid: text(&header, "kid")?, message, payload, signature })
    }

    fn verified_by(&self, key: &Key) -> bool {
        key.verifies(self.algorithm, self.message.as_bytes(), &self.signature)
    }

    fn candidates<'k>(&self, keys: &'k [Key]) -> Vec<&'k Key> {
        candidates(keys, self.algorithm, self.kid.as_deref())
    }
}

/// The JSON object in one part of a token.
fn decode(part: &str) -> Result<Map<String, Value>, Rejected> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected("not base64url"))?;
    serde_json::from_slice(&bytes).map_err(|_| Rejected("not a JSON object"))
}

/// The text of a member that may be missing or null.
fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejected> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Rejected("a member of another type")),
    }
}

/// Seconds since 1970, whole or not. A time after the year 9999 is one in milliseconds, or nonsense.
fn time(value: &Value) -> Result<DateTime<Utc>, Rejected> {
    let since = value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = since.and_then(|since| DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?));
    time.filter(|time| time.year() <= 9999).ok_or(Rejected("not a time"))
}

/// The claim `workspace_id`, else the one among Hasura's, which are an object or the text of one.
fn workspace(claims: &Map<String, Value>) -> Result<Option<String>, Rejected> {
    if let Some(id) = text(claims, "workspace_id")? {
        return Ok(Some(id));
    }
    match claims.get("https://hasura.io/jwt/claims") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(hasura)) => text(hasura, "x-hasura-workspace-id"),
        Some(Value::String(hasura)) => {
            let hasura = serde_json::from_str(hasura).map_err(|_| Rejected("not a JSON object"))?;
            text(&hasura, "x-hasura-workspace-id")
        }
        Some(_) => Err(Rejected("a member of another type")),
    }
}

fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.chars().count()) && !subject.chars().any(char::is_control)
}

/// Signs a token with HS256, for development and tests.
///
/// # Errors
/// A weak secret, a subject that would be refused, an expiry that cannot be written.
pub fn mint(
    secret: &str,
    subject: &str,
    workspace: Option<&str>,
    issuer: Option<&str>,
    audience: Option<&str>,
    issued_at: DateTime<Utc>,
    ttl: Duration,
) -> Result<String, SettingsError> {
    let expires_at = TimeDelta::from_std(ttl).ok().and_then(|ttl| issued_at.checked_add_signed(ttl));
    let Some(expires_at) = expires_at.filter(|time| time.year() <= 9999) else {
        return Err(SettingsError("the token would live too long".to_owned()));
    };
    if !is_subject(subject) {
        return Err(SettingsError(format!("the subject must be 1 to {MAX_SUBJECT} characters, none of control")));
    }
    let mut claims = json!({ "sub": subject, "iat": issued_at.timestamp(), "exp": expires_at.timestamp() });
    for (name, value) in [("iss", issuer), ("aud", audience), ("workspace_id", workspace)] {
        if let (Some(value), Some(claims)) = (value, claims.as_object_mut()) {
            claims.insert(name.to_owned(), value.into());
        }
    }
    sign(
        &json!({ "alg": "HS256", "typ": "JWT" }),
        &claims,
        Algorithm::HS256,
        &EncodingKey::from_secret(strong(secret)?),
    )
}

fn strong(secret: &str) -> Result<&[u8], SettingsError> {
    if secret.len() < MIN_SECRET {
        return Err(SettingsError(format!("the JWT secret must be at least {MIN_SECRET} bytes long")));
    }
    Ok(secret.as_bytes())
}

fn sign(header: &Value, claims: &Value, algorithm: Algorithm, key: &EncodingKey) -> Result<String, SettingsError> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = (DEFAULT_PROVIDER.signer_factory)(&algorithm, key)
        .and_then(|signer| Ok(signer.try_sign(message.as_bytes())?))
        .map_err(|error| SettingsError(format!("the token cannot be signed: {error}")))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests;
