//! The web pages that may talk to the server: those it serves itself, and those of the origins that are set.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;
use url::Url;

use super::observe::REQUEST_ID;
use super::rate;

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(7_200);

/// Where a web page is from: `scheme://host[:port]`, written as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// A text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an origin is `http://` or `https://`, a host and perhaps a port, without a path or `*`")
    }
}

impl std::error::Error for NotAnOrigin {}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(text.trim()).map_err(|_| NotAnOrigin)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let named = url.username().is_empty() && url.password().is_none() && !text.contains(['*', '@']);
        if !matches!(url.scheme(), "http" | "https") || !bare || !named {
            return Err(NotAnOrigin);
        }
        HeaderValue::from_str(&url.origin().ascii_serialization()).map(Self).map_err(|_| NotAnOrigin)
    }
}

/// The origins that are set. There are none by default.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// Exactly these.
    #[must_use]
    pub const fn new(origins: Vec<Origin>) -> Self {
        Self(origins)
    }

    /// Whether the page that sends a request may: it is of this server or of an origin that is set, or it is no page,
    /// since only browsers say where a request comes from. For requests that browsers do not hold back by themselves,
    /// such as the one that opens a socket.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => self.contains(origin) || is_own(origin, headers),
            (Some(_), Some(_)) => false,
        }
    }

    fn contains(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|known| known.0 == origin)
    }

    /// What browsers are told of them; nothing when there are none. Credentials that a browser keeps, such as cookies,
    /// are never wanted: a page shows its token.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        if self.0.is_empty() {
            return None;
        }
        let asked = ["content-type", "x-workspace-id", "last-event-id", "traceparent", "tracestate"];
        let asked = asked.map(HeaderName::from_static).into_iter().chain([header::AUTHORIZATION, REQUEST_ID]);
        let told = [REQUEST_ID, header::RETRY_AFTER, rate::LIMIT, rate::POLICY];
        let cors = CorsLayer::new()
            .allow_origin(self.0.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(asked.collect::<Vec<_>>())
            .expose_headers(told)
            .max_age(REMEMBERED);
        Some(cors)
    }
}

/// Whether the origin names the host that the request was sent to. The scheme is not compared: a proxy may end TLS.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (given, written) in [
            ("https://app.example", "https://app.example"),
            (" HTTPS://App.Example:443/ ", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(given.parse::<Origin>().unwrap().0, written, "{given}");
        }
    }

    #[test]
    fn anything_else_is_not_an_origin() {
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "https://*.example",
            "https://",
            "https://a.example/path",
            "ftp://a.example",
            "https://a.example?x",
            "https://a.example#x",
            "https://me@a.example",
            "https://a.example:99999",
            "file:///x",
            "https://a.example,https://b.example",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
    }

    #[test]
    fn pages_of_this_server_and_of_the_origins_that_are_set_may_talk_to_it() {
        let origins = Origins::new(vec!["https://app.example".parse().unwrap()]);
        let allowed = |sent: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("api.example:8080"));
            for origin in sent {
                headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
            }
            origins.allow(&headers)
        };
        for sent in [&[][..], &["https://app.example"], &["https://api.example:8080"], &["http://API.example:8080"]] {
            assert!(allowed(sent), "{sent:?}");
        }
        for sent in [
            &["null"][..],
            &["http://app.example"],
            &["https://app.example:444"],
            &["https://app.example.evil.example"],
            &["https://api.example"],
            &["api.example:8080"],
            &["https://app.example", "https://app.example"],
            &[""],
        ] {
            assert!(!allowed(sent), "{sent:?}");
        }
    }
}
