//! Running passes on text, and what came of them.

use std::rc::Rc;

use ndarray::{Array2, ArrayView2};
use nirc_dialects::{
    dt,
    finding::Findings,
    ir::{IrContext, PrintOptions, Program},
    quant,
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{
    DtToQuant, MapOptions, QuantToHw, QuantizeOptions, RunOptions, Step, Target, run,
};
use nirc_targets::{ChipTarget, File};

/// What is asked of the passes.
#[derive(Clone, Default)]
pub struct Wanted {
    pub quantize: QuantizeOptions,
    pub map: Vec<(&'static str, &'static str)>,
}

pub fn target(chip: &str) -> &'static dyn ChipTarget {
    nirc_targets::lookup(chip).unwrap()
}

fn step(pass: &str, chip: &str, wanted: &Wanted) -> Step {
    match pass {
        "dt-to-quant" => Step::Pass(Rc::new(DtToQuant {
            target: target(chip),
            options: wanted.quantize.clone(),
        })),
        _ => Step::Pass(Rc::new(QuantToHw {
            targets: nirc_targets::all()
                .into_iter()
                .map(|chip| chip as &dyn Target)
                .collect(),
            options: MapOptions(
                (wanted.map.iter())
                    .map(|(name, value)| (name.to_string(), value.to_string()))
                    .collect(),
            ),
        })),
    }
}

/// Parses `text` and runs passes: the findings, and the text after.
pub fn lower(text: &str, chip: &str, passes: &[&str], wanted: &Wanted) -> (Findings, String) {
    let context = IrContext::new().unwrap();
    let mut program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}\n{text}"));
    let steps: Vec<Step> = passes.iter().map(|pass| step(pass, chip, wanted)).collect();
    let result = run(&context, &mut program, &steps, &RunOptions::default());
    let text = program.print(&PrintOptions::WHOLE).unwrap();
    (result.err().unwrap_or(program.findings), text)
}

/// A model at all levels.
pub struct Levels {
    pub dt: Box<dyn Simulator>,
    pub quant: Box<dyn Simulator>,
    pub files: Vec<File>,
    pub findings: Findings,
    /// Whether no weight was rounded.
    pub exact: bool,
}

/// Lowers a module of level `dt` to files; the findings if it is refused.
pub fn levels(text: &str, chip: &str, wanted: &Wanted) -> Result<Levels, Findings> {
    let context = IrContext::new().unwrap();
    let mut program = Program::parse(&context, text).unwrap_or_else(|f| panic!("{f}\n{text}"));
    let dt = dt::Simulation::<f64>::new(&program).unwrap();
    let options = RunOptions::default();
    run(
        &context,
        &mut program,
        &[step("dt-to-quant", chip, wanted)],
        &options,
    )?;
    let quant = quant::Simulation::new(&program).unwrap();
    let text = program.print(&PrintOptions::WHOLE).unwrap();
    let errors = text.split("relative_error = ").skip(1);
    let exact = errors
        .into_iter()
        .all(|error| error.starts_with("0.000000e+00 "));
    run(
        &context,
        &mut program,
        &[step("quant-to-hw", chip, wanted)],
        &options,
    )?;
    let files = target(chip).emit(program.module.as_operation(), &program.tensors, None)?;
    Ok(Levels {
        dt: Box::new(dt),
        quant: Box::new(quant),
        files,
        findings: program.findings.clone(),
        exact,
    })
}

impl Levels {
    pub fn model(&self, chip: &str, variant: &str) -> Box<dyn Simulator> {
        target(chip).model(&self.files, variant).unwrap()
    }

    pub fn file(&self, name: &str) -> &str {
        let file = self.files.iter().find(|file| file.name == name);
        file.unwrap_or_else(|| panic!("no {name}"))
            .as_text()
            .unwrap()
    }
}

/// Everything that a run gives.
pub fn record(simulator: &dyn Simulator, input: &Array2<f32>) -> Recording {
    let inputs: Vec<ArrayView2<'_, f32>> = vec![input.view()];
    simulator.run(&inputs, &Record::EVERYTHING).unwrap()
}

/// The codes of all errors, with their nodes.
pub fn errors(findings: &Findings) -> Vec<(String, String)> {
    let errors = findings
        .iter()
        .filter(|f| f.severity.to_string() == "error");
    errors
        .map(|f| (f.code.to_string(), f.node.clone().unwrap_or_default()))
        .collect()
}
