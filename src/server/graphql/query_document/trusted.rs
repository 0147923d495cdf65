//! Trusted documents: what the clients' build wrote down, loaded when the server starts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_query;
use data_encoding::HEXLOWER;
use graphql_limits::typing::Types;
use graphql_limits::{self as document, Limits};
use sha2::{Digest, Sha256};

use crate::api::{self, Api};
use crate::json::{LoneSurrogate, Text};
use crate::server::dashboard;
use crate::server::graphql::query_document::validation::validate;
use crate::server::graphql::query_document::{Hash, hash};

/// The texts of trusted documents, by their SHA-256.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    /// Those that the operator gave.
    given: HashMap<Hash, String>,
    /// Those of the dashboard, which the build checked.
    built_in: HashMap<Hash, String>,
}

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
        if trusted.given.is_empty() {
            return Err(about(path, "there is no document in it"));
        }
        Ok(trusted)
    }

    /// The same, and those that the embedded dashboard asks.
    ///
    /// # Errors
    /// When its manifest cannot be read, which would be a defect of the build.
    pub fn with_dashboard(mut self) -> Result<Self, TrustedError> {
        self.built_in = documents(dashboard::DOCUMENTS, Path::new("the dashboard's documents"))?;
        Ok(self)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.built_in.is_empty()
    }

    /// The names of the operations of all documents.
    pub(in crate::server) fn operation_names(&self, limits: &Limits) -> Vec<&str> {
        let names = self
            .given
            .values()
            .chain(self.built_in.values())
            .filter_map(|text| document::operation_names(text, limits).ok());
        names.flatten().flatten().collect()
    }

    /// The text of a trusted document.
    pub(super) fn text(&self, hash: &Hash) -> Option<&str> {
        self.given.get(hash).or_else(|| self.built_in.get(hash)).map(String::as_str)
    }

    /// Checks that every document of the operator keeps the limits and fits the schema.
    ///
    /// # Errors
    /// The first rule that one breaks.
    pub async fn check(&self, api: &Api, limits: &Limits) -> Result<(), TrustedError> {
        if self.given.is_empty() {
            return Ok(());
        }
        let types = Types::from_sdl(&api::sdl(), api::SCALARS).map_err(|error| TrustedError(error.to_string()))?;
        for (hash, text) in &self.given {
            let about = |error: &dyn std::fmt::Display| {
                TrustedError(format!("document sha256:{}: {error}", HEXLOWER.encode(hash)))
            };
            let mut checked = None;
            for name in document::operation_names(text, limits).map_err(|error| about(&error))? {
                checked = Some(document::check(text, name, limits).map_err(|error| about(&error))?);
            }
            let checked = checked.ok_or_else(|| about(&"there is no operation in it"))?;
            let mut parsed = parse_query(&checked.text).map_err(|error| about(&error))?;
            types.restore_numbers(&mut parsed, &checked.numbers).map_err(|error| about(&error))?;
            types.check_document(&parsed).map_err(|error| about(&error))?;
            if let Some(error) = validate(api, parsed).await.first() {
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
                self.given.insert(Sha256::digest(&text).into(), text);
            }
            Some("json") => {
                self.given.extend(documents(&read()?, file)?);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The documents of a manifest, each under the hash of its text.
fn documents(manifest: &str, file: &Path) -> Result<HashMap<Hash, String>, TrustedError> {
    let listed = listed(manifest).map_err(|error| about(file, error))?.into_iter();
    let documents = listed.map(|(id, text)| {
        let digest: Hash = Sha256::digest(&text).into();
        if hash(id.strip_prefix("sha256:").unwrap_or(&id)) != Some(digest) {
            return Err(about(file, format!("the id `{id}` is not the SHA-256 of its document")));
        }
        Ok((digest, text))
    });
    documents.collect()
}

/// The documents of a manifest as the tools of clients write it, by their ids.
fn listed(manifest: &str) -> Result<Vec<(String, String)>, String> {
    let manifest = Text::read(manifest.as_bytes()).map_err(|malformed| format!("it {malformed}"))?;
    let members = manifest.members().ok_or("it must be a JSON object")?;
    let text = |path: &str, value: Text<'_>| match value.string() {
        Some(Ok(text)) => Ok(text.into_owned()),
        Some(Err(LoneSurrogate)) => Err(format!("`{path}` {}", LoneSurrogate::MESSAGE)),
        None => Err(format!("`{path}` must be a string, not {}", value.kind().as_str())),
    };
    let member = |of: &[(Text<'_>, Text<'_>)], path: &str, name: &str| {
        let found = of.iter().find(|(key, _)| key.string().is_some_and(|key| key.as_deref() == Ok(name)));
        found.map_or_else(
            || Err(format!("`{path}.{name}` is missing")),
            |(_, value)| text(&format!("{path}.{name}"), *value),
        )
    };
    let is_list = |key: &Text<'_>| key.string().is_some_and(|key| key.as_deref() == Ok("operations"));
    let listed = members.iter().find(|(key, _)| is_list(key)).and_then(|(_, value)| value.elements());
    let Some(listed) = listed else {
        let by_id = members.into_iter().map(|(key, value)| {
            let id = text("an id", key)?;
            text(&id, value).map(|body| (id, body))
        });
        return by_id.collect();
    };
    let listed = listed.into_iter().enumerate().map(|(index, one)| {
        let path = format!("operations[{index}]");
        let one = one.members().ok_or_else(|| format!("`{path}` must be a JSON object"))?;
        Ok((member(&one, &path, "id")?, member(&one, &path, "body")?))
    });
    listed.collect()
}

fn about(path: &Path, error: impl std::fmt::Display) -> TrustedError {
    TrustedError(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use crate::server::graphql::query_document::trusted::{Limits, Path, Trusted, api, dashboard, documents};

    #[tokio::test]
    async fn the_dashboards_documents_fit_the_schema_and_the_limits() {
        let given = documents(dashboard::DOCUMENTS, Path::new("documents.json")).unwrap();
        let trusted = Trusted { given, ..Trusted::default() };
        let checked = trusted.check(&api::build(&api::Settings::default()), &Limits::default()).await;
        assert_eq!(checked.map_err(|error| error.to_string()), Ok(()));
    }
}
