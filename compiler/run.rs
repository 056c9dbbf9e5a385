//! `nirc run`: a model at a level, on recorded or generated input.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::{Nodes, Record, Recording},
};
use nirc_targets::ChipTarget;
use serde_json::json;

use crate::{
    accuracy,
    arguments::{self, Lowering, Reading},
    execute::{Input, Samples, run_level},
    levels::{Level, Levels, Request},
    output, recordings,
};

/// Arguments of `nirc run`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, IR of any level (`.mlir`, written with its weights), or what `nirc compile` made (its
    /// folder, or the chip's configuration).
    model: PathBuf,
    /// The levels to run, side by side; without it, that of IR below ct; else dt, or the one that the
    /// convention computes in.
    #[arg(long, value_enum, value_delimiter = ',')]
    level: Vec<Level>,
    /// The chip; needed for level chip, and for quant without a convention of integers.
    #[arg(long, value_parser = arguments::target)]
    target: Option<&'static dyn ChipTarget>,
    #[command(flatten)]
    input: Input,
    /// Write spikes and states: `.npz`, or a NIRData file (`.h5`); with several levels, one file each.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The nodes that are written; without it, all.
    #[arg(long, value_name = "NODES", value_delimiter = ',', requires = "output")]
    record: Vec<String>,
    /// Compute level dt in 64 bits.
    #[arg(long)]
    double: bool,
    /// Which of the chip's models level chip is, if the chip has several; its page says which.
    #[arg(long = "model", value_name = "NAME")]
    model_variant: Option<String>,
    /// Print the spike counts of every sample as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    match execute(arguments) {
        Ok((text, findings)) => {
            output::print(&text);
            output::finish(&findings)
        }
        Err(findings) => output::finish(&findings),
    }
}

fn execute(arguments: &Arguments) -> Result<(String, Findings), Findings> {
    let settings = arguments.lowering.settings();
    let request = Request {
        model: &arguments.model,
        mode: arguments.reading.mode(),
        settings: &settings,
        convention: arguments.lowering.convention,
        chip: arguments.target,
        double: arguments.double,
        model_variant: arguments.model_variant.as_deref(),
    };
    let levels = request.levels(|first| match arguments.level.as_slice() {
        [] => vec![request.default_level(first)],
        wanted => wanted.to_vec(),
    })?;
    let mut findings = levels.findings.clone();
    findings.extend(levels.stopped.clone());
    findings.extend(
        levels
            .refused
            .iter()
            .flat_map(|(_, refused)| refused.clone()),
    );
    if findings.has_errors() {
        return Err(findings);
    }
    let samples = arguments.input.read(&levels)?;
    findings.extend(samples.findings.clone());
    let record = arguments.recorded(&levels)?;
    let mut text =
        String::from("| level | samples | output spikes | accuracy |\n| --- | --- | --- | --- |\n");
    let mut results = Vec::new();
    let progress = output::progress(samples.len() * levels.simulators.len());
    for (level, simulator) in &levels.simulators {
        let recordings = {
            let _span = tracing::info_span!("run", level = level.name()).entered();
            run_level(
                simulator.as_ref(),
                &samples,
                0..samples.len(),
                &record,
                &progress,
            )?
        };
        findings.extend(simulator.remarks(&recordings));
        if let Some(path) = &arguments.output {
            let path = path_of(path, *level, levels.simulators.len());
            findings.extend(recordings::write(&path, &recordings, levels.step)?);
        }
        let row = row(*level, &recordings, &samples);
        text += &row.0;
        results.push(row.1);
    }
    progress.finish_and_clear();
    if arguments.json {
        text = format!("{}\n", serde_json::Value::Array(results));
    }
    Ok((text, findings))
}

/// A level's row of the table, and the same as data.
fn row(level: Level, recordings: &[Recording], samples: &Samples) -> (String, serde_json::Value) {
    let counts: Vec<_> = recordings.iter().map(accuracy::counts).collect();
    let spikes: f64 = counts.iter().flatten().sum();
    let accuracy = samples
        .labels
        .as_ref()
        .map(|labels| (accuracy::correct(&counts, labels), labels.len()));
    let shown = accuracy.map_or("-".to_owned(), |(right, of)| {
        format!("{right}/{of} = {:.3}", right as f64 / of.max(1) as f64)
    });
    let (name, right) = (level.name(), accuracy.map(|(right, _)| right));
    (
        format!("| {name} | {} | {spikes} | {shown} |\n", counts.len()),
        json!({ "level": name, "correct": right, "counts": counts }),
    )
}

/// The file of a level: the level's name is added if there are several.
fn path_of(path: &Path, level: Level, levels: usize) -> PathBuf {
    if levels == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{}", level.name());
    if let Some(extension) = path.extension() {
        name += &format!(".{}", extension.to_string_lossy());
    }
    path.with_file_name(name)
}

impl Arguments {
    /// What is recorded.
    ///
    /// # Errors
    ///
    /// All names that are no population of the model.
    fn recorded(&self, levels: &Levels) -> Result<Record, Findings> {
        if self.output.is_none() {
            return Ok(Record::OUTPUTS);
        }
        if self.record.is_empty() {
            return Ok(Record::EVERYTHING);
        }
        let mut findings = Findings::new();
        for (level, simulator) in &levels.simulators {
            let known = simulator.populations();
            for name in self
                .record
                .iter()
                .filter(|name| !known.contains(&name.as_str()))
            {
                findings.push(
                    Finding::error(
                        "run-record",
                        "populations are recorded",
                        format!("level {} has no population `{name}`", level.name()),
                    )
                    .fix(format!("the populations are {}", known.join(", "))),
                );
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let nodes: BTreeSet<String> = self.record.iter().cloned().collect();
        Ok(Record {
            spikes: Nodes::Named(nodes.clone()),
            states: Nodes::Named(nodes),
        })
    }
}
