//! Neuron ops at random.

use nirc_dialects::dt::{Compare, Integration, Reads, Reset, ResetTiming};

use super::random::Random;
use crate::rewrite::{
    Form,
    common::{Level, NAMES, Slots},
};

/// The attributes of a neuron op.
#[derive(Clone)]
pub struct Neuron {
    pub form: Form,
    pub values: Slots<Vec<f64>>,
}

impl Neuron {
    /// A leaky neuron of either level with random parameters for `count` neurons.
    pub fn random(random: &mut Random, level: Level, count: usize) -> Self {
        let reset = random.pick(&[Reset::Subtract, Reset::Value]);
        let mut this = Self {
            form: match level {
                Level::Ct => Form::Ct { reset },
                Level::Dt => Form::Dt {
                    integration: Integration::Euler,
                    membrane_reads: Reads::Updated,
                    comparison_reads: Reads::Updated,
                    compare: random.pick(Compare::ALL),
                    reset,
                    reset_timing: random.pick(&[ResetTiming::SameStep, ResetTiming::NextStep]),
                    max_spikes: random.pick(&[1, 3]),
                },
            },
            values: Slots::default(),
        };
        let r = random;
        match level {
            Level::Ct => {
                this.set("tau_mem", r.spread(count, 5e-3, 20e-3));
                this.set("r", r.spread(count, 2.0, 6.0));
                if r.chance(0.5) {
                    this.set("v_leak", r.spread(count, -0.2, 0.2));
                }
            }
            Level::Dt => {
                this.set("beta", r.spread(count, 0.7, 0.95));
                this.set("current_gain", r.spread(count, 0.5, 1.5));
                if r.chance(0.5) {
                    this.set("leak", r.spread(count, -0.05, 0.05));
                }
                if r.chance(0.3) {
                    this.set("v_initial", r.spread(count, -0.3, 0.3));
                }
                if r.chance(0.3) {
                    this.set("v_min", r.spread(count, -1.5, -0.5));
                }
            }
        }
        if r.chance(0.4) {
            this = this.with_synapse(r, level, count);
        }
        this.set("v_threshold", r.spread(count, 0.4, 1.2));
        if reset == Reset::Value {
            this.set("v_reset", r.spread(count, -0.2, 0.1));
        }
        this
    }

    /// With a synaptic current.
    pub fn with_synapse(mut self, r: &mut Random, level: Level, count: usize) -> Self {
        match level {
            Level::Ct => {
                self.set("tau_syn", r.spread(count, 2e-3, 6e-3));
                self.set("w_in", r.spread(count, 1.0, 3.0));
            }
            Level::Dt => {
                self.set("alpha", r.spread(count, 0.3, 0.8));
                self.set("input_gain", r.spread(count, 0.5, 1.5));
                if r.chance(0.3) {
                    self.set("input_to_membrane", r.spread(count, -0.3, 0.3));
                }
                if r.chance(0.3)
                    && let Form::Dt { membrane_reads, .. } = &mut self.form
                {
                    *membrane_reads = Reads::Previous;
                }
            }
        }
        self
    }

    /// Without synaptic current.
    pub fn without_synapse(mut self) -> Self {
        for name in ["tau_syn", "w_in", "alpha", "input_to_membrane"] {
            self.clear(name);
        }
        if let Form::Dt { membrane_reads, .. } = &mut self.form {
            *membrane_reads = Reads::Updated;
        }
        self
    }

    /// Silent until something comes.
    pub fn resting(mut self) -> Self {
        for name in ["leak", "v_leak", "v_initial"] {
            self.clear(name);
        }
        self
    }

    /// Without threshold: it gives its potential.
    pub fn potential(mut self) -> Self {
        for name in ["v_threshold", "v_reset"] {
            self.clear(name);
        }
        match &mut self.form {
            Form::Ct { reset } => *reset = Reset::None,
            Form::Dt {
                reset,
                reset_timing,
                max_spikes,
                ..
            } => (*reset, *reset_timing, *max_spikes) = (Reset::None, ResetTiming::SameStep, 1),
        }
        self
    }

    pub fn set(&mut self, name: &str, values: Vec<f64>) {
        let slot = NAMES.iter().position(|n| *n == name).unwrap();
        self.values.slots[slot] = Some(values);
    }

    pub fn with(mut self, name: &str, values: Vec<f64>) -> Self {
        self.set(name, values);
        self
    }

    pub fn clear(&mut self, name: &str) {
        let slot = NAMES.iter().position(|n| *n == name).unwrap();
        self.values.slots[slot] = None;
    }

    pub fn spikes(&self) -> bool {
        self.values.slots[NAMES.iter().position(|n| *n == "v_threshold").unwrap()].is_some()
    }
}
