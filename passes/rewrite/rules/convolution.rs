//! Convolutions in other forms: matrices, groups, square kernels.

use super::{Rule, Set};
use crate::rewrite::window::{Axis, Window};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "linear-as-pointwise-convolution",
        law: "W x is a 1x1 convolution of a map of one pixel",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(reshape ?m (convolution ?g ?k (reshape ?n ?x)))",
        given: |g| {
            let (w, x) = (super::scale::matrix(g, "?w")?, g.signal("?x")?);
            let [rows, columns] = [g.look().shape(w)[0], x.count()];
            let k = g.tensors().reshaped(w, &[rows, columns, 1, 1]);
            g.bind_tensor("?k", k)?;
            g.bind_window("?g", Window::new([Axis::plain(1, 1); 2]))?;
            g.bind_shape("?n", &[columns, 1, 1])?;
            g.bind_shape("?m", &[rows])
        },
    },
    Rule {
        name: "linear-as-full-convolution",
        law: "W flatten(x) is a convolution whose kernel is the map",
        set: Set::Both,
        left: "(linear ?w (reshape ?z ?x))",
        right: "(reshape ?m (convolution ?g ?k ?x))",
        given: |g| {
            let (w, x) = (super::scale::matrix(g, "?w")?, g.signal("?x")?);
            if !(2..=3).contains(&x.shape.len()) {
                return None;
            }
            let rows = g.look().shape(w)[0];
            let shape = [&[rows], &*x.shape].concat();
            let k = g.tensors().reshaped(w, &shape);
            g.bind_tensor("?k", k)?;
            let axes = x.shape[1..].iter().map(|extent| Axis::plain(*extent, 1));
            g.bind_window("?g", Window::new(axes))?;
            g.bind_shape("?m", &[rows])
        },
    },
    Rule {
        name: "full-convolution-as-linear",
        law: "a convolution whose kernel is the map is W flatten(x)",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(reshape ?m (linear ?w (reshape ?n ?x)))",
        given: |g| {
            let (window, k, x) = (g.window("?g")?, g.tensor("?k")?, g.signal("?x")?);
            let whole = window.kernel() == x.shape[1..]
                && window.unpadded()
                && window.undilated()
                && window.groups == 1;
            if !whole {
                return None;
            }
            let rows = g.look().shape(k)[0];
            let w = g.tensors().reshaped(k, &[rows, x.count()]);
            g.bind_tensor("?w", w)?;
            g.bind_shape("?n", &[x.count()])?;
            let result = g.result()?.shape;
            g.bind_shape("?m", &result)
        },
    },
    Rule {
        name: "convolution-as-linear",
        law: "a convolution is a matrix with its weights at many places",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(reshape ?m (linear ?w (reshape ?n ?x)))",
        given: |g| {
            let (window, k, x) = (g.window("?g")?, g.tensor("?k")?, g.signal("?x")?);
            let y = g.result()?;
            if x.count().checked_mul(y.count())? > g.limits().matrix {
                return None;
            }
            let w = g.tensors().toeplitz(k, &window, &x.shape, y.count());
            g.bind_tensor("?w", w)?;
            g.bind_shape("?n", &[x.count()])?;
            g.bind_shape("?m", &y.shape)
        },
    },
    Rule {
        name: "groups-as-dense",
        law: "a convolution in groups has zeros between them",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?h ?l ?x)",
        given: |g| {
            let (window, k) = (g.window("?g")?, g.tensor("?k")?);
            if window.groups == 1 {
                return None;
            }
            let dense = g.tensors().dense(k, window.groups);
            g.bind_tensor("?l", dense)?;
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
        name: "dense-as-groups",
        law: "a kernel with zeros between groups of channels is one in groups",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?h ?l ?x)",
        given: |g| {
            let (window, k) = (g.window("?g")?, g.tensor("?k")?);
            if window.groups > 1 {
                return None;
            }
            let groups = g.look().statistics(k)?.groups;
            if groups == 1 {
                return None;
            }
            let blocks = g.tensors().blocks(k, groups)?;
            g.bind_tensor("?l", blocks)?;
            g.bind_window("?h", Window { groups, ..window })
        },
    },
    Rule {
        name: "square-kernel",
        law: "zeros around a kernel, and as many around the map, change nothing",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?h ?l ?x)",
        given: |g| {
            let (window, k) = (g.window("?g")?, g.tensor("?k")?);
            if window.square() {
                return None;
            }
            let side = window.axes.iter().map(|a| a.kernel).max()?;
            let (mut before, mut axes) = (Vec::new(), Vec::new());
            for axis in &window.axes {
                let zeros = side - axis.kernel;
                let first = zeros / 2;
                before.push(first);
                axes.push(Axis {
                    kernel: side,
                    padding: [
                        axis.padding[0] + first * axis.dilation,
                        axis.padding[1] + (zeros - first) * axis.dilation,
                    ],
                    ..*axis
                });
            }
            let sides = vec![side; axes.len()];
            let padded = g.tensors().padded(k, window.groups, &before, &sides);
            g.bind_tensor("?l", padded)?;
            let groups = window.groups;
            g.bind_window(
                "?h",
                Window {
                    groups,
                    ..Window::new(axes)
                },
            )
        },
    },
    Rule {
        name: "no-dilation",
        law: "a dilated kernel is one with zeros between its taps",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?h ?l ?x)",
        given: |g| {
            let (window, k) = (g.window("?g")?, g.tensor("?k")?);
            if window.undilated() {
                return None;
            }
            let dilation: Vec<usize> = window.axes.iter().map(|a| a.dilation).collect();
            let axes: Vec<Axis> = window
                .axes
                .iter()
                .map(|axis| Axis {
                    kernel: axis.reach(),
                    dilation: 1,
                    ..*axis
                })
                .collect();
            let spread = g.tensors().dilated(k, window.groups, &dilation);
            g.bind_tensor("?l", spread)?;
            let groups = window.groups;
            g.bind_window(
                "?h",
                Window {
                    groups,
                    ..Window::new(axes)
                },
            )
        },
    },
    Rule {
        name: "one-dimension-as-two",
        law: "a convolution of rows is one of maps of one row",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(reshape ?m (convolution ?h ?l (reshape ?n ?x)))",
        given: |g| {
            let (window, k, x) = (g.window("?g")?, g.tensor("?k")?, g.signal("?x")?);
            let [axis] = *window.axes else {
                return None;
            };
            let &[rows, columns, taps] = g.look().shape(k) else {
                return None;
            };
            let groups = window.groups;
            let l = g.tensors().reshaped(k, &[rows, columns, 1, taps]);
            g.bind_tensor("?l", l)?;
            g.bind_window(
                "?h",
                Window {
                    groups,
                    ..Window::new([Axis::plain(1, 1), axis])
                },
            )?;
            g.bind_shape("?n", &[x.shape[0], 1, x.shape[1]])?;
            let result = g.result()?.shape;
            g.bind_shape("?m", &result)
        },
    },
    Rule {
        name: "pointwise-after-convolution",
        law: "a 1x1 convolution of a convolution is one convolution",
        set: Set::Both,
        left: "(convolution ?g ?k (convolution ?h ?l ?x))",
        right: "(convolution ?h ?m ?x)",
        given: |g| {
            let (outer, inner) = (g.window("?g")?, g.window("?h")?);
            if !pointwise(&outer) || inner.groups > 1 {
                return None;
            }
            let (k, l) = (g.tensor("?k")?, g.tensor("?l")?);
            let product = g.tensors().matrix_product(k, l);
            g.bind_tensor("?m", product)
        },
    },
    Rule {
        name: "convolution-after-pointwise",
        law: "a convolution of a 1x1 convolution is one convolution",
        set: Set::Both,
        left: "(convolution ?g ?k (convolution ?h ?l ?x))",
        right: "(convolution ?g ?m ?x)",
        given: |g| {
            let (outer, inner) = (g.window("?g")?, g.window("?h")?);
            if !pointwise(&inner) || outer.groups > 1 || pointwise(&outer) {
                return None;
            }
            let (k, l) = (g.tensor("?k")?, g.tensor("?l")?);
            let product = g.tensors().matrix_product(k, l);
            g.bind_tensor("?m", product)
        },
    },
    Rule {
        name: "convolution-of-sum",
        law: "K * (x + y) = K * x + K * y",
        set: Set::Both,
        left: "(convolution ?g ?k (sum* ?x))",
        right: "(sum* (convolution ?g ?k ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "sum-of-one-convolution",
        law: "K * x + K * y = K * (x + y)",
        set: Set::Both,
        left: "(sum* (convolution ?g ?k ?x))",
        right: "(convolution ?g ?k (sum* ?x))",
        given: |g| super::scale::same_kind(g, "?x"),
    },
];

/// A single tap at every element, in one group.
fn pointwise(window: &Window) -> bool {
    let single = |a: &Axis| a.kernel == 1 && a.stride == 1;
    window.groups == 1 && window.unpadded() && window.axes.iter().all(single)
}
