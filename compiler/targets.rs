//! `nirc targets`: the chips and their limits.

use std::process::ExitCode;

use clap::Args;
use nirc_targets::xylo::CHIPS;

use crate::output;

/// Arguments of `nirc targets`.
#[derive(Args)]
pub struct Arguments {}

/// Runs the command.
pub fn command(_arguments: &Arguments) -> ExitCode {
    let mut text = String::from(
        "| target | part | input channels | hidden neurons | readout neurons | fan-out | connections | bias |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for chip in &CHIPS {
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            chip.name,
            chip.part_number,
            chip.input_channels.value,
            chip.hidden_neurons.value,
            chip.readout_neurons.value,
            chip.fan_out.value,
            chip.connections.value,
            if chip.bias.is_some() { "8 bit" } else { "none" },
        );
    }
    output::print(&text);
    ExitCode::SUCCESS
}
