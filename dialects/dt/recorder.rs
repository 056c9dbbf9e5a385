//! What a run records, in arrays that are there before the first step.

use ndarray::Array2;

use super::{
    Real, Simulation,
    run::{Kernel, OpState, State},
};
use crate::simulation::{Record, Recording};

/// The traces of a run.
pub(super) struct Recorder {
    traces: Vec<Trace>,
}

struct Trace {
    name: String,
    kind: Kind,
    source: Source,
    /// [steps, elements]
    rows: Array2<f64>,
}

/// The map of a [`Recording`] that a trace goes to.
#[derive(Clone, Copy)]
enum Kind {
    Output,
    Spikes,
    V,
    ISyn,
}

/// Where a row comes from, by index.
#[derive(Clone, Copy)]
enum Source {
    Value(usize),
    V(usize),
    ISyn(usize),
}

impl Recorder {
    /// For a run of `simulation` over `steps`.
    pub fn new<T: Real>(simulation: &Simulation<T>, record: &Record, steps: usize) -> Self {
        let mut traces = Vec::new();
        let mut add = |name: &str, kind, source, count| {
            traces.push(Trace {
                name: name.to_owned(),
                kind,
                source,
                rows: Array2::zeros((steps, count)),
            });
        };
        for (name, slot) in &simulation.outputs {
            let count = simulation.counts[*slot];
            add(name, Kind::Output, Source::Value(*slot), count);
        }
        for (index, op) in simulation.ops.iter().enumerate() {
            let Kernel::Neuron(neuron) = &op.kernel else {
                continue;
            };
            let count = neuron.count;
            if neuron.v_threshold.is_some() && record.spikes.contains(&op.name) {
                add(&op.name, Kind::Spikes, Source::Value(op.slot), count);
            }
            if record.states.contains(&op.name) {
                add(&op.name, Kind::V, Source::V(index), count);
                if neuron.alpha.is_some() {
                    add(&op.name, Kind::ISyn, Source::ISyn(index), count);
                }
            }
        }
        Self { traces }
    }

    /// Takes what the step left.
    pub fn take<T: Real>(&mut self, step: usize, state: &State<T>) {
        for trace in &mut self.traces {
            let values = match trace.source {
                Source::Value(slot) => &state.values[slot],
                Source::V(op) | Source::ISyn(op) => match (&state.ops[op], trace.source) {
                    (OpState::Neuron(neuron), Source::V(_)) => &neuron.v,
                    (OpState::Neuron(neuron), _) => &neuron.i_syn,
                    _ => continue,
                },
            };
            let mut row = trace.rows.row_mut(step);
            for (cell, value) in row.as_slice_mut().into_iter().flatten().zip(values) {
                *cell = value.as_f64();
            }
        }
    }

    /// All traces, by name.
    pub fn recording(self) -> Recording {
        let mut recording = Recording::default();
        for Trace {
            name, kind, rows, ..
        } in self.traces
        {
            let arrays = match kind {
                Kind::Output => &mut recording.outputs,
                Kind::Spikes => &mut recording.spikes,
                Kind::V => &mut recording.v,
                Kind::ISyn => &mut recording.i_syn,
            };
            arrays.insert(name, rows);
        }
        recording
    }
}
