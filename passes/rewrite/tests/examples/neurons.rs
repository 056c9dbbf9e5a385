//! Neurons.

use nirc_dialects::dt::{Reads, Reset};

use super::{
    super::{
        check::Case,
        draft::{Neuron, Random},
    },
    Example,
};
use crate::rewrite::{Form, common::Level};

pub fn neurons(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    Some(match name {
        "scale-into-gain" => {
            let x = e.any(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            e.end(y, r)
        }
        "gain-into-scale" => {
            let x = e.any(r);
            e.end(x, r)
        }
        "scale-into-threshold" => {
            let x = e.any(r);
            let s: Vec<f64> = e.factors(x, r);
            let s = if r.chance(0.8) {
                s.into_iter().map(f64::abs).collect()
            } else {
                s
            };
            let y = e.d.scale(x, s);
            e.end(y, r)
        }
        "one-threshold" => {
            let x = e.any(r);
            let n = e.d.count(x);
            let thresholds = r.numbers(n, 0.3, 1.2);
            let neuron = Neuron::random(r, e.level, n).with("v_threshold", thresholds);
            let y = e.d.neuron(x, neuron);
            e.leave(y)
        }
        "scale-of-potential" => {
            let x = e.current(r);
            let neuron = Neuron::random(r, e.level, e.d.count(x)).potential();
            let y = e.d.neuron(x, neuron);
            let s = e.factors(y, r);
            let y = e.d.scale(y, s);
            e.end(y, r)
        }
        "no-decay" => {
            let x = e.current(r);
            let beta = r.pick(&[1.0, 1.0, 0.8]);
            let neuron = e.plain(x, r).with("beta", vec![beta]);
            let y = e.d.neuron(x, neuron);
            e.leave(y)
        }
        "neuron-defaults" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let gain = r.pick(&[1.0, 1.0, 1.2]);
            let neuron = Neuron::random(r, e.level, n).without_synapse().resting();
            let neuron = match e.level {
                Level::Ct => neuron
                    .with_synapse(r, e.level, n)
                    .with("w_in", vec![gain])
                    .with("v_leak", vec![gain - 1.0]),
                Level::Dt => neuron
                    .with("input_gain", vec![gain])
                    .with("leak", vec![gain - 1.0])
                    .with("v_initial", vec![gain - 1.0])
                    .with("input_to_membrane", vec![gain - 1.0]),
            };
            let y = e.d.neuron(x, neuron);
            e.leave(y)
        }
        "cuba-without-decay" | "late-cuba-without-decay" | "lif-as-cuba" => {
            let x = e.current(r);
            let mut neuron = e.plain(x, r);
            if name != "lif-as-cuba" {
                let alpha = r.pick(&[0.0, 0.0, 0.5]);
                neuron = neuron.with("alpha", vec![alpha]);
            }
            if name == "late-cuba-without-decay"
                && let Form::Dt { membrane_reads, .. } = &mut neuron.form
            {
                *membrane_reads = Reads::Previous;
            }
            let y = e.d.neuron(x, neuron);
            e.leave(y)
        }
        "threshold-of-potential" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let mut below = Neuron::random(r, e.level, n).potential();
            if r.chance(0.8) {
                below.clear("v_min");
            }
            let y = e.d.neuron(x, below);
            let mut above = Neuron::random(r, e.level, n).without_synapse().resting();
            for name in ["beta", "current_gain", "v_min", "v_reset"] {
                above.clear(name);
            }
            if let Form::Dt {
                reset,
                reset_timing,
                ..
            } = &mut above.form
            {
                *reset = Reset::None;
                *reset_timing = nirc_dialects::dt::ResetTiming::SameStep;
            }
            if r.chance(0.5) {
                let gains = r.spread(n, 0.5, 1.5);
                above = above.with("input_gain", gains);
            }
            let y = e.d.neuron(y, above);
            e.leave(y)
        }
        _ => return None,
    })
}
