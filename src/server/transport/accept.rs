//! What a client accepts, by its headers `Accept` and `Accept-Encoding`, and how an answer travels by it.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use graphql_limits::Kind;

use crate::error::Error;
use crate::server::graphql::operation::HttpError;

const JSON: &str = "application/json";
const RESPONSE_JSON: &str = "application/graphql-response+json";
const EVENT_STREAM: &str = "text/event-stream";
const MULTIPART: &str = "multipart/mixed";

/// The parameter by which `multipart/mixed` stands for subscriptions, and the version of its protocol.
const SUBSCRIPTION_SPEC: (&str, &str) = ("subscriptionSpec", "1.0");

/// What serves subscriptions, for whoever did not ask for any of it.
const SUBSCRIPTIONS: &str = "A subscription is answered at `/graphql` and `/graphql/stream` as `text/event-stream` or \
     `multipart/mixed;subscriptionSpec=1.0`, which `Accept` must name, and at `/graphql/ws` over a WebSocket.";

/// The types of an answer that is one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Media {
    Json,
    ResponseJson,
}

impl Media {
    /// As the header says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::ResponseJson => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// The types of an answer that comes in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum StreamMedia {
    /// Server-sent events.
    EventStream,
    /// The multipart protocol for subscriptions of Apollo's clients.
    Multipart,
}

/// How an answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Transport {
    Whole(Media),
    Stream(StreamMedia),
}

/// What a client accepts of what an address serves.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Accepted {
    whole: Option<Media>,
    stream: Option<StreamMedia>,
    /// Whether the stream is more authenticated, where both are possible.
    prefers_stream: bool,
    /// For what the client is told instead of an answer.
    refusals: Media,
}

impl Accepted {
    /// At `/graphql`: whole answers, and streams for whoever names them.
    ///
    /// # Errors
    /// 406 when the client accepts neither.
    pub fn at_graphql(headers: &HeaderMap) -> Result<Self, HttpError> {
        let accept = Preferences::of(headers, &header::ACCEPT);
        let whole = accept.media();
        let stream = accept.streams().into_iter().flatten().max_by(|one, other| one.weight.total_cmp(&other.weight));
        if whole.is_none() && stream.is_none() {
            return Err(not_acceptable(
                "`/graphql` answers as `application/graphql-response+json`, `application/json`, `text/event-stream` \
                 or `multipart/mixed;subscriptionSpec=1.0`, and `/graphql/ws` over a WebSocket.",
            ));
        }
        // A type that is named is more authenticated than one that is only not excluded.
        let rank = |weight: f32, named: bool| (weight, u8::from(named));
        let of_whole = whole.map(|media| rank(media.weight, media.named));
        let of_stream = stream.map(|media| rank(media.weight, true));
        Ok(Self {
            whole: whole.map(|media| media.value),
            stream: stream.map(|media| media.value),
            prefers_stream: of_stream > of_whole,
            refusals: whole.map_or(Media::Json, |media| media.value),
        })
    }

    /// At `/graphql/stream`: streams only.
    ///
    /// # Errors
    /// 406 when the client does not accept them.
    pub fn at_stream(headers: &HeaderMap) -> Result<Self, HttpError> {
        let accept = Preferences::of(headers, &header::ACCEPT);
        let [multipart, events] = accept.streams();
        let (events, multipart) = (events.map_or(0.0, |it| it.weight), multipart.map_or(0.0, |it| it.weight));
        let stream = if multipart > events {
            StreamMedia::Multipart
        } else if accept.weight(EVENT_STREAM) > 0.0 {
            StreamMedia::EventStream
        } else {
            return Err(not_acceptable(
                "`/graphql/stream` answers as `text/event-stream` or `multipart/mixed;subscriptionSpec=1.0`, and \
                 `/graphql` as `application/json`, too.",
            ));
        };
        let refusals = accept.media().map_or(Media::Json, |media| media.value);
        Ok(Self { whole: None, stream: Some(stream), prefers_stream: true, refusals })
    }

    /// How an operation of this kind is answered.
    ///
    /// # Errors
    /// 405 when it may not be sent by `GET`, 406 for a subscription when the client accepts whole answers only.
    pub fn transport(self, kind: Kind, by_get: bool) -> Result<Transport, HttpError> {
        if by_get && kind == Kind::Mutation {
            return Err(not_by_get("A mutation may not be sent by GET."));
        }
        match (self.whole, self.stream) {
            (_, Some(stream)) if kind == Kind::Subscription || self.prefers_stream => Ok(Transport::Stream(stream)),
            (Some(_), None) if kind == Kind::Subscription && by_get => Err(not_by_get(SUBSCRIPTIONS)),
            (Some(_), None) if kind == Kind::Subscription => Err(not_acceptable(SUBSCRIPTIONS)),
            (Some(media), _) => Ok(Transport::Whole(media)),
            // One of both there always is.
            (None, stream) => Ok(stream.map_or(Transport::Whole(self.refusals), Transport::Stream)),
        }
    }

    /// The stream in which the client has to be told what is wrong with an operation: it reads nothing else.
    pub fn only_stream(self) -> Option<StreamMedia> {
        self.stream.filter(|_| self.whole.is_none())
    }

    /// For what the client is told instead of an answer.
    pub fn refusals(self) -> Media {
        self.refusals
    }
}

fn not_acceptable(message: &'static str) -> HttpError {
    HttpError::new(StatusCode::NOT_ACCEPTABLE, Error::bad_input(message))
}

fn not_by_get(message: &'static str) -> HttpError {
    HttpError::new(StatusCode::METHOD_NOT_ALLOWED, Error::bad_input(message)).with(header::ALLOW, "POST")
}

/// Something that a client accepts.
#[derive(Clone, Copy)]
struct Welcome<T> {
    value: T,
    weight: f32,
    /// The client names it, rather than a range that it is in.
    named: bool,
}

/// The values of a header such as `Accept`, each with its weight (RFC 9110, section 12.4.2).
pub(in crate::server) struct Preferences<'h>(Vec<Preference<'h>>);

struct Preference<'h> {
    name: &'h str,
    parameters: &'h str,
    weight: f32,
}

impl<'h> Preferences<'h> {
    /// Those of a header of a request.
    pub fn of(headers: &'h HeaderMap, name: &HeaderName) -> Self {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let values = values.flat_map(|value| unquoted(value, ',')).filter(|value| !value.trim().is_empty());
        let preferences = values.map(|value| {
            let (name, parameters) = value.split_once(';').unwrap_or((value, ""));
            Preference { name: name.trim(), parameters, weight: 1.0 }.weighed()
        });
        Self(preferences.collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names of the parameters of each that has this name.
    pub fn instances(&self, name: &str) -> impl Iterator<Item = impl Iterator<Item = &'h str>> {
        self.0.iter().filter(move |it| it.name.eq_ignore_ascii_case(name)).map(|it| {
            let parameters = unquoted(it.parameters, ';').map(str::trim).filter(|parameter| !parameter.is_empty());
            parameters.map(|parameter| parameter.split('=').next().unwrap_or(parameter).trim())
        })
    }

    /// The weight of the first of these names that is there.
    pub fn named(&self, names: &[&str]) -> Option<f32> {
        let found = self.0.iter().find(|it| names.iter().any(|name| it.name.eq_ignore_ascii_case(name)));
        found.map(|preference| preference.weight)
    }

    /// The weight of a media type, from 0 for not at all to 1, by the range that fits it closest.
    fn weight(&self, media_type: &str) -> f32 {
        if self.is_empty() {
            return 1.0;
        }
        let group = media_type.split('/').next().map(|group| format!("{group}/*")).unwrap_or_default();
        let ranges = [media_type, &group, "*/*"];
        ranges.into_iter().find_map(|range| self.named(&[range])).unwrap_or_default()
    }

    /// The type of a whole answer that the client likes best; plain JSON when it does not say.
    fn media(&self) -> Option<Welcome<Media>> {
        let [json, response] = [(Media::Json, JSON), (Media::ResponseJson, RESPONSE_JSON)]
            .map(|(value, name)| Welcome { value, weight: self.weight(name), named: self.named(&[name]).is_some() });
        if response.weight > 0.0 && (json.weight <= 0.0 || response.named && response.weight >= json.weight) {
            return Some(response);
        }
        Some(json).filter(|json| json.weight > 0.0)
    }

    /// The types of streams that the client names.
    fn streams(&self) -> [Option<Welcome<StreamMedia>>; 2] {
        let (name, version) = SUBSCRIPTION_SPEC;
        let events = self.0.iter().find(|it| it.name.eq_ignore_ascii_case(EVENT_STREAM));
        let multipart = self.0.iter().find(|it| {
            it.name.eq_ignore_ascii_case(MULTIPART) && it.parameter(name).is_some_and(|given| given == version)
        });
        // Of two that are as authenticated, the last one is taken.
        [(StreamMedia::Multipart, multipart), (StreamMedia::EventStream, events)].map(|(value, found)| {
            let weight = found.map(|preference| preference.weight).filter(|weight| *weight > 0.0)?;
            Some(Welcome { value, weight, named: true })
        })
    }
}

impl<'h> Preference<'h> {
    fn weighed(self) -> Self {
        let given = self.parameter("q").and_then(|weight| weight.parse().ok());
        Self { weight: given.filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(1.0), ..self }
    }

    /// The value of a parameter, without its quotes.
    fn parameter(&self, name: &str) -> Option<&'h str> {
        unquoted(self.parameters, ';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
        })
    }
}

/// The parts of a header's value between separators that do not stand in quotes.
fn unquoted(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        let value = (header::ACCEPT, accept.parse().unwrap());
        if accept.is_empty() { HeaderMap::new() } else { HeaderMap::from_iter([value]) }
    }

    #[test]
    fn the_transport_follows_from_what_is_accepted_and_the_kind_of_operation() {
        use Media::{Json, ResponseJson};
        use StreamMedia::{EventStream, Multipart};
        use Transport::{Stream, Whole};

        // What Apollo Client, urql, graphql-sse and Hive Gateway send stands among them.
        for (accept, query, subscription) in [
            ("", Some(Whole(Json)), None),
            ("*/*", Some(Whole(Json)), None),
            ("application/json", Some(Whole(Json)), None),
            ("text/event-stream", Some(Stream(EventStream)), Some(Stream(EventStream))),
            ("TEXT/Event-Stream ; charset=utf-8", Some(Stream(EventStream)), Some(Stream(EventStream))),
            ("text/event-stream, multipart/mixed", Some(Stream(EventStream)), Some(Stream(EventStream))),
            (
                "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9",
                Some(Whole(ResponseJson)),
                Some(Stream(Multipart)),
            ),
            (
                "multipart/mixed;boundary=\"a,b;c\";SubscriptionSpec=\"1.0\", application/json",
                Some(Whole(Json)),
                Some(Stream(Multipart)),
            ),
            (
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
                Some(Whole(ResponseJson)),
                Some(Stream(EventStream)),
            ),
            ("multipart/mixed;deferSpec=20220824, application/json", Some(Whole(Json)), None),
            ("multipart/mixed;subscriptionSpec=2.0, application/json", Some(Whole(Json)), None),
            ("text/event-stream, application/json;q=0.5", Some(Stream(EventStream)), Some(Stream(EventStream))),
            ("text/event-stream;Q=0.5, application/json", Some(Whole(Json)), Some(Stream(EventStream))),
            ("text/event-stream, */*", Some(Stream(EventStream)), Some(Stream(EventStream))),
            ("text/event-stream;q=0, */*", Some(Whole(Json)), None),
            (
                "text/event-stream, multipart/mixed;subscriptionSpec=1.0",
                Some(Stream(EventStream)),
                Some(Stream(EventStream)),
            ),
            (
                "text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0",
                Some(Stream(Multipart)),
                Some(Stream(Multipart)),
            ),
        ] {
            let accepted = Accepted::at_graphql(&headers(accept)).unwrap_or_else(|_| panic!("{accept}"));
            assert_eq!(accepted.transport(Kind::Query, true).ok(), query, "{accept}");
            assert_eq!(accepted.transport(Kind::Mutation, false).ok(), query, "{accept}");
            assert!(accepted.transport(Kind::Mutation, true).is_err(), "{accept}");
            for by_get in [true, false] {
                assert_eq!(accepted.transport(Kind::Subscription, by_get).ok(), subscription, "{accept}");
            }
        }
        for accept in ["text/html", "multipart/mixed", "multipart/mixed;deferSpec=20220824", "application/json;q=0"] {
            assert!(Accepted::at_graphql(&headers(accept)).is_err(), "{accept}");
        }
    }

    #[test]
    fn the_address_of_streams_answers_in_streams_only() {
        for (accept, stream) in [
            ("", Some(StreamMedia::EventStream)),
            ("*/*", Some(StreamMedia::EventStream)),
            ("text/*;q=0.1", Some(StreamMedia::EventStream)),
            ("multipart/mixed;subscriptionSpec=1.0", Some(StreamMedia::Multipart)),
            ("multipart/mixed;subscriptionSpec=1.0, text/event-stream", Some(StreamMedia::EventStream)),
            ("application/json", None),
            ("multipart/mixed, application/json", None),
        ] {
            let accepted = Accepted::at_stream(&headers(accept)).ok();
            let transport = accepted.map(|accepted| accepted.transport(Kind::Query, true).ok().unwrap());
            assert_eq!(transport, stream.map(Transport::Stream), "{accept}");
        }
    }

    #[test]
    fn a_weight_that_is_none_counts_as_none_given() {
        for (accept, weight) in [("a/b;q=0.5", 0.5), ("a/b;q=2", 1.0), ("a/b;q=NaN", 1.0), ("a/b;q=-1", 1.0)] {
            let headers = headers(accept);
            assert!((Preferences::of(&headers, &header::ACCEPT).weight("a/b") - weight).abs() < f32::EPSILON);
        }
    }
}
