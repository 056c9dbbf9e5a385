//! What nothing depends on, and what moves elements about: gathers and scatters on their way into weights.

use super::{Given, Rule, Set, scale::matrix};
use crate::rewrite::tensors::Positions;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "dead-columns",
        law: "elements with no weight need not be there",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(linear ?v (gather ?i ?x))",
        given: |g| {
            let w = matrix(g, "?w")?;
            let live = g.look().live_columns(w).filter(|live| !live.is_empty())?;
            let v = g.tensors().columns(w, &live);
            g.bind_tensor("?v", v)?;
            g.bind_positions("?i", &live)
        },
    },
    Rule {
        name: "dead-channels",
        law: "channels with no weight need not be there",
        set: Set::Both,
        left: "(convolution ?g ?k ?x)",
        right: "(convolution ?g ?l (gather ?i ?x))",
        given: |g| {
            let k = dense_kernel(g, "?k")?;
            let live = g.look().live_columns(k).filter(|live| !live.is_empty())?;
            let l = g.tensors().columns(k, &live);
            g.bind_tensor("?l", l)?;
            g.bind_positions("?i", &live)
        },
    },
    Rule {
        name: "silent-neurons",
        law: "neurons that nothing drives and that rest give zeros",
        set: Set::Both,
        left: "(neuron ?p (linear ?w ?x))",
        right: "(scatter ?i ?z (neuron ?q (linear ?v ?x)))",
        given: |g| {
            let w = matrix(g, "?w")?;
            silent(g, w)
        },
    },
    Rule {
        name: "silent-channels",
        law: "channels of neurons that nothing drives and that rest give zeros",
        set: Set::Both,
        left: "(neuron ?p (convolution ?g ?w ?x))",
        right: "(scatter ?i ?z (neuron ?q (convolution ?g ?v ?x)))",
        given: |g| {
            let k = dense_kernel_in(g, "?w", "?g")?;
            silent(g, k)
        },
    },
    Rule {
        name: "linear-of-scatter",
        law: "weights of zeros do nothing",
        set: Set::Both,
        left: "(linear ?w (scatter ?i ?z ?x))",
        right: "(linear ?v ?x)",
        given: |g| {
            let (w, positions) = (matrix(g, "?w")?, g.positions("?i")?);
            let v = g.tensors().columns(w, &positions);
            g.bind_tensor("?v", v)
        },
    },
    Rule {
        name: "convolution-of-scatter",
        law: "weights of channels of zeros do nothing",
        set: Set::Both,
        left: "(convolution ?g ?k (scatter ?i ?z ?x))",
        right: "(convolution ?g ?l ?x)",
        given: |g| {
            let (k, positions) = (dense_kernel(g, "?k")?, g.positions("?i")?);
            let l = g.tensors().columns(k, &positions);
            g.bind_tensor("?l", l)
        },
    },
    Rule {
        name: "scale-of-scatter",
        law: "s times zeros are zeros",
        set: Set::Both,
        left: "(scale ?s (scatter ?i ?z ?x))",
        right: "(scatter ?i ?z (scale ?t ?x))",
        given: |g| {
            let (s, positions, shape) = (g.tensor("?s")?, g.positions("?i")?, g.shape("?z")?);
            let picked = g.tensors().pick(s, &positions, shape[0]);
            g.bind_tensor("?t", picked)
        },
    },
    Rule {
        name: "delay-of-scatter",
        law: "delayed zeros are zeros",
        set: Set::Both,
        left: "(delay ?d (scatter ?i ?z ?x))",
        right: "(scatter ?i ?z (delay ?e ?x))",
        given: |g| {
            let (d, positions, shape) = (g.tensor("?d")?, g.positions("?i")?, g.shape("?z")?);
            let picked = g.tensors().pick(d, &positions, shape[0]);
            g.bind_tensor("?e", picked)
        },
    },
    Rule {
        name: "sum-pool-of-scatter",
        law: "sums of zeros are zeros",
        set: Set::Both,
        left: "(sum-pool ?g (scatter ?i ?z ?x))",
        right: "(scatter ?i ?y (sum-pool ?g ?x))",
        given: |g| {
            let shape = g.result()?.shape;
            g.bind_shape("?y", &shape)
        },
    },
    Rule {
        name: "reshape-of-scatter",
        law: "channels of zeros are zeros in a row",
        set: Set::Both,
        left: "(reshape ?y (scatter ?i ?z ?x))",
        right: "(scatter ?j ?y (reshape ?n ?x))",
        given: |g| {
            let (positions, from) = (g.positions("?i")?, g.shape("?z")?);
            let to = g.shape("?y")?;
            let (wide, rest) = blocks(&positions, &from, &to)?;
            g.bind_positions("?j", &wide)?;
            g.bind_shape("?n", &rest)
        },
    },
    Rule {
        name: "gather-of-all",
        law: "all elements in their order are what there is",
        set: Set::Both,
        left: "(gather ?i ?x)",
        right: "?x",
        given: |g| {
            let (positions, x) = (g.positions("?i")?, g.signal("?x")?);
            positions.iter().copied().eq(0..x.shape[0]).then_some(())
        },
    },
    Rule {
        name: "gather-of-gather",
        law: "elements of elements are elements",
        set: Set::Both,
        left: "(gather ?i (gather ?j ?x))",
        right: "(gather ?k ?x)",
        given: |g| {
            let (outer, inner) = (g.positions("?i")?, g.positions("?j")?);
            let both: Vec<usize> = outer.iter().map(|p| inner[*p]).collect();
            g.bind_positions("?k", &both)
        },
    },
    Rule {
        name: "gather-of-linear",
        law: "elements of W x are rows of W times x",
        set: Set::Both,
        left: "(gather ?i (linear ?w ?x))",
        right: "(linear ?v ?x)",
        given: |g| {
            let (w, positions) = (matrix(g, "?w")?, g.positions("?i")?);
            let v = g.tensors().rows(w, &positions);
            g.bind_tensor("?v", v)
        },
    },
    Rule {
        name: "gather-of-convolution",
        law: "channels of K * x are rows of K on x",
        set: Set::Both,
        left: "(gather ?i (convolution ?g ?k ?x))",
        right: "(convolution ?g ?l ?x)",
        given: |g| {
            let (k, positions) = (dense_kernel(g, "?k")?, g.positions("?i")?);
            let l = g.tensors().rows(k, &positions);
            g.bind_tensor("?l", l)
        },
    },
    Rule {
        name: "linear-of-permutation",
        law: "W of elements in another order is W with its columns in the order of before",
        set: Set::Both,
        left: "(linear ?w (gather ?i ?x))",
        right: "(linear ?v ?x)",
        given: |g| {
            let (w, positions) = (matrix(g, "?w")?, g.positions("?i")?);
            let extent = g.signal("?x")?.shape[0];
            let all: std::collections::BTreeSet<_> = positions.iter().collect();
            if all.len() != extent || positions.len() != extent {
                return None;
            }
            let v = g.tensors().scatter_columns(w, &positions, extent);
            g.bind_tensor("?v", v)
        },
    },
    Rule {
        name: "gather-of-sum-pool",
        law: "channels of pool(x) are pool of channels of x",
        set: Set::Both,
        left: "(gather ?i (sum-pool ?g ?x))",
        right: "(sum-pool ?g (gather ?i ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "gather-of-scale",
        law: "elements of s x are elements of s times elements of x",
        set: Set::Both,
        left: "(gather ?i (scale ?s ?x))",
        right: "(scale ?t (gather ?i ?x))",
        given: |g| picked(g, "?s", "?t"),
    },
    Rule {
        name: "gather-of-bias",
        law: "elements of x + b are elements of x plus elements of b",
        set: Set::Both,
        left: "(gather ?i (bias ?b ?x))",
        right: "(bias ?c (gather ?i ?x))",
        given: |g| picked(g, "?b", "?c"),
    },
    Rule {
        name: "gather-of-delay",
        law: "elements of what is delayed are delayed elements",
        set: Set::Both,
        left: "(gather ?i (delay ?d ?x))",
        right: "(delay ?e (gather ?i ?x))",
        given: |g| picked(g, "?d", "?e"),
    },
    Rule {
        name: "gather-of-neuron",
        law: "neurons do not look at each other",
        set: Set::Both,
        left: "(gather ?i (neuron ?p ?x))",
        right: "(neuron ?q (gather ?i ?x))",
        given: |g| {
            let (p, positions) = (g.population("?p")?, g.positions("?i")?);
            let extent = g.signal("?x")?.shape[0];
            let q = p.picked(&positions, extent, g.tensors())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "gather-of-sum",
        law: "elements of x + y are elements of x plus elements of y",
        set: Set::Both,
        left: "(gather ?i (sum* ?x))",
        right: "(sum* (gather ?i ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "gather-of-reshape",
        law: "elements in a row that are whole channels are channels",
        set: Set::Both,
        left: "(gather ?i (reshape ?z ?x))",
        right: "(reshape ?n (gather ?j ?x))",
        given: |g| {
            let (positions, to) = (g.positions("?i")?, g.shape("?z")?);
            let from = g.signal("?x")?.shape;
            let block = from.iter().product::<usize>() / from[0];
            if to.len() != 1 || block == 1 && from.len() == 1 {
                return None;
            }
            let mut channels = Vec::new();
            for part in positions.chunks(block) {
                let first = part[0];
                let whole =
                    first.is_multiple_of(block) && part.iter().copied().eq(first..first + block);
                channels.push(whole.then_some(first / block)?);
            }
            g.bind_positions("?j", &channels)?;
            let shape = g.result()?.shape;
            g.bind_shape("?n", &shape)
        },
    },
];

/// A kernel, if it is in one group.
fn dense_kernel(g: &Given<'_>, variable: &str) -> Option<crate::rewrite::tensors::TensorId> {
    dense_kernel_in(g, variable, "?g")
}

fn dense_kernel_in(
    g: &Given<'_>,
    variable: &str,
    window: &str,
) -> Option<crate::rewrite::tensors::TensorId> {
    (g.window(window)?.groups == 1).then(|| g.tensor(variable))?
}

/// Binds what is left of neurons `?p` over weights `?w` when those go that nothing drives.
fn silent(g: &mut Given<'_>, w: crate::rewrite::tensors::TensorId) -> Option<()> {
    let p = g.population("?p")?;
    let live = g.look().live_rows(w).filter(|live| !live.is_empty())?;
    let shape = g.result()?.shape;
    let extent = shape[0];
    let dead: Positions = (0..extent).filter(|i| !live.contains(i)).collect();
    let rest = p.picked(&dead, extent, g.tensors())?;
    if !rest.rests(g.look()) {
        return None;
    }
    let q = p.picked(&live, extent, g.tensors())?;
    let v = g.tensors().rows(w, &live);
    g.bind_tensor("?v", v)?;
    g.bind_population("?q", q)?;
    g.bind_positions("?i", &live)?;
    g.bind_shape("?z", &shape)
}

/// Binds the picked elements of a variable.
fn picked(g: &mut Given<'_>, variable: &str, to: crate::rewrite::pattern::Variable) -> Option<()> {
    let (values, positions) = (g.tensor(variable)?, g.positions("?i")?);
    let extent = g.signal("?x")?.shape[0];
    let picked = g.tensors().pick(values, &positions, extent);
    g.bind_tensor(to, picked)
}

/// Positions of channels as those of elements in a row, and the shape of what stands at them.
fn blocks(positions: &[usize], from: &[usize], to: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    let [all] = *to else {
        return None;
    };
    let block = all / from[0];
    let wide = positions
        .iter()
        .flat_map(|p| p * block..(p + 1) * block)
        .collect();
    Some((wide, vec![positions.len() * block]))
}
