//! One PostgreSQL for the whole binary, one migrated template in it, one copy of that per test.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs, thread};

use embedded_postgres::{Embedded, Options};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;
use well_ingestion::db::migrations;

static SERVER: OnceLock<Server> = OnceLock::new();

/// Held while the template is made, for tests that run as processes of their own.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;

struct Server {
    /// A database to connect to while others are made and dropped.
    url: String,
    template: String,
    /// Named from PostgreSQL 15 on, where copying files is no longer the default.
    strategy: &'static str,
    /// The server's own supervisor stops it when the process ends.
    _embedded: Option<Embedded>,
}

/// A database of its own, dropped when the value is.
pub struct Database {
    pub url: String,
    name: String,
}

impl Database {
    /// A copy of the migrated template.
    pub async fn migrated() -> Self {
        let server = server();
        Self::create(&format!("TEMPLATE {}{}", server.template, server.strategy)).await
    }

    /// A database with nothing in it.
    pub async fn empty() -> Self {
        Self::made("").await
    }

    /// The same, made with further options, such as its encoding.
    pub async fn made(options: &str) -> Self {
        Self::create(&format!("TEMPLATE template0 {options}")).await
    }

    async fn create(options: &str) -> Self {
        let name = format!("well_test_{}", Uuid::new_v4().simple());
        let admin = connect(&server().url).await;
        admin.batch_execute(&format!("CREATE DATABASE {name} {options}")).await.unwrap();
        Self { url: with_database(&server().url, &name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        off_runtime(async {
            let admin = connect(&server().url).await;
            admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
        });
    }
}

/// A connection outside of any pool.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| off_runtime(start()))
}

/// Runs what outlives a test's own runtime, or must block it.
fn off_runtime<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    thread::scope(|scope| scope.spawn(run).join()).unwrap()
}

async fn start() -> Server {
    let given = env::var("TEST_DATABASE_URL").ok();
    let embedded = given.is_none().then(|| Embedded::start(&Options::throwaway().with_environment().unwrap()).unwrap());
    let url = given.unwrap_or_else(|| embedded.as_ref().unwrap().url().to_owned());
    let admin = connect(&url).await;
    let version: String = admin.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    let strategy = if version.parse::<u32>().unwrap() >= 150_000 { " STRATEGY FILE_COPY" } else { "" };

    let template = format!("well_template_{:016x}", migrations_hash());
    admin.execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK]).await.unwrap();
    if admin.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&template]).await.unwrap().is_none() {
        let unfinished = format!("{template}_unfinished");
        for statement in [format!("DROP DATABASE IF EXISTS {unfinished}"), format!("CREATE DATABASE {unfinished}")] {
            admin.batch_execute(&statement).await.unwrap();
        }
        migrations::run(&with_database(&url, &unfinished)).await.unwrap();
        for statement in [
            format!("ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false"),
            format!("ALTER DATABASE {unfinished} RENAME TO {template}"),
        ] {
            admin.batch_execute(&statement).await.unwrap();
        }
    }
    if let Some(embedded) = &embedded
        && !strategy.is_empty()
    {
        // Loaders set it, which only a superuser may unless it is allowed.
        let role: String = admin.query_one("SELECT current_user::text", &[]).await.unwrap().get(0);
        let superuser = connect(&embedded.admin_url("postgres")).await;
        let allow = format!("GRANT SET ON PARAMETER session_replication_role TO {role}");
        superuser.batch_execute(&allow).await.unwrap();
    }
    Server { url, template, strategy, _embedded: embedded }
}

/// The template of other migrations is another template.
fn migrations_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .filter(|path| path.exists())
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

/// The same server's database of that name.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(address, rest)| (address, Some(rest)));
    let (_, authority) = address.split_once("://").unwrap();
    let host = authority.split('/').next().unwrap();
    let parameters = parameters.map(|parameters| format!("?{parameters}")).unwrap_or_default();
    format!("postgresql://{host}/{name}{parameters}")
}
