//! Pools and shapes.

use nirc_dialects::ct::PoolKind::{Average, Sum};

use super::{
    super::{
        check::Case,
        draft::{Random, window},
    },
    Example,
};
use crate::rewrite::Window;

pub fn pools_and_shapes(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    let uneven = window(&[(2, 2, 1), (3, 1, 0)]);
    Some(match name {
        "average-as-sum-pool" => {
            let x = e.image(r);
            let y = e.d.pool(x, Average, &uneven);
            e.end(y, r)
        }
        "sum-as-average-pool" | "sum-pool-as-convolution" => {
            let x = if r.chance(0.5) { e.map(r) } else { e.image(r) };
            let y = e.d.pool(x, Sum, &uneven);
            e.end(y, r)
        }
        "convolution-as-sum-pool" => {
            let channels = r.between(1, 3);
            let x = e.d.input(&[channels, 5, 5]);
            let weight = r.pick(&[1.0, 0.25, -0.3]);
            let mut weights = vec![weight; channels * 6];
            if r.chance(0.2) {
                weights[0] = 0.7;
            }
            let kernel = Window {
                groups: channels,
                ..window(&[(2, 1, 0), (3, 2, 1)])
            };
            let y = e.d.convolution(x, channels, &kernel, weights);
            e.end(y, r)
        }
        "convolution-of-sum-pool" => {
            let x = e.d.input(&[2, r.between(6, 9), r.between(6, 9)]);
            let (a, b) = (r.between(1, 3), r.between(1, 2));
            let pool = window(&[(a, r.between(1, 2), 0), (b, r.between(1, 3), 0)]);
            let y = e.d.pool(x, Sum, &pool);
            let padding = r.between(0, 1);
            let groups = r.between(1, 2);
            let kernel = Window {
                groups,
                ..window(&[(2, 1, padding), (2, 2, padding)])
            };
            let y = e.d.conv(y, 2 * groups, &kernel, r);
            e.end(y, r)
        }
        "sum-pool-out-of-convolution" => {
            let channels = r.between(1, 2);
            let x = e.d.input(&[channels, r.between(6, 9), r.between(8, 11)]);
            let (a, b) = r.pick(&[(2, 2), (2, 1), (1, 3), (2, 4)]);
            let axis = |tile: usize, r: &mut Random| {
                let padding = tile * r.between(0, 1);
                (tile * r.between(1, 2), tile * r.between(1, 2), padding)
            };
            let mut kernel = window(&[axis(a, r), axis(b, r)]);
            if r.chance(0.3) {
                kernel.axes[1].padding[1] += 1;
            }
            let (height, width) = (kernel.axes[0].kernel, kernel.axes[1].kernel);
            let rows = r.between(1, 3);
            let mut weights = Vec::new();
            for _ in 0..rows * channels {
                let tiles: Vec<f64> = (0..height * width).map(|_| r.within(-1.0, 1.0)).collect();
                let taps = (0..height).flat_map(|y| (0..width).map(move |x| (y / a, x / b)));
                weights.extend(taps.map(|(y, x)| tiles[y * width + x]));
            }
            if r.chance(0.2) {
                weights[0] += 0.5;
            }
            let y = e.d.convolution(x, rows, &kernel, weights);
            e.end(y, r)
        }
        "sum-pool-of-sum-pool" => {
            let x = e.d.input(&[2, r.between(7, 9), r.between(7, 9)]);
            let side = r.between(1, 2);
            let y = e.d.pool(x, Sum, &window(&[(2, 2, 0), (side, side, 0)]));
            let y = e.d.pool(y, Sum, &window(&[(2, 1, 0), (2, 2, 0)]));
            e.end(y, r)
        }
        "sum-pool-in-two" => {
            let x = e.d.input(&[2, r.between(8, 9), r.between(8, 9)]);
            let (a, b) = (r.pick(&[4, 6]), r.pick(&[1, 2, 4]));
            let y = e.d.pool(x, Sum, &window(&[(a, a, 0), (b, b, 0)]));
            e.end(y, r)
        }
        "reshape-of-reshape" => {
            let x = e.map(r);
            let shape = e.d.shape(x);
            let y = e.d.flatten(x);
            let y = e.d.reshape(y, &[shape[0] * shape[1], 1, shape[2]]);
            let y = e.d.conv(y, 2, &window(&[(1, 1, 0), (2, 1, 0)]), r);
            e.end(y, r)
        }
        "reshape-to-same" => {
            let x = e.map(r);
            let mut shape = e.d.shape(x);
            if r.chance(0.3) {
                shape.swap(1, 2);
            }
            let y = e.d.reshape(x, &shape);
            let y = e.d.conv(y, 2, &window(&[(2, 1, 0); 2]), r);
            e.end(y, r)
        }
        "reshape-before-neuron" => {
            let x = e.image(r);
            let y = e.d.flatten(x);
            e.end(y, r)
        }
        "reshape-after-neuron" => {
            let x = e.image(r);
            let y = e.d.lif(x, r);
            let y = e.d.flatten(y);
            let y = e.d.dense(y, 5, r);
            e.end(y, r)
        }
        "reshape-before-delay" | "reshape-after-delay" => {
            let x = e.image(r);
            let held = r.pick(&[1, e.d.count(x)]);
            let steps = (0..held).map(|_| r.between(0, 3) as f64).collect();
            let y = if name == "reshape-before-delay" {
                let y = e.d.flatten(x);
                e.d.delay(y, steps)
            } else {
                let y = e.d.delay(x, steps);
                e.d.flatten(y)
            };
            e.end(y, r)
        }
        "reshape-of-sum" => {
            let a = e.image(r);
            let s = e.factors(a, r);
            let b = e.d.scale(a, s);
            let y = e.d.sum(&[a, b]);
            let y = e.d.flatten(y);
            e.end(y, r)
        }
        "sum-of-reshapes" => {
            let a = e.image(r);
            let s = e.factors(a, r);
            let b = e.d.scale(a, s);
            let (a, b) = (e.d.flatten(a), e.d.flatten(b));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        _ => return None,
    })
}
