//! A database that is reached by TLS: every connection to it is encrypted, and it is who it should be.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
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
        let mut cluster = Cluster::start(&[]).await;
        cluster.stop().await;
        let (right, wrong) = (authority("Right"), authority("Wrong"));
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &right).unwrap();
        cluster.write("server.key", &key.serialize_pem());
        cluster.write("server.crt", &certificate.pem());
        cluster.write("pg_hba.conf", "local all postgres trust\nhostssl all all samehost trust\n");
        let (right, wrong) = (cluster.write("right.pem", &right.pem()), cluster.write("wrong.pem", &wrong.pem()));
        // Nobody else is likely to take the port before the server does.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        cluster.resume_on(port, &["ssl=on"]).await;
        Self { cluster, port, right, wrong }
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgresql://app@{host}:{}/app{parameters}", self.port)
    }

    /// The server's connections to it, and how many of them are encrypted.
    async fn connections(&self) -> (i64, i64) {
        let row = self.cluster.admin().await.query_one(CONNECTIONS, &[]).await.unwrap();
        (row.get(0), row.get(1))
    }
}

fn parameter(file: &Path) -> String {
    format!("&sslrootcert={}", file.to_str().unwrap())
}

#[tokio::test]
async fn every_connection_is_encrypted_with_a_server_that_is_who_it_should_be() {
    let database = Encrypted::start().await;
    let right = database.right.to_str().unwrap();
    let settings =
        [("WELL_DATABASE_CA_FILE", right), ("WELL_QUERY_TIMEOUT_MS", "500"), ("WELL_AUTH_REMEMBER_MS", "60000")];
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
