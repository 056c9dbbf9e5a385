//! Constants.

use nirc_dialects::ct::PoolKind::Sum;

use super::{
    super::{
        check::Case,
        draft::{Neuron, Random, window},
    },
    Example,
};
use crate::rewrite::common::Level;

pub fn constants(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    Some(match name {
        "bias-of-bias" => {
            let x = e.any(r);
            let (b, c) = (e.factors(x, r), e.factors(x, r));
            let y = e.d.bias(x, b);
            let y = e.d.bias(y, c);
            e.end(y, r)
        }
        "bias-of-zero" => {
            let x = e.any(r);
            let b = r.pick(&[0.0, 0.0, 0.3]);
            let y = e.d.bias(x, vec![b]);
            e.end(y, r)
        }
        "bias-before-linear" => {
            let x = e.current(r);
            let b = e.factors(x, r);
            let y = e.d.bias(x, b);
            let y = e.d.dense(y, 5, r);
            e.end(y, r)
        }
        "bias-before-convolution" | "bias-before-sum-pool" => {
            let x = e.image(r);
            let b = e.factors(x, r);
            let y = e.d.bias(x, b);
            let padding = r.between(0, 1);
            let kernel = window(&[(2, 1, padding), (3, 2, padding)]);
            let y = match name {
                "bias-before-convolution" => e.d.conv(y, 3, &kernel, r),
                _ => e.d.pool(y, Sum, &kernel),
            };
            e.end(y, r)
        }
        "bias-in-sum" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let c = e.factors(a, r);
            let a = e.d.bias(a, c);
            let y = e.d.sum(&[b, a]);
            e.end(y, r)
        }
        "bias-before-reshape" => {
            let x = e.image(r);
            let b = e.factors(x, r);
            let y = e.d.bias(x, b);
            let y = e.d.flatten(y);
            e.end(y, r)
        }
        "bias-after-reshape" => {
            let x = e.image(r);
            let y = e.d.flatten(x);
            let held = r.pick(&[1, e.d.count(y)]);
            let y = e.d.bias(y, r.signed(held));
            e.end(y, r)
        }
        "bias-into-leak" => {
            let x = e.any(r);
            let b = e.factors(x, r);
            let y = e.d.bias(x, b);
            let neuron = if r.chance(0.2) {
                Neuron::random(r, e.level, e.d.count(y))
            } else {
                e.plain(y, r)
            };
            let y = e.d.neuron(y, neuron);
            e.leave(y)
        }
        "leak-into-bias" => {
            let x = e.any(r);
            let leak = match e.level {
                Level::Ct => "v_leak",
                Level::Dt => "leak",
            };
            let values = r.spread(e.d.count(x), 0.05, 0.3);
            let neuron = e.plain(x, r).with(leak, values);
            let y = e.d.neuron(x, neuron);
            e.leave(y)
        }
        _ => return None,
    })
}
