//! Trusted documents: what the clients' build wrote down, loaded when the server starts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_query;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::validation::validate;
use super::{Hash, hash};
use crate::api::{self, Api};
use crate::document::{self, Limits};
use crate::typing::Types;

/// The texts of trusted documents, by their SHA-256.
#[derive(Clone, Debug, Default)]
pub struct Trusted(HashMap<Hash, String>);

/// Why trusted documents cannot be used.
#[derive(Debug)]
pub struct TrustedError(String);

impl std::fmt::Display for TrustedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TrustedError {}

impl Trusted {
    /// Reads a manifest, or every manifest (`*.json`) and every document (`*.graphql`) in a folder.
    ///
    /// A manifest is a JSON object from the SHA-256 of each text, in hexadecimal digits with or without `sha256:` in
    /// front, to the text, or `{ "operations": [{ "id", "body" }] }` with the same ids.
    ///
    /// # Errors
    /// When something cannot be read, an id is not the hash of its text, or there is no document.
    pub fn load(path: &Path) -> Result<Self, TrustedError> {
        let mut trusted = Self::default();
        if std::fs::metadata(path).map_err(|error| about(path, error))?.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| about(path, error))?;
            let mut files = entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<PathBuf>, _>>()
                .map_err(|error| about(path, error))?;
            files.sort();
            for file in files {
                trusted.read(&file)?;
            }
        } else {
            trusted.read(path)?;
        }
        if trusted.0.is_empty() {
            return Err(about(path, "there is no document in it"));
        }
        Ok(trusted)
    }

    /// The names of the operations of all documents.
    pub(in crate::server) fn operation_names(&self, limits: &Limits) -> Vec<&str> {
        let names = self.0.values().filter_map(|text| document::operation_names(text, limits).ok());
        names.flatten().flatten().collect()
    }

    /// The text of a trusted document.
    pub(super) fn text(&self, hash: &Hash) -> Option<&str> {
        self.0.get(hash).map(String::as_str)
    }

    /// Checks that every document keeps the limits and fits the schema.
    ///
    /// # Errors
    /// The first rule that one breaks.
    pub async fn check(&self, api: &Api, limits: &Limits) -> Result<(), TrustedError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let types = Types::from_sdl(&api::sdl()).map_err(|error| TrustedError(error.to_string()))?;
        for (hash, text) in &self.0 {
            let about = |error: &dyn std::fmt::Display| {
                TrustedError(format!("document sha256:{}: {error}", HEXLOWER.encode(hash)))
            };
            let mut guarded = text.as_str().into();
            for name in document::operation_names(text, limits).map_err(|error| about(&error))? {
                guarded = document::check(text, name, limits).map_err(|error| about(&error))?.text;
            }
            let parsed = parse_query(&guarded).map_err(|error| about(&error))?;
            types.check_document(&parsed).map_err(|error| about(&error))?;
            if let Some(error) = validate(api, parsed).await.errors.first() {
                return Err(about(&error.message));
            }
        }
        Ok(())
    }

    fn read(&mut self, file: &Path) -> Result<(), TrustedError> {
        let read = || std::fs::read_to_string(file).map_err(|error| about(file, error));
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("graphql" | "gql") => {
                let text = read()?;
                self.0.insert(Sha256::digest(&text).into(), text);
            }
            Some("json") => {
                let manifest: Manifest = serde_json::from_str(&read()?).map_err(|error| about(file, error))?;
                for (id, text) in manifest.documents() {
                    let digest: Hash = Sha256::digest(&text).into();
                    if hash(id.strip_prefix("sha256:").unwrap_or(&id)) != Some(digest) {
                        return Err(about(file, format!("the id `{id}` is not the SHA-256 of its document")));
                    }
                    self.0.insert(digest, text);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A manifest as the tools of clients write it.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Manifest {
    Listed { operations: Vec<Listed> },
    ByHash(HashMap<String, String>),
}

#[derive(serde::Deserialize)]
struct Listed {
    id: String,
    body: String,
}

impl Manifest {
    fn documents(self) -> Vec<(String, String)> {
        match self {
            Self::Listed { operations } => operations.into_iter().map(|one| (one.id, one.body)).collect(),
            Self::ByHash(documents) => documents.into_iter().collect(),
        }
    }
}

fn about(path: &Path, error: impl std::fmt::Display) -> TrustedError {
    TrustedError(format!("{}: {error}", path.display()))
}
