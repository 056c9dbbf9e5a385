//! Layers that are too large, as two: by outputs, and by inputs as partial sums.

use super::{Given, Rule, Set, scale::matrix};
use crate::rewrite::tensors::Positions;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "linear-by-outputs",
        law: "W x is its first rows and its last rows times x",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(concat (linear ?a ?x) (linear ?b ?x))",
        given: |g| {
            let w = matrix(g, "?w")?;
            let &[rows, columns] = g.look().shape(w) else {
                return None;
            };
            let (first, last) = halves(rows, g.limits().many_outputs(rows, rows * columns))?;
            let (a, b) = (g.tensors().rows(w, &first), g.tensors().rows(w, &last));
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)
        },
    },
    Rule {
        name: "convolution-by-outputs",
        law: "K * x is its first and its last output channels",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(concat (convolution ?g ?a ?x) (convolution ?g ?b ?x))",
        given: |g| {
            let k = g.tensor("?k")?;
            if g.window("?g")?.groups > 1 {
                return None;
            }
            let large = g
                .limits()
                .many_outputs(g.result()?.count(), g.look().len(k));
            let (first, last) = halves(g.look().shape(k)[0], large)?;
            let (a, b) = (g.tensors().rows(k, &first), g.tensors().rows(k, &last));
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)
        },
    },
    Rule {
        name: "linear-by-inputs",
        law: "W x is its first columns times the first elements plus its last times the last",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(sum (linear ?a (gather ?i ?x)) (linear ?b (gather ?j ?x)))",
        given: |g| {
            let w = matrix(g, "?w")?;
            let &[rows, columns] = g.look().shape(w) else {
                return None;
            };
            let large = g.limits().many_inputs(columns, rows * columns);
            let (first, last) = halves(columns, large)?;
            let (a, b) = (
                g.tensors().columns(w, &first),
                g.tensors().columns(w, &last),
            );
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)?;
            g.bind_positions("?i", &first)?;
            g.bind_positions("?j", &last)
        },
    },
    Rule {
        name: "convolution-by-inputs",
        law: "K * x is K on the first input channels plus K on the last",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(sum (convolution ?g ?a (gather ?i ?x)) (convolution ?g ?b (gather ?j ?x)))",
        given: |g| {
            let k = g.tensor("?k")?;
            if g.window("?g")?.groups > 1 {
                return None;
            }
            let large = g
                .limits()
                .many_inputs(g.signal("?x")?.count(), g.look().len(k));
            let (first, last) = halves(g.look().shape(k)[1], large)?;
            let (a, b) = (
                g.tensors().columns(k, &first),
                g.tensors().columns(k, &last),
            );
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)?;
            g.bind_positions("?i", &first)?;
            g.bind_positions("?j", &last)
        },
    },
    Rule {
        name: "linear-of-concat",
        law: "W of x and then y is its first columns times x plus its last times y",
        set: Set::Both,
        left: "(linear ?w (concat ?x ?y))",
        right: "(sum (linear ?a ?x) (linear ?b ?y))",
        given: |g| {
            let w = matrix(g, "?w")?;
            let (first, last) = places(g)?;
            let (a, b) = (
                g.tensors().columns(w, &first),
                g.tensors().columns(w, &last),
            );
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)
        },
    },
    Rule {
        name: "convolution-of-concat",
        law: "K of channels x and then y is K on x plus K on y",
        set: Set::Both,
        left: "(convolution ?g ?k (concat ?x ?y))",
        right: "(sum (convolution ?g ?a ?x) (convolution ?g ?b ?y))",
        given: |g| {
            let k = g.tensor("?k")?;
            if g.window("?g")?.groups > 1 {
                return None;
            }
            let (first, last) = places(g)?;
            let (a, b) = (
                g.tensors().columns(k, &first),
                g.tensors().columns(k, &last),
            );
            g.bind_tensor("?a", a)?;
            g.bind_tensor("?b", b)
        },
    },
    Rule {
        name: "neuron-of-concat",
        law: "neurons do not look at each other",
        set: Set::Both,
        left: "(neuron ?p (concat ?x ?y))",
        right: "(concat (neuron ?q ?x) (neuron ?r ?y))",
        given: |g| {
            let p = g.population("?p")?;
            let (first, last) = places(g)?;
            let extent = first.len() + last.len();
            let q = p.picked(&first, extent, g.tensors())?;
            let r = p.picked(&last, extent, g.tensors())?;
            g.bind_population("?q", q)?;
            g.bind_population("?r", r)
        },
    },
    Rule {
        name: "scale-of-concat",
        law: "s times x and then y is each times its own",
        set: Set::Both,
        left: "(scale ?s (concat ?x ?y))",
        right: "(concat (scale ?t ?x) (scale ?u ?y))",
        given: |g| both(g, "?s"),
    },
    Rule {
        name: "bias-of-concat",
        law: "b added to x and then y is each plus its own",
        set: Set::Both,
        left: "(bias ?b (concat ?x ?y))",
        right: "(concat (bias ?t ?x) (bias ?u ?y))",
        given: |g| both(g, "?b"),
    },
    Rule {
        name: "delay-of-concat",
        law: "x and then y, delayed, is each delayed",
        set: Set::Both,
        left: "(delay ?d (concat ?x ?y))",
        right: "(concat (delay ?t ?x) (delay ?u ?y))",
        given: |g| both(g, "?d"),
    },
    Rule {
        name: "sum-pool-of-concat",
        law: "pools do not mix channels",
        set: Set::Both,
        left: "(sum-pool ?g (concat ?x ?y))",
        right: "(concat (sum-pool ?g ?x) (sum-pool ?g ?y))",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-of-concat",
        law: "channels x and then y in a row are x in a row and then y",
        set: Set::Both,
        left: "(reshape ?z (concat ?x ?y))",
        right: "(concat (reshape ?m ?x) (reshape ?n ?y))",
        given: |g| {
            let [_] = *g.shape("?z")? else {
                return None;
            };
            let (x, y) = (g.signal("?x")?.count(), g.signal("?y")?.count());
            g.bind_shape("?m", &[x])?;
            g.bind_shape("?n", &[y])
        },
    },
    Rule {
        name: "sum-of-concats",
        law: "(x and then y) + (u and then v) = x + u and then y + v",
        set: Set::Both,
        left: "(sum* (concat ?x ?y))",
        right: "(concat (sum* ?x) (sum* ?y))",
        given: |g| {
            let same = |all: Vec<crate::rewrite::analysis::Signal>| {
                all.iter()
                    .all(|x| x.shape == all[0].shape && x.kind == all[0].kind)
            };
            (same(g.signals("?x")) && same(g.signals("?y"))).then_some(())
        },
    },
    Rule {
        name: "gather-of-concat",
        law: "elements of x and then y that lie in one are elements of it",
        set: Set::Both,
        left: "(gather ?i (concat ?x ?y))",
        right: "(gather ?j ?x)",
        given: |g| {
            let (positions, first) = (g.positions("?i")?, g.signal("?x")?.shape[0]);
            positions.iter().all(|p| *p < first).then_some(())?;
            g.bind_positions("?j", &positions)
        },
    },
    Rule {
        name: "gather-of-concat-behind",
        law: "elements of x and then y that lie in one are elements of it",
        set: Set::Both,
        left: "(gather ?i (concat ?x ?y))",
        right: "(gather ?j ?y)",
        given: |g| {
            let (positions, first) = (g.positions("?i")?, g.signal("?x")?.shape[0]);
            let behind: Option<Vec<usize>> =
                positions.iter().map(|p| p.checked_sub(first)).collect();
            g.bind_positions("?j", &behind?)
        },
    },
];

/// The two halves of a dimension that is to be split.
fn halves(extent: usize, large: bool) -> Option<(Positions, Positions)> {
    (large && extent > 1).then(|| {
        let middle = extent.div_ceil(2);
        ((0..middle).collect(), (middle..extent).collect())
    })
}

/// The places of `?x` and `?y` in one after the other.
fn places(g: &Given<'_>) -> Option<(Positions, Positions)> {
    let (x, y) = (g.signal("?x")?.shape[0], g.signal("?y")?.shape[0]);
    Some(((0..x).collect(), (x..x + y).collect()))
}

/// Binds the elements of a variable that belong to `?x` and `?y`.
fn both(g: &mut Given<'_>, variable: &str) -> Option<()> {
    let values = g.tensor(variable)?;
    let (first, last) = places(g)?;
    let extent = first.len() + last.len();
    let t = g.tensors().pick(values, &first, extent);
    let u = g.tensors().pick(values, &last, extent);
    g.bind_tensor("?t", t)?;
    g.bind_tensor("?u", u)
}
