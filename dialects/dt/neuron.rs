//! The neuron's difference equations.

use super::{Compare, MembraneReads, Real, Reset, ResetTiming};

/// A population of neurons and its state.
pub(super) struct Neuron<T> {
    pub alpha: Option<Vec<T>>,
    pub input_gain: Option<Vec<T>>,
    pub beta: Option<Vec<T>>,
    pub current_gain: Option<Vec<T>>,
    pub input_to_membrane: Option<Vec<T>>,
    pub leak: Option<Vec<T>>,
    pub v_threshold: Option<Vec<T>>,
    pub v_reset: Option<Vec<T>>,
    pub membrane_reads: MembraneReads,
    pub compare: Compare,
    pub reset: Reset,
    pub reset_timing: ResetTiming,
    pub max_spikes: i64,
    pub i_syn: Vec<T>,
    pub v: Vec<T>,
    /// The spikes of the step before, which a reset in the next step takes off.
    pub spikes: Vec<T>,
}

impl<T: Real> Neuron<T> {
    /// Sets the state to zero.
    pub fn reset(&mut self) {
        for state in [&mut self.i_syn, &mut self.v, &mut self.spikes] {
            state.fill(T::zero());
        }
    }

    /// One step: input `x`, spikes or potential to `out`.
    pub fn step(&mut self, x: &[T], out: &mut [T]) {
        let at = |values: &Option<Vec<T>>, n: usize| values.as_ref().map(|v| v[n]);
        for n in 0..x.len() {
            let before = self.i_syn[n];
            let current = match (at(&self.alpha, n), at(&self.input_gain, n)) {
                (Some(alpha), gain) => alpha * before + gain.unwrap_or_else(T::one) * x[n],
                (None, gain) => gain.unwrap_or_else(T::one) * x[n],
            };
            self.i_syn[n] = current;
            let read = match self.membrane_reads {
                MembraneReads::Updated => current,
                MembraneReads::Previous => before,
            };
            let mut v = match at(&self.current_gain, n) {
                None => read,
                Some(gain) => at(&self.beta, n).unwrap_or_else(T::one) * self.v[n] + gain * read,
            };
            if let Some(direct) = at(&self.input_to_membrane, n) {
                v += direct * x[n];
            }
            if let Some(leak) = at(&self.leak, n) {
                v += leak;
            }
            match at(&self.v_threshold, n) {
                None => {
                    self.v[n] = v;
                    out[n] = v;
                }
                Some(threshold) => {
                    if self.reset_timing == ResetTiming::NextStep {
                        v = v - threshold * self.spikes[n];
                    }
                    let (spikes, after) = self.fire(n, v, threshold);
                    self.v[n] = match self.reset_timing {
                        ResetTiming::SameStep => after,
                        ResetTiming::NextStep => v,
                    };
                    self.spikes[n] = spikes;
                    out[n] = spikes;
                }
            }
        }
    }

    /// The spikes of neuron `n` at potential `v`, and the potential that they leave.
    fn fire(&self, n: usize, mut v: T, threshold: T) -> (T, T) {
        let mut spikes = 0;
        while spikes < self.max_spikes
            && match self.compare {
                Compare::Greater => v > threshold,
                Compare::GreaterOrEqual => v >= threshold,
            }
        {
            spikes += 1;
            match self.reset {
                Reset::Subtract => v = v - threshold,
                Reset::Value => {
                    v = self
                        .v_reset
                        .as_ref()
                        .map_or_else(T::zero, |v_reset| v_reset[n]);
                    break;
                }
                Reset::None => break,
            }
        }
        (T::of(spikes as f64), v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neuron() -> Neuron<f64> {
        Neuron {
            alpha: None,
            input_gain: None,
            beta: Some(vec![0.5]),
            current_gain: Some(vec![1.0]),
            input_to_membrane: None,
            leak: None,
            v_threshold: Some(vec![1.0]),
            v_reset: None,
            membrane_reads: MembraneReads::Updated,
            compare: Compare::Greater,
            reset: Reset::Subtract,
            reset_timing: ResetTiming::SameStep,
            max_spikes: 1,
            i_syn: vec![0.0],
            v: vec![0.0],
            spikes: vec![0.0],
        }
    }

    /// Output and potential in each step.
    #[track_caller]
    fn check(mut neuron: Neuron<f64>, input: &[f64], expected: &[(f64, f64)]) {
        for (step, (x, expected)) in input.iter().zip(expected).enumerate() {
            let mut out = [0.0];
            neuron.step(&[*x], &mut out);
            assert_eq!((out[0], neuron.v[0]), *expected, "step {step}");
        }
    }

    #[test]
    fn the_comparison_decides_at_the_threshold() {
        check(neuron(), &[1.0], &[(0.0, 1.0)]);
        check(
            Neuron {
                compare: Compare::GreaterOrEqual,
                ..neuron()
            },
            &[1.0],
            &[(1.0, 0.0)],
        );
    }

    #[test]
    fn resets_differ_in_what_they_leave() {
        check(neuron(), &[1.5, 0.0], &[(1.0, 0.5), (0.0, 0.25)]);
        let value = Neuron {
            reset: Reset::Value,
            v_reset: Some(vec![0.25]),
            ..neuron()
        };
        check(value, &[1.5, 0.0], &[(1.0, 0.25), (0.0, 0.125)]);
        let next = Neuron {
            reset_timing: ResetTiming::NextStep,
            ..neuron()
        };
        check(next, &[1.5, 0.0], &[(1.0, 1.5), (0.0, -0.25)]);
        check(
            Neuron {
                reset: Reset::None,
                ..neuron()
            },
            &[1.5],
            &[(1.0, 1.5)],
        );
    }

    #[test]
    fn several_spikes_take_the_threshold_off_several_times() {
        check(
            Neuron {
                max_spikes: 2,
                ..neuron()
            },
            &[3.5],
            &[(2.0, 1.5)],
        );
        check(
            Neuron {
                max_spikes: 9,
                ..neuron()
            },
            &[3.5],
            &[(3.0, 0.5)],
        );
    }

    #[test]
    fn the_membrane_reads_the_current_that_its_op_says() {
        let synapse = || Neuron {
            alpha: Some(vec![0.5]),
            v_threshold: None,
            reset: Reset::None,
            ..neuron()
        };
        check(synapse(), &[1.0, 0.0], &[(1.0, 1.0), (1.0, 1.0)]);
        let previous = Neuron {
            membrane_reads: MembraneReads::Previous,
            input_to_membrane: Some(vec![0.25]),
            leak: Some(vec![0.125]),
            ..synapse()
        };
        check(previous, &[1.0, 0.0], &[(0.375, 0.375), (1.3125, 1.3125)]);
    }

    #[test]
    fn without_membrane_the_input_is_compared() {
        let threshold = Neuron {
            beta: None,
            current_gain: None,
            reset: Reset::None,
            ..neuron()
        };
        check(threshold, &[1.5, 0.5], &[(1.0, 1.5), (0.0, 0.5)]);
    }
}
