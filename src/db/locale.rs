//! What the encoding and the locale of a database mean for texts, told when the server starts.

use super::connect::Connector;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Refuses a database whose texts could not be told.
///
/// # Errors
/// When its encoding is `SQL_ASCII`, and when the database fails.
pub async fn check_encoding(url: &str) -> Result<(), Failure> {
    let encoding = asked(url, "SELECT current_setting('server_encoding')").await?;
    match encoding.as_str() {
        "SQL_ASCII" => Err("the encoding of the database is SQL_ASCII, which does not tell what the bytes of a text \
            mean: make the database anew with ENCODING 'UTF8'"
            .into()),
        "UTF8" => Ok(()),
        _ => {
            tracing::warn!(encoding, "the database cannot store every character; with the encoding UTF8 it could");
            Ok(())
        }
    }
}

/// Letters of several alphabets, which no encoding but UTF8 has all of. The migrations ask for the same ones.
const CASES: [(char, char); 5] = [('É', 'é'), ('Ж', 'ж'), ('Σ', 'σ'), ('Ａ', 'ａ'), ('Ա', 'ա')];

/// Warns of a migrated database that knows upper and lower case of the letters A to Z only.
pub async fn check_case(url: &str) {
    for (upper, lower) in CASES {
        let folds = asked(url, &format!("SELECT ('{upper}' COLLATE core_api.any_case ILIKE '{lower}')::text")).await;
        // In some encodings these are no characters.
        if folds.is_ok_and(|folds| folds == "true") {
            return;
        }
    }
    tracing::warn!("the database knows upper and lower case of A to Z only, so `contains` tells \u{c9} from \u{e9}");
}

/// The one text that the SQL selects.
async fn asked(url: &str, sql: &str) -> Result<String, Failure> {
    let (client, driver) = Connector::new(url)?.client().await?;
    let driver = tokio::spawn(driver);
    let answer = client.query_one(sql, &[]).await;
    driver.abort();
    Ok(answer?.try_get(0)?)
}
