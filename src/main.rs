//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    well_ingestion::cli::run()
}
