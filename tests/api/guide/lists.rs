//! The lists of the guides: each has all that there is.

use std::collections::BTreeSet;

use clap::{Arg, Command};
use embedded_postgres::{BIN_DIR_VARIABLE, NO_DOWNLOAD_VARIABLE, SOURCE_VARIABLE};
use well_ingestion::cli;
use well_ingestion::server::{MetricsAccess, Origins, Settings};

use super::read;
use crate::kit::App;

/// Asserts that the guide has these lines. Those that are missing can be copied from what is said.
#[track_caller]
fn assert_listed(guide: &str, lines: impl IntoIterator<Item = String>) {
    let text = read(guide);
    let known: BTreeSet<&str> = text.lines().collect();
    let missing: Vec<String> = lines.into_iter().filter(|line| !known.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "{guide} lacks\n{}", missing.join("\n"));
}

/// The text of a cell: none where there is nothing.
fn cell(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { format!("`{text}`") }
}

fn default(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return "off".to_owned();
    }
    let values: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    cell(&values.join(","))
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn every_setting_is_listed() {
    let command = cli::command();
    let settings = command.get_arguments().filter_map(|arg| Some((arg.get_long()?, arg)));
    let rows = settings.map(|(flag, arg)| {
        let name = arg.get_env().unwrap_or_default().to_string_lossy();
        format!("| `--{flag}` | {} | {} | {}. |", cell(&name), default(arg), help(arg))
    });
    let rows: Vec<String> = rows.collect();
    assert!(rows.len() > 50, "only {} settings were found", rows.len());
    assert_listed("docs/SETTINGS.md", rows);
    let text = read("docs/SETTINGS.md");
    for name in [BIN_DIR_VARIABLE, SOURCE_VARIABLE, NO_DOWNLOAD_VARIABLE] {
        assert!(text.contains(&format!("| `{name}` |")), "{name} is not listed");
    }
}

/// The rows of a command's parts and of their own flags.
fn commands(command: &Command, within: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for part in command.get_subcommands() {
        let name = format!("{within}{}", part.get_name());
        let about = part.get_about().map(ToString::to_string).unwrap_or_default();
        rows.push(format!("| `{name}` | – | {about}. |"));
        for arg in part.get_arguments() {
            let flag = arg.get_long().unwrap_or_default();
            rows.push(format!("| `{name} --{flag}` | {} | {}. |", default(arg), help(arg)));
        }
        rows.extend(commands(part, &format!("{name} ")));
    }
    rows
}

#[test]
fn every_command_is_listed() {
    let rows = commands(&cli::command(), "");
    assert!(rows.len() > 10, "only {} were found", rows.len());
    assert_listed("docs/SETTINGS.md", rows);
}

/// The first cells of a guide's rows whose first cell is code, as far as they are written like this.
fn names(guide: &str, is_name: impl Fn(char) -> bool) -> BTreeSet<String> {
    let first = |line: &str| Some(line.strip_prefix("| `")?.split_once("` |")?.0.to_owned());
    read(guide).lines().filter_map(first).filter(|name| name.chars().all(&is_name)).collect()
}

#[test]
fn every_code_is_explained_and_no_other() {
    let mut codes = BTreeSet::new();
    for source in ["src/error.rs", "crates/graphql-limits/src/query_document/violation.rs"] {
        let code = |line: &str| Some(line.trim().strip_suffix("\",")?.split_once(" => \"")?.1.to_owned());
        let found: Vec<String> = read(source).lines().filter_map(code).collect();
        assert!(found.len() > 10, "only {found:?} were found in {source}");
        codes.extend(found);
    }
    let explained = names("docs/ERRORS.md", |c| c.is_ascii_uppercase() || c == '_');
    let both: BTreeSet<String> = codes.intersection(&explained).cloned().collect();
    assert_eq!((&codes, &explained), (&both, &both));
}

#[tokio::test]
async fn every_metric_is_listed() {
    let app = App::set(Settings { metrics: MetricsAccess::Open, ..Settings::default() }).await;
    app.member().say("{ documents { totalCount } }").await;
    app.anyone().say("{ documents { totalCount } }").await;
    let served = app.anyone().get("/metrics").await.text;
    let name = |line: &str| Some(line.strip_prefix("# TYPE ")?.split_once(' ')?.0.to_owned());
    let served: BTreeSet<String> = served.lines().filter_map(name).collect();
    assert!(served.len() > 10, "only {served:?} are served");
    let listed = names("docs/OPERATIONS.md", |c| c.is_ascii_lowercase() || c == '_');
    assert_eq!(served.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_header_that_pages_may_send_is_listed() {
    let listed = read("docs/OPERATIONS.md");
    let missing = Origins::usual_headers().iter().filter(|name| !listed.contains(&format!("`{name}`")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_link_leads_somewhere() {
    let documents = [
        "API",
        "ARCHITECTURE",
        "DASHBOARD",
        "ERRORS",
        "JSONATA",
        "MUTATIONS",
        "OPERATIONS",
        "RECIPES",
        "SCHEMA",
        "SCHEMA-CHANGELOG",
        "REST",
        "SCALING",
        "SECURITY",
        "SETTINGS",
        "SUBSCRIPTIONS",
    ];
    let documents = documents.map(|name| ("docs/", format!("docs/{name}.md")));
    for (folder, document) in documents.into_iter().chain([("", "README.md".to_owned())]) {
        let text = read(&document);
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for target in targets.filter(|target| !target.contains("://")) {
            let path = target.split('#').next().unwrap_or_default();
            let path = if path.is_empty() { document.clone() } else { format!("{folder}{path}") };
            let found = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&path);
            assert!(found.exists(), "{document} links to {target}");
        }
    }
}
