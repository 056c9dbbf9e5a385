//! Matrices: products, diagonals, permutations.

use super::{Rule, Set, scale::matrix, scale::same_kind};

/// A diagonal with more elements is not written as a matrix.
const MOST_DIAGONAL: usize = 1024;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "linear-of-linear",
        law: "V (W x) = (V W) x",
        set: Set::Both,
        left: "(linear ?v (linear ?w ?x))",
        right: "(linear ?u ?x)",
        given: |g| {
            let (v, w) = (matrix(g, "?v")?, matrix(g, "?w")?);
            let product = g.tensors().matrix_product(v, w);
            g.bind_tensor("?u", product)
        },
    },
    Rule {
        name: "linear-as-scale",
        law: "diag(s) x = s x",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(scale ?s ?x)",
        given: |g| {
            let w = matrix(g, "?w")?;
            let s = match g.tensors().diagonal_of(w) {
                Some(s) => s,
                None => {
                    g.look().leaf(w)?;
                    let diagonal = g.look().statistics(w)?.diagonal.clone()?;
                    g.tensors().values(&diagonal, diagonal.len(), "")
                }
            };
            g.bind_tensor("?s", s)
        },
    },
    Rule {
        name: "scale-as-linear",
        law: "s x = diag(s) x",
        set: Set::Both,
        left: "(scale ?s ?x)",
        right: "(linear ?w ?x)",
        given: |g| {
            let (s, x) = (g.tensor("?s")?, g.signal("?x")?);
            let [n @ ..=MOST_DIAGONAL] = *x.shape else {
                return None;
            };
            let one = g.tensors().one();
            let identity = g.tensors().identity(n);
            let w = g.tensors().scaled(s, identity, one, 1);
            g.bind_tensor("?w", w)
        },
    },
    Rule {
        name: "linear-as-gather",
        law: "a matrix with one 1 in each row and no other weight picks elements",
        set: Set::Both,
        left: "(linear ?w ?x)",
        right: "(scale ?s (gather ?i ?x))",
        given: |g| {
            let w = matrix(g, "?w")?;
            g.look().leaf(w)?;
            let positions = g.look().statistics(w)?.selection.clone()?;
            let one = g.tensors().one();
            g.bind_tensor("?s", one)?;
            g.bind_positions("?i", &positions)
        },
    },
    Rule {
        name: "linear-of-sum",
        law: "W (x + y) = W x + W y",
        set: Set::Both,
        left: "(linear ?w (sum* ?x))",
        right: "(sum* (linear ?w ?x))",
        given: |_| Some(()),
    },
    Rule {
        name: "sum-of-one-linear",
        law: "W x + W y = W (x + y)",
        set: Set::Both,
        left: "(sum* (linear ?w ?x))",
        right: "(linear ?w (sum* ?x))",
        given: |g| same_kind(g, "?x"),
    },
];
