//! Constants: towards the neuron, and into its leak where that is exact from the first step on.

use super::{Rule, Set, scale::matrix};
use crate::rewrite::analysis::Kind;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "bias-of-bias",
        law: "(x + c) + b = x + (b + c)",
        set: Set::Both,
        left: "(bias ?b (bias ?c ?x))",
        right: "(bias ?d ?x)",
        given: |g| {
            let (b, c) = (g.tensor("?b")?, g.tensor("?c")?);
            let sum = g.tensors().plus(b, c);
            g.bind_tensor("?d", sum)
        },
    },
    Rule {
        name: "bias-of-zero",
        law: "x + 0 = x",
        set: Set::Both,
        left: "(bias ?b ?x)",
        right: "?x",
        given: |g| {
            let b = g.tensor("?b")?;
            (g.look().is_zero(b) && g.signal("?x")?.kind == Kind::Current).then_some(())
        },
    },
    Rule {
        name: "bias-before-linear",
        law: "W (x + b) = W x + W b",
        set: Set::Both,
        left: "(linear ?w (bias ?b ?x))",
        right: "(bias ?c (linear ?w ?x))",
        given: |g| {
            let (w, b) = (matrix(g, "?w")?, g.tensor("?b")?);
            let applied = g.tensors().applied(w, b);
            g.bind_tensor("?c", applied)
        },
    },
    Rule {
        name: "bias-before-convolution",
        law: "K * (x + b) = K * x + K * b, where zeros around are no b",
        set: Set::Both,
        left: "(convolution ?g ?k (bias ?b ?x))",
        right: "(bias ?c (convolution ?g ?k ?x))",
        given: |g| {
            let (window, k, b) = (g.window("?g")?, g.tensor("?k")?, g.tensor("?b")?);
            let (input, output) = (g.signal("?x")?.shape, g.result()?.shape);
            let results = output[1..].iter().product();
            let made = g.tensors().convolved(k, &window, b, &input, results);
            g.bind_tensor("?c", made)
        },
    },
    Rule {
        name: "bias-before-sum-pool",
        law: "pool(x + b) = pool(x) + pool(b), where zeros around are no b",
        set: Set::Both,
        left: "(sum-pool ?g (bias ?b ?x))",
        right: "(bias ?c (sum-pool ?g ?x))",
        given: |g| {
            let (window, b) = (g.window("?g")?, g.tensor("?b")?);
            let (input, output) = (g.signal("?x")?.shape, g.result()?.shape);
            let results = output[1..].iter().product();
            let made = g.tensors().pooled(b, &window, &input, results);
            g.bind_tensor("?c", made)
        },
    },
    Rule {
        name: "bias-in-sum",
        law: "(x + b) + y = (x + y) + b",
        set: Set::Both,
        left: "(sum (bias ?b ?x) ...)",
        right: "(bias ?b (sum ?x ...))",
        given: |g| (g.signal("?x")?.kind == Kind::Current).then_some(()),
    },
    Rule {
        name: "bias-before-reshape",
        law: "reshape(x + b) = reshape(x) + b",
        set: Set::Both,
        left: "(reshape ?z (bias ?b ?x))",
        right: "(bias ?b (reshape ?z ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "bias-after-reshape",
        law: "reshape(x) + b = reshape(x + b)",
        set: Set::Both,
        left: "(bias ?b (reshape ?z ?x))",
        right: "(reshape ?z (bias ?b ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "bias-into-leak",
        law: "a neuron that takes x + b leaks to b more: without synapse, from the first step on",
        set: Set::Both,
        left: "(neuron ?p (bias ?b ?x))",
        right: "(neuron ?q ?x)",
        given: |g| {
            let (p, b) = (g.population("?p")?, g.tensor("?b")?);
            let q = p.with_bias(b, g.tensors())?;
            g.bind_population("?q", q)
        },
    },
    Rule {
        name: "leak-into-bias",
        law: "a neuron that leaks to b takes x + b: without synapse, from the first step on",
        set: Set::Both,
        left: "(neuron ?p ?x)",
        right: "(neuron ?q (bias ?b ?x))",
        given: |g| {
            let p = g.population("?p")?;
            let (q, b) = p.without_leak(g.tensors())?;
            g.bind_tensor("?b", b)?;
            g.bind_population("?q", q)
        },
    },
];
