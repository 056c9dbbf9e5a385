//! Sums.

use super::{Rule, Set, scale::same_kind};
use crate::rewrite::analysis::Kind;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "sum-of-one",
        law: "the sum of x alone = 1 x",
        set: Set::Both,
        left: "(sum ?x)",
        right: "(scale ?s ?x)",
        given: |g| {
            let one = g.tensors().one();
            g.bind_tensor("?s", one)
        },
    },
    Rule {
        name: "sum-of-sums",
        law: "(x + y) + z = x + y + z",
        set: Set::Both,
        left: "(sum (sum* ?y) ...)",
        right: "(sum ?y* ...)",
        given: |g| {
            let all = g.signals("?y");
            all.iter().all(|y| y.kind == Kind::Current).then_some(())
        },
    },
    Rule {
        name: "sum-of-spikes",
        law: "x + y = 1 x + 1 y, for spikes",
        set: Set::Both,
        left: "(sum* ?x)",
        right: "(sum* (scale ?s ?x))",
        given: |g| {
            same_kind(g, "?x")?;
            if g.signals("?x").first()?.kind == Kind::Current {
                return None;
            }
            let one = g.tensors().one();
            g.bind_tensor("?s", one)
        },
    },
    Rule {
        name: "sum-of-same",
        law: "x + x = 2 x",
        set: Set::Both,
        left: "(sum ?x ?x ...)",
        right: "(sum (scale ?s ?x) ...)",
        given: |g| {
            if g.signal("?x")?.kind != Kind::Current {
                return None;
            }
            let two = g.tensors().number(2.0);
            g.bind_tensor("?s", two)
        },
    },
    Rule {
        name: "sum-of-scales",
        law: "s x + t x = (s + t) x",
        set: Set::Both,
        left: "(sum (scale ?s ?x) (scale ?t ?x) ...)",
        right: "(sum (scale ?u ?x) ...)",
        given: |g| {
            let (s, t) = (g.tensor("?s")?, g.tensor("?t")?);
            let sum = g.tensors().plus(s, t);
            g.bind_tensor("?u", sum)
        },
    },
    Rule {
        name: "sum-of-linears",
        law: "V x + W x = (V + W) x",
        set: Set::Both,
        left: "(sum (linear ?v ?x) (linear ?w ?x) ...)",
        right: "(sum (linear ?u ?x) ...)",
        given: |g| {
            let (v, w) = (g.tensor("?v")?, g.tensor("?w")?);
            let sum = g.tensors().total(v, w);
            g.bind_tensor("?u", sum)
        },
    },
    Rule {
        name: "sum-of-convolutions",
        law: "K * x + L * x = (K + L) * x, over one window",
        set: Set::Both,
        left: "(sum (convolution ?g ?k ?x) (convolution ?g ?l ?x) ...)",
        right: "(sum (convolution ?g ?m ?x) ...)",
        given: |g| {
            let (k, l) = (g.tensor("?k")?, g.tensor("?l")?);
            let sum = g.tensors().total(k, l);
            g.bind_tensor("?m", sum)
        },
    },
    Rule {
        name: "sum-with-zero-linear",
        law: "0 x + y = y",
        set: Set::Both,
        left: "(sum (linear ?w ?x) ?y ...)",
        right: "(sum ?y ...)",
        given: |g| {
            let w = g.tensor("?w")?;
            (g.look().statistics(w)?.nonzeros == 0).then_some(())
        },
    },
    Rule {
        name: "sum-with-zero-scale",
        law: "0 x + y = y",
        set: Set::Both,
        left: "(sum (scale ?s ?x) ?y ...)",
        right: "(sum ?y ...)",
        given: |g| {
            let s = g.tensor("?s")?;
            g.look().is_zero(s).then_some(())
        },
    },
];
