//! `nirc conventions`: the arithmetic of each simulator, as options of the passes.

use std::process::ExitCode;

use clap::Args;
use nirc_passes::{CONVENTIONS, Convention};

use crate::output;

/// Arguments of `nirc conventions`.
#[derive(Args)]
pub struct Arguments {}

/// Runs the command.
pub fn command(_arguments: &Arguments) -> ExitCode {
    output::print(&table(&CONVENTIONS));
    ExitCode::SUCCESS
}

/// The table of conventions, one row each.
fn table(conventions: &[Convention]) -> String {
    const COLUMNS: [&str; 17] = [
        "convention",
        "platform",
        "decay",
        "membrane reads current",
        "comparison reads potential",
        "compare",
        "reset",
        "reset time",
        "spikes a step",
        "begins at",
        "lower bound",
        "input delay",
        "synaptic delay",
        "feedback held at",
        "r of IF a",
        "integers",
        "importer departs at",
    ];
    let mut text = format!(
        "| {} |\n|{}\n",
        COLUMNS.join(" | "),
        " --- |".repeat(COLUMNS.len())
    );
    for convention in conventions {
        let (ct, dt) = (&convention.nir_to_ct, &convention.ct_to_dt);
        let departures: Vec<_> = convention.departures.iter().map(|d| d.parameter).collect();
        let most = match dt.max_spikes {
            1 => "1",
            _ => "any",
        };
        let cells = [
            convention.name.to_owned(),
            convention.platform.to_owned(),
            dt.integration.to_string(),
            dt.membrane_reads.to_string(),
            dt.comparison_reads.to_string(),
            format!("`{}`", dt.compare),
            ct.reset.to_string(),
            match dt.cuba_reset_timing {
                Some(cuba) => format!("{}, {cuba} of CubaLIF", dt.reset_timing),
                None => dt.reset_timing.to_string(),
            },
            most.to_owned(),
            dt.initial.to_string(),
            dt.lower_bound.to_string(),
            dt.input_delay.to_string(),
            dt.synaptic_delay.to_string(),
            dt.feedback.to_string(),
            ct.integrator_rate.to_string(),
            convention.integers.unwrap_or("-").to_owned(),
            match departures.as_slice() {
                [] => "-".to_owned(),
                names => names.join(", "),
            },
        ];
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page has the table that the program prints.
    #[test]
    fn the_page_has_the_table() {
        let page = include_str!("../docs/conventions.md");
        assert!(
            page.contains(&table(&CONVENTIONS)),
            "{}",
            table(&CONVENTIONS)
        );
    }
}
