//! The web pages that the build script built and embedded: how they and their files are sent.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A page that npm built, or what stands in for it when it was not built.
pub(super) struct Page {
    /// The document.
    pub html: &'static str,
    /// The files it loads, by name, compressed with gzip.
    pub assets: &'static [(&'static str, &'static [u8])],
}

impl Page {
    /// The page, told something in its head. It may hold what is for one person only, so nobody keeps it.
    pub fn with_head(&self, head: &str) -> impl IntoResponse + use<> {
        let html = self.html.replacen("</head>", &format!("{head}</head>"), 1);
        ([(header::CACHE_CONTROL, "no-store")], Html(html))
    }

    /// A file of the page. Its name changes with its content. It is sent compressed to everybody, since every browser
    /// takes gzip.
    pub fn asset(&self, name: &str) -> Response {
        let Some((_, content)) = self.assets.iter().find(|(known, _)| *known == name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let headers = [
            (header::CONTENT_TYPE, media_type(name)),
            (header::CONTENT_ENCODING, "gzip"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, *content).into_response()
    }
}

/// Something that a page reads from its head.
pub(super) fn json_script(id: &str, value: &serde_json::Value) -> String {
    // `<` cannot end the script element when it is written as an escape.
    let json = value.to_string().replace('<', "\\u003c");
    format!(r#"<script id="{id}" type="application/json">{json}</script>"#)
}

/// People of the demo with their tokens.
pub(super) fn people(tokens: &[(String, String)]) -> serde_json::Value {
    tokens.iter().map(|(subject, token)| serde_json::json!({ "subject": subject, "token": token })).collect()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        _ => "application/octet-stream",
    }
}
