//! The program.

use std::process::ExitCode;

/// Requests allocate much and briefly, on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    well_ingestion::cli::run()
}
