//! States and outputs at the ends of steps.

use super::{engine::Engine, prepare::Kernel, queue::tolerance, record};
use crate::simulation::{Nodes, Recording};

impl Engine<'_> {
    /// Records the steps that end up to `time`: the state before what happens at `time`.
    pub(super) fn sample(&mut self, time: f64) {
        let reach = time + tolerance(time);
        while self.sampled < self.grid.steps && self.grid.start(self.sampled + 1) <= reach {
            let (step, at) = (self.sampled, self.grid.start(self.sampled + 1));
            self.sampled += 1;
            self.sample_states(step, at);
            self.sample_outputs(step, at);
        }
    }

    fn sample_states(&mut self, step: usize, at: f64) {
        if self.wanted.states == Nodes::None {
            return;
        }
        for (op, cells) in self.plan.ops.iter().zip(&self.cells) {
            let Kernel::Neuron(population) = &op.kernel else {
                continue;
            };
            if !self.wanted.states.contains(&op.name) {
                continue;
            }
            for (n, cell) in cells.iter().enumerate() {
                let state = population.at(n, cell, at);
                let Recording { v, i_syn, .. } = &mut self.recording;
                record::add(v, &op.name, (Some(step), n), state.v);
                record::add(i_syn, &op.name, (Some(step), n), state.i);
            }
        }
    }

    /// Outputs that take a current: its constant part, and its continuous part at `at`.
    fn sample_outputs(&mut self, step: usize, at: f64) {
        let mut ready = false;
        for op in &self.plan.ops {
            if !matches!(op.kernel, Kernel::Output { spikes: false }) {
                continue;
            }
            if self.plan.continuous[op.slot] && !ready {
                self.evaluate(at);
                ready = true;
            }
            let outputs = &mut self.recording.outputs;
            for (element, value) in self.slots[op.slot].values().enumerate() {
                let potential = self.potentials[op.slot].get(element).unwrap_or(&0.0);
                record::add(outputs, &op.name, (Some(step), element), value + potential);
            }
        }
    }

    /// The continuous part of every edge that has one.
    fn evaluate(&mut self, at: f64) {
        for (op, cells) in self.plan.ops.iter().zip(&self.cells) {
            if let Kernel::Neuron(population) = &op.kernel
                && population.is_continuous()
            {
                for (n, cell) in cells.iter().enumerate() {
                    self.potentials[op.slot][n] = population.at(n, cell, at).v;
                }
            }
        }
        for op in &self.plan.ops {
            let Kernel::Map { map, .. } = &op.kernel else {
                continue;
            };
            if !self.plan.continuous[op.slot] {
                continue;
            }
            let mut y = std::mem::take(&mut self.potentials[op.slot]);
            y.fill(0.0);
            for x in &op.operands {
                for (element, x) in self.potentials[*x].iter().enumerate() {
                    if *x != 0.0 {
                        map.each(element, |out, weight| y[out] += weight * x);
                    }
                }
            }
            self.potentials[op.slot] = y;
        }
    }
}
