//! Query documents the server has seen or was given: the cache, automatic persisted queries, and trusted documents.
//!
//! All three go by the SHA-256 of a document's text, so a document is kept once whichever way it is asked for. Only
//! documents that passed the guard and are valid are kept. A hash alone finds what is trusted, and what was sent with
//! its hash in the same workspace: it does not tell what others ask for.

mod shape;
mod trusted;
mod validation;

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Name, Pos, ServerError};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use graphql_limits::typing::Types;
use graphql_limits::{self as document, Kind, Limits};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

pub use trusted::{Trusted, TrustedError};
pub(in crate::server) use validation::validate;

use crate::error::{Code, Error};
use crate::server::graphql::answer_cache::Keepable;
use crate::server::graphql::operation::{RequestError, parse};
use crate::server::graphql::request::GraphqlRequest;

/// What the parsed form of a token takes in memory, in bytes, at the most: a field with an argument.
const BYTES_OF_A_TOKEN: usize = 256;
/// What a document takes besides, in bytes.
const BYTES_OF_A_DOCUMENT: usize = 1_024;
/// Hashes that were sent with their texts, and are known by themselves in their workspaces, at the most.
const MAX_REGISTERED: usize = 20_000;
/// Query documents that the cache is laid out for.
const USUAL_DOCUMENTS: usize = 1_000;

/// A document that passed the guard, for the operation that a request selects.
pub(in crate::server) struct Document {
    /// What the library reads.
    pub text: String,
    /// The same, parsed.
    pub parsed: ExecutableDocument,
    /// What the selected operation is.
    pub kind: Kind,
    /// The name of the selected operation, when it has one.
    pub operation_name: Option<String>,
    /// Whether that operation asks for the schema.
    pub introspects: bool,
    /// Whether plans may answer its root fields.
    pub plannable: bool,
    /// The variables that must have values so that its answers may be kept; nothing when they may not be kept.
    pub kept_with: Option<Vec<Name>>,
    /// The hash of its text and of the name of the selected operation.
    pub hash: Hash,
    tokens: usize,
}

/// Where a document was found.
pub(in crate::server) enum Source {
    /// It is in the cache.
    Cache,
    /// It is new, and may be kept under this key.
    Request(Key),
}

/// Whether documents must be trusted ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Trust {
    /// Every document is answered.
    #[default]
    Off,
    /// Every document is answered; those that are not trusted are logged.
    Log,
    /// Only trusted documents are answered.
    Require,
}

/// What the server does with documents.
#[derive(Clone, Debug)]
pub struct DocumentSettings {
    /// What the cache may take, in bytes.
    pub cache_bytes: u64,
    /// Whether clients may send the hash of a document that the server has seen instead of its text.
    pub persisted: bool,
    /// Whether documents must be trusted ones.
    pub trust: Trust,
    /// The trusted documents.
    pub trusted: Trusted,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self { cache_bytes: 33_554_432, persisted: true, trust: Trust::Off, trusted: Trusted::default() }
    }
}

/// How often a document may ask for all types of the schema: each time is a large answer.
const MAX_LISTS_OF_TYPES: usize = 2;

/// The SHA-256 of a document's text.
type Hash = [u8; 32];

/// The hash of a text and the name of the operation that is selected in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::server) struct Key(Hash);

impl Key {
    fn new(hash: Hash, operation_name: Option<&str>) -> Self {
        let Some(name) = operation_name else { return Self(hash) };
        Self(Sha256::new().chain_update(hash).chain_update(name).finalize().into())
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<Document>> for Bytes {
    fn weight(&self, _: &Key, document: &Arc<Document>) -> u64 {
        let bytes = BYTES_OF_A_DOCUMENT + document.text.len() + document.tokens * BYTES_OF_A_TOKEN;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// The documents of a server.
pub(in crate::server) struct QueryDocuments {
    /// By workspace.
    registered: Cache<(i32, Hash), ()>,
    known: Cache<Key, Arc<Document>, Bytes>,
    settings: DocumentSettings,
    keepable: Keepable,
}

impl QueryDocuments {
    pub fn new(settings: DocumentSettings, keepable: Keepable) -> Self {
        let known = Cache::with_weighter(USUAL_DOCUMENTS, settings.cache_bytes, Bytes);
        Self { registered: Cache::new(MAX_REGISTERED), known, settings, keepable }
    }

    /// The document that a request of a workspace asks for, by its text or by its hash.
    pub fn find(
        &self,
        asked: &GraphqlRequest,
        workspace_pk: i32,
        limits: &Limits,
        types: &Types,
    ) -> Result<(Arc<Document>, Source), RequestError> {
        let name = asked.operation_name.as_deref();
        let (hash, text) = self.wanted(asked)?;
        if !asked.own {
            self.trust(&hash, name)?;
        }
        match text {
            None if self.registered.get(&(workspace_pk, hash)).is_none() => return Err(not_found()),
            Some(_) if asked.persisted.is_some() => self.registered.insert((workspace_pk, hash), ()),
            None | Some(_) => {}
        }
        let key = Key::new(hash, name);
        if let Some(document) = self.known.get(&key) {
            return Ok((document, Source::Cache));
        }
        let text = text.ok_or_else(not_found)?;
        let checked = document::check(text, name, limits)?;
        let mut parsed = parse(&checked.text)?;
        types.restore_numbers(&mut parsed, &checked.numbers)?;
        types.check_document(&parsed)?;
        if checked.introspection_fields > 0 && shape::lists_of_types(&parsed) > MAX_LISTS_OF_TYPES {
            let message = format!("A document may ask for the schema's types at most {MAX_LISTS_OF_TYPES} times.");
            return Err(RequestError::invalid(ServerError::new(message, None::<Pos>), document::Code::Fields.as_str()));
        }
        if checked.kind == Kind::Subscription {
            document::single_root(&mut parsed, name)?;
        }
        let document = Document {
            plannable: shape::has_plain_root(&parsed, name) && !shape::asks_interfaces(&parsed),
            kept_with: self.keepable.conditions(&parsed).filter(|_| checked.kind == Kind::Query),
            hash: key.0,
            parsed,
            kind: checked.kind,
            operation_name: checked.operation_name.map(str::to_owned),
            introspects: checked.introspection_fields > 0,
            tokens: checked.tokens,
            text: checked.text.into_owned(),
        };
        Ok((Arc::new(document), Source::Request(key)))
    }

    /// Keeps a document that is valid.
    pub fn keep(&self, key: Key, document: &Arc<Document>) {
        self.known.insert(key, Arc::clone(document));
    }

    /// The hash of what a request asks for, with its text as far as there is one.
    fn wanted<'a>(&'a self, asked: &'a GraphqlRequest) -> Result<(Hash, Option<&'a str>), RequestError> {
        match (&asked.query, &asked.document_id, asked.persisted.as_deref()) {
            (Some(text), None, None) => Ok((Sha256::digest(text).into(), Some(text))),
            (None, Some(id), None) => {
                let hash = id
                    .strip_prefix("sha256:")
                    .and_then(hash)
                    .ok_or_else(|| Error::bad_input("`documentId` must be `sha256:` and 64 hexadecimal digits."))?;
                Ok((hash, Some(self.settings.trusted.text(&hash).ok_or_else(not_found)?)))
            }
            (_, None, Some(_)) if !self.settings.persisted => Err(not_supported()),
            (text, None, Some(hex)) => {
                let wanted = hash(hex)
                    .ok_or_else(|| Error::bad_input("`persistedQuery.sha256Hash` must be 64 hexadecimal digits."))?;
                if text.as_ref().is_some_and(|text| Hash::from(Sha256::digest(text)) != wanted) {
                    return Err(Error::bad_input("`persistedQuery.sha256Hash` is not the hash of `query`.").into());
                }
                Ok((wanted, text.as_deref().or_else(|| self.settings.trusted.text(&wanted))))
            }
            (None, None, None) => Err(Error::bad_input("`query` is missing.").into()),
            (_, Some(_), _) => {
                Err(Error::bad_input("`documentId` stands for the document: send neither `query` nor a hash with it.")
                    .into())
            }
        }
    }

    fn trust(&self, hash: &Hash, name: Option<&str>) -> Result<(), Error> {
        if self.settings.trust == Trust::Off || self.settings.trusted.text(hash).is_some() {
            return Ok(());
        }
        if self.settings.trust == Trust::Log {
            tracing::warn!(document = %format_args!("sha256:{}", HEXLOWER.encode(hash)), operation = name, "document is not trusted");
            return Ok(());
        }
        Err(Error::new(Code::Forbidden, "Only trusted documents are answered."))
    }
}

/// The words and the code that clients of automatic persisted queries wait for, to send the text with the next request.
fn not_found() -> RequestError {
    RequestError::invalid(
        ServerError::new("PersistedQueryNotFound", None::<Pos>),
        Code::PersistedQueryNotFound.as_str(),
    )
}

fn not_supported() -> RequestError {
    let error = ServerError::new("PersistedQueryNotSupported", None::<Pos>);
    RequestError::invalid(error, Code::PersistedQueryNotSupported.as_str())
}

fn hash(hex: &str) -> Option<Hash> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}
