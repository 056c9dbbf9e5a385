//! Delays.

use nirc_dialects::ct::PoolKind::Sum;

use super::{
    super::{
        check::Case,
        draft::{Neuron, Random, X, window},
    },
    Example,
};

pub fn delays(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    let steps = |count: usize, r: &mut Random| -> Vec<f64> {
        (0..count).map(|_| r.between(0, 4) as f64).collect()
    };
    let one = vec![r.between(1, 4) as f64];
    Some(match name {
        "delay-of-delay" => {
            let x = e.any(r);
            let held = r.pick(&[1, e.d.count(x)]);
            let y = e.d.delay(x, steps(held, r));
            let y = e.d.delay(y, one);
            e.end(y, r)
        }
        "delay-of-zero" => {
            let x = e.any(r);
            let held = r.pick(&[0.0, 0.0, 2.0]);
            let y = e.d.delay(x, vec![held]);
            e.end(y, r)
        }
        "delay-before-linear" | "delay-after-linear" => {
            let x = e.row(r);
            let held = if r.chance(0.3) { e.d.count(x) } else { 1 };
            let y = if name == "delay-before-linear" {
                let y = e.d.delay(x, steps(held, r));
                e.d.dense(y, 5, r)
            } else {
                let y = e.d.dense(x, 5, r);
                e.d.delay(y, steps(if held == 1 { 1 } else { 5 }, r))
            };
            e.end(y, r)
        }
        "delay-before-convolution" | "delay-after-convolution" => {
            let x = e.map(r);
            let kernel = window(&[(2, 1, 1), (3, 1, 0)]);
            let y = if name == "delay-before-convolution" {
                let y = e.d.delay(x, one);
                e.d.conv(y, 3, &kernel, r)
            } else {
                let y = e.d.conv(x, 3, &kernel, r);
                e.d.delay(y, one)
            };
            e.end(y, r)
        }
        "delay-before-sum-pool" | "delay-after-sum-pool" => {
            let x = e.image(r);
            let channels = e.d.shape(x)[0];
            let held = r.pick(&[1, channels]);
            let pool = window(&[(2, 1, 1), (3, 1, 0)]);
            let y = if name == "delay-before-sum-pool" {
                let y = e.d.delay(x, steps(held, r));
                e.d.pool(y, Sum, &pool)
            } else {
                let y = e.d.pool(x, Sum, &pool);
                e.d.delay(y, steps(held, r))
            };
            e.end(y, r)
        }
        "delay-before-neuron" | "delay-after-neuron" => {
            let x = e.current(r);
            let held = r.pick(&[1, e.d.count(x)]);
            let rests = r.chance(0.7);
            let neuron = |e: &Example, x: X, r: &mut Random| match rests {
                true => e.resting(x, r),
                false => Neuron::random(r, e.level, e.d.count(x)),
            };
            let y = if name == "delay-before-neuron" {
                let y = e.d.delay(x, steps(held, r));
                let neuron = neuron(e, y, r);
                e.d.neuron(y, neuron)
            } else {
                let neuron = neuron(e, x, r);
                let y = e.d.neuron(x, neuron);
                e.d.delay(y, steps(held, r))
            };
            let y = e.d.dense(y, 4, r);
            e.end(y, r)
        }
        "delay-of-sum" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let y = e.d.sum(&[a, b]);
            let held = r.pick(&[1, 5]);
            let y = e.d.delay(y, steps(held, r));
            e.end(y, r)
        }
        "sum-of-delays" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let held = r.pick(&[1, 5]);
            let d = steps(held, r);
            let (a, b) = (e.d.delay(a, d.clone()), e.d.delay(b, d));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "shared-delay" => {
            let x = e.current(r);
            let (short, long) = (r.between(1, 3) as f64, r.between(4, 6) as f64);
            let (a, b) = (e.d.delay(x, vec![short]), e.d.delay(x, vec![long]));
            let s = e.factors(b, r);
            let b = e.d.scale(b, s);
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "delay-in-two" => {
            let x = e.any(r);
            let long = r.between(3, 7) as f64;
            let y = e.d.delay(x, vec![long]);
            let mut case = e.end(y, r);
            case.limits.register = Some(2);
            case
        }
        _ => return None,
    })
}
