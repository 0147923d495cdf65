//! How large an answer may be.

use crate::error::Error;

/// The size of an answer at the most, in bytes.
pub const MAX_ANSWER_SIZE: usize = 16 * 1_048_576;

/// An answer is larger than it may be.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an answer is too large")
    }
}

impl std::error::Error for TooLarge {}

/// There is no room for more of it in memory.
#[derive(Clone, Copy, Debug)]
pub struct NoRoom;

impl std::fmt::Display for NoRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is no room for more rows")
    }
}

impl std::error::Error for NoRoom {}

impl From<TooLarge> for Error {
    fn from(_: TooLarge) -> Self {
        Self::too_large()
    }
}

/// Checks how large an answer has become, in bytes.
///
/// # Errors
/// When it is too large to go on.
pub const fn check_size(bytes: usize) -> Result<(), TooLarge> {
    if bytes > MAX_ANSWER_SIZE { Err(TooLarge) } else { Ok(()) }
}
