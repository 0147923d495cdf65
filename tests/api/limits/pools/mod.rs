//! What all clients share: none of them can take so much of it that nothing is left for others.

mod answers;
mod bodies;
mod connections;
mod heads;
mod names;
mod seats;
mod subscriptions;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kit::{App, Asker};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Less than a client may take to send a body, or to take an answer.
const SOON: Duration = Duration::from_secs(20);
/// How often a metric is looked at that is waited for: each look takes the server some time, too.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

const ROLE: &str = "{ viewer { role } }";

/// A connection that reads no more than it is told to.
struct Wire(TcpStream);

impl Wire {
    async fn to(url: &str) -> Self {
        Self(TcpStream::connect(url.strip_prefix("http://").unwrap_or(url)).await.unwrap())
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks for a query.
    async fn ask(&mut self, asker: &Asker, query: &str) {
        let body = serde_json::json!({ "query": query }).to_string();
        self.write(&format!("{}\r\n\r\n{body}", head(asker, body.len()))).await;
    }

    /// The status of the answer. Nothing more is read.
    async fn status(&mut self) -> u16 {
        let mut line = [0; 12];
        tokio::time::timeout(PATIENCE, self.0.read_exact(&mut line)).await.expect("no answer").unwrap();
        std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
    }

    /// All that comes until the server closes the connection.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("still open");
        assert!(read.is_ok(), "{read:?}: {}", String::from_utf8_lossy(&bytes));
        String::from_utf8(bytes).unwrap()
    }
}

/// The head of a request with a body of so many bytes, without its end.
fn head(asker: &Asker, length: usize) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
         content-length: {length}",
        asker.authorization()
    )
}

/// Waits until a metric has a value.
async fn settled(app: &App, name: &str, fits: impl Fn(f64) -> bool) {
    let settled = async {
        while !fits(metric(app, name).await) {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("{name} never fits"));
}

/// The value of a metric without labels.
async fn metric(app: &App, name: &str) -> f64 {
    let text = app.anyone().get("/metrics").await.text;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("there is no {name}: {text}"))
}
