//! Input samples and labels, from files and generators. The page `docs/inputs.md` describes them.

mod array;
mod csv;
mod events;
mod file;
mod generator;
mod labels;
mod nirdata;
mod npy;
mod npz;
mod source;

pub use labels::labels;

use ndarray::{Array2, ArrayD, ArrayView2};
use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::SampleReader;

use source::{Kind, Source};

/// Input for a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// For each sample, and in it for each input of the model in the order asked for:
    /// [steps, elements]. The inputs of a sample have the same number of steps.
    pub samples: Vec<Vec<Array2<f32>>>,
    /// Warnings and notes.
    pub findings: Findings,
}

impl Samples {
    /// The samples as [`nirc_dialects::simulation::run_samples`] takes them.
    pub fn views(&self) -> Vec<Vec<ArrayView2<'_, f32>>> {
        self.samples
            .iter()
            .map(|sample| sample.iter().map(|input| input.view()).collect())
            .collect()
    }
}

/// Reads calibration samples for the passes.
pub struct FromCommandLine;

impl SampleReader for FromCommandLine {
    fn read(
        &self,
        source: &str,
        inputs: &[(&str, usize)],
        step: Option<f64>,
    ) -> Result<Vec<Vec<Array2<f32>>>, Findings> {
        read(&[source.to_owned()], inputs, step).map(|samples| samples.samples)
    }
}

/// An input of the model: its name and its number of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Input<'a> {
    name: &'a str,
    width: usize,
}

/// The most elements that the samples of one input may have: 4 GiB of 32-bit floats. It bounds what
/// a hostile file, or a slip in a generator's arguments, can make the reader allocate.
const MAX_ELEMENTS: usize = 1 << 30;

/// Reads samples for all `inputs` of a model (names and numbers of elements, as
/// [`nirc_dialects::simulation::Simulator::inputs`] gives them), from `sources`: each is
/// `[INPUT=]FILE[:OPTION,...]` or `[INPUT=]GENERATOR:KEY=VALUE,...`. Without `INPUT=`, a source
/// serves every input that it has data for.
///
/// `step` is the model's step in seconds, which events and rates are turned into steps with.
///
/// # Errors
///
/// All findings of all sources: what cannot be read, what does not fit an input, inputs without
/// data or with data from two sources, and inputs whose samples or steps differ in number.
pub fn read(
    sources: &[String],
    inputs: &[(&str, usize)],
    step: Option<f64>,
) -> Result<Samples, Findings> {
    let inputs: Vec<Input<'_>> = inputs
        .iter()
        .map(|&(name, width)| Input { name, width })
        .collect();
    let mut findings = Findings::new();
    let mut columns: Vec<Option<Vec<Array2<f32>>>> = vec![None; inputs.len()];
    for text in sources {
        match one(text, &inputs, step, &mut findings) {
            Ok(read) => {
                for (input, samples) in read {
                    if let Some(place) = columns.get_mut(input)
                        && place.replace(samples).is_some()
                    {
                        findings.push(refuse("an input is given twice").at(name(&inputs, input)));
                    }
                }
            }
            Err(more) => findings.extend(more),
        }
    }
    if !findings.has_errors() {
        for (input, column) in inputs.iter().zip(&columns) {
            if column.is_none() {
                findings.push(
                    refuse("no source has data for it")
                        .at(input.name)
                        .fix("name a source for it: INPUT=FILE"),
                );
            }
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let columns: Vec<Vec<Array2<f32>>> = columns.into_iter().flatten().collect();
    check_numbers(&inputs, &columns, &mut findings);
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(Samples {
        samples: transpose(columns),
        findings,
    })
}

/// The rule of inputs as a whole.
fn refuse(what: impl Into<String>) -> Finding {
    Finding::error(
        "run-input",
        "each input of the model has data from one source",
        what,
    )
}

fn name<'a>(inputs: &[Input<'a>], index: usize) -> &'a str {
    inputs.get(index).map_or("", |input| input.name)
}

/// The samples of one input, by the input's position.
type Column = (usize, Vec<Array2<f32>>);

/// An input by its position, and what a file has for it.
type InputArray<'a> = ((usize, Input<'a>), ArrayD<f32>);

/// Reads one source.
fn one(
    text: &str,
    inputs: &[Input<'_>],
    step: Option<f64>,
    findings: &mut Findings,
) -> Result<Vec<Column>, Findings> {
    let source = Source::parse(text, inputs)?;
    let wanted: Vec<(usize, Input<'_>)> = match source.input {
        Some(index) => inputs
            .get(index)
            .map(|input| (index, *input))
            .into_iter()
            .collect(),
        None => inputs.iter().copied().enumerate().collect(),
    };
    match source.kind {
        Kind::File(file) => file::read(&file, &wanted, step, findings),
        Kind::Generator(generator) => {
            let (mut columns, mut refused) = (Vec::new(), Findings::new());
            for (index, input) in wanted {
                match generator.samples(index, input, step) {
                    Ok(samples) => columns.push((index, samples)),
                    Err(finding) => refused.push(finding.at(input.name)),
                }
            }
            if refused.has_errors() {
                return Err(refused);
            }
            Ok(columns)
        }
    }
}

/// The model's step in seconds, which `what` is turned into steps with.
///
/// # Errors
///
/// The finding `run-step` if it is not known.
fn need_step(step: Option<f64>, what: &str) -> Result<f64, Finding> {
    step.filter(|step| step.is_finite() && *step > 0.0)
        .ok_or_else(|| {
            Finding::error(
                "run-step",
                "the model's step is known where input has seconds",
                format!("the input has {what}, and the model has no step"),
            )
        })
}

/// Inputs belong together sample by sample and step by step.
fn check_numbers(inputs: &[Input<'_>], columns: &[Vec<Array2<f32>>], findings: &mut Findings) {
    let Some((first, name)) = columns.first().zip(inputs.first()) else {
        return;
    };
    for (column, input) in columns.iter().zip(inputs).skip(1) {
        if column.len() != first.len() {
            findings.push(
                refuse(format!(
                    "it has {} samples, `{}` has {}",
                    column.len(),
                    name.name,
                    first.len()
                ))
                .at(input.name),
            );
        }
        let differ = |(_, (a, b)): &(usize, (&Array2<f32>, &Array2<f32>))| a.nrows() != b.nrows();
        if let Some((sample, (other, own))) = first.iter().zip(column).enumerate().find(differ) {
            findings.push(
                refuse(format!(
                    "its sample {sample} has {} steps, that of `{}` has {}",
                    own.nrows(),
                    name.name,
                    other.nrows()
                ))
                .at(input.name),
            );
        }
    }
}

/// From [input][sample] to [sample][input].
fn transpose(columns: Vec<Vec<Array2<f32>>>) -> Vec<Vec<Array2<f32>>> {
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let mut samples = Vec::new();
    loop {
        let sample: Vec<_> = columns.iter_mut().filter_map(Iterator::next).collect();
        if sample.is_empty() {
            return samples;
        }
        samples.push(sample);
    }
}
