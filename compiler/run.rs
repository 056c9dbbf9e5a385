//! `nirc run`: a model at a level, on recorded input.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use ndarray::Axis;
use nirc_dialects::{
    dt,
    finding::{Finding, Findings},
    ir::{IrContext, Program},
    quant,
    simulation::{Record, Simulator, run_samples},
};
use nirc_passes::{RunOptions, run};
use nirc_targets::ChipTarget;
use serde_json::json;

use crate::{
    accuracy,
    arguments::{self, Lowering, Reading},
    load::load,
    output, samples,
};

/// Arguments of `nirc run`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, or IR of any level (`.mlir`, written with its weights).
    model: PathBuf,
    /// The levels to run; several are shown side by side.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Level::Dt])]
    level: Vec<Level>,
    /// The chip; needed for levels quant and chip.
    #[arg(long, value_parser = arguments::target)]
    target: Option<&'static dyn ChipTarget>,
    /// Spikes in each step: a `.npy` of shape [steps, elements] or [samples, steps, elements...].
    #[arg(long)]
    input: PathBuf,
    /// The class of each sample, a `.npy`; the accuracy is then shown.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Compute level dt in 64 bits.
    #[arg(long)]
    double: bool,
    /// Print the spike counts of every sample as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: Lowering,
}

/// A level that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Difference equations in floating point.
    Dt,
    /// Integers.
    Quant,
    /// The chip's model, loaded with the emitted configuration.
    Chip,
}

/// Spike counts of the output: one row for each sample.
type Counts = Vec<Vec<f64>>;

impl Arguments {
    fn program<'c>(&self, context: &'c IrContext, level: &str) -> Result<Program<'c>, Findings> {
        let mut program = load(context, &self.model, self.reading.mode())?;
        let from = program.level().unwrap_or_default();
        let steps = self.lowering.settings().steps(&from, level, self.target)?;
        run(context, &mut program, &steps, &RunOptions::default())?;
        Ok(program)
    }

    /// Runs all samples at one level, from a reset state each.
    fn counts(&self, level: Level) -> Result<(Counts, Findings), Findings> {
        let context = IrContext::new()?;
        let mut program = self.program(
            &context,
            match level {
                Level::Dt => "dt",
                Level::Quant => "quant",
                Level::Chip => "hw",
            },
        )?;
        let simulator: Box<dyn Simulator> = match level {
            Level::Dt if self.double => Box::new(dt::Simulation::<f64>::new(&program)?),
            Level::Dt => Box::new(dt::Simulation::<f32>::new(&program)?),
            Level::Quant => Box::new(quant::Simulation::new(&program)?),
            Level::Chip => {
                let module = program.module.as_operation();
                let chip = nirc_targets::of(module)?;
                chip.model(&chip.emit(module, &program.tensors, None)?)?
            }
        };
        let source = self.input.display().to_string();
        let samples = samples::read(&[source], &simulator.inputs(), None)?;
        program.findings.extend(samples.findings.clone());
        let views = samples.views();
        let recordings = run_samples(simulator.as_ref(), &views, &Record::OUTPUTS, &|| {})?;
        let counts = recordings
            .iter()
            .map(|recording| {
                let outputs = recording.outputs.values();
                outputs.flat_map(|a| a.sum_axis(Axis(0))).collect()
            })
            .collect();
        Ok((counts, program.findings))
    }
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
    let labels = arguments
        .labels
        .as_deref()
        .map(samples::labels)
        .transpose()?;
    let mut text =
        String::from("| level | samples | output spikes | accuracy |\n| --- | --- | --- | --- |\n");
    let (mut results, mut findings) = (Vec::new(), Findings::new());
    for level in &arguments.level {
        let (counts, more) = arguments.counts(*level)?;
        if let Some(labels) = labels
            .as_ref()
            .filter(|labels| labels.len() != counts.len())
        {
            return Err(Finding::error(
                "run-labels",
                "there is a label for each sample",
                format!("{} labels for {} samples", labels.len(), counts.len()),
            )
            .into());
        }
        for finding in more {
            if !findings.0.contains(&finding) {
                findings.push(finding);
            }
        }
        let name = format!("{level:?}").to_lowercase();
        let spikes: f64 = counts.iter().flatten().sum();
        let accuracy = labels
            .as_ref()
            .map(|labels| (accuracy::correct(&counts, labels), labels.len()));
        let shown = accuracy.map_or("-".to_owned(), |(right, of)| {
            format!("{right}/{of} = {:.3}", right as f64 / of.max(1) as f64)
        });
        text += &format!("| {name} | {} | {spikes} | {shown} |\n", counts.len());
        results.push(
            json!({ "level": name, "correct": accuracy.map(|(right, _)| right), "counts": counts }),
        );
    }
    if arguments.json {
        text = format!("{}\n", serde_json::Value::Array(results));
    }
    Ok((text, findings))
}
