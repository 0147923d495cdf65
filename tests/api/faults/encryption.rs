//! A database that is reached by TLS: every connection to it is encrypted, and it is who it should be.

use std::path::{Path, PathBuf};

use base64::Engine;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SigningKey};
use tokio::net::TcpListener;

use crate::program::{Cluster, Program, ended, until};

/// Connections of the server, and how many of them are encrypted.
const CONNECTIONS: &str =
    "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
    WHERE application_name = 'well-ingestion'";

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that talks by TLS only, when it is not asked by its superuser on the same machine.
struct Encrypted {
    cluster: Cluster,
    port: u16,
    /// The file of the authority that its certificate is from, and of another one.
    right: PathBuf,
    wrong: PathBuf,
}

impl Encrypted {
    async fn start() -> Self {
        Self::with("trust", |certificate, _| certificate.pem()).await
    }

    /// A server that clients prove themselves to by this method, with what is made of its certificate and of its
    /// authority's key.
    async fn with(method: &str, make: impl FnOnce(&Certificate, &KeyPair) -> String) -> Self {
        let mut cluster = Cluster::start(&[]).await;
        cluster.admin().await.batch_execute("ALTER ROLE app PASSWORD 'hidden'").await.unwrap();
        cluster.stop().await;
        let (right, wrong) = (authority("Right"), authority("Wrong"));
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &right).unwrap();
        cluster.write("server.key", &key.serialize_pem());
        cluster.write("server.crt", &make(&certificate, right.key()));
        cluster.write("pg_hba.conf", &format!("local all postgres trust\nhostssl all all samehost {method}\n"));
        let (right, wrong) = (cluster.write("right.pem", &right.pem()), cluster.write("wrong.pem", &wrong.pem()));
        // Nobody else is likely to take the port before the server does.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        cluster.resume_on(port, &["ssl=on"]).await;
        Self { cluster, port, right, wrong }
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgresql://app:hidden@{host}:{}/app{parameters}", self.port)
    }

    /// The server's connections to it, and how many of them are encrypted.
    async fn connections(&self) -> (i64, i64) {
        let row = self.cluster.admin().await.query_one(CONNECTIONS, &[]).await.unwrap();
        (row.get(0), row.get(1))
    }
}

/// The parts of a value in DER.
fn parts(der: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut parts) = (content(der), Vec::new());
    while !rest.is_empty() {
        let (part, next) = rest.split_at(head(rest) + content(rest).len());
        parts.push(part);
        rest = next;
    }
    parts
}

/// How long the head of a value in DER is: its tag, and its length in one byte or in those whose number that says.
fn head(der: &[u8]) -> usize {
    if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7f) }
}

fn content(der: &[u8]) -> &[u8] {
    let length = match der[1] {
        short @ ..0x80 => usize::from(short),
        _ => der[2..head(der)].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    &der[head(der)..head(der) + length]
}

/// A value in DER.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, ..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], length.as_slice(), content].concat()
}

/// The same certificate in version 1 of X.509, which has neither extensions nor a version, in PEM.
fn version_1(certificate: &Certificate, key: &KeyPair) -> String {
    let [signed, algorithm, _] = parts(certificate.der())[..] else { panic!("no certificate") };
    let kept = parts(signed).into_iter().filter(|part| part[0] != 0xa0 && part[0] != 0xa3);
    let signed = value(0x30, &kept.collect::<Vec<_>>().concat());
    let signature = value(0x03, &[&[0], key.sign(&signed).unwrap().as_slice()].concat());
    let der = value(0x30, &[signed.as_slice(), algorithm, &signature].concat());
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn parameter(file: &Path) -> String {
    format!("&sslrootcert={}", file.to_str().unwrap())
}

#[tokio::test]
async fn every_connection_is_encrypted_with_a_server_that_is_who_it_should_be() {
    let database = Encrypted::start().await;
    let right = database.right.to_str().unwrap();
    let settings =
        [("WELL_DATABASE_CA_FILE", right), ("WELL_QUERY_TIMEOUT_MS", "500"), ("WELL_AUTH_CACHE_TTL_MS", "60000")];
    let program = Program::over(&database.url("localhost", ""), &settings).await;
    program.ready().await;
    let owner = program.owner();
    assert_eq!(owner.say("{ viewer { role } }").await.str("/viewer/role"), "OWNER");
    let (all, encrypted) = database.connections().await;
    assert!(all >= 2 && all == encrypted, "{encrypted} of {all}");
    // What took too long is cancelled, for which there is another connection.
    let admin = database.cluster.admin().await;
    admin.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    owner.say("{ documents { totalCount } }").await.refused("REQUEST_TIMEOUT");
    let watcher = database.cluster.admin().await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    until("it is cancelled", async || watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0).await;
    admin.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(owner.say("{ documents { totalCount } }").await.int("/documents/totalCount"), 0);
    let (code, said) =
        ended(&["migrate"], &[("DATABASE_URL", &database.url("localhost", "")), ("WELL_DATABASE_CA_FILE", right)])
            .await;
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn what_the_url_asks_for_is_what_is_done() {
    let database = Encrypted::start().await;
    let (right, wrong) = (parameter(&database.right), parameter(&database.wrong));
    for (host, parameters, reason) in [
        ("localhost", String::new(), None),
        ("localhost", "?sslmode=require".to_owned(), None),
        ("localhost", format!("?sslmode=verify-full{right}"), None),
        ("127.0.0.1", format!("?sslmode=verify-ca{right}"), None),
        ("localhost", "?sslmode=disable".to_owned(), Some("no encryption")),
        ("localhost", "?sslmode=verify-full".to_owned(), Some("certificate")),
        ("localhost", format!("?sslmode=verify-full{wrong}"), Some("certificate")),
        ("localhost", format!("?sslmode=verify-ca{wrong}"), Some("certificate")),
        ("127.0.0.1", format!("?sslmode=verify-full{right}"), Some("certificate")),
    ] {
        let url = database.url(host, &parameters);
        let (code, said) = ended(&["migrate"], &[("DATABASE_URL", &url)]).await;
        match reason {
            None => assert_eq!(code, Some(0), "{parameters}: {said}"),
            Some(reason) => assert!(code == Some(1) && said.contains(reason), "{parameters}: {code:?} {said}"),
        }
    }
    // The server does not wait for what will never be.
    let url = database.url("localhost", "");
    let wrong = database.wrong.to_str().unwrap();
    let settings = [("DATABASE_URL", url.as_str()), ("WELL_DATABASE_CA_FILE", wrong)];
    let (code, said) = ended(&["--listen", "127.0.0.1:0"], &settings).await;
    assert!(code == Some(1) && said.contains("certificate"), "{code:?} {said}");
}

/// As PostgreSQL's manual has them made.
#[tokio::test]
async fn a_certificate_of_version_1_is_taken_where_none_is_verified() {
    let database = Encrypted::with("scram-sha-256", version_1).await;
    let right = parameter(&database.right);
    for (parameters, is_taken) in [
        (String::new(), true),
        ("?sslmode=prefer".to_owned(), true),
        ("?sslmode=require".to_owned(), true),
        (format!("?sslmode=verify-ca{right}"), false),
        (format!("?sslmode=verify-full{right}"), false),
    ] {
        let url = database.url("localhost", &parameters);
        let (code, said) = ended(&["migrate"], &[("DATABASE_URL", &url)]).await;
        if is_taken {
            assert_eq!(code, Some(0), "{parameters}: {said}");
        } else {
            assert!(code == Some(1) && said.contains("certificate"), "{parameters}: {code:?} {said}");
        }
    }
    let program = Program::over(&database.url("localhost", "?sslmode=require"), &[]).await;
    program.ready().await;
    let (all, encrypted) = database.connections().await;
    assert!(all >= 1 && all == encrypted, "{encrypted} of {all}");
}
