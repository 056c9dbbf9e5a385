//! Pools: as each other, as convolutions, into convolutions.

use super::{Given, Rule, Set};
use crate::rewrite::{
    tensors::{Expression, TensorId, statistics::greatest_divisor},
    window::{Axis, Window},
};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "average-as-sum-pool",
        law: "the mean over n elements is their sum times 1/n",
        set: Set::Both,
        left: "(average-pool ?g ?x)",
        right: "(scale ?s (sum-pool ?g ?x))",
        given: |g| {
            let taps = g.window("?g")?.taps() as f64;
            let taps = g.tensors().number(taps);
            let s = g.tensors().product(&[(taps, -1)])?;
            g.bind_tensor("?s", s)
        },
    },
    Rule {
        name: "sum-as-average-pool",
        law: "the sum of n elements is their mean times n",
        set: Set::Both,
        left: "(sum-pool ?g ?x)",
        right: "(scale ?s (average-pool ?g ?x))",
        given: |g| {
            // A factor of the operand would come back as another mean of another factor, without end.
            if g.is_scaled("?x") {
                return None;
            }
            let taps = g.window("?g")?.taps() as f64;
            let s = g.tensors().number(taps);
            g.bind_tensor("?s", s)
        },
    },
    Rule {
        name: "sum-pool-as-convolution",
        law: "a sum over windows is a convolution of each channel with ones",
        set: Set::Both,
        left: "(sum-pool ?g ?x)",
        right: "(convolution ?h ?k ?x)",
        given: |g| {
            let (window, channels) = (g.window("?g")?, g.signal("?x")?.shape[0]);
            let k = g.tensors().ones(channels, &window.kernel());
            g.bind_tensor("?k", k)?;
            g.bind_window(
                "?h",
                Window {
                    groups: channels,
                    ..window
                },
            )
        },
    },
    Rule {
        name: "convolution-as-sum-pool",
        law: "a convolution of each channel with equal weights is a sum over windows, times the weight",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(scale ?s (sum-pool ?h ?x))",
        given: |g| {
            let (window, k, x) = (g.window("?g")?, g.tensor("?k")?, g.signal("?x")?);
            let each = window.groups == x.shape[0] && g.look().shape(k)[0] == x.shape[0];
            if !each || !window.undilated() {
                return None;
            }
            let s = weight_of_each(g, k)?;
            g.bind_tensor("?s", s)?;
            g.bind_window(
                "?h",
                Window {
                    groups: 1,
                    ..window
                },
            )
        },
    },
    Rule {
        name: "convolution-of-sum-pool",
        law: "a convolution of sums over windows is one with a larger kernel and stride",
        set: Set::Both,
        left: "(convolution ?g ?k (sum-pool ?h ?x))",
        right: "(convolution ?i ?l ?x)",
        given: |g| {
            let (outer, inner) = (g.window("?g")?, g.window("?h")?);
            let (x, y, k) = (g.signal("?x")?, g.result()?, g.tensor("?k")?);
            if !outer.undilated() || !inner.unpadded() {
                return None;
            }
            let axes: Option<Vec<Axis>> = (0..outer.axes.len())
                .map(|d| both(outer.axes[d], inner.axes[d], x.shape[d + 1]))
                .collect();
            let window = Window {
                groups: outer.groups,
                ..Window::new(axes?)
            };
            if window.outputs(&x.shape[1..])? != y.shape[1..] {
                return None;
            }
            let l = g
                .tensors()
                .of_pool(k, outer.groups, &inner, &window.kernel());
            g.bind_tensor("?l", l)?;
            g.bind_window("?i", window)
        },
    },
    Rule {
        name: "sum-pool-out-of-convolution",
        law: "a convolution with equal weights in tiles is a smaller one of sums over tiles, if its stride is tiles",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?i ?l (sum-pool ?h ?x))",
        given: |g| {
            let (window, k) = (g.window("?g")?, g.tensor("?k")?);
            if !window.undilated() {
                return None;
            }
            let (tiles, x) = (g.look().tiles(k)?, g.signal("?x")?.shape);
            let tile = tile_of(&window, &tiles)?;
            let axes: Option<Vec<Axis>> = (0..tile.len())
                .map(|d| over_tiles(window.axes[d], tile[d], x[d + 1]))
                .collect();
            let inner = Window::new(tile.iter().map(|extent| Axis::plain(*extent, *extent)));
            let outer = Window {
                groups: window.groups,
                ..Window::new(axes?)
            };
            if outer.outputs(&inner.outputs(&x[1..])?)? != g.result()?.shape[1..] {
                return None;
            }
            let l = g.tensors().corners(k, outer.groups, &tile);
            g.bind_tensor("?l", l)?;
            g.bind_window("?h", inner)?;
            g.bind_window("?i", outer)
        },
    },
    Rule {
        name: "sum-pool-of-sum-pool",
        law: "sums of sums over windows side by side are sums over larger windows",
        set: Set::Both,
        left: "(sum-pool ?g (sum-pool ?h ?x))",
        right: "(sum-pool ?i ?x)",
        given: |g| {
            let (outer, inner) = (g.window("?g")?, g.window("?h")?);
            let (x, y) = (g.signal("?x")?, g.result()?);
            if !inner.tiles() || !outer.unpadded() {
                return None;
            }
            let axes = outer.axes.iter().zip(&inner.axes);
            let axes = axes.map(|(o, i)| Axis::plain(o.kernel * i.kernel, o.stride * i.stride));
            let window = Window::new(axes);
            if window.outputs(&x.shape[1..])? != y.shape[1..] {
                return None;
            }
            g.bind_window("?i", window)
        },
    },
    Rule {
        name: "sum-pool-in-two",
        law: "sums over windows side by side are sums of sums over smaller ones",
        set: Set::Both,
        left: "(sum-pool ?g ?x)",
        right: "(sum-pool ?h (sum-pool ?i ?x))",
        given: |g| {
            let window = g.window("?g")?;
            if !window.tiles() {
                return None;
            }
            let first: Vec<usize> = window.axes.iter().map(|a| least_factor(a.kernel)).collect();
            let rest: Vec<usize> = (0..first.len())
                .map(|d| window.axes[d].kernel / first[d])
                .collect();
            if rest.iter().all(|k| *k == 1) {
                return None;
            }
            let tiles = |kernel: &[usize]| Window::new(kernel.iter().map(|k| Axis::plain(*k, *k)));
            let (inner, outer) = (tiles(&first), tiles(&rest));
            let x = g.signal("?x")?.shape;
            let between = inner.outputs(&x[1..])?;
            if outer.outputs(&between)? != g.result()?.shape[1..] {
                return None;
            }
            g.bind_window("?i", inner)?;
            g.bind_window("?h", outer)
        },
    },
];

/// The one weight of each channel of a kernel with one input channel, if all its taps are equal.
fn weight_of_each(g: &mut Given<'_>, kernel: TensorId) -> Option<TensorId> {
    match g.look().expression(kernel).clone() {
        Expression::Ones(..) => Some(g.tensors().one()),
        Expression::Leaf(_) => {
            let weight = g.look().statistics(kernel)?.uniform.filter(|w| *w != 0.0)?;
            Some(g.tensors().number(weight))
        }
        Expression::Word {
            diagonals, cores, ..
        } => {
            let [core] = cores.as_slice() else {
                return None;
            };
            let weight = weight_of_each(g, *core)?;
            g.tensors()
                .product(&[(weight, 1), (diagonals[0], 1), (diagonals[1], 1)])
        }
        _ => None,
    }
}

/// The axis of a convolution of sums over windows, over `extent` elements. Zeros around the sums are
/// zeros around the elements only if the windows that they stand for lie outside of the map.
fn both(outer: Axis, inner: Axis, extent: usize) -> Option<Axis> {
    let sums = inner.output(extent)?;
    if outer.padding[0] > 0 && inner.kernel > inner.stride {
        return None;
    }
    if outer.padding[1] > 0 && sums * inner.stride < extent {
        return None;
    }
    let end = (sums + outer.padding[1] - 1) * inner.stride + inner.kernel;
    Some(Axis {
        kernel: (outer.kernel - 1) * inner.stride + inner.kernel,
        stride: outer.stride * inner.stride,
        padding: [outer.padding[0] * inner.stride, end.saturating_sub(extent)],
        dilation: 1,
    })
}

/// The tile to sum over first: that of equal weights, as far as stride and padding are whole tiles; the same in
/// all dimensions if there is such a one, which more chips can sum over. `None` if it has one tap.
fn tile_of(window: &Window, tiles: &[usize]) -> Option<Vec<usize>> {
    let axes = window.axes.iter().zip(tiles);
    let own: Vec<usize> = axes
        .map(|(axis, tile)| greatest_divisor(greatest_divisor(*tile, axis.stride), axis.padding[0]))
        .collect();
    let square = own.iter().copied().reduce(greatest_divisor)?;
    match square {
        1 => own.iter().any(|extent| *extent > 1).then_some(own),
        square => Some(vec![square; own.len()]),
    }
}

/// The axis of a convolution over `extent` elements as one over the sums of tiles. What it reads must be
/// whole tiles, or zeros.
fn over_tiles(axis: Axis, tile: usize, extent: usize) -> Option<Axis> {
    let sums = extent / tile;
    let end = (axis.output(extent)? - 1) * axis.stride + axis.kernel;
    let end = end.saturating_sub(axis.padding[0]) / tile;
    let behind = end.saturating_sub(sums);
    (behind == 0 || extent.is_multiple_of(tile)).then_some(Axis {
        kernel: axis.kernel / tile,
        stride: axis.stride / tile,
        padding: [axis.padding[0] / tile, behind],
        dilation: 1,
    })
}

/// The least factor above 1; 1 for 1.
fn least_factor(n: usize) -> usize {
    (2..=n).find(|f| n.is_multiple_of(*f)).unwrap_or(1)
}
