//! The neurons of a population or of a processing element: one tick in the chip's order, in 32-bit
//! floats.
//!
//! Source: the order of updates of NESTML's applications; 31,561 spikes that were recorded on a chip
//! come out the same (`targets/tests/spinnaker2/golden.rs`). Whether the chip's compiler contracts a
//! product and a sum is not known, and no public spike depends on it: here each is rounded.

use crate::spinnaker2::{
    application::{Parameter, Reset},
    network::Population,
    word::Synapse,
};

/// Ticks that a ring holds: the slot of tick t is t modulo this.
pub const SLOTS: usize = 8;

/// Neurons with their parameters, without their state.
#[derive(Clone, Debug)]
pub struct Neurons {
    threshold: Vec<f32>,
    decay: Vec<f32>,
    offset: Vec<f32>,
    initial: Vec<f32>,
    reset_value: Vec<f32>,
    reset: Reset,
    /// What the currents of positive and of negative weights keep; `None`: they keep nothing.
    currents: Option<[Vec<f32>; 2]>,
    /// Ticks in which a neuron holds its potential after a spike; `None`: none.
    refractory: Option<Vec<i32>>,
}

/// Their state.
#[derive(Clone, Debug)]
pub struct State {
    /// Sums of weights to come: [slot][positive, then negative][neuron].
    rings: Vec<u32>,
    /// The current of positive weights of this tick.
    pub excitatory: Vec<f32>,
    /// The current of negative weights of this tick, as a magnitude.
    pub inhibitory: Vec<f32>,
    /// Membrane potentials, after the reset.
    pub v: Vec<f32>,
    timer: Vec<i32>,
}

impl Neurons {
    /// The neurons of `population`.
    pub fn new(population: &Population) -> Self {
        let each = |parameter, otherwise| population.each(parameter, otherwise);
        let refractory = each(Parameter::Refractory, 0.0);
        let has_currents = population.application.has_currents();
        Self {
            threshold: each(Parameter::Threshold, f32::INFINITY),
            decay: each(Parameter::AlphaDecay, 0.0),
            offset: each(Parameter::Offset, 0.0),
            initial: each(Parameter::Initial, 0.0),
            reset_value: each(Parameter::Reset, 0.0),
            reset: population.reset,
            currents: has_currents.then(|| {
                [Parameter::ExcitatoryDecay, Parameter::InhibitoryDecay].map(|p| each(p, 0.0))
            }),
            refractory: (refractory.iter().any(|ticks| *ticks > 0.0))
                .then(|| refractory.iter().map(|ticks| *ticks as i32).collect()),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.threshold.len()
    }

    /// The thresholds.
    pub fn thresholds(&self) -> &[f32] {
        &self.threshold
    }

    /// The state before the first tick.
    pub fn rest(&self) -> State {
        let count = self.count();
        State {
            rings: vec![0; 2 * SLOTS * count],
            excitatory: vec![0.0; count],
            inhibitory: vec![0.0; count],
            v: self.initial.clone(),
            timer: vec![0; count],
        }
    }

    /// One tick. The indices of neurons that spike go to `spikes`, in order.
    pub fn tick(&self, state: &mut State, tick: usize, spikes: &mut Vec<u32>) {
        let count = self.count();
        let slot = tick % SLOTS * 2 * count;
        let Some((positive, negative)) = state
            .rings
            .get_mut(slot..slot + 2 * count)
            .map(|slot| slot.split_at_mut(count))
        else {
            return;
        };
        match &self.currents {
            Some([keeps_excitatory, keeps_inhibitory]) => {
                decayed(&mut state.excitatory, keeps_excitatory, positive);
                decayed(&mut state.inhibitory, keeps_inhibitory, negative);
            }
            None => {
                taken(&mut state.excitatory, positive);
                taken(&mut state.inhibitory, negative);
            }
        }
        positive.fill(0);
        negative.fill(0);
        for n in 0..count {
            let mut v = state.v[n];
            if state.timer[n] <= 0 {
                let input = (state.excitatory[n] - state.inhibitory[n]) + self.offset[n];
                v = v * self.decay[n] + input;
            } else {
                state.timer[n] -= 1;
            }
            if v >= self.threshold[n] {
                spikes.push(n as u32);
                v = match self.reset {
                    Reset::BySubtraction => v - self.threshold[n],
                    Reset::ToValue => self.reset_value[n],
                };
                if let Some(refractory) = &self.refractory {
                    state.timer[n] = refractory[n];
                }
            }
            state.v[n] = v;
        }
    }
}

/// x = x keeps + sum, with the product rounded before the sum.
fn decayed(x: &mut [f32], keeps: &[f32], sums: &[u32]) {
    for ((x, keeps), sum) in x.iter_mut().zip(keeps).zip(sums) {
        *x = *x * *keeps + *sum as f32;
    }
}

fn taken(x: &mut [f32], sums: &[u32]) {
    for (x, sum) in x.iter_mut().zip(sums) {
        *x = *sum as f32;
    }
}

impl State {
    /// Takes a spike that came since the last tick, before tick `tick` is computed.
    pub fn receive(&mut self, row: &[Synapse], tick: usize) {
        let count = self.v.len();
        for synapse in row {
            let slot = (tick + usize::from(synapse.delay)) % SLOTS;
            let kind = usize::from(synapse.weight < 0);
            let target = synapse.target as usize;
            if target < count
                && let Some(sum) = self.rings.get_mut((2 * slot + kind) * count + target)
            {
                *sum = sum.wrapping_add(u32::from(synapse.weight.unsigned_abs()));
            }
        }
    }

    /// The current that the membrane of neuron `n` added in this tick, without its offset.
    pub fn current(&self, n: usize) -> f32 {
        self.excitatory[n] - self.inhibitory[n]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spinnaker2::application::Application;

    fn population(
        application: Application,
        reset: Reset,
        values: &[(Parameter, f32)],
    ) -> Population {
        let parameters = application.row().parameters.iter().map(|parameter| {
            let value = values.iter().find(|(p, _)| p == parameter);
            vec![value.map_or(0.0, |(_, value)| *value)]
        });
        Population {
            name: "lif".to_owned(),
            count: 1,
            copies: 1,
            application,
            parameters: parameters.collect(),
            reset,
        }
    }

    fn synapse(weight: i16, delay: u8) -> [Synapse; 1] {
        [Synapse {
            target: 0,
            weight,
            delay,
        }]
    }

    /// A spike acts `delay` ticks after the one in which it is taken, once.
    #[test]
    fn a_ring_holds_a_spike_for_its_delay() {
        let lif = population(
            Application::Lif,
            Reset::ToValue,
            &[(Parameter::Threshold, 100.0)],
        );
        let neurons = Neurons::new(&lif);
        for delay in 0..8 {
            let mut state = neurons.rest();
            let mut seen = Vec::new();
            for tick in 5..16 {
                if tick == 5 {
                    state.receive(&synapse(7, delay), tick);
                    state.receive(&synapse(-2, delay), tick);
                }
                neurons.tick(&mut state, tick, &mut Vec::new());
                seen.push(state.v[0]);
            }
            let expected: Vec<f32> = (5..16)
                .map(|tick| {
                    if tick == 5 + usize::from(delay) {
                        5.0
                    } else {
                        0.0
                    }
                })
                .collect();
            assert_eq!(seen, expected, "delay {delay}");
        }
    }

    /// Ticks in which neuron 0 spikes, with an offset that reaches the threshold in every other tick.
    fn spikes(reset: Reset, refractory: f32, threshold: f32) -> (Vec<usize>, f32) {
        let parameters = [
            (Parameter::Threshold, threshold),
            (Parameter::AlphaDecay, 1.0),
            (Parameter::Offset, 2.0),
            (Parameter::Reset, 0.5),
            (Parameter::Refractory, refractory),
        ];
        let neurons = Neurons::new(&population(Application::LifCurrExp, reset, &parameters));
        let mut state = neurons.rest();
        let mut ticks = Vec::new();
        for tick in 0..8 {
            let mut spikes = Vec::new();
            neurons.tick(&mut state, tick, &mut spikes);
            ticks.extend(spikes.iter().map(|_| tick));
        }
        (ticks, state.v[0])
    }

    #[test]
    fn a_threshold_that_is_reached_fires_and_resets() {
        assert_eq!(
            spikes(Reset::BySubtraction, 0.0, 4.0),
            (vec![1, 3, 5, 7], 0.0)
        );
        assert_eq!(
            spikes(Reset::BySubtraction, 0.0, 3.0),
            (vec![1, 2, 4, 5, 7], 1.0)
        );
        assert_eq!(spikes(Reset::ToValue, 0.0, 4.0), (vec![1, 3, 5, 7], 0.5));
        // 0 to 2, 4 and a spike at tick 1, two ticks at 0.5, then 2.5 and 4.5 at tick 5.
        assert_eq!(spikes(Reset::ToValue, 2.0, 4.0), (vec![1, 5], 0.5));
    }
}
