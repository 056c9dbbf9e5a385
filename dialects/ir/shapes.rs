//! Checks that the attributes of an op fit the shapes of its operands and result.
//!
//! IRDL can demand that two types have equal shapes; it cannot relate a type to the shape of a tensor
//! in an attribute. The typed views do, whenever they read an op.

use melior::ir::{OperationRef, Value, ValueLike, operation::OperationLike};

use super::{DenseTensor, SignalText, program::node_name};
use crate::finding::Finding;

/// The shapes around an op.
pub struct Shapes {
    node: String,
    op: String,
    /// The shape of the first operand; all operands of an op have one shape. `None` without operand.
    input: Option<Vec<usize>>,
    /// The shape of the result; `None` without result.
    output: Option<Vec<usize>>,
}

impl Shapes {
    /// The shapes around `operation`.
    ///
    /// # Errors
    ///
    /// A finding if an operand or result is no signal with a shape of counts.
    pub fn of(operation: OperationRef<'_, '_>) -> Result<Self, Finding> {
        let types = operation.operands().map(|v| v.r#type());
        for r#type in types.chain(operation.results().map(|v| v.r#type())) {
            if SignalText::of(r#type).is_none() {
                return Err(Finding::error(
                    "ir-type",
                    "a signal's shape is a list of counts",
                    format!("the type is `{}`", r#type),
                )
                .at(node_name(operation)));
            }
        }
        let shape = |value: Option<Value<'_, '_>>| {
            value
                .and_then(|v| SignalText::of(v.r#type()))
                .map(|text| text.shape)
        };
        let name = operation.name();
        Ok(Self {
            node: node_name(operation),
            op: name.as_string_ref().as_str().unwrap_or("?").to_owned(),
            input: shape(operation.operand(0).ok()),
            output: shape(operation.result(0).ok().map(Into::into)),
        })
    }

    /// The finding for something that does not fit.
    pub fn misfit(&self, what: impl std::fmt::Display) -> Finding {
        Finding::error(
            "ir-shape",
            "an op's attributes, operands and result fit each other",
            format!("`{}`: {what}", self.op),
        )
        .at(&self.node)
    }

    fn both(&self) -> Option<(&[usize], &[usize])> {
        Some((self.input.as_deref()?, self.output.as_deref()?))
    }

    /// Each parameter has one element, or one for each element of the result.
    ///
    /// # Errors
    ///
    /// A finding that names the first parameter that has another number.
    pub fn elementwise(&self, parameters: &[(&str, DenseTensor<'_>)]) -> Result<(), Finding> {
        let Some(shape) = self.output.as_deref().or(self.input.as_deref()) else {
            return Ok(());
        };
        let count = product(shape);
        for (name, tensor) in parameters {
            let own = product(&tensor.shape());
            if own != Some(1) && own != count {
                return Err(self.misfit(format!(
                    "`{name}` has shape {:?} for elements of shape {shape:?}",
                    tensor.shape()
                )));
            }
        }
        Ok(())
    }

    /// A weight [.., out, in] maps [.., in] to [.., out].
    ///
    /// # Errors
    ///
    /// A finding if it does not.
    pub fn linear(&self, weight: &[usize]) -> Result<(), Finding> {
        let [batch @ .., out, inputs] = weight else {
            return Err(self.misfit(format!("a weight of shape {weight:?} is no matrix")));
        };
        let fits = |shape: &[usize], extent: usize| {
            shape
                .split_last()
                .is_some_and(|(last, rest)| *last == extent && rest == batch)
        };
        if self
            .output
            .as_deref()
            .is_some_and(|output| !fits(output, *out))
            || self
                .input
                .as_deref()
                .is_some_and(|input| !fits(input, *inputs))
        {
            return Err(self.misfit(format!(
                "a weight of shape {weight:?} does not map {:?} to {:?}",
                self.input.as_deref().unwrap_or_default(),
                self.output.as_deref().unwrap_or_default()
            )));
        }
        Ok(())
    }

    /// A bias has one element, one for each channel (the first dimension) or one for each element.
    ///
    /// # Errors
    ///
    /// A finding if it has another number.
    pub fn bias(&self, bias: &[usize], channels_first: bool) -> Result<(), Finding> {
        let Some(output) = self.output.as_deref() else {
            return Ok(());
        };
        let count = product(bias);
        let per_channel = if channels_first {
            output.first()
        } else {
            output.last()
        };
        let fits = count == Some(1)
            || count == product(output)
            || (bias.len() == 1 && bias.first() == per_channel);
        if fits {
            Ok(())
        } else {
            Err(self.misfit(format!("a bias of shape {bias:?} for {output:?}")))
        }
    }

    /// A convolution with weight [out channels, in channels / groups, kernel ..]; padding before and
    /// after, for each dimension.
    ///
    /// # Errors
    ///
    /// A finding if the channels or extents do not fit.
    pub fn convolution(
        &self,
        weight: DenseTensor<'_>,
        groups: i64,
        stride: &[i64],
        padding: &[i64],
        dilation: &[i64],
    ) -> Result<(), Finding> {
        let weight = &weight.shape();
        let [out_channels, in_channels, kernel @ ..] = weight.as_slice() else {
            return Err(self.misfit(format!("a weight of shape {weight:?} is no kernel")));
        };
        let fits = usize::try_from(groups)
            .ok()
            .filter(|g| *g > 0 && out_channels % g == 0);
        let Some(groups) = fits else {
            return Err(self.misfit(format!("{out_channels} output channels in {groups} groups")));
        };
        if let Some((input, output)) = self.both()
            && (input.first() != in_channels.checked_mul(groups).as_ref()
                || output.first() != Some(out_channels))
        {
            return Err(self.misfit(format!(
                "a weight of shape {weight:?} in {groups} groups does not map {input:?} to {output:?}"
            )));
        }
        self.window(kernel, stride, padding, dilation)
    }

    /// A pool; padding before and after, for each dimension.
    ///
    /// # Errors
    ///
    /// A finding if the extents do not fit.
    pub fn pool(
        &self,
        kernel_size: &[i64],
        stride: &[i64],
        padding: &[i64],
    ) -> Result<(), Finding> {
        let kernel: Vec<usize> = kernel_size.iter().map(|k| (*k).max(0) as usize).collect();
        self.window(&kernel, stride, padding, &vec![1; kernel.len()])
    }

    /// The output has one element for each window of the input.
    ///
    /// # Errors
    ///
    /// A finding if it has not, or a number of the window is out of range.
    fn window(
        &self,
        kernel: &[usize],
        stride: &[i64],
        padding: &[i64],
        dilation: &[i64],
    ) -> Result<(), Finding> {
        let rank = kernel.len();
        let in_range = stride
            .iter()
            .chain(dilation)
            .all(|v| (1..=MAX_EXTENT).contains(v))
            && padding.iter().all(|v| (0..=MAX_EXTENT).contains(v))
            && kernel.iter().all(|k| (1..=MAX_EXTENT as usize).contains(k));
        if rank == 0
            || stride.len() != rank
            || dilation.len() != rank
            || padding.len() != 2 * rank
            || !in_range
        {
            return Err(self.misfit(format!(
                "kernel {kernel:?}, stride {stride:?}, dilation {dilation:?}, padding {padding:?}"
            )));
        }
        let Some((input, output)) = self.both() else {
            return Ok(());
        };
        let expected: Option<Vec<usize>> = (input.len() == rank + 1)
            .then(|| {
                (0..rank)
                    .map(|d| {
                        let reach = dilation[d] * (kernel[d] as i64 - 1) + 1;
                        let padded = i64::try_from(input[d + 1])
                            .ok()?
                            .checked_add(padding[2 * d] + padding[2 * d + 1])?;
                        usize::try_from((padded - reach).div_euclid(stride[d]) + 1)
                            .ok()
                            .filter(|n| *n > 0)
                    })
                    .collect()
            })
            .flatten();
        if expected.as_deref() == output.get(1..) && output.len() == rank + 1 {
            return Ok(());
        }
        Err(self.misfit(format!(
            "kernel {kernel:?}, stride {stride:?}, dilation {dilation:?}, padding {padding:?} do not make {output:?} of {input:?}"
        )))
    }

    /// Operand and result have the same number of elements.
    ///
    /// # Errors
    ///
    /// A finding if they have not.
    pub fn reshape(&self) -> Result<(), Finding> {
        match self.both() {
            Some((input, output)) if product(input) != product(output) => {
                Err(self.misfit(format!("{input:?} cannot become {output:?}")))
            }
            _ => Ok(()),
        }
    }
}

/// The largest number of a window; keeps sums of them in range.
const MAX_EXTENT: i64 = 1 << 31;

/// The number of elements; `None` if it is out of range.
pub fn product(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |n, extent| n.checked_mul(*extent))
}
