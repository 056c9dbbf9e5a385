//! Factors: into weights, past each other, to where they are free.

use super::{Given, Rule, Set};
use crate::rewrite::analysis::Kind;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "scale-by-one",
        law: "1 x = x",
        set: Set::Both,
        left: "(scale ?s ?x)",
        right: "?x",
        given: |g| {
            let s = g.tensor("?s")?;
            (g.look().is_one(s) && g.signal("?x")?.kind == Kind::Current).then_some(())
        },
    },
    Rule {
        name: "scale-of-scale",
        law: "s (t x) = (s t) x",
        set: Set::Both,
        left: "(scale ?s (scale ?t ?x))",
        right: "(scale ?u ?x)",
        given: |g| {
            let (s, t) = (g.tensor("?s")?, g.tensor("?t")?);
            let product = g.tensors().times(s, t);
            g.bind_tensor("?u", product)
        },
    },
    Rule {
        name: "scale-after-linear",
        law: "s (W x) = (diag(s) W) x",
        set: Set::Both,
        left: "(scale ?s (linear ?w ?x))",
        right: "(linear ?v ?x)",
        given: |g| {
            let (s, w) = (g.tensor("?s")?, matrix(g, "?w")?);
            let one = g.tensors().one();
            let scaled = g.tensors().scaled(s, w, one, 1);
            g.bind_tensor("?v", scaled)
        },
    },
    Rule {
        name: "scale-before-linear",
        law: "W (s x) = (W diag(s)) x",
        set: Set::Both,
        left: "(linear ?w (scale ?s ?x))",
        right: "(linear ?v ?x)",
        given: |g| {
            let (s, w) = (g.tensor("?s")?, matrix(g, "?w")?);
            let one = g.tensors().one();
            let scaled = g.tensors().scaled(one, w, s, 1);
            g.bind_tensor("?v", scaled)
        },
    },
    Rule {
        name: "scale-after-convolution",
        law: "s (K * x) = (s K) * x, one factor for all or for each output channel",
        set: Set::Both,
        left: "(scale ?s (convolution ?g ?k ?x))",
        right: "(convolution ?g ?l ?x)",
        given: |g| {
            let s = channels(g, "?s", &g.result()?.shape)?;
            let (k, groups) = (g.tensor("?k")?, g.window("?g")?.groups);
            let one = g.tensors().one();
            let scaled = g.tensors().scaled(s, k, one, groups);
            g.bind_tensor("?l", scaled)
        },
    },
    Rule {
        name: "scale-before-convolution",
        law: "K * (s x) = (K s) * x, one factor for all or for each input channel",
        set: Set::Both,
        left: "(convolution ?g ?k (scale ?s ?x))",
        right: "(convolution ?g ?l ?x)",
        given: |g| {
            let s = channels(g, "?s", &g.signal("?x")?.shape)?;
            let (k, groups) = (g.tensor("?k")?, g.window("?g")?.groups);
            let one = g.tensors().one();
            let scaled = g.tensors().scaled(one, k, s, groups);
            g.bind_tensor("?l", scaled)
        },
    },
    Rule {
        name: "scale-before-sum-pool",
        law: "pool(s x) = s pool(x), one factor for all or for each channel",
        set: Set::Both,
        left: "(sum-pool ?g (scale ?s ?x))",
        right: "(scale ?s (sum-pool ?g ?x))",
        given: |g| channels(g, "?s", &g.signal("?x")?.shape).map(drop),
    },
    Rule {
        name: "scale-after-sum-pool",
        law: "s pool(x) = pool(s x), one factor for all or for each channel",
        set: Set::Both,
        left: "(scale ?s (sum-pool ?g ?x))",
        right: "(sum-pool ?g (scale ?s ?x))",
        given: |g| channels(g, "?s", &g.signal("?x")?.shape).map(drop),
    },
    Rule {
        name: "scale-before-reshape",
        law: "reshape(s x) = s reshape(x)",
        set: Set::Both,
        left: "(reshape ?z (scale ?s ?x))",
        right: "(scale ?s (reshape ?z ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "scale-after-reshape",
        law: "s reshape(x) = reshape(s x)",
        set: Set::Both,
        left: "(scale ?s (reshape ?z ?x))",
        right: "(reshape ?z (scale ?s ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "scale-before-delay",
        law: "delay(s x) = s delay(x)",
        set: Set::Both,
        left: "(delay ?d (scale ?s ?x))",
        right: "(scale ?s (delay ?d ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "scale-after-delay",
        law: "s delay(x) = delay(s x)",
        set: Set::Both,
        left: "(scale ?s (delay ?d ?x))",
        right: "(delay ?d (scale ?s ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "scale-of-bias",
        law: "s (x + b) = s x + s b",
        set: Set::Both,
        left: "(scale ?s (bias ?b ?x))",
        right: "(bias ?c (scale ?s ?x))",
        given: |g| {
            let (s, b) = (g.tensor("?s")?, g.tensor("?b")?);
            let scaled = g.tensors().times(s, b);
            g.bind_tensor("?c", scaled)
        },
    },
    Rule {
        name: "scale-of-sum",
        law: "s (x + y) = s x + s y",
        set: Set::Both,
        left: "(scale ?s (sum* ?x))",
        right: "(sum* (scale ?s ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "sum-of-scaled",
        law: "s x + s y = s (x + y)",
        set: Set::Both,
        left: "(sum* (scale ?s ?x))",
        right: "(scale ?s (sum* ?x))",
        given: |g| same_kind(g, "?x"),
    },
];

/// The tensor of a variable, if it is a matrix.
pub(super) fn matrix(g: &Given<'_>, variable: &str) -> Option<crate::rewrite::tensors::TensorId> {
    let w = g.tensor(variable)?;
    (g.look().shape(w).len() == 2).then_some(w)
}

/// The factors of a variable, if they are one for all or one for each channel of a shape.
pub(super) fn channels(
    g: &Given<'_>,
    variable: &str,
    shape: &[usize],
) -> Option<crate::rewrite::tensors::TensorId> {
    let s = g.tensor(variable)?;
    g.look().per_channel(s, shape).then_some(s)
}

/// Whether all operands are of one type, so that they have a sum.
pub(super) fn same_kind(g: &Given<'_>, variable: &str) -> Option<()> {
    let signals = g.signals(variable);
    let first = signals.first()?;
    signals.iter().all(|s| s.kind == first.kind).then_some(())
}
