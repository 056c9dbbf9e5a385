//! What reaches each neuron: weighted spikes of inputs and neurons, with their delays, and a bias.
//!
//! Ops are passed in the order in which they run, each once. A value is held as a sum of terms, one
//! for each source, delay and weight table, so equal paths meet in one term.

use std::collections::BTreeMap;

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    dt::{Op, Signal},
    finding::{Finding, Severity},
    ir::{DenseTensor, Prepared, node_name},
};
use nirc_passes::{Lowering, Parameter};

use super::arithmetic::MOST_STEPS;

/// An op in the order in which ops run.
pub type OpAt<'c, 'a> = Prepared<(OperationRef<'c, 'a>, Op<'c>)>;
/// The ops of a module in the order in which they run.
pub type Ops<'c, 'a> = [OpAt<'c, 'a>];
/// Spikes of a source, by slot, and their delay.
pub type Key = (usize, usize);

/// More terms of a value than this are refused.
const MOST_TERMS: usize = 4096;

/// A way of spikes to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The slot of the spikes: of an input or a neuron.
    pub source: usize,
    /// Their delay.
    pub steps: usize,
    /// The linear op on the way, by its place in the order, and the part of the delay before it.
    pub table: Option<(usize, usize)>,
}

/// The sum of terms, each times one factor for each element, and a constant.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// The terms with their factors.
    pub terms: BTreeMap<Term, Parameter>,
    /// What is added in each step.
    pub constant: Option<Parameter>,
}

/// What the values of a module are.
pub struct Network {
    /// By slot; `None` after a finding.
    pub values: Vec<Option<Sum>>,
    /// Factors of the sources of a linear op, before its weights, by op, source and delay.
    pub columns: BTreeMap<(usize, usize, usize), Parameter>,
    /// The number of elements of each slot.
    counts: BTreeMap<usize, usize>,
}

/// The values of `ops`; `None` if one of them has no form, which is an error finding for each op.
pub fn read<'c>(ops: &Ops<'c, '_>, lowering: &mut Lowering<'c, '_, '_>) -> Option<Network> {
    let slots = ops.iter().map(|op| op.slot + 1).max().unwrap_or(0);
    let mut network = Network {
        values: vec![None; slots],
        columns: BTreeMap::new(),
        counts: BTreeMap::new(),
    };
    let errors = lowering.findings.count(Severity::Error);
    for (index, op) in ops.iter().enumerate() {
        let (operation, typed) = &op.kernel;
        let Ok(result) = operation.result(0) else {
            continue;
        };
        network.counts.insert(op.slot, count(result.into()));
        let value = match typed {
            Op::Input {} | Op::Neuron { .. } => Ok(spikes(op.slot)),
            _ => network.pass(index, op, lowering),
        };
        match value {
            Ok(sum) => network.values[op.slot] = Some(sum),
            Err(Some(finding)) => lowering.findings.push(finding.at(node_name(*operation))),
            // An op before this one has the finding.
            Err(None) => {}
        }
    }
    (lowering.findings.count(Severity::Error) == errors).then_some(network)
}

fn spikes(slot: usize) -> Sum {
    let term = Term {
        source: slot,
        steps: 0,
        table: None,
    };
    Sum {
        terms: BTreeMap::from([(term, Parameter::uniform(1.0))]),
        constant: None,
    }
}

/// The number of elements of a value.
fn count(value: Value<'_, '_>) -> usize {
    Signal::of(value.r#type()).map_or(0, |signal| {
        let extents = signal.shape.into_iter();
        extents.fold(1, usize::saturating_mul)
    })
}

fn refuse(what: impl Into<String>, why: &'static str) -> Option<Finding> {
    Some(Finding::error("lava-op", "every op has a form in the integers", what).why(why))
}

impl Network {
    /// The number of elements of a value.
    pub fn count(&self, slot: usize) -> usize {
        self.counts.get(&slot).copied().unwrap_or(0)
    }

    fn pass<'c>(
        &mut self,
        index: usize,
        op: &OpAt<'c, '_>,
        lowering: &Lowering<'c, '_, '_>,
    ) -> Result<Sum, Option<Finding>> {
        let (_, typed) = &op.kernel;
        let mut operands = Vec::new();
        for slot in &op.operands {
            operands.push(self.values[*slot].clone().ok_or(None)?);
        }
        let read =
            |tensor: DenseTensor<'c>| Parameter::read(lowering.tensors, tensor).map_err(Some);
        let elements = self.count(op.slot);
        let first = operands.first().cloned().unwrap_or_default();
        match typed {
            Op::Sum {} => sum(operands),
            Op::Reshape {} => Ok(first),
            Op::Scale { scale } => {
                let scale = read(*scale)?;
                let times = |x: &Parameter| x.zip(&scale, |a, b| a * b);
                Ok(Sum {
                    terms: first.terms.iter().map(|(t, f)| (*t, times(f))).collect(),
                    constant: first.constant.as_ref().map(times),
                })
            }
            Op::Bias { bias } => {
                let bias = read(*bias)?;
                let held = bias.values().len();
                let each = match bias.shared() {
                    Some(_) => bias,
                    // One for each channel, the first dimension.
                    None => Parameter::each(
                        (0..elements)
                            .map(|n| bias.get(n * held / elements.max(1)))
                            .collect(),
                    ),
                };
                Ok(Sum {
                    constant: plus(first.constant, Some(each)),
                    terms: first.terms,
                })
            }
            Op::Register { steps } => {
                let steps = read(*steps)?;
                delayed(first, &steps)
            }
            Op::Linear { weight } => {
                if weight.shape().len() != 2 {
                    return Err(refuse(
                        "its weight has a batch",
                        "a Dense process has one weight table",
                    ));
                }
                if first.constant.is_some_and(|c| !c.is_zero()) {
                    return Err(refuse(
                        "it takes a bias",
                        "a Dense process takes spikes; a bias is the neuron's",
                    ));
                }
                let mut terms = BTreeMap::new();
                for (term, factor) in first.terms {
                    if term.table.is_some() {
                        return Err(refuse(
                            "two linear maps follow each other",
                            "a Dense process takes spikes",
                        ));
                    }
                    let table = Some((index, term.steps));
                    self.columns
                        .insert((index, term.source, term.steps), factor);
                    terms.insert(Term { table, ..term }, Parameter::uniform(1.0));
                }
                Ok(Sum {
                    terms,
                    constant: None,
                })
            }
            Op::Convolution { .. } => Err(refuse("it is a convolution", NOT_YET)),
            Op::Pool { .. } => Err(refuse("it is a pool", NOT_YET)),
            Op::Input {} | Op::Neuron { .. } | Op::Output {} => Ok(first),
        }
    }
}

const NOT_YET: &str = "lava-fixed has fully connected layers only, so far";

fn sum(operands: Vec<Sum>) -> Result<Sum, Option<Finding>> {
    let mut total = Sum::default();
    for operand in operands {
        total.constant = plus(total.constant, operand.constant);
        for (term, factor) in operand.terms {
            let factor = match total.terms.get(&term) {
                Some(known) => known.zip(&factor, |a, b| a + b),
                None => factor,
            };
            total.terms.insert(term, factor);
        }
        if total.terms.len() > MOST_TERMS {
            return Err(refuse(
                format!("more than {MOST_TERMS} paths meet here"),
                "each is a process of its own",
            ));
        }
    }
    Ok(total)
}

fn plus(a: Option<Parameter>, b: Option<Parameter>) -> Option<Parameter> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.zip(&b, |a, b| a + b)),
        (one, other) => one.or(other),
    }
}

fn delayed(sum: Sum, steps: &Parameter) -> Result<Sum, Option<Finding>> {
    let delay = |what: String| {
        Some(
            Finding::error(
                "lava-delay",
                "spikes arrive after 64 steps at most, all of a layer at once",
                what,
            )
            .why("every process takes a step, and a synapse delays by 6 bits of steps at most"),
        )
    };
    let Some(steps) = steps.shared() else {
        return Err(delay("delays differ within a layer".into()));
    };
    if sum.constant.as_ref().is_some_and(|c| !c.is_zero()) {
        return Err(refuse(
            "it holds a bias back",
            "a bias of Lava's neuron acts from the first step on",
        ));
    }
    let longest = sum.terms.keys().map(|t| t.steps).max().unwrap_or(0);
    if steps < 0.0 || steps.fract() != 0.0 || steps + longest as f64 > MOST_STEPS as f64 {
        return Err(delay(format!(
            "this is a delay of {}",
            steps + longest as f64
        )));
    }
    let later = |term: Term| Term {
        steps: term.steps + steps as usize,
        ..term
    };
    Ok(Sum {
        terms: sum.terms.into_iter().map(|(t, f)| (later(t), f)).collect(),
        constant: sum.constant,
    })
}
