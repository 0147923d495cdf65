//! Settings whose names have changed: the old ones go on working.

use std::ffi::OsString;

use clap::Command;

use super::settings;

/// A setting, by the flag and the variable that it has now and those that it had.
struct Renamed {
    flag: (&'static str, &'static str),
    environment: (&'static str, &'static str),
}

const RENAMED: [Renamed; 2] = [
    Renamed {
        flag: ("--max-socket-strangers", "--max-unauthenticated-sockets"),
        environment: ("WELL_MAX_SOCKET_STRANGERS", "WELL_MAX_UNAUTHENTICATED_SOCKETS"),
    },
    Renamed {
        flag: ("--auth-remember-ms", "--auth-cache-ttl-ms"),
        environment: ("WELL_AUTH_REMEMBER_MS", "WELL_AUTH_CACHE_TTL_MS"),
    },
];

/// Old names that were used, each with the one to use.
pub(super) struct Used(Vec<(&'static str, &'static str)>);

/// The arguments with the flags that settings have now, and the command with the variables that are set.
pub(super) fn resolve(command: Command, arguments: impl Iterator<Item = OsString>) -> (Command, Vec<OsString>, Used) {
    let mut used = Vec::new();
    let arguments = arguments.map(|argument| current(&argument, &mut used).unwrap_or(argument)).collect();
    let is_set = |name: &str| std::env::var_os(name).is_some() && !settings::is_empty(name.as_ref());
    let command = RENAMED.iter().fold(command, |command, Renamed { flag: (_, flag), environment: (old, new) }| {
        if is_set(new) || !is_set(old) {
            return command;
        }
        used.push((*old, *new));
        command.mut_args(|arg| match arg.get_long() {
            Some(long) if flag.strip_prefix("--") == Some(long) => arg.env(*old),
            _ => arg,
        })
    });
    (command, arguments, Used(used))
}

/// The argument with the flag's current name, if it has an old one.
fn current(argument: &OsString, used: &mut Vec<(&'static str, &'static str)>) -> Option<OsString> {
    let text = argument.to_str()?;
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let (old, new) = RENAMED.iter().map(|renamed| renamed.flag).find(|(old, _)| *old == name)?;
    used.push((old, new));
    Some(value.map_or_else(|| new.into(), |value| format!("{new}={value}").into()))
}

impl Used {
    /// Says which names to use.
    pub fn log(&self) {
        for (old, new) in &self.0 {
            tracing::warn!(old, new, "a setting has a new name; the old one still works");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn old_flags_become_those_that_there_are() {
        let given = ["program", "--max-socket-strangers", "3", "--auth-remember-ms=5", "serve"].map(OsString::from);
        let (_, arguments, used) = resolve(command(), given.into_iter());
        assert_eq!(arguments, ["program", "--max-unauthenticated-sockets", "3", "--auth-cache-ttl-ms=5", "serve"]);
        assert_eq!(used.0, RENAMED.map(|renamed| renamed.flag));
    }

    #[test]
    fn every_new_name_is_one_of_the_settings_and_no_old_one_is() {
        let command = command();
        let flags: Vec<_> = command.get_arguments().filter_map(|arg| arg.get_long()).collect();
        let variables: Vec<_> = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).collect();
        for Renamed { flag, environment } in &RENAMED {
            let has = |flag: &str| flags.iter().any(|long| flag == format!("--{long}"));
            assert!(has(flag.1) && !has(flag.0), "{flag:?}");
            assert!(variables.contains(&environment.1) && !variables.contains(&environment.0), "{environment:?}");
        }
    }
}
