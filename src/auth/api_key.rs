//! The secret of an API key: how it is made, recognised and hashed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every key starts with, so that people and scanners recognise one.
pub(super) const PREFIX: &str = "well_sk_";

/// The bytes of randomness in a key.
const RANDOM_BYTES: usize = 32;

/// The length of a key's text: the prefix and 43 characters of base64url without padding.
const LENGTH: usize = PREFIX.len() + (RANDOM_BYTES * 8).div_ceil(6);

/// The characters at a key's end that its hint shows.
const HINT: usize = 4;

/// The text of an API key: `well_sk_` and 256 bits of randomness in base64url.
///
/// It is shown once, when the key is made; the server keeps only [`hash`](Self::hash) and [`hint`](Self::hint).
/// `Debug` and `Display` show the hint.
#[derive(Clone)]
pub struct ApiKeySecret(String);

impl ApiKeySecret {
    /// A new key, from the system-seeded random generator.
    #[must_use]
    pub fn generate() -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; RANDOM_BYTES]>())))
    }

    /// The key that `text` is, if it has exactly the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let random = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (random.len() == RANDOM_BYTES).then(|| Self(text.to_owned()))
    }

    /// The SHA-256 of the whole text: what is stored and looked up.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What a list of keys may show of this one. In ASCII, since not every database stores more.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("{PREFIX}...{}", self.0.get(LENGTH - HINT..).unwrap_or_default())
    }

    /// The text itself, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeySecret({self})")
    }
}

impl fmt::Display for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty-two zero bytes.
    const ZERO: &str = "well_sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_generated_key_parses_to_itself_and_no_two_are_alike() {
        let (one, two) = (ApiKeySecret::generate(), ApiKeySecret::generate());
        assert_eq!(one.reveal().len(), 51);
        let again = ApiKeySecret::parse(one.reveal()).unwrap();
        assert_eq!(again.hash(), one.hash());
        assert_ne!(one.hash(), two.hash());
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_whole_text() {
        let hash = URL_SAFE_NO_PAD.encode(ApiKeySecret::parse(ZERO).unwrap().hash());
        assert_eq!(hash, "c-22c5kGKCT-4WxmrgBCRo9DcB-pvqzw0s8isiUUt0Q");
    }

    #[test]
    fn only_the_exact_form_is_a_key() {
        let body = "A".repeat(43);
        for text in [
            String::new(),
            "well_sk_".to_owned(),
            body.clone(),
            format!("well_pk_{body}"),
            format!("WELL_SK_{body}"),
            format!("well_sk_{body}A"),
            format!("well_sk_{}", &body[1..]),
            format!(" well_sk_{}", &body[1..]),
            format!("well_sk_{}\n", &body[1..]),
            format!("well_sk_{}=", &body[1..]),
            format!("well_sk_{}+A", &body[2..]),
            format!("well_sk_{}/A", &body[2..]),
            format!("well_sk_{}éA", &body[3..]),
            // The last character carries two bits that must be zero: one key has one text.
            format!("well_sk_{}B", &body[1..]),
        ] {
            assert!(ApiKeySecret::parse(&text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn only_the_hint_is_printed() {
        let key = ApiKeySecret::parse(&ZERO.replace("AAAAA", "abcdE")).unwrap();
        assert_eq!(key.hint(), "well_sk_...EAAA");
        assert_eq!(key.to_string(), "well_sk_...EAAA");
        assert_eq!(format!("{key:?}"), "ApiKeySecret(well_sk_...EAAA)");
    }
}
