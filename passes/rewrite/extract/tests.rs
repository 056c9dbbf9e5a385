//! What extraction must find, on graphs made by hand.

use std::collections::BTreeMap;

use super::extract;
use crate::rewrite::{
    candidates::{Candidate, Candidates, ClassIndex},
    cost::Cost,
    language::Node,
    tensors::TensorId,
};

/// A node of the source.
fn node(amount: u64, operands: &[ClassIndex]) -> Candidate {
    Candidate {
        node: Node::Source(0),
        cost: Cost::of(amount),
        new: false,
        computed: false,
        table: None,
        operands: operands.to_vec(),
    }
}

/// A node that rules made.
fn new(amount: u64, operands: &[ClassIndex]) -> Candidate {
    Candidate {
        new: true,
        ..node(amount, operands)
    }
}

/// The least amount for class 0, with the node of each class that is used.
fn least(nodes: Vec<Vec<Candidate>>, tables: &[(u32, u64)]) -> (u64, Vec<(ClassIndex, usize)>) {
    let count = nodes.len();
    let tables: BTreeMap<_, _> = tables
        .iter()
        .map(|(id, amount)| (TensorId(*id), Cost::of(*amount)))
        .collect();
    let ids = (0..count).map(egg::Id::from).collect();
    let candidates = Candidates::of(ids, nodes, vec![0], tables, vec![false; count]);
    let found = extract(&candidates).unwrap();
    (found.total.cost.amount, found.chosen.into_iter().collect())
}

#[test]
fn what_two_can_share_is_taken_though_neither_would_alone() {
    let nodes = vec![
        vec![node(0, &[1, 2])],
        vec![node(3, &[]), new(0, &[3])],
        vec![node(3, &[]), new(0, &[3])],
        vec![new(4, &[])],
    ];
    assert_eq!(least(nodes, &[]), (4, vec![(0, 0), (1, 1), (2, 1), (3, 0)]));
}

#[test]
fn two_forms_of_one_value_are_made_by_the_cheaper_though_each_is_made_of_the_other() {
    // 1 is a row and 2 the map: each is a reshape of the other, and 2 has the cheaper layer.
    let nodes = vec![
        vec![node(0, &[1])],
        vec![node(9, &[]), new(0, &[2])],
        vec![new(0, &[1]), new(4, &[])],
    ];
    assert_eq!(least(nodes, &[]), (4, vec![(0, 0), (1, 1), (2, 1)]));
}

#[test]
fn a_table_is_paid_once() {
    let with = |amount: u64, table: u32| Candidate {
        table: Some(TensorId(table)),
        ..node(amount, &[])
    };
    // Alone each would take its own table of 5; the one of 6 serves both.
    let nodes = vec![
        vec![node(0, &[1, 2])],
        vec![with(0, 1), with(0, 3)],
        vec![with(0, 3), with(0, 2)],
    ];
    assert_eq!(least(nodes, &[(1, 5), (2, 5), (3, 6)]).0, 6);
}

#[test]
fn of_two_equal_ways_that_with_the_weights_of_the_source_is_taken() {
    let computed = Candidate {
        computed: true,
        ..new(2, &[])
    };
    assert_eq!(least(vec![vec![computed, new(2, &[])]], &[]).1, [(0, 1)]);
}

#[test]
fn the_source_stays_where_nothing_is_cheaper() {
    let nodes = vec![
        vec![new(2, &[1]), node(2, &[1])],
        vec![new(1, &[]), node(1, &[])],
    ];
    assert_eq!(least(nodes, &[]).1, [(0, 1), (1, 1)]);
}
