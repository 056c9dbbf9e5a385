//! The driver of nirc: pipelines, the command line, reports.
//!
//! Only this crate writes files and talks to a terminal. Exit codes: 0 done, 1 done but a check failed,
//! 2 refused.

mod accuracy;
mod arguments;
mod artefact;
mod check;
mod cli;
mod compile;
mod conventions;
mod execute;
mod levels;
mod load;
mod map;
mod opt;
mod output;
mod pipeline;
pub mod recordings;
mod report;
mod rewrite;
mod run;
pub mod samples;
mod targets;
mod verify;

pub use cli::main;
pub use compile::{Compilation, compile};
pub use load::{Source, load};
pub use pipeline::{Settings, step};
