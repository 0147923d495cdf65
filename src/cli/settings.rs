//! Settings as they are named, before their values are read.

use std::ffi::{OsStr, OsString};

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error};

/// A setting that stands in the environment, too.
pub(super) struct Setting {
    pub id: clap::Id,
    pub environment: OsString,
    /// `--name`, when it takes a value.
    flag: Option<String>,
    is_secret: bool,
}

impl Setting {
    /// Whether it stands in the environment without a value.
    pub fn is_empty(&self) -> bool {
        is_empty(&self.environment)
    }
}

/// Whether a name stands in the environment without a value.
pub(super) fn is_empty(environment: &OsStr) -> bool {
    std::env::var_os(environment).is_some_and(|value| value.to_string_lossy().trim().is_empty())
}

/// The settings of a command.
pub(super) fn named(command: &Command) -> Vec<Setting> {
    let own = command.get_arguments().filter_map(|arg| {
        let flag = arg.get_long().filter(|_| arg.get_action().takes_values()).map(|long| format!("--{long}"));
        let (id, environment) = (arg.get_id().clone(), arg.get_env()?.to_owned());
        Some(Setting { id, environment, flag, is_secret: arg.is_hide_env_values_set() })
    });
    own.collect()
}

/// The error without the value that it complains about, if that is a secret: what a program says at its start is kept.
pub(super) fn without_secrets(mut error: Error, settings: &[Setting]) -> Error {
    let complains_of = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.clone(),
        _ => return error,
    };
    let of = |flag: &String| complains_of.split_whitespace().next() == Some(flag.as_str());
    if settings.iter().any(|setting| setting.is_secret && setting.flag.as_ref().is_some_and(of)) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".to_owned()));
    }
    error
}

/// The arguments without those that give a setting an empty value: `--name=`, or `--name` and then nothing.
pub(super) fn without_empty(arguments: impl Iterator<Item = OsString>, settings: &[Setting]) -> Vec<OsString> {
    let flag = |text: &str| settings.iter().any(|setting| setting.flag.as_deref() == Some(text));
    let mut kept: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_blank = argument.to_string_lossy().trim().is_empty();
        if is_blank && kept.last().and_then(|last| last.to_str()).is_some_and(flag) {
            kept.pop();
            continue;
        }
        let sets_nothing = argument.to_str().and_then(|text| text.split_once('='));
        if sets_nothing.is_some_and(|(name, value)| value.trim().is_empty() && flag(name)) {
            continue;
        }
        kept.push(argument);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    fn kept(arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(OsString::from);
        let kept = without_empty(arguments, &named(&command()));
        kept.into_iter().map(|argument| argument.into_string().unwrap_or_default()).collect()
    }

    #[test]
    fn empty_values_of_every_setting_are_left_out_and_nothing_else() {
        let settings = named(&command());
        assert!(settings.len() > 50, "{}", settings.len());
        for flag in settings.iter().filter_map(|setting| setting.flag.as_deref()) {
            let with_equals = format!("{flag}=");
            assert_eq!(kept(&["program", flag, "", "serve"]), ["program", "serve"], "{flag}");
            assert_eq!(kept(&["program", &with_equals, "serve"]), ["program", "serve"], "{flag}");
            assert_eq!(kept(&["program", flag, " x", ""]), ["program", flag, " x", ""], "{flag}");
        }
        assert_eq!(kept(&["program", "--no-demo", ""]), ["program", "--no-demo", ""]);
        assert_eq!(kept(&["program", "token", "--subject", ""]), ["program", "token", "--subject", ""]);
    }
}
