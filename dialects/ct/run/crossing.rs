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

#[cfg(test)]
mod tests {
    use super::{super::dynamics::tests::kinds, *};
    use crate::random::Random;

    /// In -1 to 1.
    fn signed(random: &mut Random) -> f64 {
        2.0 * random.unit() - 1.0
    }

    const HORIZON: f64 = 0.05;

    /// The parameters of every kind, or random ones.
    fn neurons(random: &mut Random, count: usize) -> Vec<Dynamics> {
        let mut neurons = kinds();
        neurons.extend((0..count).map(|k| {
            let tau = 1e-3 * 10f64.powf(signed(random));
            let near = tau * (1.0 + [0.5, 1e-5, 1e-13][k % 3] * signed(random));
            Dynamics {
                synapse: (k % 5 != 0).then_some((tau, 1.0 + signed(random))),
                tau_mem: (k % 4 != 0).then_some(near),
                r: if k % 4 == 0 { 500.0 } else { 1.0 } * signed(random),
                v_leak: if k % 4 == 0 { 0.0 } else { signed(random) },
            }
        }));
        neurons
    }

    /// The finder against a look at 20,000 times.
    #[test]
    fn the_first_crossing_is_what_a_dense_look_finds() {
        let mut random = Random(1);
        let (mut found, mut never, mut now) = (0, 0, 0);
        for neuron in neurons(&mut random, 300) {
            for _ in 0..4 {
                let state = State {
                    v: signed(&mut random),
                    i: 2.0 * signed(&mut random),
                    x: 2.0 * signed(&mut random),
                };
                let threshold = state.v + 0.6 * signed(&mut random) + 0.4;
                let looks = (0..=20_000).map(|k| HORIZON * f64::from(k) / 20_000.0);
                let look = looks
                    .clone()
                    .find(|t| neuron.potential(&state, *t) > threshold + 1e-13);
                let case = format!("{neuron:?} {state:?} {threshold}: {look:?}");
                match neuron.crossing(&state, threshold, HORIZON) {
                    Crossing::Now => {
                        assert!(state.v > threshold, "{case}");
                        now += 1;
                    }
                    Crossing::After(time) => {
                        found += 1;
                        let there = neuron.potential(&state, time);
                        assert!((there - threshold).abs() < 1e-14, "{case}, {time}: {there}");
                        let earlier = looks.take_while(|t| *t < time);
                        let above = |t: f64| neuron.potential(&state, t) > threshold + 1e-13;
                        assert!(!earlier.clone().any(above), "{case}, {time}");
                        if let Some(look) = look {
                            assert!(time <= look, "{case}, {time}");
                        }
                    }
                    Crossing::Never => {
                        never += 1;
                        assert_eq!(look, None, "{case}");
                    }
                }
            }
        }
        assert!(
            found > 200 && never > 200 && now > 100,
            "{found} {never} {now}"
        );
    }

    /// The peak is looked for by ternary search; a threshold a little below it is exceeded for a time
    /// that no look on a grid would meet, one a little above it never.
    #[test]
    fn no_pair_of_crossings_is_missed() {
        let mut random = Random(2);
        let mut peaks = 0;
        for neuron in neurons(&mut random, 400) {
            let state = State {
                v: 0.3 * signed(&mut random),
                i: 3.0 * signed(&mut random),
                x: signed(&mut random),
            };
            let v = |t: f64| neuron.potential(&state, t);
            let (mut low, mut high) = (0.0, HORIZON);
            for _ in 0..200 {
                let (a, b) = ((2.0 * low + high) / 3.0, (low + 2.0 * high) / 3.0);
                if v(a) < v(b) { low = a } else { high = b }
            }
            let peak = v(low);
            // A peak inside, which is a maximum of a potential that rises and falls.
            if !(1e-5..=0.9 * HORIZON).contains(&low) || peak < state.v.max(v(HORIZON)) + 1e-3 {
                continue;
            }
            peaks += 1;
            let crossing = neuron.crossing(&state, peak - 1e-10, HORIZON);
            let Crossing::After(time) = crossing else {
                panic!("{neuron:?} {state:?}: {crossing:?} below the peak {peak} at {low}");
            };
            assert!(time < low && low - time < 1e-6, "{time} before {low}");
            let above = neuron.crossing(&state, peak + 1e-10, HORIZON);
            assert_eq!(above, Crossing::Never, "{neuron:?} {state:?}");
        }
        assert!(peaks > 60, "{peaks}");
    }

    #[test]
    fn a_potential_at_the_threshold_spikes_only_if_it_rises() {
        let neuron = Dynamics {
            synapse: None,
            tau_mem: Some(1e-3),
            r: 1.0,
            v_leak: 0.0,
        };
        let at = |v: f64, x: f64| neuron.crossing(&State { v, i: 0.0, x }, 1.0, 1.0);
        assert_eq!(at(1.0, 1.5), Crossing::Now);
        assert_eq!(at(1.0, 1.0), Crossing::Never);
        assert_eq!(at(1.0, 0.5), Crossing::Never);
        // It comes near the threshold, and never exceeds it.
        assert_eq!(at(0.0, 1.0), Crossing::Never);
        // At the threshold and falling, but the synapse will lift it.
        let synapse = Dynamics {
            synapse: Some((1e-3, 1.0)),
            ..neuron
        };
        let state = State {
            v: 1.0,
            i: 0.5,
            x: 3.0,
        };
        assert!(matches!(
            synapse.crossing(&state, 1.0, 1.0),
            Crossing::After(time) if time > 0.0
        ));
        // Flat at first, then rising.
        let flat = State { i: 1.0, ..state };
        assert_eq!(synapse.crossing(&flat, 1.0, 1.0), Crossing::Now);
    }

    /// Crossings are exact: a membrane and an integrator whose times are known.
    #[test]
    fn times_are_exact_to_the_last_digits() {
        let rest = State {
            v: 0.0,
            i: 0.0,
            x: 2.0,
        };
        let mut neuron = Dynamics {
            synapse: None,
            tau_mem: Some(2e-3),
            r: 1.0,
            v_leak: 0.0,
        };
        let time = |neuron: &Dynamics, state: &State| match neuron.crossing(state, 1.0, 1.0) {
            Crossing::After(time) => time,
            other => panic!("{other:?}"),
        };
        let relative = |a: f64, b: f64| (a / b - 1.0).abs();
        assert!(relative(time(&neuron, &rest), 2e-3 * 2f64.ln()) < 1e-15);
        neuron.tau_mem = None;
        assert_eq!(time(&neuron, &rest), 0.5);
        // An alpha function: v = i t/tau exp(-t/tau) with equal time constants. At t = tau/2 it is
        // i/2 exp(-1/2).
        neuron.tau_mem = Some(2e-3);
        neuron.synapse = Some((2e-3, 1.0));
        let alpha = State {
            v: 0.0,
            i: 2.0 * 0.5f64.exp(),
            x: 0.0,
        };
        assert!(relative(time(&neuron, &alpha), 1e-3) < 1e-15);
    }
}
