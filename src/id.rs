//! Identities as clients see them: typed public ids, sealed ids, opaque cursors.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult, Value,
    parser::types::Field,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::Queryable;
use diesel::deserialize::FromSql;
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Uuid as SqlUuid;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Code;

/// What a client is told of an id that can be none.
pub const NOT_AN_ID: &str = "The value is not an id.";

/// The public UUID of an `E`, an `ID` in the schema: a document's id is not a task's.
pub struct Id<E>(Uuid, PhantomData<fn() -> E>);

/// The public UUID of anything, for filters and `node`.
pub type AnyId = Id<()>;

impl<E> Id<E> {
    /// The id with this UUID.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Its UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Id<E> {}

impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for Id<E> {}

impl<E> Hash for Id<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<E> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E> From<&Id<E>> for ID {
    fn from(id: &Id<E>) -> Self {
        Self(id.0.to_string())
    }
}

/// The one answer to an id that cannot be any entity's.
fn malformed<T: InputType>() -> InputValueError<T> {
    InputValueError::custom(NOT_AN_ID).with_extension("code", Code::BadUserInput.as_str())
}

impl<E> InputType for Id<E> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            // Only the canonical form: what the server printed, and nothing that looks like it.
            Some(Value::String(text)) if text.len() == 36 => {
                Uuid::parse_str(&text).map(Self::new).map_err(|_| malformed())
            }
            // The id of a link is an id, but none that anything with a UUID has.
            Some(Value::String(text)) if is_sealed(&text) => Ok(Self::new(Uuid::max())),
            _ => Err(malformed()),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<E> OutputType for Id<E> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(self.to_value())
    }
}

impl<E> FromSql<SqlUuid, Pg> for Id<E> {
    fn from_sql(bytes: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <Uuid as FromSql<SqlUuid, Pg>>::from_sql(bytes).map(Self::new)
    }
}

impl<E> Queryable<SqlUuid, Pg> for Id<E> {
    type Row = Uuid;

    fn build(uuid: Uuid) -> diesel::deserialize::Result<Self> {
        Ok(Self::new(uuid))
    }
}

/// Characters of an id that is a sealed key: 4 bytes and a tag of 16, in base64.
const SEALED_ID_LENGTH: usize = 27;

/// Whether a text looks like an id that is a sealed key.
pub(crate) fn is_sealed(text: &str) -> bool {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == SEALED_ID_LENGTH && text.bytes().all(base64url)
}

/// The server's key for what must travel through clients without being read or made by them.
///
/// AES-256-GCM-SIV with a constant nonce is deterministic authenticated encryption: the same value always
/// seals to the same text, which is all that two equal texts tell.
#[derive(Clone)]
pub struct Sealer(Aes256GcmSiv);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// The sealer for a secret of any length.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let key: [u8; 32] =
            Sha256::new().chain_update(b"well-ingestion seal v1\0").chain_update(secret).finalize().into();
        Self(Aes256GcmSiv::new(&key.into()))
    }

    /// Seals `plain` so that it opens only for the same `context`.
    #[must_use]
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> String {
        let sealed = self.0.encrypt(&Nonce::default(), Payload { msg: plain, aad: context }).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// What was sealed, or nothing when the text is not ours, was changed, or is of another context.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.0.decrypt(&Nonce::default(), Payload { msg: &bytes, aad: context }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_stable_and_bound_to_its_context() {
        let sealer = Sealer::new(b"secret");
        let text = sealer.seal(b"link", &7_i32.to_be_bytes());
        assert_eq!(text, sealer.seal(b"link", &7_i32.to_be_bytes()));
        assert_eq!(sealer.open(b"link", &text), Some(7_i32.to_be_bytes().to_vec()));
        assert_eq!(sealer.open(b"cursor", &text), None);
        assert_eq!(Sealer::new(b"other").open(b"link", &text), None);
    }
}
