//! Input of any kind: each gets its answer soon, none is an accident, and nobody else notices.

mod barrage;
mod bytes;
mod slow;
mod values;

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest that anybody waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server at this address answers to these bytes, if anything: all that comes until it closes the connection, or
/// has been silent for a while after an answer.
async fn exchange(url: &str, bytes: &[u8]) -> Vec<u8> {
    let address = url.strip_prefix("http://").unwrap();
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let began = Instant::now();
    let send = async {
        // The server may have heard enough before it has heard all.
        let _ = write.write_all(bytes).await;
        let _ = write.shutdown().await;
    };
    let mut answer = Vec::new();
    let receive = async {
        let _ = read.read_to_end(&mut answer).await;
    };
    let done = tokio::time::timeout(PATIENCE, async { tokio::join!(send, receive) }).await;
    assert!(done.is_ok(), "no end after {:?}: {}", began.elapsed(), String::from_utf8_lossy(bytes));
    answer
}

/// The status of each answer in these bytes.
fn statuses(answers: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answers);
    let lines = text.split("HTTP/1.").skip(1).filter_map(|rest| rest.split(' ').nth(1));
    lines.filter_map(|status| status.get(..3)?.parse().ok()).collect()
}

/// Runs a test that has a server on a thread of its own, as the program has.
fn served<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test)
}
