//! The command line: serve, migrate, schema, token, api-key, seed.

mod api_key;
mod data;
mod prepare;
mod serve;
mod telemetry;
mod token;

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::config::{AuthArgs, DatabaseArgs, LogArgs, ServerArgs, TelemetryArgs};
use crate::error::Chain;
use crate::seed::{self, SeedOptions};
use crate::telemetry::Otlp;
use data::Data;

/// The GraphQL API over Well's connector-ingestion data.
#[derive(Parser, Debug)]
#[command(version, about, args_conflicts_with_subcommands = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    telemetry: TelemetryArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    auth: AuthArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the API (the default).
    Serve,
    /// Bring the database up to date.
    Migrate,
    /// Print the GraphQL schema.
    Schema,
    /// Print a token for development, alone on standard output.
    Token(token::TokenArgs),
    /// Manage the API keys of a workspace.
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    /// Fill the database with demo data.
    Seed(SeedArgs),
}

#[derive(clap::Args, Debug)]
struct SeedArgs {
    /// How many times the usual amount.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    scale: u32,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Why a command ended early.
enum Failure {
    /// A setting is wrong: exit code 2, as for a wrong flag.
    Settings(String),
    /// Anything else: exit code 1.
    Run(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

/// The command line, for whoever describes it.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// What the stack of a thread may grow to, in bytes. The library resolves selections within each other by recursion, and
/// a stack that overflows ends the program. 60 levels, about as many as the parser lets through, took 1.5 MiB, and 6 MiB
/// without optimisation.
const STACK: usize = 16 * 1_048_576;

/// Runs what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return complain(&Failure::from(error)),
    };
    let outcome = start(cli, &runtime);
    // What still blocks, such as a name that is being resolved, must not hold up the end.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure),
    }
}

fn start(cli: Cli, runtime: &Runtime) -> Result<(), Failure> {
    let otlp = match cli.command {
        None | Some(Command::Serve) => telemetry::otlp(&cli.telemetry, runtime.handle())?,
        Some(_) => None,
    };
    let tracing = telemetry::start_log(&cli.log, otlp.as_ref())?;
    let outcome = runtime.block_on(dispatch(cli, otlp));
    tracing.end();
    outcome
}

async fn dispatch(cli: Cli, otlp: Option<Otlp>) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(cli.database, cli.auth, cli.server, cli.telemetry, otlp).await,
        Command::Schema => {
            match std::io::stdout().write_all(crate::api::sdl().as_bytes()) {
                // Whoever reads may have seen enough.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
                _ => Ok(()),
            }
        }
        Command::Token(args) => token::run(&args, &cli.auth, &cli.database),
        Command::Migrate => {
            let data = Data::open(&cli.database).await?;
            let ran = crate::db::migrations::run(data.url()).await?;
            for name in &ran {
                println!("migrated {name}");
            }
            println!("the database is up to date");
            Ok(())
        }
        Command::Seed(args) => {
            let data = Data::open(&cli.database).await?;
            crate::db::migrations::run(data.url()).await?;
            let options = SeedOptions { scale: args.scale, seed: args.seed, now: chrono::Utc::now(), progress: true };
            let summary = seed::demo(data.url(), &options).await?;
            println!("{summary}");
            Ok(())
        }
        Command::ApiKey(command) => api_key::run(command, &cli.database, &cli.auth).await,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(message) => f.write_str(message),
            Self::Run(error) => Chain(error.as_ref()).fmt(f),
        }
    }
}

fn complain(failure: &Failure) -> ExitCode {
    eprintln!("error: {failure}");
    match failure {
        Failure::Settings(_) => ExitCode::from(2),
        Failure::Run(_) => ExitCode::FAILURE,
    }
}
