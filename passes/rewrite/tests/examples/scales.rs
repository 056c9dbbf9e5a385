//! Factors.

use nirc_dialects::ct::PoolKind::Sum;

use super::{
    super::{
        check::Case,
        draft::{Random, window},
    },
    Example,
};
use crate::rewrite::Window;

pub fn scales(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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
