//! The web pages that may talk to the server: those it serves itself, and those of the origins that are set.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;
use url::{Origin as UrlOrigin, Url};

use crate::server::limits::rate;
use crate::server::observability::requests::REQUEST_ID;

/// How long a browser may remember what it was told.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(7_200);

/// Headers that pages may send besides those that the server reads: what GraphQL clients and tracing libraries add to
/// requests by themselves. A browser asks before it sends any of them, and sends nothing at all when one is refused.
const USUAL_HEADERS: [&str; 57] = [
    // The server reads these.
    "accept",
    "authorization",
    "content-encoding",
    "content-type",
    "if-match",
    "last-event-id",
    "x-request-id",
    "x-workspace-id",
    // Clients of GraphQL.
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "graphql-client-name",
    "graphql-client-version",
    "graphql-preflight",
    "graphql-require-preflight",
    "idempotency-key",
    "x-apollo-cache-do-not-store",
    "x-apollo-cache-fetch-strategy",
    "x-apollo-can-be-batched",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "x-apollo-operation-type",
    "x-client-name",
    "x-client-version",
    "x-graphql-client-name",
    "x-graphql-client-version",
    // Caches and cross-site request forgery.
    "cache-control",
    "pragma",
    "x-csrf-token",
    "x-requested-with",
    // Tracing.
    "b3",
    "baggage",
    "elastic-apm-traceparent",
    "newrelic",
    "request-context",
    "request-id",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
    "x-dtpc",
    "x-instana-l",
    "x-instana-s",
    "x-instana-t",
];

/// Where a web page is from: `scheme://host[:port]`, written as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// A header that pages may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader(HeaderName);

impl FromStr for RequestHeader {
    type Err = axum::http::header::InvalidHeaderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

/// A text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an origin is a scheme, `://`, a host and perhaps a port, as `https://app.example` or \
             `capacitor://localhost`, without a path or `*`; `null`, which stands for pages without an origin whoever \
             wrote them, cannot be allowed",
        )
    }
}

impl std::error::Error for NotAnOrigin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(text.trim()).map_err(|_| NotAnOrigin)?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let named = url.username().is_empty() && url.password().is_none() && !text.contains(['*', '@']);
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(NotAnOrigin)?;
        if !bare || !named {
            return Err(NotAnOrigin);
        }
        let written = match url.origin() {
            known @ UrlOrigin::Tuple(..) => known.ascii_serialization(),
            // Of a scheme whose ports and letters nobody knows, as of a browser's extension or an app's own pages.
            UrlOrigin::Opaque(_) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{}://{host}{port}", url.scheme())
            }
        };
        HeaderValue::from_str(&written).map(Self).map_err(|_| NotAnOrigin)
    }
}

/// The origins that are set. There are none by default.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    allowed: Vec<Origin>,
    /// Headers that their pages may send besides the usual ones.
    headers: Vec<RequestHeader>,
}

impl Origins {
    /// Exactly these.
    #[must_use]
    pub const fn new(allowed: Vec<Origin>) -> Self {
        Self { allowed, headers: Vec::new() }
    }

    /// The same, whose pages may send these headers besides the usual ones.
    #[must_use]
    pub fn with_headers(self, headers: Vec<RequestHeader>) -> Self {
        Self { headers, ..self }
    }

    /// The names of the headers that pages may send without being set.
    #[must_use]
    pub fn usual_headers() -> &'static [&'static str] {
        &USUAL_HEADERS
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
        self.allowed.iter().any(|known| known.0 == origin)
    }

    /// What browsers are told of them; nothing when there are none. Credentials that a browser keeps, such as cookies,
    /// are never wanted: a page shows its token.
    pub(in crate::server) fn cors(&self) -> Option<CorsLayer> {
        if self.allowed.is_empty() {
            return None;
        }
        let usual = USUAL_HEADERS.map(HeaderName::from_static).into_iter();
        let asked = usual.chain(self.headers.iter().map(|header| header.0.clone()));
        let told = [REQUEST_ID, header::RETRY_AFTER, rate::LIMIT, rate::POLICY, header::ETAG, header::LOCATION];
        let cors = CorsLayer::new()
            .allow_origin(self.allowed.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers(asked.collect::<Vec<_>>())
            .expose_headers(told)
            .max_age(PREFLIGHT_MAX_AGE);
        Some(cors)
    }
}

/// Whether the origin names the host that the request was sent to. `http` and `https` are not told apart, since a proxy
/// may end TLS; pages of other schemes are not the server's, whatever they call their host.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let authority = origin.filter(|(scheme, _)| matches!(*scheme, "http" | "https")).map(|(_, authority)| authority);
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
            ("capacitor://localhost", "capacitor://localhost"),
            ("ionic://localhost/", "ionic://localhost"),
            ("TAURI://localhost", "tauri://localhost"),
            ("app://obsidian.md", "app://obsidian.md"),
            ("app://localhost:8080", "app://localhost:8080"),
            ("app://.", "app://."),
            (
                "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
                "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            ),
            (
                "moz-extension://4c2a5b0e-8d8f-4b0f-9f0e-0c1d2e3f4a5b",
                "moz-extension://4c2a5b0e-8d8f-4b0f-9f0e-0c1d2e3f4a5b",
            ),
            (
                "safari-web-extension://4C2A5B0E-8D8F-4B0F-9F0E-0C1D2E3F4A5B",
                "safari-web-extension://4C2A5B0E-8D8F-4B0F-9F0E-0C1D2E3F4A5B",
            ),
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
            "capacitor://",
            "capacitor:localhost",
            "capacitor://localhost/index.html",
            "chrome-extension://*",
            "data:text/html,x",
            "https://a.example?x",
            "https://a.example#x",
            "https://me@a.example",
            "https://a.example:99999",
            "file:///x",
            "file://",
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
            &["app://api.example:8080"],
            &["https://app.example", "https://app.example"],
            &[""],
        ] {
            assert!(!allowed(sent), "{sent:?}");
        }
    }
}
