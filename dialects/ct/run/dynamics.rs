//! The closed forms of one neuron between two events, for an input that is constant there.
//!
//! With x the input, c = w_in x and E(k, t) = (1 - exp(-k t)) / k, which tends to t for k = 0:
//! i(t) = i + (c - i) (1 - exp(-t/tau_syn)), and i = x without tau_syn;
//! v(t) = v + (v_leak + r c - v) (1 - exp(-t/tau_mem)) + r (i - c) S(t), with S the convolution of
//! exp(-t/tau_syn) and exp(-t/tau_mem)/tau_mem; without tau_mem,
//! v(t) = v + r c t + r (i - c) E(1/tau_syn, t). Without tau_syn the last term is absent.

/// The parameters of one neuron with membrane, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dynamics {
    /// The time constant of the synapse and its gain w_in; `None`: the current is the input.
    pub synapse: Option<(f64, f64)>,
    /// `None`: an integrator.
    pub tau_mem: Option<f64>,
    pub r: f64,
    pub v_leak: f64,
}

/// Potential, synaptic current and input of one neuron at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct State {
    pub v: f64,
    /// Not used without synapse.
    pub i: f64,
    pub x: f64,
}

/// 1 - exp(-a), accurate for small a.
fn rise(a: f64) -> f64 {
    -(-a).exp_m1()
}

/// (exp(-a) - exp(-b)) / (b - a) for a, b >= 0: accurate where they are near each other, and free of
/// overflow where they are far apart.
fn difference_quotient(a: f64, b: f64) -> f64 {
    let apart = (a - b).abs();
    let ratio = if apart == 0.0 {
        1.0
    } else {
        rise(apart) / apart
    };
    (-a.min(b)).exp() * ratio
}

/// The current of a synapse a time `t` later.
pub(super) fn current((tau_syn, w_in): (f64, f64), i: f64, x: f64, t: f64) -> f64 {
    i + (w_in * x - i) * rise(t / tau_syn)
}

impl Dynamics {
    /// The state a time `t` later.
    pub fn after(&self, state: &State, t: f64) -> State {
        State {
            v: self.potential(state, t),
            i: self.current(state, t),
            x: state.x,
        }
    }

    /// The current into the membrane a time `t` later.
    pub fn current(&self, state: &State, t: f64) -> f64 {
        match self.synapse {
            Some(synapse) => current(synapse, state.i, state.x, t),
            None => state.x,
        }
    }

    /// The potential a time `t` later.
    pub fn potential(&self, state: &State, t: f64) -> f64 {
        let target = match self.synapse {
            Some((_, w_in)) => w_in * state.x,
            None => state.x,
        };
        let held = match self.tau_mem {
            Some(tau_mem) => (self.v_leak + self.r * target - state.v) * rise(t / tau_mem),
            None => self.r * target * t,
        };
        let Some((tau_syn, _)) = self.synapse else {
            return state.v + held;
        };
        let share = match self.tau_mem {
            Some(tau_mem) => t / tau_mem * difference_quotient(t / tau_mem, t / tau_syn),
            None => tau_syn * rise(t / tau_syn),
        };
        state.v + held + self.r * (state.i - target) * share
    }

    /// tau_mem v', or v' of an integrator, with `current` into the membrane.
    pub fn drive(&self, v: f64, current: f64) -> f64 {
        match self.tau_mem {
            Some(_) => self.v_leak - v + self.r * current,
            None => self.r * current,
        }
    }

    /// The time derivative of [`Dynamics::drive`] that the synapse causes.
    pub fn drive_change(&self, state: &State) -> f64 {
        match self.synapse {
            Some((tau_syn, w_in)) => self.r * (w_in * state.x - state.i) / tau_syn,
            None => 0.0,
        }
    }

    /// The jump of current and potential that an impulse of integral `area` causes.
    pub fn kick(&self, state: &mut State, area: f64) {
        match (self.synapse, self.tau_mem) {
            (Some((tau_syn, w_in)), _) => state.i += w_in * area / tau_syn,
            (None, Some(tau_mem)) => state.v += self.r * area / tau_mem,
            (None, None) => state.v += self.r * area,
        }
    }

    /// The time of the potential's only extremum after now, if it has one: v' is zero where
    /// drive + drive_change E(x, t) = 0 with x = 1/tau_syn - 1/tau_mem.
    pub fn extremum(&self, state: &State) -> Option<f64> {
        let (tau_syn, _) = self.synapse?;
        let change = self.drive_change(state);
        let q = -self.drive(state.v, state.i) / change;
        if !(q > 0.0 && q.is_finite()) {
            return None;
        }
        let x = match self.tau_mem {
            // As a quotient: the difference of nearly equal rates would lose its digits.
            Some(tau_mem) => (tau_mem - tau_syn) / (tau_mem * tau_syn),
            None => 1.0 / tau_syn,
        };
        if x == 0.0 {
            return Some(q);
        }
        let time = -(-x * q).ln_1p() / x;
        (time > 0.0 && time.is_finite()).then_some(time)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Classical Runge-Kutta of fourth order: tau_syn i' = w_in x - i, tau_mem v' = v_leak - v + r i.
    fn integrated(neuron: &Dynamics, state: &State, t: f64, steps: u32) -> (f64, f64) {
        let slope = |v: f64, i: f64| {
            let (current, di) = match neuron.synapse {
                Some((tau, w_in)) => (i, (w_in * state.x - i) / tau),
                None => (state.x, 0.0),
            };
            let dv = match neuron.tau_mem {
                Some(tau) => (neuron.v_leak - v + neuron.r * current) / tau,
                None => neuron.r * current,
            };
            (dv, di)
        };
        let h = t / f64::from(steps);
        let (mut v, mut i) = (state.v, state.i);
        for _ in 0..steps {
            let a = slope(v, i);
            let b = slope(v + h / 2.0 * a.0, i + h / 2.0 * a.1);
            let c = slope(v + h / 2.0 * b.0, i + h / 2.0 * b.1);
            let d = slope(v + h * c.0, i + h * c.1);
            v += h / 6.0 * (a.0 + 2.0 * b.0 + 2.0 * c.0 + d.0);
            i += h / 6.0 * (a.1 + 2.0 * b.1 + 2.0 * c.1 + d.1);
        }
        (v, i)
    }

    /// Neurons of every kind, with time constants that are far apart, near and equal.
    pub fn kinds() -> Vec<Dynamics> {
        let synapses = [None, Some((2e-3, 1.5)), Some((1e-3, 0.5))];
        let membranes = [
            None,
            Some(1e-3),
            Some(2e-3),
            Some(2e-3 * (1.0 + 1e-12)),
            Some(2e-3 * (1.0 - 1e-7)),
            Some(2e-2),
        ];
        synapses
            .iter()
            .flat_map(|synapse| membranes.iter().map(move |tau_mem| (*synapse, *tau_mem)))
            .map(|(synapse, tau_mem)| Dynamics {
                synapse,
                tau_mem,
                r: if tau_mem.is_some() { 1.25 } else { 300.0 },
                v_leak: if tau_mem.is_some() { 0.25 } else { 0.0 },
            })
            .collect()
    }

    #[test]
    fn closed_forms_solve_the_differential_equations() {
        let state = State {
            v: 0.375,
            i: -0.5,
            x: 1.75,
        };
        for neuron in kinds() {
            for t in [1e-5, 1e-3, 1e-2] {
                let (v, i) = integrated(&neuron, &state, t, 4000);
                let exact = neuron.after(&state, t);
                assert!(
                    (exact.v - v).abs() < 1e-11,
                    "{neuron:?} at {t}: {exact:?}, {v}"
                );
                if neuron.synapse.is_some() {
                    assert!(
                        (exact.i - i).abs() < 1e-11,
                        "{neuron:?} at {t}: {exact:?}, {i}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_state_is_the_same_by_one_way_or_two() {
        let state = State {
            v: -1.0,
            i: 2.0,
            x: 0.5,
        };
        for neuron in kinds() {
            let once = neuron.after(&state, 3e-3);
            let twice = neuron.after(&neuron.after(&state, 1e-3), 2e-3);
            assert!((once.v - twice.v).abs() < 4e-15, "{neuron:?}");
        }
    }

    #[test]
    fn long_times_and_short_time_constants_stay_finite() {
        for (tau_syn, tau_mem) in [(1e-9, 10.0), (10.0, 1e-9), (1e-9, 1e-9)] {
            let neuron = Dynamics {
                synapse: Some((tau_syn, 1.0)),
                tau_mem: Some(tau_mem),
                r: 1.0,
                v_leak: 0.5,
            };
            let state = State {
                v: 3.0,
                i: 1.0,
                x: 0.0,
            };
            assert_eq!(neuron.potential(&state, 1e4), 0.5);
        }
    }

    #[test]
    fn the_slope_is_zero_at_the_extremum() {
        let states = [(0.0, 2.0, 0.0), (2.0, 0.0, 1.0), (0.5, -1.0, 1.0)];
        let mut found = 0;
        for neuron in kinds() {
            for (v, i, x) in states {
                let state = State { v, i, x };
                let Some(time) = neuron.extremum(&state) else {
                    continue;
                };
                found += 1;
                let there = neuron.after(&state, time);
                let drive = neuron.drive(there.v, there.i);
                assert!(
                    drive.abs() < 1e-12 * neuron.r,
                    "{neuron:?} {state:?}: {drive}"
                );
            }
        }
        assert!(found >= 15, "{found}");
    }
}
