//! The neuron's arithmetic. All sums are of 64 bits; [`super::prepare`] bounds what goes into them.

use super::{
    Compare, Decay, EventTiming, MembraneOverflow, Overflow, Reset, Rounding, events::Events,
};

/// A population, without its state.
pub(super) struct Neuron {
    pub event_timing: EventTiming,
    pub decay: Law,
    pub decay_syn: Vec<i64>,
    pub decay_mem: Vec<i64>,
    pub current: Range,
    pub current_overflow: Overflow,
    pub membrane: Range,
    pub membrane_overflow: MembraneOverflow,
    pub bias: Vec<i64>,
    pub compare: Compare,
    pub threshold: Vec<i64>,
    pub reset: Reset,
    pub v_reset: Vec<i64>,
    pub max_spikes: u32,
}

/// The state of a population.
pub(super) struct State {
    /// Synaptic currents.
    pub i_syn: Vec<i64>,
    /// Membrane potentials.
    pub v: Vec<i64>,
}

/// How both states decay.
#[derive(Clone, Copy)]
pub(super) struct Law {
    pub decay: Decay,
    /// Of a factor.
    pub bits: u32,
    pub rounding: Rounding,
}

/// The numbers that a state may have.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub low: i64,
    pub high: i64,
}

impl Range {
    fn saturate(self, x: i64) -> i64 {
        x.clamp(self.low, self.high)
    }

    /// The number of the range that differs from `x` by a multiple of the range's span.
    fn wrap(self, x: i64) -> i64 {
        if (self.low..=self.high).contains(&x) {
            return x;
        }
        x.wrapping_sub(self.low)
            .rem_euclid(self.high - self.low + 1)
            + self.low
    }
}

impl Law {
    /// What is left of `x`.
    fn keep(self, x: i64, by: i64) -> i64 {
        match (self.decay, self.rounding) {
            (Decay::BitShift, _) => match x >> by {
                0 => x - x.signum(),
                loss => x - loss,
            },
            (Decay::Multiply, Rounding::Down) => (x * by) >> self.bits,
            (Decay::Multiply, Rounding::TowardZero) => {
                let kept = (x.abs() * by) >> self.bits;
                if x < 0 { -kept } else { kept }
            }
        }
    }
}

impl Neuron {
    /// Updates the currents with the events of `tables`, each with the spikes that it takes.
    pub fn currents<'t>(
        &self,
        i_syn: &mut [i64],
        tables: impl Iterator<Item = (&'t Events, &'t [u32])>,
    ) {
        if self.event_timing == EventTiming::AfterDecay {
            self.decay_currents(i_syn);
        }
        let range = self.current;
        match self.current_overflow {
            // All spikes of a source add one weight, so clamping once clamps each.
            Overflow::Saturate => tables.for_each(|(table, spikes)| {
                table.deliver(spikes, i_syn, |i, event| range.saturate(i + event));
            }),
            // The span divides 2^64, so it does not matter when the sum is brought back.
            Overflow::Wrap => {
                tables.for_each(|(table, spikes)| table.deliver(spikes, i_syn, i64::wrapping_add));
                i_syn.iter_mut().for_each(|i| *i = range.wrap(*i));
            }
        }
        if self.event_timing == EventTiming::BeforeDecay {
            self.decay_currents(i_syn);
        }
    }

    fn decay_currents(&self, i_syn: &mut [i64]) {
        for (i, by) in i_syn.iter_mut().zip(&self.decay_syn) {
            *i = self.decay.keep(*i, *by);
        }
    }

    /// Updates the membranes with the currents of this step; spikes to `out`.
    pub fn membranes(&self, state: &mut State, out: &mut [u32]) {
        for (n, out) in out.iter_mut().enumerate() {
            let (v, i) = (state.v[n], state.i_syn[n]);
            let kept = self.decay.keep(v, self.decay_mem[n]);
            let range = self.membrane;
            let v = match self.membrane_overflow {
                MembraneOverflow::Saturate => range.saturate(kept + i + self.bias[n]),
                MembraneOverflow::SaturateIncrement => {
                    let increment = range.saturate(range.wrap(kept - v) + i);
                    range.saturate(v + range.saturate(increment + self.bias[n]))
                }
            };
            (state.v[n], *out) = self.fire(n, v);
        }
    }

    /// What the spikes of neuron `n` at potential `v` leave, and how many there are.
    fn fire(&self, n: usize, mut v: i64) -> (i64, u32) {
        let threshold = self.threshold[n];
        let mut spikes = 0;
        while spikes < self.max_spikes
            && match self.compare {
                Compare::Greater => v > threshold,
                Compare::GreaterOrEqual => v >= threshold,
            }
        {
            spikes += 1;
            match self.reset {
                Reset::Subtract => v = self.membrane.wrap(v - threshold),
                Reset::Value => return (self.v_reset[n], spikes),
                Reset::None => break,
            }
        }
        (v, spikes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(decay: Decay, bits: u32, rounding: Rounding) -> Law {
        Law {
            decay,
            bits,
            rounding,
        }
    }

    #[test]
    fn decays_round_as_they_say() {
        let shift = law(Decay::BitShift, 0, Rounding::Down);
        // (x, shift, what is left)
        for (x, by, left) in [
            (100, 2, 75),
            (-100, 2, -75),
            (-101, 2, -75),
            (3, 2, 2),
            (-3, 2, -2),
            (0, 2, 0),
            (-32768, 0, 0),
            (1, 15, 0),
            (-1, 15, 0),
        ] {
            assert_eq!(shift.keep(x, by), left, "{x} by {by}");
        }
        let toward_zero = law(Decay::Multiply, 12, Rounding::TowardZero);
        let down = law(Decay::Multiply, 12, Rounding::Down);
        for (x, by, left, floor) in [
            (640, 3933, 614, 614),
            (-640, 3933, -614, -615),
            (7, 0, 0, 0),
            (-8_388_608, 4096, -8_388_608, -8_388_608),
        ] {
            assert_eq!(toward_zero.keep(x, by), left, "{x} by {by}");
            assert_eq!(down.keep(x, by), floor, "{x} by {by}");
        }
    }

    #[test]
    fn a_sum_comes_back_in_at_the_other_bound() {
        let range = Range {
            low: -8_388_607,
            high: 8_388_608,
        };
        for (x, wrapped) in [
            (8_388_608, 8_388_608),
            (8_388_609, -8_388_607),
            (-8_388_608, 8_388_608),
            (3 * (1 << 24) + 5, 5),
        ] {
            assert_eq!(range.wrap(x), wrapped, "{x}");
        }
    }
}
