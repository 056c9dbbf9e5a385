//! `nirc targets`: the chips and their limits.

use std::process::ExitCode;

use crate::output;
use clap::Args;

/// Arguments of `nirc targets`.
#[derive(Args)]
pub struct Arguments {}

/// Runs the command.
pub fn command(_arguments: &Arguments) -> ExitCode {
    let rows: Vec<Row> = (nirc_targets::all().into_iter())
        .map(|chip| Row {
            names: vec![chip.name().to_owned(), chip.part_number().to_owned()],
            limits: chip.limits(),
        })
        .collect();
    output::print(&tables(&rows));
    ExitCode::SUCCESS
}

/// A chip's name and part number, and its limits by name.
struct Row {
    names: Vec<String>,
    limits: Vec<(&'static str, usize)>,
}

impl Row {
    fn heads(&self) -> impl Iterator<Item = &'static str> {
        self.limits.iter().map(|(name, _)| *name)
    }
}

/// Neighbours whose limits have the same names share a table, so each family has one.
fn tables(rows: &[Row]) -> String {
    let families = rows.chunk_by(|a, b| a.heads().eq(b.heads()));
    families.map(table).collect::<Vec<_>>().join("\n")
}

fn table(rows: &[Row]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = (["target", "part"].into_iter())
        .chain(rows.iter().take(1).flat_map(Row::heads))
        .map(str::to_owned)
        .collect();
    let rule = vec!["---".to_owned(); heads.len()];
    let body = rows.iter().map(|row| {
        let limits = row.limits.iter().map(|(_, value)| value.to_string());
        line(row.names.iter().cloned().chain(limits).collect())
    });
    line(heads) + &line(rule) + &body.collect::<String>()
}
