//! JSON Web Tokens: the keys and rules they are verified by, and minting them for development.

mod members;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use members::{Members, text};

use super::jwks::{KeySet, candidates};
use super::key::Key;
use crate::json::{Kind, Text};

/// The longest token that is read, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The clock skew that is allowed unless configured otherwise.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(5);

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
    /// When the token stops to be valid: `exp` and the leeway.
    pub expires_at: DateTime<Utc>,
    /// The workspace it was minted for, as text: `workspace_id`, else `x-hasura-workspace-id` of the Hasura claims,
    /// whose names are matched in any case.
    pub workspace: Option<String>,
}

/// Which tokens are valid. Every kind of key may be given at once; with none, no token is.
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
    /// No keys, nothing required, a look at the key sets every five minutes.
    fn default() -> Self {
        Self {
            secret: None,
            public_key_pem: None,
            jwks_file: None,
            jwks_url: None,
            jwks_refresh: Duration::from_secs(300),
            issuer: None,
            audience: None,
            leeway: DEFAULT_LEEWAY,
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

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It is not valid. Why is for the log only.
    Invalid(&'static str),
    /// It has more than [`MAX_TOKEN`] bytes.
    TooLong,
    /// It may be valid: a key set that could hold its key has not been read yet.
    KeysUnavailable,
}

use Rejected::Invalid;

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
    /// A key that cannot be used, a weak secret, an unreadable JWKS file, a forbidden URL, a key set without a usable
    /// key, a time out of range. A URL that does not answer is no error: its keys are used as soon as it does.
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

    /// Whether every key set was read once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.sets.iter().all(KeySet::was_read)
    }

    /// Which tokens are accepted, for the log.
    #[must_use]
    pub fn describe(&self) -> String {
        let Inner { keys, sets, issuer, audience, leeway } = &*self.0;
        let keys = keys.iter().map(Key::describe).chain(sets.iter().map(KeySet::describe)).collect::<Vec<_>>();
        let required = |name: &str, value: &Option<String>| match value {
            Some(value) => format!("{name} {value:?}"),
            None => format!("any {name}"),
        };
        let (issuer, audience) = (required("issuer", issuer), required("audience", audience));
        format!("keys: {}; {issuer}; {audience}; leeway {} s", keys.join(", "), leeway.num_seconds())
    }

    /// What `token` says, if it is valid at `now`.
    ///
    /// # Errors
    /// [`Rejected`], whatever is wrong.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        let token = Token::parse(token)?;
        let sets: Vec<_> = self.0.sets.iter().map(|set| (set, set.keys())).collect();
        if self.0.keys.iter().any(|key| token.verified_by(key))
            || sets.iter().any(|(_, keys)| token.verified_by_any(keys))
        {
            return self.claims(token.payload, now);
        }
        // A key set verifies no HS256. What would be refused anyway is refused at once.
        if token.algorithm == Algorithm::HS256 || self.claims(token.payload, now).is_err() {
            return Err(Invalid("no key verifies the signature"));
        }
        // The issuer may have changed its keys, under the same id, too.
        for (set, keys) in sets.iter().filter(|(set, _)| set.was_read()) {
            if token.verified_by_any(&set.newer_than(keys, now).await) {
                return self.claims(token.payload, now);
            }
        }
        if self.is_ready() { Err(Invalid("no key verifies the signature")) } else { Err(Rejected::KeysUnavailable) }
    }

    fn claims(&self, payload: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        let payload = decode(payload)?;
        let claims = Members::of(&payload)?;
        let Inner { issuer, audience, leeway, .. } = &*self.0;
        let expires_at = claims.get("exp")?.map_or(Err(Invalid("no expiry")), time)? + *leeway;
        if now >= expires_at {
            return Err(Invalid("expired"));
        }
        if claims.get("nbf")?.map(time).transpose()?.is_some_and(|start| now + *leeway < start) {
            return Err(Invalid("not yet valid"));
        }
        let is = |value: Text<'_>, wanted: &String| value.string().is_some_and(|text| text.as_deref() == Ok(wanted));
        let iss = claims.get("iss")?;
        if issuer.as_ref().is_some_and(|issuer| !iss.is_some_and(|iss| is(iss, issuer))) {
            return Err(Invalid("another issuer"));
        }
        let aud = claims.get("aud")?.map(|aud| aud.elements().unwrap_or_else(|| vec![aud])).unwrap_or_default();
        if audience.as_ref().is_some_and(|audience| !aud.into_iter().any(|aud| is(aud, audience))) {
            return Err(Invalid("another audience"));
        }
        let subject = claims.text("sub")?.filter(|subject| is_subject(subject)).ok_or(Invalid("no usable subject"))?;
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
            return Err(Rejected::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Invalid("not three parts"))?;
        let (header, payload) = message.split_once('.').ok_or(Invalid("not three parts"))?;
        let header = decode(header)?;
        let header = Members::of(&header)?;
        if header.has("crit") {
            return Err(Invalid("a critical header"));
        }
        let algorithm = match header.text("alg")?.as_deref() {
            Some("HS256") => Algorithm::HS256,
            Some("RS256") => Algorithm::RS256,
            Some("ES256") => Algorithm::ES256,
            // Its name of old, and that of RFC 9864.
            Some("EdDSA" | "Ed25519") => Algorithm::EdDSA,
            _ => return Err(Invalid("another algorithm")),
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Invalid("not base64url"))?;
        let kid = header.text("kid")?.filter(|id| !id.is_empty());
        Ok(Self { algorithm, kid, message, payload, signature })
    }

    fn verified_by(&self, key: &Key) -> bool {
        key.verifies(self.algorithm, self.message.as_bytes(), &self.signature)
    }

    fn verified_by_any(&self, keys: &[Key]) -> bool {
        candidates(keys, self.algorithm, self.kid.as_deref()).into_iter().any(|key| self.verified_by(key))
    }
}

/// The bytes of one part of a token.
fn decode(part: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid("not base64url"))
}

/// Seconds since 1970, whole or not. A time after the year 9999 is one in milliseconds, or nonsense.
fn time(value: Text<'_>) -> Result<DateTime<Utc>, Rejected> {
    let seconds = Some(value).filter(|value| value.kind() == Kind::Number);
    let seconds = seconds.and_then(|value| value.as_str().parse().ok());
    let since = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = since.and_then(|since| DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?));
    time.filter(|time| time.year() <= 9999).ok_or(Invalid("not a time"))
}

/// The claim `workspace_id`, else the one among Hasura's, which are an object or the text of one.
fn workspace(claims: &Members<'_>) -> Result<Option<String>, Rejected> {
    if let Some(id) = claims.get("workspace_id")?.map_or(Ok(None), workspace_id)? {
        return Ok(Some(id));
    }
    let Some(hasura) = claims.get("https://hasura.io/jwt/claims")? else { return Ok(None) };
    match hasura.kind() {
        Kind::Object => session_variable(&Members::read(hasura)?),
        _ => session_variable(&Members::of(text(hasura)?.as_bytes())?),
    }
}

/// The session variable of the workspace. Hasura takes their names in any case.
fn session_variable(variables: &Members<'_>) -> Result<Option<String>, Rejected> {
    let named = variables.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-hasura-workspace-id"));
    let mut found = None;
    for (_, value) in named {
        let Some(id) = workspace_id(*value)? else { continue };
        if found.replace(id.clone()).is_some_and(|other| other != id) {
            return Err(Invalid("two session variables name different workspaces"));
        }
    }
    Ok(found)
}

/// A workspace as a claim names it: a text, or a number as it is written. Null and an empty text name none.
fn workspace_id(value: Text<'_>) -> Result<Option<String>, Rejected> {
    match value.kind() {
        Kind::Null => Ok(None),
        Kind::Number => Ok(Some(value.as_str().to_owned())),
        _ => Ok(Some(text(value)?.trim().to_owned()).filter(|text| !text.is_empty())),
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
