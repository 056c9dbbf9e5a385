//! A population of neurons: what does not change in a run, and the state of each neuron.

use super::dynamics::{Dynamics, State, current};
use crate::ct::{Reset, SpikeForm};

/// A population.
pub(super) struct Population {
    pub kind: Kind,
    /// `None`: the neurons give their potential.
    pub spiking: Option<Spiking>,
}

/// What lies between input and comparison.
pub(super) enum Kind {
    /// A membrane, one for each neuron.
    Membrane(Vec<Dynamics>),
    /// A synapse alone, (tau_syn, w_in) for each neuron: v = i.
    Synapse(Vec<(f64, f64)>),
    /// Nothing: v is the input, and the output is 1 while it is above the threshold.
    Level,
}

/// How a population spikes.
pub(super) struct Spiking {
    pub threshold: Vec<f64>,
    pub reset: Reset,
    /// Empty without reset to a value.
    pub v_reset: Vec<f64>,
    pub form: SpikeForm,
    /// The integral of a spike, in seconds.
    pub area: f64,
}

/// The state of one neuron at the time of its last event.
#[derive(Clone, Default)]
pub(super) struct Cell {
    pub time: f64,
    pub state: State,
    /// Grows with each change of the state; predictions for another one are void.
    pub version: u64,
    /// Whether the level is 1; not used with a membrane.
    pub on: bool,
    /// The spikes at `time`.
    pub spikes: u32,
}

impl Population {
    /// The state of neuron `n` at `time`, not before its last event.
    ///
    /// No crossing lies between two events, so a potential above the threshold is there by rounding.
    pub fn at(&self, n: usize, cell: &Cell, time: f64) -> State {
        let past = (time - cell.time).max(0.0);
        let state = &cell.state;
        match &self.kind {
            Kind::Membrane(dynamics) => {
                let mut after = if past == 0.0 {
                    *state
                } else {
                    dynamics[n].after(state, past)
                };
                if let Some(spiking) = &self.spiking {
                    after.v = after.v.min(spiking.threshold[n]);
                }
                after
            }
            Kind::Synapse(synapses) => {
                let i = current(synapses[n], state.i, state.x, past);
                State { v: i, i, ..*state }
            }
            Kind::Level => State {
                v: state.x,
                i: state.x,
                ..*state
            },
        }
    }

    /// Whether the potential is a continuous signal.
    pub fn is_continuous(&self) -> bool {
        self.spiking.is_none()
    }

    /// Whether the neurons have a synaptic current.
    pub fn has_synapse(&self) -> bool {
        match &self.kind {
            Kind::Membrane(dynamics) => dynamics.iter().any(|d| d.synapse.is_some()),
            Kind::Synapse(_) => true,
            Kind::Level => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::dynamics::tests::kinds, *};

    /// The threshold is the highest potential that is reached; seen from a later event, rounding lifts
    /// that potential above it, which is no spike.
    #[test]
    fn rounding_is_not_above_the_threshold() {
        let mut above = 0;
        let rest = Cell {
            state: State {
                v: 0.0,
                i: 1.7,
                x: -0.3,
            },
            ..Cell::default()
        };
        for neuron in kinds() {
            let Some(peak) = neuron.extremum(&rest.state) else {
                continue;
            };
            let threshold = neuron.potential(&rest.state, peak);
            let population = Population {
                kind: Kind::Membrane(vec![neuron]),
                spiking: Some(Spiking {
                    threshold: vec![threshold],
                    reset: Reset::Subtract,
                    v_reset: Vec::new(),
                    form: SpikeForm::Pulse,
                    area: 1e-3,
                }),
            };
            for part in 1..100 {
                let time = peak * f64::from(part) / 100.0;
                let cell = Cell {
                    time,
                    state: population.at(0, &rest, time),
                    ..Cell::default()
                };
                above += u32::from(neuron.potential(&cell.state, peak - time) > threshold);
                assert!(population.at(0, &cell, peak).v <= threshold);
            }
        }
        assert!(above > 10, "rounding was met {above} times");
    }
}
