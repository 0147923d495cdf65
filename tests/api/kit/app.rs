//! The real server over a database of its own.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_postgres::Client;
use well_ingestion::api;
use well_ingestion::auth::{Authenticator, JwtSettings, Verifier, mint};
use well_ingestion::db::pooler::Pooler;
use well_ingestion::db::{Db, DbSettings};
use well_ingestion::entity::connector_sync_diagnostic::Retention;
use well_ingestion::events::{Feed, FeedSettings};
use well_ingestion::server::{App as Server, Settings, listen};

use super::ask::Asker;
use super::database::{Database, connect};
use super::log;
use super::make::{self, Row};

/// What the tokens of the tests are signed with.
pub const SECRET: &str = "a secret of the tests, longer than 32 bytes";

/// A server with two workspaces: `here`, where most askers are, and `elsewhere`.
pub struct App {
    pub here: Row,
    pub elsewhere: Row,
    /// The person that the member of `here` is.
    pub person: Row,
    pub url: String,
    pub http: reqwest::Client,
    sql: Client,
    db: Db,
    feed: Feed,
    server: Server,
    service: String,
    service_elsewhere: String,
    database: Database,
}

impl App {
    /// A server that looks every caller up anew.
    pub async fn start() -> Self {
        Self::remembering(Duration::ZERO).await
    }

    /// A server that remembers callers for so long.
    pub async fn remembering(remember: Duration) -> Self {
        // Nothing is removed by chance.
        let retention = Retention { chance: 0.0, ..Retention::default() };
        Self::with(remember, api::Settings { retention, ..api::Settings::default() }).await
    }

    /// A server that remembers callers for so long, and no answers: each takes its statements.
    pub async fn without_answers(remember: Duration) -> Self {
        let settings = Settings { answer_cache_bytes: 0, ..Settings::default() };
        Self::serving(remember, api::Settings::default(), settings, FeedSettings::default()).await
    }

    /// A server that remembers callers for so long and behaves as set.
    pub async fn with(remember: Duration, behaviour: api::Settings) -> Self {
        Self::serving(remember, behaviour, Settings::default(), FeedSettings::default()).await
    }

    /// A server with these settings.
    pub async fn set(settings: Settings) -> Self {
        Self::serving(Duration::ZERO, api::Settings::default(), settings, FeedSettings::default()).await
    }

    /// A server that keeps the change feed like this.
    pub async fn feeding(feed: FeedSettings) -> Self {
        Self::serving(Duration::ZERO, api::Settings::default(), Settings::default(), feed).await
    }

    /// A server over this database, which has been migrated.
    pub async fn over(database: Database) -> Self {
        let (behaviour, settings, feed) = (api::Settings::default(), Settings::default(), FeedSettings::default());
        Self::serving_from(database, Duration::ZERO, behaviour, settings, feed).await
    }

    async fn serving(remember: Duration, behaviour: api::Settings, settings: Settings, feed: FeedSettings) -> Self {
        Self::serving_from(Database::migrated().await, remember, behaviour, settings, feed).await
    }

    async fn serving_from(
        database: Database,
        remember: Duration,
        behaviour: api::Settings,
        settings: Settings,
        feed: FeedSettings,
    ) -> Self {
        let (db, feed) = open(&database.url, feed);
        let (server, url) = listening(&db, &feed, remember, behaviour, settings).await;
        let sql = connect(&database.url).await;
        let nobody = Row::default();
        let mut app = Self {
            here: nobody.clone(),
            elsewhere: nobody.clone(),
            person: nobody,
            url,
            http: client(),
            sql,
            db,
            feed,
            server,
            service: String::new(),
            service_elsewhere: String::new(),
            database,
        };
        app.furnish().await;
        app
    }

    /// Somebody at another server over the same database.
    pub async fn beside(&self, asker: &Asker, settings: Settings) -> Asker {
        asker.at(&listening(&self.db, &self.feed, Duration::ZERO, api::Settings::default(), settings).await.1)
    }

    /// What another server is made of over the same database.
    pub async fn stock(&self) -> (Db, Authenticator<Db>) {
        let verifier = Verifier::new(JwtSettings { secret: Some(SECRET.to_owned()), ..JwtSettings::default() }).await;
        (self.db.clone(), Authenticator::new(self.db.clone(), verifier.unwrap(), Duration::ZERO))
    }

    /// Somebody at another server that shares nothing but the database.
    pub async fn far(&self, asker: &Asker) -> Asker {
        let (db, feed) = open(self.database(), FeedSettings::default());
        asker.at(&listening(&db, &feed, Duration::ZERO, api::Settings::default(), Settings::default()).await.1)
    }

    /// The workspaces and whoever asks in them.
    async fn furnish(&mut self) {
        self.here = make::workspace(self, json!({ "name": "here" })).await;
        self.elsewhere = make::workspace(self, json!({ "name": "elsewhere" })).await;
        self.person = make::person(self, &self.here, json!({ "full_name": "Member Here" })).await;
        let elsewhere = make::person(self, &self.elsewhere, json!({ "full_name": "Member Elsewhere" })).await;
        for role in ["guest", "member", "admin", "owner"] {
            let person = (role == "member").then_some(self.person.pk);
            make::membership(self, &self.here, &format!("{role}@here"), role, json!({ "person_pk": person })).await;
            let person = (role == "member").then_some(elsewhere.pk);
            make::membership(self, &self.elsewhere, &format!("{role}@elsewhere"), role, json!({ "person_pk": person }))
                .await;
        }
        self.service = make::api_key(self, &self.here, json!({})).await.1;
        self.service_elsewhere = make::api_key(self, &self.elsewhere, json!({})).await.1;
    }

    /// The server itself.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// The statements that the server has run so far.
    pub fn statements(&self) -> u64 {
        self.db.statements()
    }

    /// Has the server count the rows of its workspaces.
    pub async fn count_rows(&self) {
        self.db.count_rows(&[self.here.pk, self.elsewhere.pk]).await.unwrap();
    }

    /// Where its database is.
    pub fn database(&self) -> &str {
        &self.database.url
    }

    /// SQL of the test itself.
    pub async fn execute(&self, sql: &str) {
        self.sql.batch_execute(sql).await.unwrap();
    }

    /// A connection to its database.
    pub const fn sql(&self) -> &Client {
        &self.sql
    }

    /// Takes down what keeps rows of different workspaces apart in the database, so that what the server itself
    /// does about them shows. What keeps the workspace of links that of their ends stays: the server goes by it.
    pub async fn unguarded(&self) {
        self.execute(
            "DO $$ DECLARE found record; BEGIN
                FOR found IN SELECT conrelid::regclass AS target, conname FROM pg_constraint
                    WHERE connamespace = 'core_api'::regnamespace AND contype = 'f' AND cardinality(conkey) > 1
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.target, found.conname); END LOOP;
                FOR found IN SELECT tgrelid::regclass AS target, tgname FROM pg_trigger
                    JOIN pg_class ON pg_class.oid = tgrelid
                    JOIN pg_proc ON pg_proc.oid = tgfoid
                    WHERE relnamespace = 'core_api'::regnamespace AND NOT tgisinternal
                        AND proname NOT IN ('fill_link_workspace', 'keep_link_workspaces')
                LOOP EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.target); END LOOP;
            END $$",
        )
        .await;
    }

    /// Somebody with this credential.
    pub fn bearer(&self, credential: &str) -> Asker {
        Asker::new(self, Some(format!("Bearer {credential}")))
    }

    /// Somebody with a token of this subject.
    pub fn subject(&self, subject: &str) -> Asker {
        self.bearer(&token(subject, None))
    }

    /// Nobody in particular.
    pub fn anyone(&self) -> Asker {
        Asker::new(self, None)
    }

    pub fn guest(&self) -> Asker {
        self.subject("guest@here")
    }

    pub fn member(&self) -> Asker {
        self.subject("member@here")
    }

    pub fn admin(&self) -> Asker {
        self.subject("admin@here")
    }

    pub fn owner(&self) -> Asker {
        self.subject("owner@here")
    }

    /// The pipeline, with its API key.
    pub fn service(&self) -> Asker {
        self.bearer(&self.service)
    }

    pub fn member_elsewhere(&self) -> Asker {
        self.subject("member@elsewhere")
    }

    pub fn admin_elsewhere(&self) -> Asker {
        self.subject("admin@elsewhere")
    }

    /// The pipeline of the other workspace.
    pub fn service_elsewhere(&self) -> Asker {
        self.bearer(&self.service_elsewhere)
    }

    /// Everybody of the workspace, by role.
    pub fn by_role(&self) -> [(&'static str, Asker); 5] {
        [
            ("guest", self.guest()),
            ("member", self.member()),
            ("admin", self.admin()),
            ("owner", self.owner()),
            ("service", self.service()),
        ]
    }
}

/// A token of this subject, for this workspace if one is named.
pub fn token(subject: &str, workspace: Option<&str>) -> String {
    mint(SECRET, subject, workspace, None, None, chrono::Utc::now(), Duration::from_secs(3600)).unwrap()
}

/// A token with any claims, signed as it should be.
pub fn signed(claims: &Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

/// A client that only ever speaks plain HTTP to this machine.
pub(super) fn client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

/// The database as a server has it, with the change feed.
fn open(url: &str, feed: FeedSettings) -> (Db, Feed) {
    let db = Db::open(DbSettings {
        url: url.to_owned(),
        direct_url: None,
        pooler: Pooler::None,
        connections: 4,
        per_principal: None,
        wait: Duration::from_secs(20),
        statement_timeout: Duration::from_secs(20),
        seal_secret: SECRET.into(),
    })
    .unwrap();
    let feed = Feed::new(feed, &db);
    tokio::spawn(feed.clone().run());
    (db, feed)
}

/// The address of a new server over a database.
pub async fn listening(
    db: &Db,
    feed: &Feed,
    remember: Duration,
    behaviour: api::Settings,
    settings: Settings,
) -> (Server, String) {
    log::keep();
    let verifier = Verifier::new(JwtSettings { secret: Some(SECRET.to_owned()), ..JwtSettings::default() }).await;
    let authenticator = Authenticator::new(db.clone(), verifier.unwrap(), remember);
    let server = Server::new(db.clone(), feed.clone(), authenticator, api::build(&behaviour), settings).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = server.router();
    tokio::spawn(listen::serve(listener, router, listen::Settings::default(), std::future::pending()));
    (server, url)
}
