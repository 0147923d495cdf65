//! Settings as operators and charts give them: empty, with white space, for what is not built in.

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::database::Database;
use crate::kit::{Answer, App, SECRET, Socket, make};
use crate::program::{Program, ended};

const WHO: &str = "{ viewer { role } }";

/// Where nobody listens.
const NOWHERE: &str = "postgresql://127.0.0.1:9/nothing";

/// What is set in the environment only.
const WITHOUT_FLAG: [&str; 4] = ["PG_BINDIR", "WELL_PG_SOURCE", "WELL_NO_DOWNLOAD", "TZDIR"];

/// The environment names of all settings.
fn names() -> Vec<String> {
    let command = well_ingestion::cli::command();
    command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned())).collect()
}

#[tokio::test]
async fn every_setting_that_is_empty_is_as_one_that_is_not_set() {
    let database = Database::migrated().await;
    for blank in ["", " ", "\n"] {
        let names = names();
        let empty = names.iter().map(String::as_str).filter(|name| !["DATABASE_URL", "JWT_SECRET"].contains(name));
        let empty: Vec<_> = empty.chain(WITHOUT_FLAG).map(|name| (name, blank)).collect();
        assert!(empty.len() > 50);
        let program = Program::over(&database.url, &empty).await;
        program.ready().await;
        assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
        let log = program.log();
        let told = log.lines().find(|line| line.contains("settings that are empty are taken as not set"));
        let told = told.unwrap_or_else(|| panic!("{log}"));
        assert!(empty.iter().all(|(name, _)| told.contains(name)), "{told}");
        assert!(log.contains("keys: HS256; any issuer; any audience"), "{log}");
    }
}

#[tokio::test]
async fn an_old_name_holds_where_the_new_one_is_empty() {
    let database = Database::migrated().await;
    let settings = [("WELL_AUTH_CACHE_TTL_MS", ""), ("WELL_AUTH_REMEMBER_MS", "0")];
    let program = Program::over(&database.url, &settings).await;
    program.ready().await;
    let log = program.log();
    assert!(log.contains(r#"old="WELL_AUTH_REMEMBER_MS" new="WELL_AUTH_CACHE_TTL_MS""#), "{log}");
}

#[tokio::test]
async fn the_start_says_which_tokens_are_accepted_and_no_secret() {
    let database = Database::migrated().await;
    let settings = [("JWT_ISSUER", "https://issuer.example"), ("JWT_AUDIENCE", "api")];
    let program = Program::over(&database.url, &settings).await;
    let log = program.log();
    assert!(log.contains(r#"keys: HS256; issuer "https://issuer.example"; audience "api"; leeway 5 s"#), "{log}");
    assert!(!log.contains(SECRET), "{log}");
}

#[tokio::test]
async fn a_line_end_behind_a_secret_is_left_out_and_other_white_space_is_refused() {
    let database = Database::migrated().await;
    let secret = format!("{SECRET}\r\n");
    let program =
        Program::over(&database.url, &[("JWT_SECRET", &secret), ("WELL_SEAL_SECRET", "a seal of tests\n")]).await;
    program.ready().await;
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
    let around = format!(" {SECRET}");
    for (name, value, flag) in [
        ("JWT_SECRET", around.as_str(), "--jwt-secret"),
        ("WELL_SEAL_SECRET", "a seal of the tests ", "--seal-secret"),
        ("WELL_METRICS_TOKEN", "\ta token of the tests", "--metrics-token"),
        ("JWT_ISSUER", " https://issuer.example", "--jwt-issuer"),
        ("JWT_AUDIENCE", "api ", "--jwt-audience"),
        ("JWT_JWKS_URL", "https://issuer.example/keys ", "--jwt-jwks-url"),
        ("WELL_OIDC_CLIENT_ID", "dashboard\t", "--oidc-client-id"),
        ("WELL_OIDC_SCOPE", " openid", "--oidc-scope"),
    ] {
        let (code, said) = ended(&["--listen", "127.0.0.1:0"], &[("DATABASE_URL", NOWHERE), (name, value)]).await;
        assert_eq!(code, Some(2), "{name}: {said}");
        assert!(said.contains(flag) && said.contains("white space"), "{name}: {said}");
        assert!(!said.contains(SECRET), "{said}");
    }
}

#[tokio::test]
async fn the_dashboard_is_told_no_line_ends() {
    let database = Database::migrated().await;
    let settings = [
        ("WELL_OIDC_ISSUER", "https://id.example\n"),
        ("WELL_OIDC_CLIENT_ID", "dashboard\n"),
        ("WELL_OIDC_SCOPE", "openid email\r\n"),
    ];
    let program = Program::over(&database.url, &settings).await;
    let page = program.get("/").await.text;
    let told = r#""oidc":{"clientId":"dashboard","issuer":"https://id.example","scope":"openid email"}"#;
    assert!(page.contains(told), "{page}");
}

#[tokio::test]
async fn whether_the_download_is_forbidden_is_said_with_yes_or_no() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let settings = [("WELL_DATA_DIR", folder), ("WELL_PG_SOURCE", " \n"), ("WELL_NO_DOWNLOAD", "maybe")];
    let (code, said) = ended(&["--listen", "127.0.0.1:0"], &settings).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("WELL_NO_DOWNLOAD is 'maybe', but must be true or false"), "{said}");
}

#[tokio::test]
async fn what_opentelemetry_names_and_is_not_used_is_told() {
    let database = Database::migrated().await;
    let names = ["OTEL_CONFIG_FILE", "OTEL_NEW_IDEA", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let settings = names.map(|name| (name, "http/protobuf"));
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    for (settings, told) in [(settings.to_vec(), 3), ([&settings[..], &endpoint].concat(), 2)] {
        let program = Program::over(&database.url, &settings).await;
        program.ready().await;
        let log = program.log();
        let line = log.lines().find(|line| line.contains("names of OpenTelemetry are not used")).unwrap_or_default();
        assert_eq!(names.iter().filter(|name| line.contains(*name)).count(), told, "{log}");
        assert_eq!(line.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), told == 3, "{line}");
    }
}

#[tokio::test]
async fn what_opentelemetry_names_and_is_not_built_in_is_refused_at_the_start() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_METRICS_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_TRACES_SAMPLER", "xray"),
    ] {
        // Whoever sets one of them without an endpoint meant something to be exported, too.
        for endpoint in ["http://127.0.0.1:9", ""] {
            let settings = [("DATABASE_URL", NOWHERE), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), (name, value)];
            let (code, said) = ended(&["--listen", "127.0.0.1:0"], &settings).await;
            assert_eq!(code, Some(2), "{name}: {said}");
            assert!(said.contains(name) && said.contains(value), "{said}");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_too_long_is_told_so_everywhere() {
    let app = App::start().await;
    let long = format!("Bearer {}", "x".repeat(well_ingestion::auth::MAX_TOKEN + 1));
    let message = "The token must be at most 16384 bytes long.";
    let asker = app.anyone().authorized(&long);
    let answer = asker.say(WHO).await;
    assert_eq!((answer.status, &answer.errors()[0]["message"]), (401, &json!(message)));
    answer.refused("UNAUTHENTICATED");
    let stream = asker.request(Method::GET, "/graphql/stream?query=%7Bviewer%7Brole%7D%7D");
    let answer = Answer::of(stream.header("accept", "text/event-stream")).await;
    assert_eq!((answer.status, &answer.errors()[0]["message"]), (401, &json!(message)));
    let mut socket = Socket::open(&app).await;
    socket.init(json!({ "authorization": long })).await;
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.contains(message)), (4403, true), "{reason}");
}

#[tokio::test]
async fn a_token_as_long_as_allowed_is_accepted_everywhere() {
    let app = App::start().await;
    let claims = |pad: usize| {
        let expiry = chrono::Utc::now().timestamp() + 3600;
        crate::kit::signed(&json!({ "sub": "member@here", "exp": expiry, "pad": "x".repeat(pad) }))
    };
    let pad = (well_ingestion::auth::MAX_TOKEN - claims(0).len()) / 4 * 3;
    let token = claims(pad);
    assert!(token.len() > well_ingestion::auth::MAX_TOKEN - 8 && token.len() <= well_ingestion::auth::MAX_TOKEN);
    let member = app.bearer(&token);
    assert_eq!(member.say(WHO).await.str("/viewer/role"), "MEMBER");
    let mut socket = Socket::open(&app).await;
    socket.init(json!({ "authorization": format!("Bearer {token}") })).await;
    assert!(socket.acknowledged().await);
}

#[tokio::test]
async fn session_variables_of_hasura_are_read_whatever_their_case() {
    let app = App::start().await;
    let other = make::workspace(&app, json!({ "external_workspace_id": "42" })).await;
    make::membership(&app, &app.here, "traveller", "admin", json!({ "is_default": true })).await;
    make::membership(&app, &other, "traveller", "guest", json!({})).await;
    let asked = async |variables: Value| {
        let expiry = chrono::Utc::now().timestamp() + 3600;
        let claims = json!({ "sub": "traveller", "exp": expiry, "https://hasura.io/jwt/claims": variables });
        app.bearer(&crate::kit::signed(&claims)).say(WHO).await
    };
    for named in [json!("42"), json!(42), json!(other.id)] {
        for name in ["X-Hasura-Workspace-Id", "x-hasura-workspace-id", "X-HASURA-WORKSPACE-ID"] {
            assert_eq!(asked(json!({ name: named })).await.str("/viewer/role"), "GUEST", "{name}: {named}");
        }
    }
    let two = json!({ "X-Hasura-Workspace-Id": other.id, "x-hasura-workspace-id": app.here.id });
    assert_eq!(asked(two).await.status, 401);
    assert_eq!(asked(json!({ "X-Hasura-Workspace-Id": app.elsewhere.id })).await.status, 403);
    assert_eq!(asked(json!({ "X-Hasura-Workspace-Id": "" })).await.str("/viewer/role"), "ADMIN");
}
