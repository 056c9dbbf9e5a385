//! Arithmetic on parameters that hold one value for all neurons or one for each.

use melior::Context;
use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{
    finding::Finding,
    ir::DenseTensor,
    tensor::{Tensor, TensorStore},
};

/// A parameter of a population, in f64: one value if all neurons share it, else one for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter(Vec<f64>);

impl Parameter {
    /// The same value for all neurons.
    pub fn uniform(value: f64) -> Self {
        Self(vec![value])
    }

    /// One value for each neuron; kept as one if they are equal.
    pub fn each(values: Vec<f64>) -> Self {
        match values.split_first() {
            Some((first, rest)) if rest.iter().all(|x| x == first) => Self(vec![*first]),
            _ => Self(values),
        }
    }

    /// The values of `tensor`.
    ///
    /// # Errors
    ///
    /// A finding if the tensor's elements are not with the program, or not all finite numbers.
    pub fn read(tensors: &TensorStore, tensor: DenseTensor<'_>) -> Result<Self, Finding> {
        let this = match tensor.splat() {
            Some(value) => Self::uniform(value),
            None => Self::each(tensors.resolve(tensor)?.to_f64()),
        };
        match this.0.iter().find(|value| !value.is_finite()) {
            None => Ok(this),
            Some(value) => Err(Finding::error(
                "ir-not-finite",
                "parameters are finite numbers",
                format!("a parameter is {value}"),
            )),
        }
    }

    /// The value of neuron `index`.
    pub fn get(&self, index: usize) -> f64 {
        match self.0.as_slice() {
            [uniform] => *uniform,
            values => values.get(index).copied().unwrap_or(f64::NAN),
        }
    }

    /// The distinct values that are held: one, or one for each neuron.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The value that all neurons share, if they share one.
    pub fn shared(&self) -> Option<f64> {
        match self.0.as_slice() {
            [uniform] => Some(*uniform),
            _ => None,
        }
    }

    /// Whether every value is zero.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|x| *x == 0.0)
    }

    /// `f` of this parameter.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self::each(self.0.iter().map(|x| f(*x)).collect())
    }

    /// `f` of this and another parameter.
    pub fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let count = self.0.len().max(other.0.len());
        Self::each((0..count).map(|n| f(self.get(n), other.get(n))).collect())
    }

    /// An attribute of f64 in `shape`; held under `key` if it does not stand in the IR.
    pub fn attribute<'c>(
        &self,
        context: &'c Context,
        tensors: &mut TensorStore,
        key: &str,
        shape: &[usize],
    ) -> DenseTensor<'c> {
        let tensor = match self.0.as_slice() {
            [_] => Tensor::from(self.0.clone()),
            values => match ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()) {
                Ok(array) => array.into(),
                Err(_) => Tensor::from(values.to_vec()),
            },
        };
        match (self.0.len(), DenseTensor::inline(context, &tensor, shape)) {
            (1, Some(uniform)) => uniform,
            _ => tensors.attribute(context, key, tensor),
        }
    }
}
