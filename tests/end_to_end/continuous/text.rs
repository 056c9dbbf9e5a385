//! Programs of level `ct`, written op by op, and their runs.

use std::fmt::Write;

use ndarray::Array2;
use nirc_dialects::{
    ct,
    dt::{self, Integration},
    finding::Findings,
    ir::{IrContext, Program},
    simulation::{Record, Recording, Simulator},
};
use nirc_passes::{CtToDt, RunOptions, run};

/// A program of level `ct`, written op by op.
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn new(step: f64) -> Self {
        Self(format!(
            "module attributes {{ct.step = {step:.17e} : f64}} {{\n"
        ))
    }

    /// `%result = "ct.op"(%operands) {attributes}`, with the types of operands and result.
    pub(super) fn op(
        &mut self,
        op: &str,
        operands: &[(&str, &str)],
        attributes: &str,
        result: (&str, &str),
    ) {
        let names: Vec<_> = operands
            .iter()
            .map(|(name, _)| format!("%{name}"))
            .collect();
        let types: Vec<_> = operands.iter().map(|(_, r#type)| *r#type).collect();
        let (name, r#type) = result;
        let (prefix, results) = if r#type.is_empty() {
            (String::new(), "()")
        } else {
            (format!("%{name} = "), r#type)
        };
        writeln!(
            self.0,
            "{prefix}\"ct.{op}\"({}) {{{attributes}}} : ({}) -> {results} loc(\"{name}\")",
            names.join(", "),
            types.join(", ")
        )
        .unwrap();
    }

    pub(super) fn linear(&mut self, weight: &Array2<f64>, operand: (&str, &str), result: &str) {
        let (rows, columns) = weight.dim();
        let text: Vec<_> = weight
            .outer_iter()
            .map(|row| {
                row.iter()
                    .map(|w| format!("{w:.17e}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .map(|row| format!("[{row}]"))
            .collect();
        let weight = format!(
            "weight = dense<[{}]> : tensor<{rows}x{columns}xf64>",
            text.join(", ")
        );
        self.op("linear", &[operand], &weight, (result, &current(rows)));
    }

    pub(super) fn parse<'c>(&self, context: &'c IrContext) -> Program<'c> {
        let text = format!("{}}}", self.0);
        Program::parse(context, &text).unwrap_or_else(|f| panic!("{f}\n{text}"))
    }

    pub(super) fn continuous(&self) -> Result<ct::Simulation, Findings> {
        let context = IrContext::new().unwrap();
        ct::Simulation::new(&self.parse(&context))
    }

    pub(super) fn run(&self, input: &Array2<f32>) -> Recording {
        let simulation = self
            .continuous()
            .unwrap_or_else(|f| panic!("{f}\n{}", self.0));
        simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap()
    }

    /// The same at level `dt`.
    pub(super) fn run_discrete(&self, integration: Integration, input: &Array2<f32>) -> Recording {
        let context = IrContext::new().unwrap();
        let mut program = self.parse(&context);
        let settings = nirc::Settings {
            ct_to_dt: CtToDt {
                integration,
                ..CtToDt::default()
            },
            ..nirc::Settings::default()
        };
        let steps = settings.steps("ct", "dt", None).unwrap();
        run(&context, &mut program, &steps, &RunOptions::default())
            .unwrap_or_else(|f| panic!("{f}"));
        let simulation = dt::Simulation::<f64>::new(&program).unwrap();
        simulation
            .run(&[input.view()], &Record::EVERYTHING)
            .unwrap()
    }
}

pub(super) fn current(count: usize) -> String {
    format!("!ct.current<[{count}]>")
}

pub(super) fn spikes(count: usize, form: &str, area: f64) -> String {
    format!("!ct.spikes<[{count}], \"{form}\", {area:.17e} : f64>")
}

/// The attributes of a neuron: names and values that all neurons share.
pub(super) fn neuron(count: usize, reset: &str, parameters: &[(&str, f64)]) -> String {
    let mut text = format!("reset = \"{reset}\"");
    for (name, value) in parameters {
        write!(text, ", {name} = dense<{value:.17e}> : tensor<{count}xf64>").unwrap();
    }
    text
}

/// Times of the spikes of each neuron.
pub(super) fn by_neuron(list: &[(f64, usize)], count: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); count];
    for (time, neuron) in list {
        times[*neuron].push(*time);
    }
    times
}

/// Times of the spikes of each neuron of a raster, which spikes at the ends of steps.
pub(super) fn of_raster(raster: &Array2<f64>, step: f64) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); raster.ncols()];
    for ((k, neuron), count) in raster.indexed_iter() {
        times[neuron].extend((0..*count as usize).map(|_| (k + 1) as f64 * step));
    }
    times
}

/// Each row so many times.
pub(super) fn repeated(input: &Array2<f32>, times: usize) -> Array2<f32> {
    Array2::from_shape_fn((input.nrows() * times, input.ncols()), |(k, n)| {
        input[[k / times, n]]
    })
}
