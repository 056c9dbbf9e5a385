//! `nirc targets`: the chips and their limits.

use std::process::ExitCode;

use crate::output;
use clap::Args;

/// Arguments of `nirc targets`.
#[derive(Args)]
pub struct Arguments {}

/// Runs the command.
pub fn command(_arguments: &Arguments) -> ExitCode {
    let mut text = String::new();
    for (index, chip) in nirc_targets::all().into_iter().enumerate() {
        let limits = chip.limits();
        if index == 0 {
            let names: Vec<_> = limits.iter().map(|(name, _)| *name).collect();
            text += &format!("| target | part | {} |\n", names.join(" | "));
            text += &format!("| --- | ---{} |\n", " | ---".repeat(names.len()));
        }
        let values: Vec<_> = limits.iter().map(|(_, value)| value.to_string()).collect();
        text += &format!(
            "| {} | {} | {} |\n",
            chip.name(),
            chip.part_number(),
            values.join(" | ")
        );
    }
    output::print(&text);
    ExitCode::SUCCESS
}
