//! What the servers of this binary log.

use std::io;
use std::sync::{Mutex, Once};

use tracing::Level;

/// One for all: while there are several, which of them hears of an event depends on where that was met first.
static KEPT: Once = Once::new();
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what goes wrong from now on, whichever server of whichever test tells of it. To be called before the first.
pub fn keep() {
    KEPT.call_once(|| {
        let log = tracing_subscriber::fmt().with_max_level(Level::ERROR).with_ansi(false).with_writer(|| Log);
        tracing::subscriber::set_global_default(log.finish()).unwrap();
    });
}

/// The errors so far.
pub fn errors() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}
