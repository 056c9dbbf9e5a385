//! The arithmetic of a neuron whose weights are integers and whose state is 32-bit floats.

use super::{Reset, events::Events};

/// A population, without its state.
pub(super) struct FloatNeuron {
    /// What the currents of positive and of negative weights keep, if they keep anything.
    pub currents: Option<[Vec<f32>; 2]>,
    pub decay_mem: Vec<f32>,
    pub bias: Vec<f32>,
    pub threshold: Vec<f32>,
    pub reset: Reset,
    pub v_reset: Vec<f32>,
    pub v_initial: Vec<f32>,
}

/// The state of a population.
pub(super) struct FloatState {
    /// The sums of positive weights and of the magnitudes of negative weights of a step.
    sums: Vec<[i64; 2]>,
    /// The currents that they add to.
    currents: Vec<[f32; 2]>,
    /// Membrane potentials.
    pub v: Vec<f32>,
}

impl FloatState {
    /// Positive less negative current of a neuron.
    pub fn current(&self, n: usize) -> f32 {
        let [excitatory, inhibitory] = self.currents[n];
        excitatory - inhibitory
    }
}

impl FloatNeuron {
    /// The state before the first step.
    pub fn rest(&self) -> FloatState {
        let count = self.threshold.len();
        FloatState {
            sums: vec![[0; 2]; count],
            currents: vec![[0.0; 2]; count],
            v: self.v_initial.clone(),
        }
    }

    /// One step with the events of `tables`, each with the spikes that it takes; spikes to `out`.
    pub fn step<'t>(
        &self,
        state: &mut FloatState,
        tables: impl Iterator<Item = (&'t Events, &'t [u32])>,
        out: &mut [u32],
    ) {
        state.sums.fill([0; 2]);
        for (table, spikes) in tables {
            table.deliver(spikes, &mut state.sums, |[positive, negative], event| {
                [positive + event.max(0), negative - event.min(0)]
            });
        }
        for (n, out) in out.iter_mut().enumerate() {
            let sums = state.sums[n].map(|sum| sum as f32);
            let current = &mut state.currents[n];
            *current = match &self.currents {
                Some(keeps) => [0, 1].map(|k| current[k] * keeps[k][n] + sums[k]),
                None => sums,
            };
            let [excitatory, inhibitory] = *current;
            let mut v = state.v[n] * self.decay_mem[n] + ((excitatory - inhibitory) + self.bias[n]);
            *out = u32::from(v >= self.threshold[n]);
            if *out > 0 {
                v = match self.reset {
                    Reset::Subtract => v - self.threshold[n],
                    Reset::Value => self.v_reset[n],
                    Reset::None => v,
                };
            }
            state.v[n] = v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::events::Table;

    fn neuron(reset: Reset, currents: Option<[f32; 2]>) -> FloatNeuron {
        FloatNeuron {
            currents: currents.map(|keeps| keeps.map(|keeps| vec![keeps])),
            decay_mem: vec![0.5],
            bias: vec![0.25],
            threshold: vec![4.0],
            reset,
            v_reset: vec![-1.0],
            v_initial: vec![2.0],
        }
    }

    /// Potentials over four steps; source 0 has a weight of 3, source 1 of -2.
    fn run(neuron: &FloatNeuron) -> Vec<(f32, f32, u32)> {
        let table = Events::Linear(Table::new(&[3, -2], 1, 2));
        let mut state = neuron.rest();
        let spikes: [[u32; 2]; 4] = [[1, 0], [0, 2], [2, 1], [0, 0]];
        let step = |spikes: &[u32; 2]| {
            let mut out = [0];
            neuron.step(
                &mut state,
                [(&table, spikes.as_slice())].into_iter(),
                &mut out,
            );
            (state.v[0], state.current(0), out[0])
        };
        spikes.iter().map(step).collect()
    }

    #[test]
    fn without_currents_a_weight_acts_once() {
        // 1 + 3.25 = 4.25 spikes; 0.125 - 3.75; -1.8125 + 4.25; 1.21875 + 0.25.
        assert_eq!(
            run(&neuron(Reset::Subtract, None)),
            [
                (0.25, 3.0, 1),
                (-3.625, -4.0, 0),
                (2.4375, 4.0, 0),
                (1.46875, 0.0, 0)
            ]
        );
        assert_eq!(run(&neuron(Reset::Value, None))[0], (-1.0, 3.0, 1));
    }

    #[test]
    fn currents_of_both_signs_decay_by_themselves() {
        // e: 3, 1.5, 6.75, 3.375; h: 0, 4, 3, 0.75.
        let run = run(&neuron(Reset::Subtract, Some([0.5, 0.25])));
        let currents: Vec<f32> = run.iter().map(|(_, current, _)| *current).collect();
        assert_eq!(currents, [3.0, -2.5, 3.75, 2.625]);
        assert_eq!(run[2], (-1.0625 + 4.0, 3.75, 0));
    }
}
