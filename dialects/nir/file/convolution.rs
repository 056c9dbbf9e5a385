//! Output shapes of convolution, pooling and Flatten, as PyTorch defines them.

use super::graph::{Convolution, Padding, Pool};

impl<const N: usize> Convolution<N> {
    /// The number of output channels, and of input channels of all groups together; `None` where
    /// the weight has another rank than 2 + `N`.
    pub(super) fn channels(&self) -> Option<(usize, usize)> {
        match *self.weight.shape() {
            [output, input, ref kernel @ ..] if kernel.len() == N => {
                Some((output, input.checked_mul(self.groups)?))
            }
            _ => None,
        }
    }

    fn kernel(&self) -> Option<[usize; N]> {
        self.weight.shape().get(2..)?.try_into().ok()
    }

    /// The spatial output shape for a spatial `input`, or what is wrong.
    ///
    /// `floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1` for each dimension
    /// (<https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html>). PyTorch refuses
    /// `same` with a stride; here it is the stride-1 result taken at every stride-th position,
    /// which has `ceil(in / stride)` of them.
    pub(super) fn output(&self, input: [usize; N]) -> Result<[usize; N], String> {
        let kernel = self.kernel().ok_or("the weight has the wrong rank")?;
        let mut output = [0; N];
        for (i, extent) in output.iter_mut().enumerate() {
            *extent = match self.padding {
                Padding::Same => input[i].div_ceil(self.stride[i]),
                Padding::Valid => window(input[i], kernel[i], self.stride[i], 0, self.dilation[i])?,
                Padding::Explicit(padding) => window(
                    input[i],
                    kernel[i],
                    self.stride[i],
                    padding[i],
                    self.dilation[i],
                )?,
            };
        }
        Ok(output)
    }

    /// Whether a stride larger than 1 meets `same` padding, which PyTorch refuses.
    pub(super) fn is_same_with_stride(&self) -> bool {
        self.padding == Padding::Same && self.stride.iter().any(|&s| s > 1)
    }

    /// The spatial output shape that nir 1.0.8 computes, which is wrong in two cases: it takes the
    /// first kernel extent for all dimensions, and it ignores the stride under `same`.
    pub(super) fn nir_output(&self, input: [usize; N]) -> Option<[usize; N]> {
        if self.padding == Padding::Same {
            return Some(input);
        }
        let padding = match self.padding {
            Padding::Explicit(padding) => padding,
            _ => [0; N],
        };
        let first = *self.kernel()?.first()?;
        let mut output = [0; N];
        for (i, extent) in output.iter_mut().enumerate() {
            *extent = window(
                input[i],
                first,
                self.stride[i],
                padding[i],
                self.dilation[i],
            )
            .ok()?;
        }
        Some(output)
    }
}

impl Pool {
    /// The (height, width) of the output; incomplete windows at the end are left out
    /// (<https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html>, `ceil_mode`
    /// false).
    pub(super) fn output(&self, input: [usize; 2]) -> Result<[usize; 2], String> {
        let mut output = [0; 2];
        for (i, extent) in output.iter_mut().enumerate() {
            let (kernel, stride, padding) = (self.kernel_size[i], self.stride[i], self.padding[i]);
            *extent = window(input[i], kernel, stride, padding, 1)?;
        }
        Ok(output)
    }
}

/// The number of positions of a window of `kernel` elements, `dilation` apart, that moves by
/// `stride` over `input` elements with `padding` zeros on both sides.
fn window(
    input: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Result<usize, String> {
    let too_large = || "a window is too large to be computed with".to_owned();
    let span = kernel
        .checked_sub(1)
        .and_then(|k| k.checked_mul(dilation)?.checked_add(1))
        .ok_or_else(too_large)?;
    let padded = padding
        .checked_mul(2)
        .and_then(|p| p.checked_add(input))
        .ok_or_else(too_large)?;
    match padded.checked_sub(span) {
        Some(room) => room
            .checked_div(stride)
            .and_then(|steps| steps.checked_add(1))
            .ok_or_else(|| "the stride is 0".to_owned()),
        None => Err(format!(
            "a window of {span} elements does not fit an input of {input} with padding {padding}"
        )),
    }
}

/// The shape after the dimensions `start` to `end`, inclusive, are joined
/// (<https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html>, without a batch axis).
pub(super) fn flatten(shape: &[usize], start: i64, end: i64) -> Result<Vec<usize>, String> {
    let rank = shape.len();
    let index = |dimension: i64| {
        let from_start = if dimension < 0 {
            dimension.checked_add_unsigned(rank as u64)
        } else {
            Some(dimension)
        };
        from_start
            .and_then(|i| usize::try_from(i).ok())
            .filter(|&i| i < rank)
    };
    let (Some(first), Some(last)) = (index(start), index(end)) else {
        return Err(format!(
            "the dimensions {start} to {end} do not exist in the shape {shape:?}"
        ));
    };
    match (
        shape.get(..first),
        shape.get(first..=last),
        shape.get(last + 1..),
    ) {
        (Some(before), Some(joined), Some(after)) if first <= last => {
            let joined = joined.iter().product();
            Ok([before, &[joined], after].concat())
        }
        _ => Err(format!(
            "the dimension {start} comes after {end} in the shape {shape:?}"
        )),
    }
}
