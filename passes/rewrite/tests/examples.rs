//! For each rule programs in which it holds.

use nirc_dialects::{
    ct::PoolKind::{Average, Sum},
    dt::{Reads, Reset},
};

use super::{
    check::Case,
    draft::{Draft, Neuron, Random, X, window},
};
use crate::rewrite::{Form, Window, common::Level, cost::Limits};

/// A case for the rule of this name.
pub fn example(name: &str, level: Level, r: &mut Random) -> Case {
    let mut e = Example {
        d: Draft::new(level),
        level,
    };
    let all: [fn(&mut Example, &str, &mut Random) -> Option<Case>; 8] = [
        scales,
        constants,
        sums_and_matrices,
        convolutions,
        pools_and_shapes,
        delays,
        neurons,
        parts,
    ];
    let found = all.iter().find_map(|theme| theme(&mut e, name, r));
    found.unwrap_or_else(|| panic!("rule {name} has no example"))
}

struct Example {
    d: Draft,
    level: Level,
}

impl Example {
    /// Spikes in a row.
    fn row(&mut self, r: &mut Random) -> X {
        let n = r.between(3, 8);
        self.d.input(&[n])
    }

    /// Spikes in a map.
    fn map(&mut self, r: &mut Random) -> X {
        let shape = [r.between(1, 3), r.between(4, 6), r.between(4, 6)];
        self.d.input(&shape)
    }

    /// A current in a row.
    fn current(&mut self, r: &mut Random) -> X {
        let x = self.row(r);
        let n = r.between(3, 8);
        self.d.dense(x, n, r)
    }

    /// A current in a map.
    fn image(&mut self, r: &mut Random) -> X {
        let x = self.map(r);
        let channels = r.between(2, 4);
        self.d.conv(x, channels, &window(&[(3, 1, 1); 2]), r)
    }

    /// A row or a map of currents.
    fn any(&mut self, r: &mut Random) -> X {
        if r.chance(0.5) {
            self.current(r)
        } else {
            self.image(r)
        }
    }

    /// Factors for a signal: one, one a channel, or one an element.
    fn factors(&self, x: X, r: &mut Random) -> Vec<f64> {
        let shape = self.d.shape(x);
        let held = r.pick(&[1, shape[0], self.d.count(x)]);
        r.signed(held)
    }

    /// Factors for a signal: one, or one a channel.
    fn channel_factors(&self, x: X, r: &mut Random) -> Vec<f64> {
        let channels = self.d.shape(x)[0];
        let held = r.pick(&[1, channels]);
        r.signed(held)
    }

    /// Ends in spiking neurons.
    fn end(&mut self, x: X, r: &mut Random) -> Case {
        let y = self.d.lif(x, r);
        self.leave(y)
    }

    fn leave(&mut self, x: X) -> Case {
        self.d.output(x);
        Case::new(self.d.clone())
    }

    /// Without a synaptic current.
    fn plain(&self, x: X, r: &mut Random) -> Neuron {
        Neuron::random(r, self.level, self.d.count(x)).without_synapse()
    }

    /// Silent until something comes, without synaptic current.
    fn resting(&self, x: X, r: &mut Random) -> Neuron {
        Neuron::random(r, self.level, self.d.count(x)).resting()
    }

    /// Weights with zeros in these rows or columns.
    fn weights(
        &self,
        rows: usize,
        columns: usize,
        dead: impl Fn(usize, usize) -> bool,
        r: &mut Random,
    ) -> Vec<f64> {
        let mut weights = r.numbers(rows * columns, -0.4, 0.9);
        for row in 0..rows {
            for column in 0..columns {
                if dead(row, column) {
                    weights[row * columns + column] = 0.0;
                }
            }
        }
        weights
    }

    /// The matrix that picks elements.
    fn selection(&mut self, x: X, positions: &[usize]) -> X {
        let columns = self.d.count(x);
        let mut weights = vec![0.0; positions.len() * columns];
        for (row, position) in positions.iter().enumerate() {
            weights[row * columns + position] = 1.0;
        }
        self.d.linear(x, positions.len(), weights)
    }
}

fn permutation(n: usize, r: &mut Random) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        all.swap(i, r.between(0, i));
    }
    all
}

fn scales(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    Some(match name {
        "scale-by-one" => {
            let x = e.any(r);
            let s = r.pick(&[1.0, 1.0, 1.3]);
            let y = e.d.scale(x, vec![s]);
            e.end(y, r)
        }
        "scale-of-scale" => {
            let x = e.any(r);
            let (s, t) = (e.factors(x, r), e.factors(x, r));
            let y = e.d.scale(x, s);
            let y = e.d.scale(y, t);
            e.end(y, r)
        }
        "scale-after-linear" => {
            let x = e.current(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            e.end(y, r)
        }
        "scale-before-linear" => {
            let x = e.row(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            let y = e.d.dense(y, 6, r);
            e.end(y, r)
        }
        "scale-after-convolution" | "scale-before-convolution" => {
            let groups = r.pick(&[1, 2]);
            let x = e.d.input(&[2 * groups, 5, 5]);
            let kernel = Window {
                groups,
                ..window(&[(3, 1, 1), (2, 2, 0)])
            };
            let before = name == "scale-before-convolution";
            let mut y = x;
            if before {
                let s = e.channel_factors(y, r);
                y = e.d.scale(y, s);
            }
            y = e.d.conv(y, 3 * groups, &kernel, r);
            if !before {
                let s = e.channel_factors(y, r);
                y = e.d.scale(y, s);
            }
            e.end(y, r)
        }
        "scale-before-sum-pool" => {
            let x = e.image(r);
            let s = e.channel_factors(x, r);
            let y = e.d.scale(x, s);
            let y = e.d.pool(y, Sum, &window(&[(2, 2, 0), (2, 1, 1)]));
            e.end(y, r)
        }
        "scale-after-sum-pool" => {
            let x = e.image(r);
            let y = e.d.pool(x, Sum, &window(&[(2, 2, 0), (2, 1, 1)]));
            let s = e.channel_factors(y, r);
            let y = e.d.scale(y, s);
            e.end(y, r)
        }
        "scale-before-reshape" => {
            let x = e.image(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            let y = e.d.flatten(y);
            e.end(y, r)
        }
        "scale-after-reshape" => {
            let x = e.image(r);
            let y = e.d.flatten(x);
            let s = e.factors(x, r);
            let y = e.d.scale(y, s);
            e.end(y, r)
        }
        "scale-before-delay" | "scale-after-delay" => {
            let x = e.any(r);
            let s = e.factors(x, r);
            let steps = r.pick(&[1, e.d.count(x)]);
            let steps: Vec<f64> = (0..steps).map(|_| r.between(0, 3) as f64).collect();
            let y = if name == "scale-before-delay" {
                let y = e.d.scale(x, s);
                e.d.delay(y, steps)
            } else {
                let y = e.d.delay(x, steps);
                e.d.scale(y, s)
            };
            e.end(y, r)
        }
        "scale-of-bias" => {
            let x = e.any(r);
            let b = e.factors(x, r);
            let s = e.factors(x, r);
            let y = e.d.bias(x, b);
            let y = e.d.scale(y, s);
            e.end(y, r)
        }
        "scale-of-sum" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let y = e.d.sum(&[a, b]);
            let s = e.factors(y, r);
            let y = e.d.scale(y, s);
            e.end(y, r)
        }
        "sum-of-scaled" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let s = e.factors(a, r);
            let (a, b) = (e.d.scale(a, s.clone()), e.d.scale(b, s));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        _ => return None,
    })
}

fn constants(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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

fn sums_and_matrices(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    Some(match name {
        "linear-of-linear" => {
            let x = e.current(r);
            let y = e.d.dense(x, 6, r);
            e.end(y, r)
        }
        "linear-as-scale" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let s = r.signed(n);
            let weights = (0..n * n).map(|i| if i / n == i % n { s[i / n] } else { 0.0 });
            let y = e.d.linear(x, n, weights.collect());
            e.end(y, r)
        }
        "scale-as-linear" => {
            let x = e.row(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            e.end(y, r)
        }
        "linear-as-gather" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let positions: Vec<usize> = (0..4).map(|_| r.between(0, n - 1)).collect();
            let y = e.selection(x, &positions);
            e.end(y, r).with(&["gather-of-linear"])
        }
        "linear-of-sum" | "convolution-of-sum" => {
            let (a, b) = (e.image(r), None::<X>);
            let b = b.unwrap_or_else(|| {
                let s = e.factors(a, r);
                e.d.scale(a, s)
            });
            let y = e.d.sum(&[a, b]);
            let y = if name == "linear-of-sum" {
                let x = e.row(r);
                let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
                let row = e.d.sum(&[a, b]);
                e.d.dense(row, 4, r)
            } else {
                e.d.conv(y, 2, &window(&[(3, 1, 0), (2, 1, 1)]), r)
            };
            e.end(y, r)
        }
        "sum-of-one-linear" => {
            let (a, b) = (e.d.input(&[4]), e.d.input(&[4]));
            let weights = r.numbers(20, -0.4, 0.9);
            let (a, b) = (e.d.linear(a, 5, weights.clone()), e.d.linear(b, 5, weights));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-one-convolution" => {
            let (a, b) = (e.d.input(&[2, 4, 4]), e.d.input(&[2, 4, 4]));
            let kernel = window(&[(3, 1, 1); 2]);
            let weights = r.numbers(3 * 2 * 9, -0.3, 0.5);
            let a = e.d.convolution(a, 3, &kernel, weights.clone());
            let b = e.d.convolution(b, 3, &kernel, weights);
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-one" => {
            let x = e.any(r);
            let y = e.d.sum(&[x]);
            e.end(y, r)
        }
        "sum-of-sums" => {
            let x = e.row(r);
            let all: Vec<X> = (0..4).map(|_| e.d.dense(x, 4, r)).collect();
            let inner = e.d.sum(&all[..2]);
            let y = e.d.sum(&[all[2], inner, all[3]]);
            e.end(y, r)
        }
        "sum-of-spikes" => {
            let (a, b) = (e.d.input(&[5]), e.d.input(&[5]));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-same" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let y = e.d.sum(&[a, b, a]);
            e.end(y, r)
        }
        "sum-of-scales" => {
            let x = e.any(r);
            let (s, t) = (e.factors(x, r), e.factors(x, r));
            let (a, b) = (e.d.scale(x, s), e.d.scale(x, t));
            let y = e.d.sum(&[a, x, b]);
            e.end(y, r)
        }
        "sum-of-linears" => {
            let x = e.row(r);
            let all: Vec<X> = (0..3).map(|_| e.d.dense(x, 5, r)).collect();
            let y = e.d.sum(&all);
            e.end(y, r)
        }
        "sum-of-convolutions" => {
            let x = e.map(r);
            let kernel = window(&[(2, 1, 0), (3, 1, 1)]);
            let all: Vec<X> = (0..2).map(|_| e.d.conv(x, 3, &kernel, r)).collect();
            let y = e.d.sum(&all);
            e.end(y, r)
        }
        "sum-with-zero-linear" => {
            let x = e.row(r);
            let a = e.d.dense(x, 5, r);
            let n = 5 * e.d.count(x);
            let high = r.pick(&[0.0, 0.0, 0.5]);
            let weights = r.numbers(n, 0.0, high);
            let b = e.d.linear(x, 5, weights);
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-with-zero-scale" => {
            let x = e.any(r);
            let s = r.pick(&[0.0, 0.0, 0.5]);
            let b = e.d.scale(x, vec![s]);
            let y = e.d.sum(&[x, b]);
            e.end(y, r)
        }
        _ => return None,
    })
}

fn convolutions(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    let tail = |e: &mut Example, y: X, r: &mut Random| e.end(y, r);
    Some(match name {
        "linear-as-pointwise-convolution" => {
            let x = e.current(r);
            tail(e, x, r)
        }
        "linear-as-full-convolution" => {
            let shape = [2, r.between(2, 3), r.between(2, 4)];
            let rank = r.between(2, 3);
            let x = e.d.input(&shape[..rank]);
            let x = e.d.flatten(x);
            let y = e.d.dense(x, 5, r);
            tail(e, y, r)
        }
        "full-convolution-as-linear" => {
            let (h, w) = (r.between(2, 4), r.between(2, 4));
            let x = e.d.input(&[2, h, w]);
            let y = e.d.conv(x, 4, &window(&[(h, 1, 0), (w, 1, 0)]), r);
            tail(e, y, r)
        }
        "convolution-as-linear" => {
            let groups = r.between(1, 2);
            let x = e.d.input(&[2 * groups, 4, 5]);
            let kernel = Window {
                groups,
                ..window(&[(3, 2, 1), (2, 1, 0)])
            };
            let y = e.d.conv(x, 2 * groups, &kernel, r);
            let mut case = tail(e, y, r);
            case.limits.matrix = 1 << 16;
            case
        }
        "groups-as-dense" => {
            let groups = r.between(1, 3);
            let x = e.d.input(&[2 * groups, 5, 4]);
            let kernel = Window {
                groups,
                ..window(&[(3, 1, 1), (2, 2, 0)])
            };
            let y = e.d.conv(x, 2 * groups, &kernel, r);
            tail(e, y, r)
        }
        "dense-as-groups" => {
            let x = e.d.input(&[4, 4, 5]);
            let mut weights = r.numbers(6 * 4 * 6, -0.3, 0.6);
            for row in 0..6 {
                for column in 0..4 {
                    if row / 3 != column / 2 {
                        weights[(row * 4 + column) * 6..][..6].fill(0.0);
                    }
                }
            }
            let y =
                e.d.convolution(x, 6, &window(&[(3, 1, 1), (2, 1, 0)]), weights);
            tail(e, y, r)
        }
        "square-kernel" | "no-dilation" => {
            let groups = r.between(1, 2);
            let x = e.d.input(&[2 * groups, 6, 7]);
            let (a, b) = if name == "square-kernel" {
                (r.between(1, 4), r.between(1, 4))
            } else {
                (2, 3)
            };
            let mut kernel = window(&[(a, r.between(1, 2), r.between(0, 1)), (b, 1, 0)]);
            kernel.groups = groups;
            for axis in &mut kernel.axes {
                axis.dilation = if name == "no-dilation" {
                    r.between(1, 3)
                } else {
                    1
                };
            }
            let y = e.d.conv(x, 2 * groups, &kernel, r);
            tail(e, y, r)
        }
        "one-dimension-as-two" => {
            let groups = r.between(1, 2);
            let x = e.d.input(&[2 * groups, 8]);
            let kernel = Window {
                groups,
                ..window(&[(3, r.between(1, 2), 1)])
            };
            let y = e.d.conv(x, 2 * groups, &kernel, r);
            tail(e, y, r)
        }
        "pointwise-after-convolution" => {
            let x = e.map(r);
            let y = e.d.conv(x, 3, &window(&[(3, 1, 1), (2, 2, 0)]), r);
            let y = e.d.conv(y, 4, &window(&[(1, 1, 0); 2]), r);
            tail(e, y, r)
        }
        "convolution-after-pointwise" => {
            let x = e.map(r);
            let y = e.d.conv(x, 3, &window(&[(1, 1, 0); 2]), r);
            let y = e.d.conv(y, 4, &window(&[(3, 1, 1), (2, 2, 0)]), r);
            tail(e, y, r)
        }
        _ => return None,
    })
}

fn pools_and_shapes(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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

fn delays(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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

fn neurons(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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

/// What is dead or silent in the columns, channels or rows of the examples below.
const DEAD: [usize; 2] = [1, 4];

fn parts(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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
