//! Convolutions.

use super::{
    super::{
        check::Case,
        draft::{Random, X, window},
    },
    Example,
};
use crate::rewrite::Window;

pub fn convolutions(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
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
