//! OpenTelemetry's standard names in the environment: each is used, or refused by its name. Of what is not built in,
//! nothing is passed over in silence.

use std::collections::BTreeMap;
use std::env;

use super::OtlpError;

/// What the names say that the exporters do not read themselves.
#[derive(Debug)]
pub(super) struct Standard {
    /// Whether the trace that a request names is followed.
    pub follows_traces: bool,
    /// The names that are set and not used: nobody here knows them, or nothing is exported.
    pub unused: Vec<String>,
}

/// Whether traces, or metrics, are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Export {
    On,
    /// Nobody said where to.
    Unset,
    /// They are not, as somebody said.
    Off,
}

/// What a name may say.
enum Rule {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any number of these, separated by commas.
    SomeOf(&'static [&'static str]),
    /// A whole number.
    Whole,
    /// A number from 0 to 1.
    Share,
    /// Pairs of names and values, separated by commas. They may hold credentials.
    Pairs,
    /// Anything.
    Any,
    /// Nothing: it is not built in.
    Unset,
}

const PROTOCOLS: Rule = Rule::OneOf(&["http/protobuf"]);
const COMPRESSIONS: Rule = Rule::OneOf(&["gzip", "none"]);
const SAMPLERS: Rule = Rule::OneOf(&[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]);
const PROPAGATORS: Rule = Rule::SomeOf(&["tracecontext", "baggage", "none"]);

/// The rule of a name that begins with `OTEL_`; nothing for one that nobody here knows.
fn rule(name: &str) -> Option<Rule> {
    let name = name.strip_prefix("OTEL_")?;
    if let Some(exporter) = name.strip_prefix("EXPORTER_OTLP_") {
        if exporter.starts_with("LOGS_") {
            // No logs are exported.
            return Some(Rule::Any);
        }
        let setting = exporter.strip_prefix("TRACES_").or_else(|| exporter.strip_prefix("METRICS_"));
        return Some(match setting.unwrap_or(exporter) {
            "ENDPOINT" | "INSECURE" => Rule::Any,
            "HEADERS" => Rule::Pairs,
            "PROTOCOL" => PROTOCOLS,
            "COMPRESSION" => COMPRESSIONS,
            "TIMEOUT" => Rule::Whole,
            "TEMPORALITY_PREFERENCE" => Rule::OneOf(&["cumulative"]),
            "DEFAULT_HISTOGRAM_AGGREGATION" => Rule::OneOf(&["explicit_bucket_histogram"]),
            "CERTIFICATE" | "CLIENT_CERTIFICATE" | "CLIENT_KEY" => Rule::Unset,
            _ => return None,
        });
    }
    Some(match name {
        "SDK_DISABLED" | "SERVICE_NAME" | "TRACES_EXPORTER" | "METRICS_EXPORTER" => Rule::Any,
        "RESOURCE_ATTRIBUTES" => Rule::Pairs,
        "LOGS_EXPORTER" => Rule::OneOf(&["none"]),
        "PROPAGATORS" => PROPAGATORS,
        "TRACES_SAMPLER" => SAMPLERS,
        "TRACES_SAMPLER_ARG" => Rule::Share,
        "BSP_SCHEDULE_DELAY"
        | "BSP_EXPORT_TIMEOUT"
        | "BSP_MAX_QUEUE_SIZE"
        | "BSP_MAX_EXPORT_BATCH_SIZE"
        | "METRIC_EXPORT_INTERVAL"
        | "METRIC_EXPORT_TIMEOUT"
        | "SPAN_ATTRIBUTE_COUNT_LIMIT"
        | "SPAN_EVENT_COUNT_LIMIT"
        | "SPAN_LINK_COUNT_LIMIT" => Rule::Whole,
        _ => return None,
    })
}

/// Whether `TRACES` or `METRICS` go by a name: by one of their own, or by one of all that they have not themselves.
fn goes_by(signal: &str, name: &str, named: &BTreeMap<String, String>) -> bool {
    let Some(setting) = name.strip_prefix("OTEL_EXPORTER_OTLP_") else {
        let of_traces = ["OTEL_TRACES_SAMPLER", "OTEL_BSP_", "OTEL_SPAN_", "OTEL_PROPAGATORS"];
        let own = if signal == "TRACES" { &of_traces[..] } else { &["OTEL_METRIC_"] };
        return own.iter().any(|prefix| name.starts_with(prefix));
    };
    match setting.split_once('_') {
        Some((own @ ("TRACES" | "METRICS" | "LOGS"), _)) => own == signal,
        _ => !named.contains_key(&format!("OTEL_EXPORTER_OTLP_{signal}_{setting}")),
    }
}

/// Whether a name concerns neither traces nor metrics alone.
fn is_common(name: &str) -> bool {
    matches!(name, "OTEL_LOGS_EXPORTER" | "OTEL_RESOURCE_ATTRIBUTES")
}

impl Rule {
    /// Why the value is refused.
    fn broken(&self, value: &str) -> Option<String> {
        let all = |values: &[&str]| format!("it must be one of {}", values.join(", "));
        match self {
            Self::OneOf(values) => (!values.contains(&value)).then(|| all(values)),
            Self::SomeOf(values) => {
                let known = value.split(',').all(|one| values.contains(&one.trim()));
                (!known).then(|| all(values))
            }
            Self::Whole => value.parse::<u64>().is_err().then(|| "it must be a whole number".to_owned()),
            Self::Share => {
                let is_share = value.parse::<f64>().is_ok_and(|share| (0.0..=1.0).contains(&share));
                (!is_share).then(|| "it must be a number from 0 to 1".to_owned())
            }
            Self::Pairs => {
                let mut pairs = value.split(',').filter(|pair| !pair.trim().is_empty());
                let is_pair = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty());
                (!pairs.all(is_pair)).then(|| "it must be `name=value` pairs, separated by commas".to_owned())
            }
            Self::Any => None,
            Self::Unset => Some("it is not built in".to_owned()),
        }
    }
}

impl Standard {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a name asks for what is not built in.
    pub fn read(traces: Export, metrics: Export) -> Result<Self, OtlpError> {
        let all = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let all = all.filter(|name| name.starts_with("OTEL_"));
        Self::of(&all.filter_map(|name| set(&name).map(|value| (name, value))).collect(), traces, metrics)
    }

    /// Reads these names. Those that no export goes by are not looked at; where none is on because nobody said where to,
    /// whoever sets one of them meant something to be exported.
    fn of(named: &BTreeMap<String, String>, traces: Export, metrics: Export) -> Result<Self, OtlpError> {
        let exports = traces == Export::On || metrics == Export::On;
        let looked_at = if exports { Export::On } else { Export::Unset };
        let signals: Vec<&str> = [("TRACES", traces), ("METRICS", metrics)]
            .into_iter()
            .filter(|it| it.1 == looked_at)
            .map(|it| it.0)
            .collect();
        let mut unused = Vec::new();
        for (name, value) in named {
            let Some(rule) = rule(name) else {
                unused.push(name.clone());
                continue;
            };
            let concerned = signals.iter().any(|signal| goes_by(signal, name, named));
            if !(concerned || is_common(name)) {
                continue;
            }
            if let Some(reason) = rule.broken(value) {
                let value = if matches!(rule, Rule::Pairs) { "(not shown)" } else { value };
                return Err(OtlpError::new(format!("{name} is {value:?}: {reason}")));
            }
            if concerned && !exports {
                unused.push(name.clone());
            }
        }
        let follows_traces = named.get("OTEL_PROPAGATORS").is_none_or(|names| names.contains("tracecontext"));
        Ok(Self { follows_traces, unused })
    }
}

/// The value of a name, unless it is empty.
pub(super) fn set(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> bool {
        rule(name).is_some_and(|rule| rule.broken(value).is_some())
    }

    /// What the names say, or which name is refused.
    fn read(named: &[(&str, &str)], traces: Export, metrics: Export) -> Result<Vec<String>, String> {
        let named = named.iter().map(|(name, value)| (format!("OTEL_{name}"), (*value).to_owned())).collect();
        Standard::of(&named, traces, metrics).map(|standard| standard.unused).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_looked_at_where_something_goes_by_it() {
        use Export::{Off, On, Unset};

        let grpc = |name| [(name, "grpc")];
        for (named, traces, metrics, refused) in [
            (&grpc("EXPORTER_OTLP_PROTOCOL")[..], On, On, true),
            (&grpc("EXPORTER_OTLP_PROTOCOL"), Unset, Unset, true),
            (&grpc("EXPORTER_OTLP_PROTOCOL"), Off, Unset, true),
            (&grpc("EXPORTER_OTLP_PROTOCOL"), Off, Off, false),
            (&grpc("EXPORTER_OTLP_TRACES_PROTOCOL"), Off, On, false),
            (&grpc("EXPORTER_OTLP_TRACES_PROTOCOL"), Off, Unset, false),
            (&grpc("EXPORTER_OTLP_TRACES_PROTOCOL"), On, Off, true),
            (&grpc("EXPORTER_OTLP_TRACES_PROTOCOL"), Unset, Unset, true),
            (&grpc("EXPORTER_OTLP_LOGS_PROTOCOL"), On, On, false),
            (
                &[("EXPORTER_OTLP_PROTOCOL", "grpc"), ("EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")],
                On,
                Unset,
                false,
            ),
            (&[("EXPORTER_OTLP_PROTOCOL", "grpc"), ("EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")], On, On, true),
            (&[("PROPAGATORS", "b3")], Unset, Unset, true),
            (&[("PROPAGATORS", "b3")], Off, On, false),
            (&[("TRACES_SAMPLER", "xray")], Off, On, false),
            (&[("METRIC_EXPORT_INTERVAL", "5s")], On, Off, false),
            (&[("METRIC_EXPORT_INTERVAL", "5s")], Off, On, true),
            (&[("LOGS_EXPORTER", "otlp")], Unset, Unset, true),
            (&[("LOGS_EXPORTER", "otlp")], Off, Off, true),
            (&[("EXPORTER_OTLP_HEADERS", "garbage")], On, Off, true),
            (&[("EXPORTER_OTLP_HEADERS", "a=b, c=d,")], On, Off, false),
        ] {
            assert_eq!(read(named, traces, metrics).is_err(), refused, "{named:?}, {traces:?}, {metrics:?}");
        }
        let refused = read(&[("EXPORTER_OTLP_HEADERS", "Bearer hidden")], On, Off).unwrap_err();
        assert!(refused.contains("OTEL_EXPORTER_OTLP_HEADERS") && !refused.contains("hidden"), "{refused}");
    }

    #[test]
    fn names_that_are_not_used_are_told() {
        use Export::{Off, On, Unset};

        let named = [("NEW_IDEA", "1"), ("EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("SERVICE_NAME", "well")];
        assert_eq!(read(&named, On, Unset), Ok(vec!["OTEL_NEW_IDEA".to_owned()]));
        assert_eq!(read(&named, Off, Off), Ok(vec!["OTEL_NEW_IDEA".to_owned()]));
        let all = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_NEW_IDEA"].map(str::to_owned);
        assert_eq!(read(&named, Unset, Unset), Ok(all.into()));
    }

    #[test]
    fn what_is_not_built_in_is_refused() {
        for (name, good, bad) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf", "http/json"),
            ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip", "zstd"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500", "5s"),
            ("OTEL_LOGS_EXPORTER", "none", "otlp"),
            ("OTEL_PROPAGATORS", "tracecontext, baggage", "b3"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "xray"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25", "25"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "4096", "many"),
        ] {
            assert!(!refused(name, good), "{name}={good}");
            assert!(refused(name, bad), "{name}={bad}");
        }
        assert!(refused("OTEL_EXPORTER_OTLP_CERTIFICATE", "ca.pem"));
        assert!(rule("OTEL_NEW_IDEA").is_none() && rule("OTEL_EXPORTER_OTLP_IDEA").is_none());
    }
}
