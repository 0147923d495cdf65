//! What stands between the server and PostgreSQL is found out at the start.

use super::lent;
use super::pgbouncer::{PgBouncer, is_installed};
use crate::kit::database::Database;
use crate::program::ended;

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_unless_it_is_said() {
    if !is_installed() {
        return;
    }
    for (mode, connections) in [("transaction", 1), ("transaction", 5), ("statement", 2)] {
        let database = Database::empty().await;
        let pooler = PgBouncer::before(&database.url, mode, connections).await;
        let refused = async |arguments: &[&str], settings: &[(&str, &str)], reason: &str| {
            let settings = [&[("DATABASE_URL", pooler.url.as_str())], settings].concat();
            let (code, said) = ended(arguments, &settings).await;
            assert!(code == Some(2) && said.contains(reason), "{mode} {settings:?}: {code:?} {said}");
        };
        let serve: &[&str] = &["--listen", "127.0.0.1:0"];
        refused(serve, &[], "set DATABASE_POOLER=transaction").await;
        refused(&["migrate"], &[], "set DATABASE_POOLER=transaction").await;
        refused(serve, &[("DATABASE_DIRECT_URL", database.url.as_str())], "set DATABASE_POOLER=transaction").await;
        refused(serve, &[("DATABASE_POOLER", "transaction")], "DATABASE_DIRECT_URL is needed").await;
        let both = [("DATABASE_POOLER", "transaction"), ("DATABASE_DIRECT_URL", pooler.url.as_str())];
        refused(serve, &both, "DATABASE_DIRECT_URL leads through a pooler").await;
    }
}

#[tokio::test]
async fn commands_go_by_the_direct_way() {
    if !is_installed() {
        return;
    }
    let database = Database::empty().await;
    let pooler = PgBouncer::before(&database.url, "transaction", 2).await;
    let settings = [&[("DATABASE_URL", pooler.url.as_str())][..], &lent(&database, &[])].concat();
    let (code, said) = ended(&["migrate"], &settings).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = ended(&["api-key", "list", "--workspace", "none"], &settings).await;
    assert!(code == Some(1) && said.contains("workspace"), "{code:?} {said}");
}
