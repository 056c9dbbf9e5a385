//! Reshapes: moved and cancelled.

use super::{Rule, Set, scale::same_kind};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "reshape-of-reshape",
        law: "only the last shape counts",
        set: Set::Both,
        left: "(reshape ?z (reshape ?y ?x))",
        right: "(reshape ?z ?x)",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-to-same",
        law: "a reshape to the shape that there is changes nothing",
        set: Set::Both,
        left: "(reshape ?z ?x)",
        right: "?x",
        given: |g| (g.shape("?z")?.as_slice() == &*g.signal("?x")?.shape).then_some(()),
    },
    Rule {
        name: "reshape-before-neuron",
        law: "neurons are what they are in any shape",
        set: Set::Both,
        left: "(neuron ?p (reshape ?z ?x))",
        right: "(reshape ?z (neuron ?p ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-after-neuron",
        law: "neurons are what they are in any shape",
        set: Set::Both,
        left: "(reshape ?z (neuron ?p ?x))",
        right: "(neuron ?p (reshape ?z ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-before-delay",
        law: "delay(reshape(x)) = reshape(delay(x))",
        set: Set::Both,
        left: "(delay ?d (reshape ?z ?x))",
        right: "(reshape ?z (delay ?d ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-after-delay",
        law: "reshape(delay(x)) = delay(reshape(x))",
        set: Set::Both,
        left: "(reshape ?z (delay ?d ?x))",
        right: "(delay ?d (reshape ?z ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "reshape-of-sum",
        law: "reshape(x + y) = reshape(x) + reshape(y)",
        set: Set::Both,
        left: "(reshape ?z (sum* ?x))",
        right: "(sum* (reshape ?z ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "sum-of-reshapes",
        law: "reshape(x) + reshape(y) = reshape(x + y), of one shape",
        set: Set::Both,
        left: "(sum* (reshape ?z ?x))",
        right: "(reshape ?z (sum* ?x))",
        given: |g| {
            same_kind(g, "?x")?;
            let all = g.signals("?x");
            let first = all.first()?;
            all.iter().all(|x| x.shape == first.shape).then_some(())
        },
    },
];
