//! The linear maps of a step, on plain slices.

use ndarray::{ArrayView2, ArrayView3, ArrayViewD, Axis, Ix2, linalg::general_mat_vec_mul};
use num_traits::Float;

use super::PoolKind;

/// What the interpreter computes in: f32 or f64.
pub trait Real:
    Float + ndarray::LinalgScalar + std::ops::AddAssign + Send + Sync + 'static
{
    /// The nearest number to `value`.
    fn of(value: f64) -> Self;
    /// As f64, exactly.
    fn as_f64(self) -> f64;
}

impl Real for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn as_f64(self) -> f64 {
        self
    }
}

/// y = W x for each matrix of a batch: weight [.., out, in], x [.., in], y [.., out].
pub(super) fn linear<T: Real>(weight: &ArrayViewD<'_, T>, x: &[T], y: &mut [T]) {
    let rank = weight.ndim();
    let (rows, columns) = (weight.shape()[rank - 2], weight.shape()[rank - 1]);
    if rank == 2 {
        if let Ok(matrix) = weight.view().into_dimensionality::<Ix2>() {
            multiply(matrix, x, y);
        }
        return;
    }
    let inner: usize = weight.shape()[1..rank - 2].iter().product();
    for (i, part) in weight.axis_iter(Axis(0)).enumerate() {
        linear(
            &part,
            &x[i * inner * columns..(i + 1) * inner * columns],
            &mut y[i * inner * rows..(i + 1) * inner * rows],
        );
    }
}

fn multiply<T: Real>(matrix: ArrayView2<'_, T>, x: &[T], y: &mut [T]) {
    let active: Vec<usize> = (0..x.len()).filter(|&j| x[j] != T::zero()).collect();
    if active.len() * 8 > x.len() {
        let mut y = ndarray::ArrayViewMut1::from(y);
        general_mat_vec_mul(
            T::one(),
            &matrix,
            &ndarray::ArrayView1::from(x),
            T::zero(),
            &mut y,
        );
        return;
    }
    for (row, y) in matrix.outer_iter().zip(y) {
        *y = active.iter().fold(T::zero(), |sum, &j| sum + row[j] * x[j]);
    }
}

/// The window positions of a convolution or pool along the spatial dimensions.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// Spatial extents of the input, the kernel and the output.
    pub input: Vec<usize>,
    pub kernel: Vec<usize>,
    pub output: Vec<usize>,
    pub stride: Vec<usize>,
    pub dilation: Vec<usize>,
    /// Zeros before the first element, for each dimension.
    pub before: Vec<usize>,
}

impl Window {
    /// Calls `visit(output position, kernel position, input position)` for every pair in range.
    fn each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let total = |extents: &[usize]| extents.iter().product::<usize>();
        for out in 0..total(&self.output) {
            'kernel: for tap in 0..total(&self.kernel) {
                let (mut o, mut k, mut position, mut step) = (out, tap, 0, 1);
                for d in (0..self.output.len()).rev() {
                    let at = (o % self.output[d]) * self.stride[d]
                        + (k % self.kernel[d]) * self.dilation[d];
                    let Some(at) = at
                        .checked_sub(self.before[d])
                        .filter(|&at| at < self.input[d])
                    else {
                        continue 'kernel;
                    };
                    position += at * step;
                    step *= self.input[d];
                    o /= self.output[d];
                    k /= self.kernel[d];
                }
                visit(out, tap, position);
            }
        }
    }
}

/// Cross-correlation: weight [out channels, in channels / groups, taps].
pub(super) fn convolution<T: Real>(
    weight: ArrayView3<'_, T>,
    window: &Window,
    groups: usize,
    x: &[T],
    y: &mut [T],
) {
    let (out_channels, in_per_group, _) = weight.dim();
    let out_per_group = out_channels / groups;
    let pixels_in: usize = window.input.iter().product();
    let pixels_out: usize = window.output.iter().product();
    y.fill(T::zero());
    window.each(|out, tap, position| {
        for group in 0..groups {
            for c in 0..in_per_group {
                let value = x[(group * in_per_group + c) * pixels_in + position];
                if value == T::zero() {
                    continue;
                }
                for o in group * out_per_group..(group + 1) * out_per_group {
                    y[o * pixels_out + out] += weight[[o, c, tap]] * value;
                }
            }
        }
    });
}

/// Sum or mean over windows of each channel.
pub(super) fn pool<T: Real>(kind: PoolKind, window: &Window, x: &[T], y: &mut [T]) {
    let pixels_in: usize = window.input.iter().product();
    let pixels_out: usize = window.output.iter().product();
    let taps: usize = window.kernel.iter().product();
    let factor = match kind {
        PoolKind::Sum => T::one(),
        PoolKind::Average => T::one() / T::of(taps as f64),
    };
    y.fill(T::zero());
    let channels = x.len().checked_div(pixels_in).unwrap_or(0);
    window.each(|out, _, position| {
        for channel in 0..channels {
            y[channel * pixels_out + out] += factor * x[channel * pixels_in + position];
        }
    });
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, ArrayD, IxDyn};

    use super::*;

    fn ramp(count: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 37) % 11) as f64 - 5.0).collect()
    }

    #[test]
    fn sparse_and_dense_inputs_give_the_same() {
        let weight = ArrayD::from_shape_vec(IxDyn(&[5, 40]), ramp(200)).unwrap();
        for active in [0, 1, 3, 20, 40] {
            let x: Vec<f64> = (0..40)
                .map(|j| if j < active { (j % 3 + 1) as f64 } else { 0.0 })
                .collect();
            let mut y = vec![f64::NAN; 5];
            linear(&weight.view(), &x, &mut y);
            for (i, y) in y.iter().enumerate() {
                let expected: f64 = (0..40).map(|j| weight[[i, j]] * x[j]).sum();
                assert_eq!(*y, expected, "{active} active, row {i}");
            }
        }
    }

    #[test]
    fn leading_dimensions_of_a_weight_are_a_batch() {
        let weight = ArrayD::from_shape_vec(IxDyn(&[2, 1, 3, 2]), ramp(12)).unwrap();
        let x = ramp(4);
        let mut y = vec![0.0; 6];
        linear(&weight.view(), &x, &mut y);
        for b in 0..2 {
            for i in 0..3 {
                let expected: f64 = (0..2).map(|j| weight[[b, 0, i, j]] * x[b * 2 + j]).sum();
                assert_eq!(y[b * 3 + i], expected);
            }
        }
    }

    /// PyTorch's definition, written out for two groups, stride, dilation and uneven padding.
    #[test]
    fn convolution_is_the_written_out_sum() {
        let window = Window {
            input: vec![7, 6],
            kernel: vec![3, 2],
            output: vec![3, 6],
            stride: vec![2, 1],
            dilation: vec![2, 1],
            before: vec![1, 1],
        };
        let (groups, in_per_group, out_channels) = (2, 2, 4);
        let weight = Array3::from_shape_vec((out_channels, in_per_group, 6), ramp(48)).unwrap();
        let x = ramp(4 * 42);
        let mut y = vec![f64::NAN; out_channels * 18];
        convolution(weight.view(), &window, groups, &x, &mut y);
        for o in 0..out_channels {
            for (r, c) in (0..3).flat_map(|r| (0..6).map(move |c| (r, c))) {
                let mut expected = 0.0;
                for i in 0..in_per_group {
                    for (kr, kc) in (0..3).flat_map(|kr| (0..2).map(move |kc| (kr, kc))) {
                        let (row, column) = (r * 2 + kr * 2, c + kc);
                        if (1..8).contains(&row) && (1..7).contains(&column) {
                            let channel = o / 2 * in_per_group + i;
                            expected += weight[[o, i, kr * 2 + kc]]
                                * x[channel * 42 + (row - 1) * 6 + column - 1];
                        }
                    }
                }
                assert_eq!(y[o * 18 + r * 6 + c], expected, "channel {o} at {r}, {c}");
            }
        }
    }

    #[test]
    fn pools_sum_or_average_each_channel() {
        let window = Window {
            input: vec![4, 4],
            kernel: vec![2, 2],
            output: vec![2, 2],
            stride: vec![2, 2],
            dilation: vec![1, 1],
            before: vec![0, 0],
        };
        let x: Vec<f64> = (0..32).map(f64::from).collect();
        let mut y = vec![0.0; 8];
        pool(PoolKind::Sum, &window, &x, &mut y);
        assert_eq!(y, [10.0, 18.0, 42.0, 50.0, 74.0, 82.0, 106.0, 114.0]);
        pool(PoolKind::Average, &window, &x, &mut y);
        assert_eq!(y, [2.5, 4.5, 10.5, 12.5, 18.5, 20.5, 26.5, 28.5]);
    }
}
