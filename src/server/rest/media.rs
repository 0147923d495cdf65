//! The media type of JSON:API, and the rules that it has for its parameters.

use axum::http::{HeaderMap, header};

use crate::error::Code;
use crate::rest::problem::{Problem, Source};
use crate::server::transport::accept::Preferences;

/// The media type.
pub const JSON_API: &str = "application/vnd.api+json";
const JSON: &str = "application/json";

/// The type of the answer: that of JSON:API, or plain JSON for whoever accepts only that.
///
/// # Errors
/// 406 when the client accepts neither, or the first only with parameters that are not known.
pub fn negotiate(headers: &HeaderMap) -> Result<&'static str, Problem> {
    let accepted = Preferences::of(headers, &header::ACCEPT);
    let refused = |message: &str| {
        let problem = Problem::new(Code::BadUserInput, message).status(406);
        Err(problem.about(Source::Header("Accept")))
    };
    if accepted.is_empty() {
        return Ok(JSON_API);
    }
    let mut instances = accepted.instances(JSON_API).peekable();
    if instances.peek().is_some() {
        if instances.any(is_plain) {
            return Ok(JSON_API);
        }
        return refused("`application/vnd.api+json` is answered without parameters, and without extensions.");
    }
    let named = |name| accepted.named(&[name]).filter(|weight| *weight > 0.0);
    let any = named("application/*").or(named("*/*"));
    match named(JSON) {
        Some(weight) if any.is_none_or(|any| any <= weight) => Ok(JSON),
        _ if any.is_some() => Ok(JSON_API),
        _ => refused("The answer is `application/vnd.api+json` or `application/json`, and neither is accepted."),
    }
}

/// Whether a body is of the type of JSON:API, as its rules have it.
///
/// # Errors
/// 415 when it is not.
pub fn check_body(headers: &HeaderMap) -> Result<(), Problem> {
    let given = Preferences::of(headers, &header::CONTENT_TYPE);
    if given.len() == 1 && given.instances(JSON_API).any(is_plain) {
        return Ok(());
    }
    let message = "The header `Content-Type` must be `application/vnd.api+json`, without parameters.";
    Err(Problem::new(Code::BadUserInput, message).status(415).about(Source::Header("Content-Type")))
}

/// Whether these are only parameters that change nothing here: no extension is supported, and profiles may be passed
/// over. The weight is none of the type.
fn is_plain<'p>(mut parameters: impl Iterator<Item = &'p str>) -> bool {
    parameters.all(|name| name.eq_ignore_ascii_case("profile") || name.eq_ignore_ascii_case("q"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        if value.is_empty() { HeaderMap::new() } else { HeaderMap::from_iter([(name, value.parse().unwrap())]) }
    }

    #[test]
    fn the_type_of_the_answer_is_one_that_is_accepted() {
        for (accept, media) in [
            ("", Some(JSON_API)),
            ("*/*", Some(JSON_API)),
            ("application/vnd.api+json", Some(JSON_API)),
            ("application/vnd.api+json;profile=\"https://example.com/a;b\"", Some(JSON_API)),
            ("application/vnd.api+json;charset=utf-8, application/vnd.api+json", Some(JSON_API)),
            ("application/vnd.api+json;charset=utf-8", None),
            ("application/vnd.api+json;charset=utf-8, */*", None),
            ("application/vnd.api+json;ext=\"https://jsonapi.org/ext/atomic\"", None),
            ("application/vnd.api+json;q=0.5", Some(JSON_API)),
            ("application/json", Some(JSON)),
            ("application/json, text/plain, */*", Some(JSON)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(JSON_API)),
            ("text/csv", None),
        ] {
            assert_eq!(negotiate(&headers(header::ACCEPT, accept)).ok(), media, "{accept}");
        }
    }

    #[test]
    fn a_body_is_of_the_type_of_json_api() {
        for (given, taken) in [
            ("application/vnd.api+json", true),
            ("Application/Vnd.Api+Json; profile=\"https://example.com/p\"", true),
            ("application/vnd.api+json; charset=utf-8", false),
            ("application/vnd.api+json; ext=\"https://example.com/e\"", false),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(check_body(&headers(header::CONTENT_TYPE, given)).is_ok(), taken, "{given}");
        }
    }
}
