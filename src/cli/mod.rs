//! The command line: serve, migrate, schema, openapi, token, api-key, seed.

mod api_key;
mod data;
mod prepare;
mod renamed;
mod serve;
mod settings;
mod signals;
mod telemetry;
mod token;

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::config::{AuthArgs, DatabaseArgs, LogArgs, ServerArgs, TelemetryArgs};
use crate::error::Chain;
use crate::seed::{self, SeedOptions};
use crate::telemetry::Otlp;
use crate::zones;
use data::Data;
use embedded_postgres::{BIN_DIR_VARIABLE, NO_DOWNLOAD_VARIABLE, SOURCE_VARIABLE};

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
    /// Print the reference of the REST API.
    Openapi,
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

/// What the command line and the environment say. A setting that is empty, as compose files and charts leave it, is as
/// one that is not set.
fn matches() -> (ArgMatches, renamed::Used) {
    let (mut command, arguments, used) = renamed::resolve(command(), std::env::args_os());
    let named = settings::named(&command);
    for setting in named.iter().filter(|setting| setting.is_empty()) {
        command = command.mut_arg(&setting.id, |arg| arg.env(Resettable::Reset));
    }
    let matches = command.try_get_matches_from(settings::without_empty(arguments.into_iter(), &named));
    (matches.unwrap_or_else(|error| settings::without_secrets(error, &named).exit()), used)
}

/// Settings that stand in the environment only.
const WITHOUT_FLAG: [&str; 4] = [BIN_DIR_VARIABLE, SOURCE_VARIABLE, NO_DOWNLOAD_VARIABLE, zones::FOLDER_VARIABLE];

/// Says which settings are there but empty: who meant another value should know.
fn tell_empty() {
    let all = settings::named(&command()).into_iter().map(|setting| setting.environment);
    let all = all.chain(WITHOUT_FLAG.map(OsString::from)).filter(|name| settings::is_empty(name));
    let names = all.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>();
    if !names.is_empty() {
        tracing::info!(names = names.join(" "), "settings that are empty are taken as not set");
    }
}

/// Runs what the command line says.
#[must_use]
pub fn run() -> ExitCode {
    let (matches, renamed) = matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return complain(&Failure::from(error)),
    };
    let outcome = start(cli, &renamed, &runtime);
    // What still blocks, such as a name that is being resolved, must not hold up the end.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure),
    }
}

fn start(cli: Cli, renamed: &renamed::Used, runtime: &Runtime) -> Result<(), Failure> {
    let (otlp, unused) = match cli.command {
        None | Some(Command::Serve) => telemetry::otlp(&cli.telemetry, runtime.handle())?,
        Some(_) => (None, Vec::new()),
    };
    let tracing = telemetry::start_log(&cli.log, otlp.as_ref())?;
    tell_empty();
    telemetry::tell_unused(&unused);
    renamed.log();
    let outcome = runtime.block_on(dispatch(cli, otlp));
    tracing.end();
    outcome
}

async fn dispatch(cli: Cli, otlp: Option<Otlp>) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(cli.database, cli.auth, cli.server, cli.telemetry, otlp).await,
        Command::Schema => print(&crate::api::sdl()),
        Command::Openapi => print(&crate::api::openapi(&crate::api::sdl())?),
        Command::Token(args) => token::run(&args, &cli.auth, &cli.database),
        Command::Migrate => {
            let data = Data::open(&cli.database).await?;
            data.check_pooler().await?;
            let ran = crate::db::migrations::run(data.direct_url()).await?;
            for name in &ran {
                println!("migrated {name}");
            }
            println!("the database is up to date");
            Ok(())
        }
        Command::Seed(args) => {
            let data = Data::open(&cli.database).await?;
            data.check_pooler().await?;
            crate::db::migrations::run(data.direct_url()).await?;
            let options = SeedOptions { scale: args.scale, seed: args.seed, now: chrono::Utc::now(), progress: true };
            let summary = seed::demo(data.direct_url(), &options).await?;
            println!("{summary}");
            Ok(())
        }
        Command::ApiKey(command) => api_key::run(command, &cli.database, &cli.auth).await,
    }
}

/// Prints a text, alone on standard output.
fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever reads may have seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
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
