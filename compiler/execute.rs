//! Samples, and running them at a level.

use std::{ops::Range, path::PathBuf};

use clap::Args;
use indicatif::ProgressBar;
use ndarray::{Array2, ArrayView2};
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::{Record, Recording, Simulator, run_samples},
};

use crate::{levels::Levels, samples};

/// What a model is run on.
#[derive(Args)]
pub struct Input {
    /// What enters: a file of samples, or a generator; `INPUT=...` names one of several inputs. See
    /// docs/inputs.md.
    #[arg(long = "input", value_name = "[INPUT=]SOURCE", required = true)]
    sources: Vec<String>,
    /// The class of each sample; the accuracy is then shown.
    #[arg(long)]
    labels: Option<PathBuf>,
}

/// The samples of a run.
pub struct Samples {
    /// The inputs, in the order in which each sample has them.
    names: Vec<String>,
    /// For each sample and input, [steps, elements].
    samples: Vec<Vec<Array2<f32>>>,
    /// The class of each sample.
    pub labels: Option<Vec<usize>>,
    /// Warnings of reading.
    pub findings: Findings,
}

impl Samples {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }
}

impl Input {
    /// Reads what the levels take.
    ///
    /// # Errors
    ///
    /// All that is wrong with the sources and the labels.
    pub fn read(&self, levels: &Levels) -> Result<Samples, Findings> {
        let _span = tracing::info_span!("samples").entered();
        let inputs = levels
            .simulators
            .first()
            .map(|(_, s)| s.inputs())
            .unwrap_or_default();
        let read = samples::read(&self.sources, &inputs, levels.step)?;
        let labels = self.labels.as_deref().map(samples::labels).transpose()?;
        let count = read.samples.len();
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != count) {
            return Err(Finding::error(
                "run-labels",
                "there is a label for each sample",
                format!("{} labels for {count} samples", labels.len()),
            )
            .into());
        }
        Ok(Samples {
            names: inputs.iter().map(|(name, _)| (*name).to_owned()).collect(),
            samples: read.samples,
            labels,
            findings: read.findings,
        })
    }
}

/// Runs a range of samples at a level.
///
/// # Errors
///
/// The findings of the first sample that does not fit.
pub fn run_level(
    simulator: &dyn Simulator,
    samples: &Samples,
    range: Range<usize>,
    record: &Record,
    progress: &ProgressBar,
) -> Result<Vec<Recording>, Findings> {
    // Levels may list their inputs in different orders; a chip may not know their names.
    let order: Vec<usize> = simulator
        .inputs()
        .iter()
        .enumerate()
        .map(|(index, (name, _))| {
            let named = samples.names.iter().position(|own| own == name);
            named.unwrap_or(index)
        })
        .collect();
    let views: Vec<Vec<ArrayView2<'_, f32>>> = samples.samples[range]
        .iter()
        .map(|inputs| {
            let each = order.iter().filter_map(|index| inputs.get(*index));
            each.map(|input: &Array2<f32>| input.view()).collect()
        })
        .collect();
    run_samples(simulator, &views, record, &|| progress.inc(1))
}
