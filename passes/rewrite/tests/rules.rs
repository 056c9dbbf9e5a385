//! Each rule: spikes before and after on random programs, and with the rule broken on purpose.

use nirc_dialects::ir::IrContext;
use rayon::prelude::*;

use super::{
    check::{check, levels},
    draft::Random,
    examples::example,
};
use crate::rewrite::{
    fault::Fault,
    rules::{self, Rule},
};

/// Cases for each rule and level.
pub const CASES: u64 = 16;

/// Cases in which a rule must hold, of those.
const LEAST: usize = 4;

/// The most cases until a fault must be seen.
const PATIENCE: u64 = 60;

#[test]
fn every_rule_leaves_all_spikes_what_they_are() {
    let all: Vec<Rule> = rules::all().copied().collect();
    let failures: Vec<String> = all
        .par_iter()
        .flat_map(|rule| levels(rule).into_par_iter().map(move |level| (rule, level)))
        .filter_map(|(rule, level)| {
            let context = IrContext::new().unwrap();
            let (mut held, mut active) = (0, 0);
            for seed in 0..CASES {
                let mut random = Random(seed * 977 + 1);
                let case = example(rule.name, level, &mut random);
                let seen = check(&context, rule, &case, None, seed);
                if !seen.equal || seen.misfits > 0 {
                    return Some(format!("{} at {level:?}: case {seed}: {seen:?}", rule.name));
                }
                held += usize::from(seen.fired && seen.changed);
                active += usize::from(seen.activity > 0);
            }
            let enough = held >= LEAST && active * 4 >= CASES as usize;
            let text = format!("{} at {level:?}: held {held}, active {active}", rule.name);
            (!enough).then_some(text)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is done wrong to a rule, to show that the test above would see it.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    /// It holds without its condition.
    Always,
    /// Its right side is another.
    Right(&'static str),
    /// What it makes is another.
    Value(Fault),
}

impl Wrong {
    const FACTOR: Self = Self::Value(Fault::Factor);
    const WINDOW: Self = Self::Value(Fault::Window);
    const PARAMETER: Self = Self::Value(Fault::Parameter);
    const POSITIONS: Self = Self::Value(Fault::Positions);
    const TWICE: Self = Self::Value(Fault::Twice);
    const FORGOTTEN: Self = Self::Value(Fault::Forgotten);
}

/// What is done wrong to the rule of this name, one after the other.
pub fn wrongs(name: &str) -> Vec<Wrong> {
    use Wrong::{Always, Right};
    match name {
        "scale-by-one"
        | "bias-of-zero"
        | "reshape-to-same"
        | "delay-of-zero"
        | "gather-of-all"
        | "sum-with-zero-linear"
        | "sum-with-zero-scale"
        | "delay-before-neuron"
        | "delay-after-neuron" => vec![Always],
        "scale-before-sum-pool" | "scale-after-sum-pool" => vec![Right("(sum-pool ?g ?x)")],
        "scale-before-reshape"
        | "scale-after-reshape"
        | "bias-before-reshape"
        | "bias-after-reshape"
        | "reshape-before-delay"
        | "reshape-after-delay"
        | "reshape-before-neuron" => vec![Right("(reshape ?z ?x)")],
        "reshape-after-neuron" => vec![Right("(reshape ?z ?x)")],
        "reshape-of-reshape" => vec![Right("(reshape ?y ?x)")],
        "scale-before-delay" | "scale-after-delay" => {
            vec![Right("(delay ?d ?x)"), Right("(scale ?s ?x)")]
        }
        "delay-before-linear" | "delay-after-linear" => vec![Right("(linear ?w ?x)")],
        "delay-before-convolution" | "delay-after-convolution" => {
            vec![Right("(convolution ?g ?k ?x)")]
        }
        "delay-before-sum-pool" | "delay-after-sum-pool" => vec![Right("(sum-pool ?g ?x)")],
        "bias-in-sum" => vec![Right("(sum ?x ...)")],
        "gather-of-sum-pool" => vec![Right("(average-pool ?g (gather ?i ?x))")],
        "sum-pool-of-scatter" => vec![Right("(scatter ?i ?y (average-pool ?g ?x))")],
        "sum-pool-of-concat" => {
            vec![Right("(concat (sum-pool ?g ?x) (average-pool ?g ?y))")]
        }
        "reshape-of-concat" => vec![Right("(concat (reshape ?n ?y) (reshape ?m ?x))")],
        "scale-of-sum" | "sum-of-scaled" => vec![Wrong::FORGOTTEN, Right("(sum* ?x)")],
        "linear-of-sum"
        | "sum-of-one-linear"
        | "convolution-of-sum"
        | "sum-of-one-convolution"
        | "sum-of-sums"
        | "reshape-of-sum"
        | "sum-of-reshapes"
        | "delay-of-sum"
        | "sum-of-delays"
        | "gather-of-sum"
        | "sum-of-concats" => vec![Wrong::FORGOTTEN],
        "delay-of-delay"
        | "shared-delay"
        | "delay-in-two"
        | "late-cuba-without-decay"
        | "delay-of-scatter"
        | "gather-of-delay"
        | "delay-of-concat" => vec![Wrong::TWICE],
        "linear-as-gather" | "gather-of-gather" | "gather-of-reshape" | "reshape-of-scatter" => {
            vec![Wrong::POSITIONS]
        }
        "gather-of-concat" => vec![Right("(gather ?j ?y)")],
        "gather-of-concat-behind" => vec![Right("(gather ?j ?x)")],
        "dead-columns" | "dead-channels" => vec![Wrong::FACTOR, Wrong::POSITIONS],
        "silent-neurons" | "silent-channels" => {
            vec![Wrong::FACTOR, Wrong::PARAMETER, Wrong::POSITIONS]
        }
        "linear-by-inputs" | "convolution-by-inputs" => vec![Wrong::FACTOR, Wrong::POSITIONS],
        "sum-pool-of-sum-pool" | "sum-pool-in-two" => vec![Wrong::WINDOW],
        "square-kernel"
        | "no-dilation"
        | "one-dimension-as-two"
        | "convolution-of-sum-pool"
        | "convolution-as-sum-pool"
        | "sum-pool-out-of-convolution"
        | "sum-pool-as-convolution" => {
            vec![Wrong::FACTOR, Wrong::WINDOW]
        }
        "bias-into-leak"
        | "scale-into-gain"
        | "scale-into-threshold"
        | "no-decay"
        | "neuron-defaults"
        | "lif-as-cuba"
        | "gather-of-neuron"
        | "neuron-of-concat"
        | "scale-of-potential" => vec![Wrong::PARAMETER],
        "cuba-without-decay" | "threshold-of-potential" => vec![Wrong::PARAMETER],
        "leak-into-bias" | "gain-into-scale" | "one-threshold" => {
            vec![Wrong::FACTOR, Wrong::PARAMETER]
        }
        _ => vec![Wrong::FACTOR],
    }
}

#[test]
fn every_rule_that_is_broken_is_seen() {
    let all: Vec<Rule> = rules::all().copied().collect();
    let unseen: Vec<String> = all
        .par_iter()
        .flat_map(|rule| {
            wrongs(rule.name)
                .into_par_iter()
                .map(move |wrong| (rule, wrong))
        })
        .flat_map(|(rule, wrong)| {
            levels(rule)
                .into_par_iter()
                .map(move |level| (rule, wrong, level))
        })
        .filter_map(|(rule, wrong, level)| {
            let (broken, fault) = match wrong {
                Wrong::Always => (
                    Rule {
                        given: |_| Some(()),
                        ..*rule
                    },
                    None,
                ),
                Wrong::Right(right) => (Rule { right, ..*rule }, None),
                Wrong::Value(fault) => (*rule, Some(fault)),
            };
            let context = IrContext::new().unwrap();
            let seen = (0..PATIENCE).any(|seed| {
                let mut random = Random(seed * 977 + 1);
                let case = example(rule.name, level, &mut random);
                let seen = check(&context, &broken, &case, fault.as_ref(), seed);
                !seen.equal || seen.misfits > 0
            });
            (!seen).then(|| format!("{} at {level:?} with {wrong:?}", rule.name))
        })
        .collect();
    assert!(unseen.is_empty(), "not seen:\n{}", unseen.join("\n"));
}
