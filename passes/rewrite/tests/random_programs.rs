//! Whole programs at random: branches, cycles, maps and rows, with factors and constants anywhere.

use nirc_dialects::ct::PoolKind;

use super::draft::{Draft, Random, X, window};
use crate::rewrite::common::Level;

/// A program with some layers.
pub fn program(level: Level, r: &mut Random) -> Draft {
    let mut d = Draft::new(level);
    let mut x = if r.chance(0.5) {
        let side = r.between(5, 8);
        d.input(&[2, side, side])
    } else {
        let n = r.between(4, 9);
        d.input(&[n])
    };
    for _ in 0..r.between(2, 4) {
        x = layer(&mut d, x, r);
    }
    if d.shape(x).len() > 1 {
        x = d.flatten(x);
    }
    x = d.dense(x, 4, r);
    x = d.lif(x, r);
    d.output(x);
    if r.chance(0.2) {
        // Something that leads nowhere.
        let y = d.dense(x, 3, r);
        d.lif(y, r);
    }
    d
}

fn layer(d: &mut Draft, x: X, r: &mut Random) -> X {
    let mut x = decorate(d, x, r);
    let shape = d.shape(x);
    let image = shape.len() == 3 && shape[1] > 2 && shape[2] > 2;
    x = if image && r.chance(0.7) {
        let mut kernel = window(&[
            (r.between(1, 3), r.between(1, 2), r.between(0, 1)),
            (r.between(1, 3), 1, r.between(0, 1)),
        ]);
        if shape[0].is_multiple_of(2) && r.chance(0.3) {
            kernel.groups = 2;
        }
        let rows = 2 * r.between(1, 2);
        d.conv(x, rows, &kernel, r)
    } else {
        if shape.len() > 1 {
            x = d.flatten(x);
        }
        let rows = r.between(3, 8);
        let y = d.dense(x, rows, r);
        if r.chance(0.3) {
            let z = d.dense(x, rows, r);
            d.sum(&[y, z])
        } else {
            y
        }
    };
    x = decorate(d, x, r);
    if d.shape(x).len() == 1 && r.chance(0.4) {
        return recurrent(d, x, r);
    }
    if r.chance(0.85) {
        x = d.lif(x, r);
    }
    x
}

/// Neurons that take their own spikes.
fn recurrent(d: &mut Draft, x: X, r: &mut Random) -> X {
    let n = d.count(x);
    // The second operand stands for the path back until that is there.
    let sum = d.sum(&[x, x]);
    let y = d.lif(sum, r);
    let steps = r.between(1, 2) as f64;
    let back = d.delay(y, vec![steps]);
    let mut back = d.dense(back, n, r);
    if r.chance(0.3) {
        let s = r.signed(n);
        back = d.scale(back, s);
    }
    d.feed_back(back, sum, 1);
    y
}

/// Factors, constants, delays and pools.
fn decorate(d: &mut Draft, mut x: X, r: &mut Random) -> X {
    for _ in 0..r.between(0, 2) {
        let shape = d.shape(x);
        let held = r.pick(&[1, shape[0], d.count(x)]);
        x = match r.between(0, 4) {
            0 | 1 => {
                let s = r.signed(held);
                d.scale(x, s)
            }
            2 => {
                let b = r.numbers(held, -0.2, 0.2);
                d.bias(x, b)
            }
            3 => d.delay(x, vec![r.between(0, 2) as f64]),
            _ if shape.len() == 3 && shape[1] > 3 && shape[2] > 3 => {
                let kind = r.pick(&[PoolKind::Sum, PoolKind::Average]);
                d.pool(x, kind, &window(&[(2, 2, 0); 2]))
            }
            _ => x,
        };
    }
    x
}
