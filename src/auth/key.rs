//! The keys that verify tokens, each bound to one algorithm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// One key, which verifies one algorithm and no other.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    material: DecodingKey,
}

impl Key {
    fn new(algorithm: Algorithm, key: DecodingKey) -> Result<Self, String> {
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &key).map_err(|error| error.to_string())?;
        Ok(Self { id: None, algorithm, material: key })
    }

    /// Whether it is one for `algorithm`, and the set calls it so.
    pub(super) fn is(&self, algorithm: Algorithm, id: &str) -> bool {
        self.algorithm == algorithm && self.id.as_deref() == Some(id)
    }

    /// What it is, for the log.
    pub(super) fn describe(&self) -> String {
        match &self.id {
            Some(id) => format!("{:?} {id:?}", self.algorithm),
            None => format!("{:?}", self.algorithm),
        }
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

    pub(super) fn from_jwk(jwk: &Value) -> Result<Self, String> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        let bytes = |name| base64url(text(name).unwrap_or_default());
        // What an entry says of itself narrows what it is good for; what it leaves out does not. Some issuers write what
        // they leave out as null or empty.
        let given = |name| jwk.get(name).filter(|value| !is_empty(value));
        let allows = |name, names: &[&str]| {
            given(name).is_none_or(|value| value.as_str().is_some_and(|value| names.contains(&value)))
        };
        let verify = |names: &Value| names.as_array().is_some_and(|names| names.iter().any(|name| name == "verify"));
        if !allows("use", &["sig"]) || !given("key_ops").is_none_or(verify) {
            return Err("not for signatures".to_owned());
        }
        let (key, algorithms): (_, &[&str]) = match (text("kty"), text("crv"), bytes("x"), bytes("y")) {
            (Some("RSA"), ..) => (Self::rsa(&bytes("n"), &bytes("e")), &["RS256"]),
            (Some("EC"), Some("P-256"), x, y) if x.len() == 32 && y.len() == 32 => {
                (Self::p256(&[&[4], x.as_slice(), y.as_slice()].concat()), &["ES256"])
            }
            (Some("OKP"), Some("Ed25519"), x, _) => (Self::ed25519(&x), &["EdDSA", "Ed25519"]),
            (Some("EC" | "OKP"), ..) => return Err("malformed, or of a curve that is not used here".to_owned()),
            _ => return Err("of a kind that is not used here".to_owned()),
        };
        if !allows("alg", algorithms) {
            return Err("for an algorithm that is not used here".to_owned());
        }
        let id = given("kid").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { id, ..key? })
    }

    /// Whether this key is one for `algorithm` and made `signature` over `message`.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &Vec<u8>) -> bool {
        self.algorithm == algorithm
            && (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.material)
                .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

/// Whether a member of a JWK says nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

/// Bytes in base64url. Padding and the letters of standard base64, as some issuers write them, are read as well.
fn base64url(text: &str) -> Vec<u8> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}
