//! Key sets of identity providers: late, empty, rotated.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kit::database::Database;
use crate::kit::{Answer, Socket};
use crate::program::{Program, until};

const WHO: &str = "{ viewer { role } }";

/// What `/health/ready` says until the key set was read.
const NOT_READ: &str = "The key set of tokens has not been read yet.";

/// A key of ES256, and the entry of a key set that its public half is.
fn key() -> (EncodingKey, Value) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let point = pair.public_key_raw();
    let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
    let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
    (key, json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }))
}

/// The entry with a `kid`.
fn named(mut entry: Value, id: &str) -> Value {
    entry["kid"] = id.into();
    entry
}

/// The owner's token, signed by a key.
fn token(key: &EncodingKey, id: Option<&str>) -> String {
    let claims = json!({ "sub": "owner@main", "exp": chrono::Utc::now().timestamp() + 3600 });
    let header = Header { kid: id.map(str::to_owned), ..Header::new(Algorithm::ES256) };
    encode(&header, &claims, key).unwrap()
}

/// A provider whose answer can change, and which counts how often each was given.
#[derive(Clone)]
struct Provider(Arc<Mutex<(StatusCode, Value, usize)>>);

impl Provider {
    async fn start(status: StatusCode, keys: &[Value]) -> (Self, String) {
        let provider = Self(Arc::new(Mutex::new((status, json!({ "keys": keys }), 0))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let Self(answer) = provider.clone();
        let answer = async move || {
            let mut answer = answer.lock().unwrap();
            answer.2 += 1;
            (answer.0, Json(answer.1.clone()))
        };
        let router = Router::new().route("/keys", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (provider, url)
    }

    fn serve(&self, keys: &[Value]) {
        *self.0.lock().unwrap() = (StatusCode::OK, json!({ "keys": keys }), 0);
    }

    /// Until the answer was given so often.
    async fn asked(&self, times: usize) {
        until("the key set is read", async || self.0.lock().unwrap().2 >= times).await;
    }
}

#[tokio::test]
async fn until_the_key_set_was_read_nobody_is_refused_and_the_server_is_not_ready() {
    let database = Database::migrated().await;
    // The address is kept for the key set, which is served later.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/keys");
    let program = Program::over(&database.url, &[("JWT_JWKS_URL", &url)]).await;
    until("the database is prepared", async || {
        let ready = program.get("/health/ready").await;
        ready.json["reason"] == "The key set of tokens has not been read yet."
    })
    .await;
    assert_eq!(program.get("/health/ready").await.status, 503);

    let (key, public) = key();
    // Issuers exist that give no `kid`.
    let set = json!({ "keys": [public] });
    let token = token(&key, None);
    let owner = program.owner().authorized(&format!("Bearer {token}"));
    let answer = owner.say(WHO).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    answer.refused("SERVICE_UNAVAILABLE");
    assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
    let mut socket = Socket::with(&program.url, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap();
    socket.init(json!({ "authorization": format!("Bearer {token}") })).await;
    assert_eq!(socket.closed().await.0, 1013);
    let stream = owner.request(Method::GET, "/graphql/stream?query=%7Bviewer%7Brole%7D%7D");
    assert_eq!(Answer::of(stream.header("accept", "text/event-stream")).await.status, 503);
    // Other credentials are looked at as ever.
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
    assert_eq!(owner.authorized("Bearer no.token.really").say(WHO).await.status, 401);

    let listener = TcpListener::bind(address).await.unwrap();
    let router = Router::new().route("/keys", get(async move || axum::Json(set.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    program.ready().await;
    assert_eq!(owner.say(WHO).await.str("/viewer/role"), "OWNER");
}

#[tokio::test]
async fn a_key_set_that_comes_without_a_usable_key_was_not_read() {
    let database = Database::migrated().await;
    let (provider, url) = Provider::start(StatusCode::SERVICE_UNAVAILABLE, &[]).await;
    let program = Program::over(&database.url, &[("JWT_JWKS_URL", &url)]).await;
    until("the database is prepared", async || program.get("/health/ready").await.json["reason"] == NOT_READ).await;
    let (key, public) = key();
    let owner = program.owner().authorized(&format!("Bearer {}", token(&key, Some("late"))));
    for keys in [vec![], vec![json!({ "kty": "oct", "kid": "s", "k": "c2VjcmV0" })]] {
        provider.serve(&keys);
        // It is tried again soon, not when it is refreshed.
        provider.asked(2).await;
        let ready = program.get("/health/ready").await;
        assert_eq!((ready.status, ready.json["reason"].as_str()), (503, Some(NOT_READ)));
        assert_eq!(owner.say(WHO).await.status, 503);
    }
    provider.serve(&[named(public, "late")]);
    program.ready().await;
    assert_eq!(owner.say(WHO).await.str("/viewer/role"), "OWNER");
    for line in ["it holds no usable key: it is empty", r#"ES256 \"late\""#] {
        until("the log says why, and names keys that are read late", async || program.log().contains(line)).await;
    }
}

#[tokio::test]
async fn keys_outlive_a_refresh_that_finds_none() {
    let database = Database::migrated().await;
    let (key, public) = key();
    let (provider, url) = Provider::start(StatusCode::OK, &[named(public, "k")]).await;
    let settings = [("JWT_JWKS_URL", url.as_str()), ("JWT_JWKS_REFRESH_SECONDS", "1")];
    let program = Program::over(&database.url, &settings).await;
    program.ready().await;
    let owner = program.owner().authorized(&format!("Bearer {}", token(&key, Some("k"))));
    assert_eq!(owner.say(WHO).await.str("/viewer/role"), "OWNER");
    provider.serve(&[]);
    provider.asked(2).await;
    assert_eq!(owner.say(WHO).await.str("/viewer/role"), "OWNER");
    assert_eq!(program.get("/health/ready").await.status, 200);
    until("it is logged", async || program.log().contains("the last keys stay in use")).await;
}

#[tokio::test]
async fn a_key_that_changes_under_its_id_is_followed() {
    let database = Database::migrated().await;
    let [(old, old_public), (new, new_public)] = [key(), key()];
    let (provider, url) = Provider::start(StatusCode::OK, &[named(old_public, "default")]).await;
    let program = Program::over(&database.url, &[("JWT_JWKS_URL", &url)]).await;
    program.ready().await;
    let [old, new] = [old, new].map(|key| format!("Bearer {}", token(&key, Some("default"))));
    let asked = async |credential: &str| program.owner().authorized(credential).say(WHO).await.status;
    assert_eq!(asked(&old).await, 200);
    provider.serve(&[named(new_public, "default")]);
    assert_eq!((asked(&new).await, asked(&old).await), (200, 401));
    let read = || program.log().matches("the keys of a key set are read").count();
    until("the log says so", async || read() == 2).await;
}
