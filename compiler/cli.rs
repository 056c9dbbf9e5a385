//! The command line.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use clap::{ArgAction, Parser, Subcommand};
use nirc_dialects::finding::Finding;
use tracing_subscriber::{
    EnvFilter,
    fmt::{format::FmtSpan, time::uptime},
};

use crate::{check, compile, conventions, map, opt, output, rewrite, run, targets, verify};

/// Compiles spiking networks in the Neuromorphic Intermediate Representation to neuromorphic chips.
#[derive(Parser)]
#[command(name = "nirc", version, max_term_width = 100)]
struct Cli {
    /// Say what is being done; twice for more.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile a model to the files of a chip.
    Compile(compile::Arguments),
    /// Say what is wrong with a file, and what would fail on a chip.
    Check(check::Arguments),
    /// Run a model at a level on recorded or generated input.
    Run(run::Arguments),
    /// Say which lowering changes which spike, and by how much.
    Verify(verify::Arguments),
    /// Map a model onto the cores of an architecture: partition, placement, routes and their metrics.
    Map(map::Arguments),
    /// Say what rewriting a model for a chip does, and why.
    Rewrite(rewrite::Arguments),
    /// Run passes on IR, with mlir-opt's flags.
    Opt(opt::Arguments),
    /// List the chips and their limits.
    Targets(targets::Arguments),
    /// List the conventions: the arithmetic of each simulator.
    Conventions(conventions::Arguments),
}

/// Runs the command that the process was given.
pub fn main() -> ExitCode {
    let cli = Cli::parse_from(opt::passes_by_name(
        std::env::args_os().collect::<Vec<OsString>>(),
    ));
    let level = match cli.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("NIRC_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false)
        .with_timer(uptime())
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    // A bug of ours is a finding too. The default hook would print a trace that helps no user.
    if cli.verbose == 0 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let run = AssertUnwindSafe(|| match cli.command {
        Command::Compile(arguments) => compile::command(&arguments),
        Command::Check(arguments) => check::command(&arguments),
        Command::Run(arguments) => run::command(&arguments),
        Command::Map(arguments) => map::command(&arguments),
        Command::Opt(arguments) => opt::command(&arguments),
        Command::Rewrite(arguments) => rewrite::command(&arguments),
        Command::Verify(arguments) => verify::command(&arguments),
        Command::Targets(arguments) => targets::command(&arguments),
        Command::Conventions(arguments) => conventions::command(&arguments),
    });
    catch_unwind(run).unwrap_or_else(|_| {
        let finding = Finding::error(
            "internal",
            "nirc does not panic",
            "nirc failed inside; this is a bug",
        )
        .fix("please report it with the model; -v shows where it happened");
        output::finish(&finding.into())
    })
}
