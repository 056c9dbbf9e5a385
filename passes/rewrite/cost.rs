//! What a program costs on a target.
//!
//! A target says for each op what it takes, or that it has no form for it. Extraction looks for the
//! equal program with the fewest ops without a form, and of those for the cheapest: legality and
//! optimality are one question.

use std::{fmt, ops::Add};

use super::{
    analysis::Signal,
    population::Population,
    tensors::{Sign, TensorId, Tensors},
    window::Window,
};

/// What an op or a program takes. Ordered: an op without a form outweighs any amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Ops that the target has no form for.
    pub missing: u64,
    /// What the target counts: words, synaptic operations, cores, as it weighs them.
    pub amount: u64,
}

impl Cost {
    /// An op that the target has no form for.
    pub const MISSING: Self = Self {
        missing: 1,
        amount: 0,
    };
    /// Nothing.
    pub const FREE: Self = Self::of(0);

    /// An amount.
    pub const fn of(amount: u64) -> Self {
        Self { missing: 0, amount }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            missing: self.missing.saturating_add(other.missing),
            amount: self.amount.saturating_add(other.amount),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing {
            0 => write!(f, "{}", self.amount),
            n => write!(f, "{} and {n} ops without a form", self.amount),
        }
    }
}

/// An op as a cost looks at it.
#[derive(Clone, Copy)]
pub enum OpFacts<'f> {
    /// y = W x.
    Linear {
        /// [out, in].
        weight: Weights<'f>,
    },
    /// Cross-correlation.
    Convolution {
        /// What it looks at.
        window: &'f Window,
        /// [out, in / groups, taps ...].
        weight: Weights<'f>,
    },
    /// Sums over windows.
    SumPool {
        /// What it looks at.
        window: &'f Window,
    },
    /// Means over windows.
    AveragePool {
        /// What it looks at.
        window: &'f Window,
    },
    /// y = s x.
    Scale {
        /// One for all, each channel or each element.
        scale: Elements<'f>,
    },
    /// y = x + b.
    Bias {
        /// One for all, each channel or each element.
        bias: Elements<'f>,
    },
    /// Another shape.
    Reshape,
    /// The sum of so many operands.
    Sum {
        /// How many.
        operands: usize,
    },
    /// A delay.
    Delay {
        /// Seconds or steps.
        delay: Elements<'f>,
    },
    /// The neuron.
    Neuron {
        /// Its attributes.
        population: Neuron<'f>,
    },
}

/// An op with the signals around it.
#[derive(Clone, Copy)]
pub struct OpView<'f> {
    /// The op.
    pub op: OpFacts<'f>,
    /// Its first operand.
    pub input: &'f Signal,
    /// What it gives.
    pub output: &'f Signal,
}

/// Weights as a cost looks at them.
#[derive(Clone, Copy)]
pub struct Weights<'f> {
    pub(super) tensors: &'f Tensors,
    pub(super) id: TensorId,
}

impl Weights<'_> {
    /// [out, in / groups, taps ...].
    pub fn shape(&self) -> &[usize] {
        self.tensors.shape(self.id)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.tensors.len(self.id)
    }

    /// How many are not 0, as far as that is known without computing them.
    pub fn nonzeros(&self) -> usize {
        let known = self.tensors.statistics(self.id);
        known.map_or(self.count(), |statistics| statistics.nonzeros)
    }
}

/// Elements as a cost looks at them.
#[derive(Clone, Copy)]
pub struct Elements<'f> {
    pub(super) tensors: &'f Tensors,
    pub(super) id: TensorId,
}

impl Elements<'_> {
    /// How many values are held: 1 if there is one for all.
    pub fn held(&self) -> usize {
        self.tensors.len(self.id)
    }

    /// The value, if there is one for all.
    pub fn uniform(&self) -> Option<f64> {
        self.tensors.number_of(self.id)
    }

    /// Whether all are known to be above 0.
    pub fn positive(&self) -> bool {
        self.tensors.sign(self.id) == Sign::Positive
    }
}

/// A neuron op as a cost looks at it.
#[derive(Clone, Copy)]
pub struct Neuron<'f> {
    pub(super) tensors: &'f Tensors,
    pub(super) population: &'f Population,
}

impl<'f> Neuron<'f> {
    /// All attributes.
    pub fn population(&self) -> &'f Population {
        self.population
    }

    /// A parameter of [`Neuron::population`].
    pub fn parameter(&self, id: TensorId) -> Elements<'f> {
        Elements {
            tensors: self.tensors,
            id,
        }
    }
}

/// How large things may be on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most neurons of a layer.
    pub outputs: Option<usize>,
    /// The most inputs of a layer.
    pub inputs: Option<usize>,
    /// The most weights of a layer.
    pub words: Option<usize>,
    /// The largest matrix that is tried in place of a convolution.
    pub matrix: usize,
    /// The longest delay that one register holds, in steps.
    pub register: Option<usize>,
}

impl Limits {
    /// No limits; and no matrices for convolutions.
    pub const NONE: Self = Self {
        outputs: None,
        inputs: None,
        words: None,
        matrix: 0,
        register: None,
    };

    /// Whether a layer is too large for its outputs or weights.
    pub fn many_outputs(&self, outputs: usize, words: usize) -> bool {
        exceeds(outputs, self.outputs) || exceeds(words, self.words)
    }

    /// Whether a layer is too large for its inputs or weights.
    pub fn many_inputs(&self, inputs: usize, words: usize) -> bool {
        exceeds(inputs, self.inputs) || exceeds(words, self.words)
    }
}

fn exceeds(count: usize, limit: Option<usize>) -> bool {
    limit.is_some_and(|limit| count > limit)
}

/// What a target minimises.
pub trait CostModel: Sync {
    /// The name in reports.
    fn name(&self) -> &str;

    /// What an op takes without its weights.
    fn op(&self, view: &OpView<'_>) -> Cost;

    /// What a table of weights takes. Ops that use the same weights pay it once, if
    /// [`CostModel::shares_tables`].
    fn table(&self, weights: Weights<'_>) -> Cost {
        Cost::of(weights.count() as u64)
    }

    /// Whether ops that use the same weights share their table.
    fn shares_tables(&self) -> bool {
        true
    }

    /// How large layers may be. Larger ones are tried in parts.
    fn limits(&self) -> Limits {
        Limits::NONE
    }
}

/// A machine that computes the dialect's ops as they are: words of memory for weights and parameters, and
/// a small price for each op.
#[derive(Clone, Copy, Debug)]
pub struct GenericCost;

/// What an op takes beside its parameters, in words.
const OP: u64 = 4;

/// The words that hold elements; one number for all is part of the op.
fn table(values: Elements<'_>) -> usize {
    match values.held() {
        1 => 0,
        held => held,
    }
}

impl CostModel for GenericCost {
    fn name(&self) -> &str {
        "generic"
    }

    fn op(&self, view: &OpView<'_>) -> Cost {
        let held = match &view.op {
            OpFacts::Scale { scale: values }
            | OpFacts::Bias { bias: values }
            | OpFacts::Delay { delay: values } => table(*values),
            OpFacts::Neuron { population } => {
                let all = population.population().parameters.present();
                all.map(|id| table(population.parameter(id))).sum()
            }
            // It moves nothing.
            OpFacts::Reshape => return Cost::of(1),
            OpFacts::Sum { operands } => *operands,
            _ => 0,
        };
        let state = match &view.op {
            OpFacts::Delay { delay } => {
                let steps = delay.uniform().unwrap_or(1.0).max(1.0);
                (steps * view.output.count() as f64).min(1e15) as u64
            }
            OpFacts::Neuron { .. } => view.output.count() as u64,
            _ => 0,
        };
        Cost::of(OP + held as u64 + state)
    }
}
