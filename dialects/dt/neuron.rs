//! The neuron's difference equations.

use super::{Compare, Reads, Real, Reset, ResetTiming};

/// A population of neurons and its state.
#[derive(Clone)]
pub(super) struct Neuron<T> {
    pub alpha: Option<Vec<T>>,
    pub input_gain: Option<Vec<T>>,
    pub beta: Option<Vec<T>>,
    pub current_gain: Option<Vec<T>>,
    pub input_to_membrane: Option<Vec<T>>,
    pub leak: Option<Vec<T>>,
    pub v_threshold: Option<Vec<T>>,
    pub v_reset: Option<Vec<T>>,
    pub v_min: Option<Vec<T>>,
    pub membrane_reads: Reads,
    pub comparison_reads: Reads,
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
    /// Whether the output of a step is known before its input.
    pub fn holds(&self) -> bool {
        self.comparison_reads == Reads::Previous && self.v_threshold.is_some()
    }

    /// One step of a neuron whose comparison reads the updated potential: input `x`, spikes or
    /// potential to `out`.
    pub fn step(&mut self, x: &[T], out: &mut [T]) {
        for n in 0..x.len() {
            let v = self.integrate(n, x[n]);
            let Some(threshold) = at(&self.v_threshold, n) else {
                self.v[n] = self.bounded(n, v);
                out[n] = self.v[n];
                continue;
            };
            let (spikes, after) = match self.reset_timing {
                ResetTiming::SameStep => self.fire(n, v, threshold),
                ResetTiming::NextStep => {
                    let v = v - threshold * self.spikes[n];
                    (self.fire(n, v, threshold).0, v)
                }
                ResetTiming::BeforeAndAfter => {
                    let (above, _) = self.fire(n, self.v[n], threshold);
                    let (spikes, _) = self.fire(n, v - threshold * above, threshold);
                    (spikes, v - threshold * spikes)
                }
            };
            self.v[n] = self.bounded(n, after);
            self.spikes[n] = spikes;
            out[n] = spikes;
        }
    }

    /// The spikes of a step whose comparison reads the potential that the step before left.
    pub fn emit(&mut self, out: &mut [T]) {
        for (n, out) in out.iter_mut().enumerate() {
            let Some(threshold) = at(&self.v_threshold, n) else {
                continue;
            };
            let (spikes, after) = self.fire(n, self.v[n], threshold);
            if self.reset_timing == ResetTiming::SameStep {
                self.v[n] = after;
            }
            self.spikes[n] = spikes;
            *out = spikes;
        }
    }

    /// What follows [`Neuron::emit`] once the input is known.
    pub fn absorb(&mut self, x: &[T]) {
        for n in 0..x.len() {
            let mut v = self.integrate(n, x[n]);
            if let (ResetTiming::NextStep, Some(threshold)) =
                (self.reset_timing, at(&self.v_threshold, n))
            {
                v = v - threshold * self.spikes[n];
            }
            self.v[n] = self.bounded(n, v);
        }
    }

    /// Updates the current of neuron `n`; returns the potential before any spike.
    fn integrate(&mut self, n: usize, x: T) -> T {
        let before = self.i_syn[n];
        let current = match (at(&self.alpha, n), at(&self.input_gain, n)) {
            (Some(alpha), gain) => alpha * before + gain.unwrap_or_else(T::one) * x,
            (None, gain) => gain.unwrap_or_else(T::one) * x,
        };
        self.i_syn[n] = current;
        let read = match self.membrane_reads {
            Reads::Updated => current,
            Reads::Previous => before,
        };
        let mut v = match at(&self.current_gain, n) {
            None => read,
            Some(gain) => at(&self.beta, n).unwrap_or_else(T::one) * self.v[n] + gain * read,
        };
        if let Some(direct) = at(&self.input_to_membrane, n) {
            v += direct * x;
        }
        if let Some(leak) = at(&self.leak, n) {
            v += leak;
        }
        v
    }

    fn bounded(&self, n: usize, v: T) -> T {
        at(&self.v_min, n).map_or(v, |low| v.max(low))
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

fn at<T: Copy>(values: &Option<Vec<T>>, n: usize) -> Option<T> {
    values.as_ref().map(|v| v[n])
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
            v_min: None,
            membrane_reads: Reads::Updated,
            comparison_reads: Reads::Updated,
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
            if neuron.holds() {
                neuron.emit(&mut out);
                neuron.absorb(&[*x]);
            } else {
                neuron.step(&[*x], &mut out);
            }
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
            membrane_reads: Reads::Previous,
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

    #[test]
    fn a_comparison_of_the_previous_potential_comes_a_step_later() {
        let previous = |reset_timing| Neuron {
            comparison_reads: Reads::Previous,
            reset_timing,
            ..neuron()
        };
        // The reset is before the decay in the same step, after it in the next.
        check(
            previous(ResetTiming::SameStep),
            &[1.5, 0.0, 0.0],
            &[(0.0, 1.5), (1.0, 0.25), (0.0, 0.125)],
        );
        check(
            previous(ResetTiming::NextStep),
            &[1.5, 0.0, 0.0],
            &[(0.0, 1.5), (1.0, -0.25), (0.0, -0.125)],
        );
    }

    #[test]
    fn a_membrane_that_stays_above_the_threshold_needs_twice_the_threshold() {
        let again = || Neuron {
            reset_timing: ResetTiming::BeforeAndAfter,
            ..neuron()
        };
        // 3.5 leaves 2.5, above the threshold: 1.25 is then compared as 0.25 and stays.
        check(again(), &[3.5, 0.0], &[(1.0, 2.5), (0.0, 1.25)]);
        check(again(), &[3.5, 1.0], &[(1.0, 2.5), (1.0, 1.25)]);
        check(again(), &[1.5, 1.0], &[(1.0, 0.5), (1.0, 0.25)]);
    }

    #[test]
    fn a_lower_bound_holds_after_the_reset() {
        let bounded = |reset_timing| Neuron {
            v_min: Some(vec![-0.125]),
            reset_timing,
            ..neuron()
        };
        let same = bounded(ResetTiming::SameStep);
        check(same, &[-3.0, 1.5], &[(0.0, -0.125), (1.0, 0.4375)]);
        let next = bounded(ResetTiming::NextStep);
        check(next, &[1.5, 0.0], &[(1.0, 1.5), (0.0, -0.125)]);
    }
}
