//! The terms: signals, and the attributes that ops have.
//!
//! A term stands for a whole signal in time, from the first step on. A neuron begins at its initial
//! state and a delay at zero, so both are functions of the signal that they take, and two of them with
//! the same attributes and the same operand are the same signal. Cycles are cut: see
//! [`import`](super::import).

use std::fmt;

use egg::{FromOp, Id, Language};

use super::{
    analysis::{IndexId, PopulationId},
    tensors::TensorId,
    window::Window,
};

/// A node of a term. The children of an op are its attributes, then its operands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A signal that the terms do not look into: an input, or the value of a cut cycle.
    Source(u32),

    /// An attribute: weights or parameters.
    Tensor(TensorId),
    /// An attribute: what a convolution or a pool looks at.
    Window(Window),
    /// An attribute: the extent of each dimension.
    Shape(Box<[usize]>),
    /// An attribute: positions along the first dimension.
    Index(IndexId),
    /// An attribute: all that a neuron op has.
    Population(PopulationId),

    /// `(linear w x)`: y = W x.
    Linear([Id; 2]),
    /// `(convolution window w x)`.
    Convolution([Id; 3]),
    /// `(sum-pool window x)`.
    SumPool([Id; 2]),
    /// `(average-pool window x)`.
    AveragePool([Id; 2]),
    /// `(scale s x)`.
    Scale([Id; 2]),
    /// `(bias b x)`.
    Bias([Id; 2]),
    /// `(reshape shape x)`.
    Reshape([Id; 2]),
    /// `(delay d x)`: seconds at level ct, steps at level dt.
    Delay([Id; 2]),
    /// `(neuron population x)`.
    Neuron([Id; 2]),
    /// `(sum x ...)`.
    Sum(Box<[Id]>),

    /// `(gather index x)`: the parts of x at these positions along the first dimension. It has no op of
    /// its own in the dialects; it is a step on the way to others.
    Gather([Id; 2]),
    /// `(scatter index shape x)`: the inverse of a gather, with zeros at all other positions. No op.
    Scatter([Id; 3]),
    /// `(concat x y)`: one after the other along the first dimension. No op.
    Concat([Id; 2]),
}

/// The name of each op in a pattern.
macro_rules! names {
    ($($Variant:ident = $name:literal),* $(,)?) => {
        impl Node {
            /// The op's name; `None` for a leaf.
            pub fn op(&self) -> Option<&'static str> {
                match self {
                    $(Self::$Variant(_) => Some($name),)*
                    _ => None,
                }
            }
        }

        impl FromOp for Node {
            type Error = egg::FromOpError;

            fn from_op(op: &str, children: Vec<Id>) -> Result<Self, Self::Error> {
                let unknown = || egg::FromOpError::new(op, children.clone());
                match op {
                    $($name => Ok(Self::$Variant(
                        children.clone().try_into().map_err(|_| unknown())?,
                    )),)*
                    _ => Err(unknown()),
                }
            }
        }
    };
}

names! {
    Linear = "linear",
    Convolution = "convolution",
    SumPool = "sum-pool",
    AveragePool = "average-pool",
    Scale = "scale",
    Bias = "bias",
    Reshape = "reshape",
    Delay = "delay",
    Neuron = "neuron",
    Sum = "sum",
    Gather = "gather",
    Scatter = "scatter",
    Concat = "concat",
}

impl Language for Node {
    type Discriminant = std::mem::Discriminant<Self>;

    fn discriminant(&self) -> Self::Discriminant {
        std::mem::discriminant(self)
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Source(a), Self::Source(b)) => a == b,
            (Self::Tensor(a), Self::Tensor(b)) => a == b,
            (Self::Window(a), Self::Window(b)) => a == b,
            (Self::Shape(a), Self::Shape(b)) => a == b,
            (Self::Index(a), Self::Index(b)) => a == b,
            (Self::Population(a), Self::Population(b)) => a == b,
            _ => {
                self.discriminant() == other.discriminant()
                    && self.children().len() == other.children().len()
            }
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Self::Source(_)
            | Self::Tensor(_)
            | Self::Window(_)
            | Self::Shape(_)
            | Self::Index(_)
            | Self::Population(_) => &[],
            Self::Linear(c)
            | Self::SumPool(c)
            | Self::AveragePool(c)
            | Self::Scale(c)
            | Self::Bias(c)
            | Self::Reshape(c)
            | Self::Delay(c)
            | Self::Neuron(c)
            | Self::Gather(c)
            | Self::Concat(c) => c,
            Self::Convolution(c) | Self::Scatter(c) => c,
            Self::Sum(c) => c,
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Self::Source(_)
            | Self::Tensor(_)
            | Self::Window(_)
            | Self::Shape(_)
            | Self::Index(_)
            | Self::Population(_) => &mut [],
            Self::Linear(c)
            | Self::SumPool(c)
            | Self::AveragePool(c)
            | Self::Scale(c)
            | Self::Bias(c)
            | Self::Reshape(c)
            | Self::Delay(c)
            | Self::Neuron(c)
            | Self::Gather(c)
            | Self::Concat(c) => c,
            Self::Convolution(c) | Self::Scatter(c) => c,
            Self::Sum(c) => c,
        }
    }
}

impl Node {
    /// The number of children that are attributes.
    pub fn attributes(&self) -> usize {
        match self {
            Self::Convolution(_) | Self::Scatter(_) => 2,
            Self::Sum(_) | Self::Concat(_) => 0,
            other => usize::from(other.op().is_some()),
        }
    }

    /// The children that are signals.
    pub fn operands(&self) -> &[Id] {
        &self.children()[self.attributes()..]
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "source-{source}"),
            Self::Tensor(tensor) => write!(f, "tensor-{}", tensor.0),
            Self::Window(window) => write!(f, "{window}"),
            Self::Shape(shape) => write!(f, "{shape:?}"),
            Self::Index(index) => write!(f, "index-{}", index.0),
            Self::Population(population) => write!(f, "population-{}", population.0),
            op => f.write_str(op.op().unwrap_or("?")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_are_read_by_name_with_their_number_of_children() {
        let [a, b, c] = [0, 1, 2].map(Id::from);
        let read = Node::from_op("convolution", vec![a, b, c]).unwrap();
        assert_eq!(read, Node::Convolution([a, b, c]));
        assert_eq!(read.operands(), [c]);
        assert!(Node::from_op("convolution", vec![a, b]).is_err());
        assert!(Node::from_op("source-1", vec![]).is_err());
        let sum = Node::from_op("sum", vec![a, b]).unwrap();
        assert_eq!(sum.operands(), [a, b]);
        assert!(!sum.matches(&Node::Sum([a].into())));
    }
}
