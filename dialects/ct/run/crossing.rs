//! When a neuron spikes next.

use super::dynamics::{Dynamics, State};

/// When the potential exceeds the threshold for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Crossing {
    /// It does now, or from now on.
    Now,
    /// A time later, in seconds; positive.
    After(f64),
    /// Not before the horizon.
    Never,
}

impl Dynamics {
    /// The first time at which v > `threshold`, if the input stays as it is, looking `horizon` seconds
    /// ahead. A potential that touches the threshold and falls does not exceed it.
    ///
    /// With a synapse the potential has at most one extremum, whose time is a closed form; on each
    /// side of it the potential is monotone, so its end tells whether there is a crossing, and no
    /// pair of crossings can lie between two looks.
    pub fn crossing(&self, state: &State, threshold: f64, horizon: f64) -> Crossing {
        let (drive, change) = (
            self.drive(state.v, self.current(state, 0.0)),
            self.drive_change(state),
        );
        let rising = drive > 0.0 || (drive == 0.0 && change > 0.0);
        if state.v > threshold || (state.v == threshold && rising) {
            return Crossing::Now;
        }
        let after = |time: f64| {
            if time < horizon {
                Crossing::After(time)
            } else {
                Crossing::Never
            }
        };
        if self.synapse.is_none() {
            return match self.tau_mem {
                _ if !rising => Crossing::Never,
                None => after((threshold - state.v) / drive),
                Some(tau_mem) => {
                    let end = self.v_leak + self.r * state.x;
                    if end > threshold {
                        after(tau_mem * ((threshold - state.v) / (end - threshold)).ln_1p())
                    } else {
                        Crossing::Never
                    }
                }
            };
        }
        let above = |time: f64| self.potential(state, time) > threshold;
        let extremum = self.extremum(state);
        let (low, high) = if rising {
            (0.0, extremum.unwrap_or(horizon).min(horizon))
        } else {
            match extremum {
                Some(time) if time < horizon => (time, horizon),
                _ => return Crossing::Never,
            }
        };
        if above(high) {
            after(self.root(state, threshold, low, high))
        } else {
            Crossing::Never
        }
    }

    /// Where the potential, which rises from `low`, where it is not above the threshold, to `high`,
    /// where it is, crosses it: Newton's method, kept in a bracket by bisection.
    fn root(&self, state: &State, threshold: f64, mut low: f64, mut high: f64) -> f64 {
        let beyond = |time: f64| self.potential(state, time) - threshold;
        // The bracket may be the rest of the run; the crossing is some time constants away.
        let tau_syn = self.synapse.map_or(f64::INFINITY, |(tau, _)| tau);
        let mut reach = tau_syn.min(self.tau_mem.unwrap_or(f64::INFINITY)) / 4.0;
        while low + reach < high {
            if beyond(low + reach) > 0.0 {
                high = low + reach;
            } else {
                low += reach;
                reach *= 2.0;
            }
        }
        let mut time = low + (high - low) / 2.0;
        let mut last_step = high - low;
        // Each turn at least halves the bracket or the step, so this is more than enough for 64 bits.
        for _ in 0..200 {
            let there = self.after(state, time);
            let value = there.v - threshold;
            if value > 0.0 {
                high = time;
            } else {
                low = time;
            }
            let slope = self.drive(there.v, there.i) / self.tau_mem.unwrap_or(1.0);
            let newton = time - value / slope;
            let next = if newton > low && newton < high && (newton - time).abs() < last_step / 2.0 {
                newton
            } else {
                low + (high - low) / 2.0
            };
            last_step = (next - time).abs();
            if next == time || last_step <= f64::EPSILON * time || !(low < next && next < high) {
                return next;
            }
            time = next;
        }
        time
    }
}
