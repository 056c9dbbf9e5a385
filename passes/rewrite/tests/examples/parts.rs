//! Parts of layers.

use nirc_dialects::ct::PoolKind::Sum;

use super::{
    super::{
        check::Case,
        draft::{Random, X, window},
    },
    Example, permutation,
};
use crate::rewrite::{Window, cost::Limits};

/// What is dead or silent in the columns, channels or rows of the examples below.
const DEAD: [usize; 2] = [1, 4];

pub fn parts(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    let dead_columns = |e: &mut Example, x: X, r: &mut Random| {
        let n = e.d.count(x);
        let weights = e.weights(4, n, |_, column| DEAD.contains(&column), r);
        let y = e.d.linear(x, 4, weights);
        e.end(y, r)
    };
    let silent_rows = |e: &mut Example, x: X, r: &mut Random| {
        let n = e.d.count(x);
        let weights = e.weights(6, n, |row, _| DEAD.contains(&row), r);
        let y = e.d.linear(x, 6, weights);
        let neuron = e.resting(y, r);
        e.d.neuron(y, neuron)
    };
    let channels =
        |e: &mut Example, x: X, kernel: &Window, dead: fn(usize, usize) -> bool, r: &mut Random| {
            let columns = e.d.shape(x)[0];
            let mut weights = r.numbers(6 * columns * kernel.taps(), -0.2, 0.4);
            for row in 0..6 {
                for column in 0..columns {
                    if dead(row, column) {
                        weights[(row * columns + column) * kernel.taps()..][..kernel.taps()]
                            .fill(0.0);
                    }
                }
            }
            e.d.convolution(x, 6, kernel, weights)
        };
    let dead_input: fn(usize, usize) -> bool = |_, column| DEAD.contains(&column);
    let dead_output: fn(usize, usize) -> bool = |row, _| DEAD.contains(&row);
    let small = window(&[(2, 1, 0); 2]);
    let silent_map = |e: &mut Example, r: &mut Random| {
        let x = e.d.input(&[2, 5, 5]);
        let y = channels(e, x, &small, dead_output, r);
        let neuron = e.resting(y, r);
        e.d.neuron(y, neuron)
    };
    let limits = |case: Case, outputs: Option<usize>, inputs: Option<usize>| Case {
        limits: Limits {
            outputs,
            inputs,
            ..Limits::NONE
        },
        ..case
    };
    Some(match name {
        "dead-columns" | "gather-of-linear" => {
            let x = e.row(r);
            let y = e.d.dense(x, 6, r);
            dead_columns(e, y, r).with(match name {
                "dead-columns" => &["gather-of-linear"],
                _ => &["dead-columns"],
            })
        }
        "gather-of-scale" | "gather-of-bias" | "gather-of-delay" => {
            let x = e.row(r);
            let y = e.d.dense(x, 6, r);
            let y = match name {
                "gather-of-scale" => {
                    let s = r.signed(6);
                    e.d.scale(y, s)
                }
                "gather-of-bias" => {
                    let b = r.signed(6);
                    e.d.bias(y, b)
                }
                _ => {
                    let steps = (0..6).map(|_| r.between(0, 4) as f64).collect();
                    e.d.delay(y, steps)
                }
            };
            dead_columns(e, y, r).with(&["dead-columns", "gather-of-linear"])
        }
        "gather-of-neuron" => {
            let x = e.row(r);
            let y = e.d.dense(x, 6, r);
            let y = e.d.lif(y, r);
            dead_columns(e, y, r).with(&["dead-columns", "gather-of-linear"])
        }
        "gather-of-sum" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 6, r), e.d.dense(x, 6, r));
            let y = e.d.sum(&[a, b]);
            dead_columns(e, y, r).with(&["dead-columns", "gather-of-linear"])
        }
        "gather-of-gather" => {
            let n = 5;
            let x = e.d.input(&[n]);
            // Neither is a permutation, both together are.
            let (order, twice) = (permutation(n, r), permutation(2 * n, r));
            let outer: Vec<usize> = (0..n)
                .map(|i| twice.iter().position(|t| *t == order[i]).unwrap())
                .collect();
            let inner: Vec<usize> = twice.iter().map(|t| t % n).collect();
            let y = e.selection(x, &inner);
            let y = e.selection(y, &outer);
            let y = e.d.dense(y, 4, r);
            e.end(y, r).with(&[
                "linear-as-gather",
                "gather-of-scale",
                "scale-of-scale",
                "scale-before-linear",
                "linear-of-permutation",
            ])
        }
        "gather-of-all" => {
            let x = e.row(r);
            let n = e.d.count(x);
            let order = if r.chance(0.7) {
                (0..n).collect()
            } else {
                permutation(n, r)
            };
            let y = e.selection(x, &order);
            e.end(y, r).with(&["linear-as-gather"])
        }
        "linear-of-permutation" => {
            let x = e.row(r);
            let order = permutation(e.d.count(x), r);
            let y = e.selection(x, &order);
            let y = e.d.dense(y, 5, r);
            e.end(y, r)
                .with(&["linear-as-gather", "scale-before-linear"])
        }
        "dead-channels" | "gather-of-convolution" | "gather-of-sum-pool" => {
            let x = e.map(r);
            let mut y = e.d.conv(x, 6, &window(&[(3, 1, 1); 2]), r);
            if name == "gather-of-sum-pool" {
                y = e.d.pool(y, Sum, &window(&[(2, 1, 0); 2]));
            }
            let y = channels(e, y, &small, dead_input, r);
            e.end(y, r).with(match name {
                "dead-channels" => &["gather-of-convolution"],
                "gather-of-convolution" => &["dead-channels"],
                _ => &["dead-channels", "gather-of-convolution"],
            })
        }
        "gather-of-reshape" => {
            let x = e.map(r);
            let y = e.d.conv(x, 6, &window(&[(3, 1, 1); 2]), r);
            let block = e.d.count(y) / 6;
            let y = e.d.flatten(y);
            let n = e.d.count(y);
            let weights = e.weights(4, n, |_, column| DEAD.contains(&(column / block)), r);
            let y = e.d.linear(y, 4, weights.iter().map(|w| w * 0.2).collect());
            e.end(y, r).with(&["dead-columns", "gather-of-convolution"])
        }
        "silent-neurons" | "linear-of-scatter" | "scale-of-scatter" | "delay-of-scatter" => {
            let x = e.row(r);
            let mut y = silent_rows(e, x, r);
            let helpers: &'static [&'static str] = match name {
                "silent-neurons" => &["linear-of-scatter"],
                "linear-of-scatter" => &["silent-neurons"],
                "scale-of-scatter" => {
                    let s = r.signed(6);
                    y = e.d.scale(y, s);
                    &["silent-neurons", "linear-of-scatter"]
                }
                _ => {
                    let steps = (0..6).map(|_| r.between(0, 4) as f64).collect();
                    y = e.d.delay(y, steps);
                    &["silent-neurons", "linear-of-scatter"]
                }
            };
            let y = e.d.dense(y, 4, r);
            e.end(y, r).with(helpers)
        }
        "silent-channels" | "convolution-of-scatter" | "sum-pool-of-scatter" => {
            let mut y = silent_map(e, r);
            if name == "sum-pool-of-scatter" {
                y = e.d.pool(y, Sum, &window(&[(2, 2, 0); 2]));
            }
            let y = e.d.conv(y, 3, &small, r);
            e.end(y, r).with(match name {
                "silent-channels" => &["convolution-of-scatter"],
                "convolution-of-scatter" => &["silent-channels"],
                _ => &["silent-channels", "convolution-of-scatter"],
            })
        }
        "reshape-of-scatter" => {
            let y = silent_map(e, r);
            let y = e.d.flatten(y);
            let y = e.d.dense(y, 4, r);
            e.end(y, r).with(&["silent-channels", "linear-of-scatter"])
        }
        "linear-by-outputs" | "linear-of-concat" | "neuron-of-concat" | "scale-of-concat"
        | "bias-of-concat" | "delay-of-concat" | "sum-of-concats" => {
            let x = e.row(r);
            let mut y = e.d.dense(x, 7, r);
            match name {
                "scale-of-concat" => {
                    let s = r.signed(7);
                    y = e.d.scale(y, s);
                }
                "bias-of-concat" => {
                    let b = r.signed(7);
                    y = e.d.bias(y, b);
                }
                "delay-of-concat" => {
                    let steps = (0..7).map(|_| r.between(0, 4) as f64).collect();
                    y = e.d.delay(y, steps);
                }
                "sum-of-concats" => {
                    let other = e.d.dense(x, 7, r);
                    y = e.d.sum(&[y, other]);
                }
                _ => {}
            }
            let y = e.d.lif(y, r);
            let y = e.d.dense(y, 3, r);
            let case = limits(e.end(y, r), Some(5), None);
            case.with(match name {
                "linear-by-outputs" => &["neuron-of-concat", "linear-of-concat"],
                "linear-of-concat" => &["linear-by-outputs", "neuron-of-concat"],
                "neuron-of-concat" => &["linear-by-outputs", "linear-of-concat"],
                _ => &["linear-by-outputs", "neuron-of-concat", "linear-of-concat"],
            })
        }
        "convolution-by-outputs"
        | "convolution-of-concat"
        | "sum-pool-of-concat"
        | "reshape-of-concat" => {
            let x = e.d.input(&[2, 5, 5]);
            let y = e.d.conv(x, 5, &small, r);
            let mut y = e.d.lif(y, r);
            if name == "sum-pool-of-concat" {
                y = e.d.pool(y, Sum, &window(&[(2, 2, 0); 2]));
            }
            let y = if name == "reshape-of-concat" {
                let y = e.d.flatten(y);
                e.d.dense(y, 4, r)
            } else {
                e.d.conv(y, 2, &small, r)
            };
            let case = limits(e.end(y, r), Some(60), None);
            case.with(match name {
                "convolution-by-outputs" => &["neuron-of-concat", "convolution-of-concat"],
                "convolution-of-concat" => &["convolution-by-outputs", "neuron-of-concat"],
                "sum-pool-of-concat" => &[
                    "convolution-by-outputs",
                    "neuron-of-concat",
                    "convolution-of-concat",
                ],
                _ => &[
                    "convolution-by-outputs",
                    "neuron-of-concat",
                    "linear-of-concat",
                ],
            })
        }
        "linear-by-inputs" => {
            let x = e.row(r);
            let y = e.d.dense(x, 11, r);
            let y = e.d.lif(y, r);
            let y = e.d.dense(y, 3, r);
            limits(e.end(y, r), None, Some(9)).with(&["gather-of-neuron", "gather-of-linear"])
        }
        "convolution-by-inputs" => {
            let x = e.d.input(&[2, 4, 4]);
            let y = e.d.conv(x, 4, &window(&[(3, 1, 1); 2]), r);
            let y = e.d.lif(y, r);
            let y = e.d.conv(y, 2, &small, r);
            limits(e.end(y, r), None, Some(40)).with(&["gather-of-neuron", "gather-of-convolution"])
        }
        "gather-of-concat" | "gather-of-concat-behind" => {
            let x = e.d.input(&[4]);
            let y = e.d.dense(x, 10, r);
            let y = e.d.lif(y, r);
            let y = e.d.dense(y, 3, r);
            let other: &'static [&'static str] = match name {
                "gather-of-concat" => &[
                    "linear-by-outputs",
                    "linear-by-inputs",
                    "neuron-of-concat",
                    "gather-of-concat-behind",
                    "gather-of-all",
                ],
                _ => &[
                    "linear-by-outputs",
                    "linear-by-inputs",
                    "neuron-of-concat",
                    "gather-of-concat",
                    "gather-of-all",
                ],
            };
            limits(e.end(y, r), Some(6), Some(6)).with(other)
        }
        _ => return None,
    })
}
