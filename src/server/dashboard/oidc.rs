//! The OpenID Connect provider that people sign in with: what the page is told of it.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};
use url::Url;

use crate::server::Origin;

/// An OpenID Connect provider.
#[derive(Clone, Debug)]
pub struct Oidc {
    /// Who issues the tokens.
    pub issuer: Issuer,
    /// What the dashboard is called there.
    pub client_id: String,
    /// What it asks for.
    pub scope: String,
    /// Further origins that the provider answers at.
    pub origins: Vec<Origin>,
}

/// The address of a provider, as its tokens name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    origin: String,
}

/// A text is not the address of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnIssuer;

impl fmt::Display for NotAnIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an issuer is an `https://` address without a query; `http://` is taken for this machine only")
    }
}

impl std::error::Error for NotAnIssuer {}

impl FromStr for Issuer {
    type Err = NotAnIssuer;

    fn from_str(text: &str) -> Result<Self, NotAnIssuer> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| NotAnIssuer)?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
        let plain = url.query().is_none() && url.fragment().is_none();
        let named = url.username().is_empty() && url.password().is_none();
        if !(safe && plain && named) {
            return Err(NotAnIssuer);
        }
        Ok(Self { text: text.to_owned(), origin: url.origin().ascii_serialization() })
    }
}

impl Oidc {
    /// What the page is told.
    pub(super) fn to_json(&self) -> Value {
        json!({ "issuer": self.issuer.text, "clientId": self.client_id, "scope": self.scope })
    }

    /// Whom the page may ask, as a part of its policy.
    pub(super) fn origins(&self) -> String {
        let further = self.origins.iter().map(ToString::to_string);
        let all: Vec<_> = std::iter::once(self.issuer.origin.clone()).chain(further).collect();
        format!(" {}", all.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use crate::server::dashboard::oidc::Issuer;

    #[test]
    fn an_issuer_is_encrypted_or_on_this_machine() {
        for text in
            ["https://id.example", "https://id.example/realms/a", "http://127.0.0.1:9000", "http://localhost:1/x"]
        {
            assert_eq!(text.parse::<Issuer>().unwrap().text, text);
        }
        for text in
            ["", "id.example", "http://id.example", "https://me:word@id.example", "https://id.example/?a=b", "ftp://x"]
        {
            assert!(text.parse::<Issuer>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_its_origin_is_asked() {
        let issuer: Issuer = "https://id.example:8443/realms/a".parse().unwrap();
        assert_eq!(issuer.origin, "https://id.example:8443");
    }
}
