//! Level 1, `nir`: the graph as the file has it.

pub mod data;
pub mod file;

mod export;
mod import;
mod metadata;

pub use export::export;
pub use import::import;

use melior::{
    Context,
    ir::{Attribute, Type, attribute::StringAttribute},
};

use crate::{
    finding::Finding,
    ir::{
        AttributeValue, DenseTensor, DialectOp, MetadataAttribute, Shapes, SignalText, Symbol,
        shape_text,
    },
};

crate::dialect! {
    /// The primitives of NIR. Attributes have the names of the file's datasets.
    pub enum Op in "nir" {
        /// Where signals enter.
        Input = "input" { metadata: Option<MetadataAttribute<'c>> },
        /// Where signals leave.
        Output = "output" { metadata: Option<MetadataAttribute<'c>> },
        /// y = W x + b.
        Affine = "affine" {
            weight: DenseTensor<'c>, bias: DenseTensor<'c>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// y = W x.
        Linear = "linear" { weight: DenseTensor<'c>, metadata: Option<MetadataAttribute<'c>> },
        /// y = s x, elementwise.
        Scale = "scale" { scale: DenseTensor<'c>, metadata: Option<MetadataAttribute<'c>> },
        /// Cross-correlation in one dimension.
        Conv1d = "conv1d" {
            weight: DenseTensor<'c>, bias: DenseTensor<'c>,
            stride: Vec<i64>, padding: Padding, dilation: Vec<i64>, groups: i64,
            input_shape: Option<Vec<i64>>, metadata: Option<MetadataAttribute<'c>>,
        },
        /// Cross-correlation in two dimensions.
        Conv2d = "conv2d" {
            weight: DenseTensor<'c>, bias: DenseTensor<'c>,
            stride: Vec<i64>, padding: Padding, dilation: Vec<i64>, groups: i64,
            input_shape: Option<Vec<i64>>, metadata: Option<MetadataAttribute<'c>>,
        },
        /// Sum over windows.
        SumPool2d = "sum_pool2d" {
            kernel_size: Vec<i64>, stride: Vec<i64>, padding: Vec<i64>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Mean over windows.
        AvgPool2d = "avg_pool2d" {
            kernel_size: Vec<i64>, stride: Vec<i64>, padding: Vec<i64>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Joins dimensions.
        Flatten = "flatten" {
            start_dim: i64, end_dim: i64, input_type: Option<Vec<i64>>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// y(t) = x(t - delay).
        Delay = "delay" { delay: DenseTensor<'c>, metadata: Option<MetadataAttribute<'c>> },
        /// A spike where x > threshold.
        Threshold = "threshold" {
            threshold: DenseTensor<'c>, metadata: Option<MetadataAttribute<'c>>,
        },
        /// Integrator.
        I = "i" { r: DenseTensor<'c>, metadata: Option<MetadataAttribute<'c>> },
        /// Leaky integrator.
        Li = "li" {
            tau: DenseTensor<'c>, r: DenseTensor<'c>, v_leak: DenseTensor<'c>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Integrate and fire.
        If = "if" {
            r: DenseTensor<'c>, v_threshold: DenseTensor<'c>, v_reset: Option<DenseTensor<'c>>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Leaky integrate and fire.
        Lif = "lif" {
            tau: DenseTensor<'c>, r: DenseTensor<'c>, v_leak: DenseTensor<'c>,
            v_threshold: DenseTensor<'c>, v_reset: Option<DenseTensor<'c>>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Current-based leaky integrator.
        CubaLi = "cuba_li" {
            tau_syn: DenseTensor<'c>, tau_mem: DenseTensor<'c>, r: DenseTensor<'c>,
            v_leak: DenseTensor<'c>, w_in: Option<DenseTensor<'c>>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// Current-based leaky integrate and fire.
        CubaLif = "cuba_lif" {
            tau_syn: DenseTensor<'c>, tau_mem: DenseTensor<'c>, r: DenseTensor<'c>,
            v_leak: DenseTensor<'c>, v_threshold: DenseTensor<'c>,
            v_reset: Option<DenseTensor<'c>>, w_in: Option<DenseTensor<'c>>,
            metadata: Option<MetadataAttribute<'c>>,
        },
        /// A nested graph.
        Graph = "graph" { callee: Symbol, metadata: Option<MetadataAttribute<'c>> },
    }
}

impl Op<'_> {
    fn check(&self, shapes: &Shapes) -> Result<(), Finding> {
        match self {
            Self::Input { .. } | Self::Output { .. } | Self::Graph { .. } => Ok(()),
            Self::Affine { weight, bias, .. } => {
                shapes.linear(&weight.shape())?;
                shapes.bias(&bias.shape(), false)
            }
            Self::Linear { weight, .. } => shapes.linear(&weight.shape()),
            Self::Conv1d {
                weight,
                bias,
                stride,
                padding,
                dilation,
                groups,
                ..
            }
            | Self::Conv2d {
                weight,
                bias,
                stride,
                padding,
                dilation,
                groups,
                ..
            } => {
                let kernel = weight.shape();
                let padding = padding.explicit(kernel.get(2..).unwrap_or_default(), dilation);
                shapes.convolution(*weight, *groups, stride, &padding, dilation)?;
                shapes.bias(&bias.shape(), true)
            }
            Self::SumPool2d {
                kernel_size,
                stride,
                padding,
                ..
            }
            | Self::AvgPool2d {
                kernel_size,
                stride,
                padding,
                ..
            } => shapes.pool(kernel_size, stride, &both_sides(padding)),
            Self::Flatten { .. } => shapes.reshape(),
            Self::Scale { .. }
            | Self::Delay { .. }
            | Self::Threshold { .. }
            | Self::I { .. }
            | Self::Li { .. }
            | Self::If { .. }
            | Self::Lif { .. }
            | Self::CubaLi { .. }
            | Self::CubaLif { .. } => shapes.elementwise(&self.tensors()),
        }
    }
}

/// Padding of a convolution, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `"same"`: the output has ceil(input / stride) elements.
    Same,
    /// `"valid"`: none.
    Valid,
    /// As many elements before as after, for each dimension.
    Explicit(Vec<i64>),
}

impl Padding {
    /// Zeros before and after, for each dimension. `same` adds dilation * (kernel - 1), the smaller
    /// half first, as PyTorch does.
    pub fn explicit(&self, kernel: &[usize], dilation: &[i64]) -> Vec<i64> {
        match self {
            Self::Explicit(padding) => both_sides(padding),
            Self::Valid => vec![0; 2 * kernel.len()],
            Self::Same => kernel
                .iter()
                .zip(dilation)
                .flat_map(|(k, d)| {
                    let total = d.saturating_mul((*k as i64).saturating_sub(1));
                    [total / 2, total - total / 2]
                })
                .collect(),
        }
    }
}

/// The same padding before and after.
pub fn both_sides(padding: &[i64]) -> Vec<i64> {
    padding.iter().flat_map(|p| [*p, *p]).collect()
}

impl<'c> AttributeValue<'c> for Padding {
    const EXPECTED: &'static str = "`\"same\"`, `\"valid\"` or an integer array";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        let attribute = attribute?;
        match StringAttribute::try_from(attribute) {
            Ok(word) => match word.value() {
                "same" => Some(Self::Same),
                "valid" => Some(Self::Valid),
                _ => None,
            },
            Err(_) => Vec::read(Some(attribute)).map(Self::Explicit),
        }
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        match self {
            Self::Same => "same".to_owned().write(context),
            Self::Valid => "valid".to_owned().write(context),
            Self::Explicit(padding) => padding.write(context),
        }
    }
}

/// The module attribute with the version string of the file.
pub const VERSION: &str = "nir.version";
/// The module attribute with a graph's metadata.
pub const METADATA: &str = "nir.metadata";

/// `!nir.signal<[shape]>`.
pub fn signal_type<'c>(context: &'c Context, shape: &[usize]) -> Option<Type<'c>> {
    Type::parse(context, &format!("!nir.signal<{}>", shape_text(shape)))
}

/// The shape of a `!nir.signal`.
pub fn signal_shape(signal: Type<'_>) -> Option<Vec<usize>> {
    SignalText::of(signal)
        .filter(|text| text.name == "nir.signal")
        .map(|text| text.shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_puts_the_smaller_half_first() {
        assert_eq!(Padding::Same.explicit(&[4, 3], &[1, 2]), [1, 2, 2, 2]);
        assert_eq!(
            Padding::Explicit(vec![1, 2]).explicit(&[3, 3], &[1, 1]),
            [1, 1, 2, 2]
        );
        assert_eq!(Padding::Valid.explicit(&[3], &[1]), [0, 0]);
    }
}
