//! Delays: added, shared, moved through what does not look at the time.

use super::{Given, Rule, Set, scale::same_kind};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "delay-of-delay",
        law: "a delay of d of one of e is one of d + e",
        set: Set::Both,
        left: "(delay ?d (delay ?e ?x))",
        right: "(delay ?f ?x)",
        given: |g| {
            let (d, e) = (g.tensor("?d")?, g.tensor("?e")?);
            let sum = g.tensors().plus(d, e);
            g.bind_tensor("?f", sum)
        },
    },
    Rule {
        name: "delay-of-zero",
        law: "a delay of 0 changes nothing",
        set: Set::Both,
        left: "(delay ?d ?x)",
        right: "?x",
        given: |g| {
            let d = g.tensor("?d")?;
            g.look().is_zero(d).then_some(())
        },
    },
    Rule {
        name: "delay-before-linear",
        law: "W delay(x) = delay(W x), one delay for all",
        set: Set::Both,
        left: "(linear ?w (delay ?d ?x))",
        right: "(delay ?d (linear ?w ?x))",
        given: uniform,
    },
    Rule {
        name: "delay-after-linear",
        law: "delay(W x) = W delay(x), one delay for all",
        set: Set::Both,
        left: "(delay ?d (linear ?w ?x))",
        right: "(linear ?w (delay ?d ?x))",
        given: uniform,
    },
    Rule {
        name: "delay-before-convolution",
        law: "K * delay(x) = delay(K * x), one delay for all",
        set: Set::Both,
        left: "(convolution ?g ?k (delay ?d ?x))",
        right: "(delay ?d (convolution ?g ?k ?x))",
        given: uniform,
    },
    Rule {
        name: "delay-after-convolution",
        law: "delay(K * x) = K * delay(x), one delay for all",
        set: Set::Both,
        left: "(delay ?d (convolution ?g ?k ?x))",
        right: "(convolution ?g ?k (delay ?d ?x))",
        given: uniform,
    },
    Rule {
        name: "delay-before-sum-pool",
        law: "pool(delay(x)) = delay(pool(x)), one delay for all or for each channel",
        set: Set::Both,
        left: "(sum-pool ?g (delay ?d ?x))",
        right: "(delay ?d (sum-pool ?g ?x))",
        given: |g| super::scale::channels(g, "?d", &g.signal("?x")?.shape).map(drop),
    },
    Rule {
        name: "delay-after-sum-pool",
        law: "delay(pool(x)) = pool(delay(x)), one delay for all or for each channel",
        set: Set::Both,
        left: "(delay ?d (sum-pool ?g ?x))",
        right: "(sum-pool ?g (delay ?d ?x))",
        given: |g| super::scale::channels(g, "?d", &g.signal("?x")?.shape).map(drop),
    },
    Rule {
        name: "delay-before-neuron",
        law: "a neuron that is silent until something comes does the same later",
        set: Set::Both,
        left: "(neuron ?p (delay ?d ?x))",
        right: "(delay ?d (neuron ?p ?x))",
        given: rests,
    },
    Rule {
        name: "delay-after-neuron",
        law: "a neuron that is silent until something comes does the same later",
        set: Set::Both,
        left: "(delay ?d (neuron ?p ?x))",
        right: "(neuron ?p (delay ?d ?x))",
        given: rests,
    },
    Rule {
        name: "delay-of-sum",
        law: "delay(x + y) = delay(x) + delay(y)",
        set: Set::Both,
        left: "(delay ?d (sum* ?x))",
        right: "(sum* (delay ?d ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "sum-of-delays",
        law: "delay(x) + delay(y) = delay(x + y), of one length",
        set: Set::Both,
        left: "(sum* (delay ?d ?x))",
        right: "(delay ?d (sum* ?x))",
        given: |g| same_kind(g, "?x"),
    },
    Rule {
        name: "shared-delay",
        law: "a longer delay of what is delayed already is the rest of it behind the shorter",
        set: Set::Dt,
        left: "(delay ?d ?x)",
        right: "(delay ?f (delay ?e ?x))",
        given: |g| {
            let d = g.tensor("?d")?;
            let whole = g.look().number_of(d)?;
            let shorter = g.delays_of("?x").into_iter().filter_map(|e| {
                let steps = g.look().number_of(e)?;
                (0.0 < steps && steps < whole).then_some((steps, e))
            });
            let (steps, e) = shorter.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
            g.bind_tensor("?e", e)?;
            let rest = g.tensors().number(whole - steps);
            g.bind_tensor("?f", rest)
        },
    },
    Rule {
        name: "delay-in-two",
        law: "a delay that is too long for a register of the target is two",
        set: Set::Dt,
        left: "(delay ?d ?x)",
        right: "(delay ?f (delay ?e ?x))",
        given: |g| {
            let (d, most) = (g.tensor("?d")?, g.limits().register? as f64);
            let whole = g.look().number_of(d)?;
            if most < 1.0 || whole <= most {
                return None;
            }
            let (first, rest) = (g.tensors().number(most), g.tensors().number(whole - most));
            g.bind_tensor("?e", first)?;
            g.bind_tensor("?f", rest)
        },
    },
];

fn uniform(g: &mut Given<'_>) -> Option<()> {
    let d = g.tensor("?d")?;
    (g.look().len(d) == 1).then_some(())
}

fn rests(g: &mut Given<'_>) -> Option<()> {
    let p = g.population("?p")?;
    // What is observed keeps its time.
    (p.observed.is_none() && p.rests(g.look())).then_some(())
}
