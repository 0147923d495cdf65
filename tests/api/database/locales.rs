//! Databases of other encodings and locales: what they cannot store is refused, and letters are letters in all of them.

use std::process::Command;

use serde_json::json;
use well_ingestion::db::migrations;
use well_ingestion::server::Settings;

use crate::change::{change, done, refused};
use crate::kit::App;
use crate::kit::database::Database;
use crate::program::ended;

const UTF8_C: &str = "ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc";
const LATIN1: &str = "ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc";
const EUC_JP: &str = "ENCODING 'EUC_JP' LOCALE 'C' LOCALE_PROVIDER libc";
const TURKISH: &str = "ENCODING 'UTF8' LOCALE 'tr_TR.UTF-8' LOCALE_PROVIDER libc";
const SQL_ASCII: &str = "ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc";

/// A server over a migrated database that is made like this; nothing where the machine has no such locale, which CI
/// must have.
async fn app(options: &str) -> Option<App> {
    let locales = Command::new("locale").arg("-a").output().map(|output| output.stdout).unwrap_or_default();
    if options == TURKISH && !String::from_utf8_lossy(&locales).contains("tr_TR.utf8") {
        assert!(std::env::var_os("CI").is_none(), "the locale tr_TR.UTF-8 is not installed");
        println!("skipped: the locale tr_TR.UTF-8 is not installed");
        return None;
    }
    let database = Database::made(options).await;
    migrations::run(&database.url).await.unwrap();
    Some(App::over(database).await)
}

#[tokio::test]
async fn upper_and_lower_case_are_alike_in_every_locale() {
    for options in [UTF8_C, LATIN1, TURKISH] {
        let Some(app) = app(options).await else { continue };
        let member = app.member();
        let names = ["ÉMILE INVOICE 100%.pdf", "émile_invoice.pdf", "Emile.pdf"];
        for name in names {
            done(&member, "createDocument", "", json!({ "filename": name })).await;
        }
        let general = app.beside(&member, Settings { plans: false, ..Settings::default() }).await;
        for (filter, expected) in [
            (json!({ "contains": "émile inv" }), &names[..1]),
            (json!({ "contains": "ÉMILE_" }), &names[1..2]),
            (json!({ "startsWith": "Émile" }), &names[..2]),
            (json!({ "contains": "INVOICE" }), &names[..2]),
            (json!({ "contains": "invoice 100%" }), &names[..1]),
            (json!({ "contains": "pdf" }), &names[..]),
            (json!({ "eq": "émile_invoice.pdf" }), &names[1..2]),
            (json!({ "eq": "ÉMILE_INVOICE.PDF" }), &[]),
        ] {
            let query = "query ($filter: StringFilter) {
                documents(filter: { filename: $filter }, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
                    nodes { filename } } }";
            for asker in [&member, &general] {
                let answer = asker.ask(query, json!({ "filter": filter })).await;
                assert_eq!(answer.each("/documents/nodes", "filename"), expected, "{options}: {filter}");
            }
        }
    }
}

#[tokio::test]
async fn letters_that_an_encoding_has_are_letters_in_it() {
    let app = app(EUC_JP).await.unwrap();
    let member = app.member();
    for (name, operand) in [("ЖУК.pdf", "жук"), ("請求書Ａ.pdf", "書ａ"), ("ΣΟΦΙΑ.pdf", "σοφ")] {
        done(&member, "createDocument", "", json!({ "filename": name })).await;
        let query = "query ($of: String) { documents(filter: { filename: { contains: $of } }) { nodes { filename } } }";
        let found = member.ask(query, json!({ "of": operand })).await;
        assert_eq!(found.each("/documents/nodes", "filename"), [name]);
    }
}

#[tokio::test]
async fn a_character_that_the_database_cannot_store_is_refused_by_name_of_nothing_internal() {
    let app = app(LATIN1).await.unwrap();
    let member = app.member();
    done(&member, "createDocument", "", json!({ "filename": "Grüße.pdf" })).await;
    for text in ["10 €.pdf", "🦀", "Łódź"] {
        let answer = change(&member, "createDocument", "", json!({ "filename": text })).await;
        refused(&answer, "BAD_USER_INPUT", "");
        let said = answer.text.to_lowercase();
        assert!(!said.contains("latin1") && !said.contains("core_api") && !said.contains("byte"), "{said}");
        for operator in ["eq", "contains", "startsWith"] {
            let filter = json!({ "filename": { operator: text } });
            let query = "query ($filter: DocumentFilter) { documents(filter: $filter) { nodes { filename } } }";
            member.ask(query, json!({ "filter": filter })).await.refused("BAD_USER_INPUT");
        }
        app.subject(text).say("{ viewer { role } }").await.refused("FORBIDDEN");
    }
    let task = json!({ "title": "a", "description": "→" });
    refused(&change(&member, "createTask", "", task).await, "BAD_USER_INPUT", "");
    assert_eq!(member.say("{ documents { totalCount } }").await.int("/documents/totalCount"), 1);
}

#[tokio::test]
async fn an_encoding_that_does_not_tell_what_bytes_mean_ends_the_start() {
    let database = Database::made(SQL_ASCII).await;
    let refused = migrations::run(&database.url).await.unwrap_err().to_string();
    assert!(refused.contains("SQL_ASCII") && refused.contains("UTF8"), "{refused}");
    let (code, said) = ended(&["--listen", "127.0.0.1:0"], &[("DATABASE_URL", &database.url)]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("SQL_ASCII"), "{said}");
}
