//! `/graphql/ws`: the protocol `graphql-transport-ws` to the letter, over real sockets.

mod following;
mod handshake;
mod limits;
mod operations;
mod protocol;

use std::time::Duration;

use serde_json::{Value, json};
use well_ingestion::server::{Settings, SocketSettings};

use crate::kit::{App, Asker, Row, Socket, make};

/// A query that is answered at once.
const ROLE: &str = "{ viewer { role } }";

/// A query that waits while the documents are locked.
const DOCUMENTS: &str = "{ documents { totalCount } }";

/// A subscription that lasts.
const COLLECTS: &str = "subscription { collectChanged { kind id } }";

/// A server whose sockets have these settings.
async fn app(sockets: SocketSettings) -> App {
    App::set(Settings { sockets, ..Settings::default() }).await
}

/// A server that looks callers up again all the time.
async fn watchful() -> App {
    app(SocketSettings { keep_alive: Duration::from_millis(50), ..SocketSettings::default() }).await
}

/// Waits until this credential can open a socket.
async fn welcome(asker: &Asker, app: &App) -> Socket {
    let trying = async {
        loop {
            let mut socket = Socket::open(app).await;
            socket.init(json!({ "authorization": asker.authorization() })).await;
            if socket.acknowledged().await {
                return socket;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), trying).await.expect("there is never a seat")
}

/// Makes a collect in the database, over and over until the socket tells of a change, which it gives back: a
/// subscription begins some time after it was asked for.
async fn change_until_told(app: &App, socket: &mut Socket) -> Value {
    let told = async {
        loop {
            collect(app).await;
            if let Ok(message) = tokio::time::timeout(Duration::from_millis(200), socket.hear()).await {
                return message;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("nothing is told")
}

/// A collect of the workspace `here`.
async fn collect(app: &App) -> Row {
    make::collect(app, &app.here, &app.person, json!({})).await
}
