//! Running programs.

use ndarray::{Array2, ArrayView2};
use nirc_dialects::{
    dt::{self, Integration},
    ir::{IrContext, Program},
    simulation::{Record, Simulator},
};

use super::{draft::Draft, random::Random};
use crate::{CtToDt, RunOptions, Step, rewrite::common::Level};

/// What each output received in each step, at level dt in 64 bits.
pub type Outputs = Vec<Array2<f64>>;

/// Runs a program of level ct or dt; from ct by `ct-to-dt` with this integration.
pub fn run<'c>(
    context: &'c IrContext,
    program: &mut Program<'c>,
    level: Level,
    integration: Integration,
    input: &[Array2<f32>],
) -> Outputs {
    if level == Level::Ct {
        let lower = CtToDt {
            integration,
            ..CtToDt::default()
        };
        let steps = [Step::Pass(std::rc::Rc::new(lower))];
        crate::run(context, program, &steps, &RunOptions::default())
            .unwrap_or_else(|f| panic!("{f}\n{}", program.module.as_operation()));
    }
    let simulation = dt::Simulation::<f64>::new(program)
        .unwrap_or_else(|f| panic!("{f}\n{}", program.module.as_operation()));
    let views: Vec<ArrayView2<'_, f32>> = input.iter().map(|x| x.view()).collect();
    let recording = simulation
        .run(&views, &Record::OUTPUTS)
        .unwrap_or_else(|f| panic!("{f}"));
    recording.outputs.into_values().collect()
}

/// Random spikes for each input of a draft.
pub fn spikes(draft: &Draft, steps: usize, r: &mut Random) -> Vec<Array2<f32>> {
    let inputs = draft.inputs().into_iter();
    inputs
        .map(|count| Array2::from_shape_fn((steps, count), |_| f32::from(r.chance(0.35))))
        .collect()
}
