//! Convolutions and pools, by the input elements that are active.

use ndarray::ArrayView3;

use super::{
    PoolKind, Real,
    real::{active, add_scaled},
};
use crate::window::{Reach, Window};

/// Cross-correlation, or a sum over windows: each active input is scattered to the outputs that it
/// reaches.
///
/// An output starts at 0 and adds `weight * x` of the inputs that are not zero, in ascending order
/// of the inputs (channel, then position), as [`super::linear::Linear`] does.
pub(super) struct Convolution<T> {
    /// [in channels, rows of the kernel, packed taps of a row, out channels of a group]
    weights: Vec<T>,
    /// Weights of an input channel; 0 if all channels share them.
    weights_of_channel: usize,
    /// Weights of a row of the kernel.
    weights_of_row: usize,
    reach: Reach,
    in_of_group: usize,
    out_of_group: usize,
    pixels_in: usize,
    pixels_out: usize,
}

impl<T: Real> Convolution<T> {
    /// Of `weight` [out channels, in channels / groups, taps]; `groups` divides the out channels.
    pub fn new(weight: ArrayView3<'_, T>, window: &Window, groups: usize) -> Self {
        let (out_channels, in_of_group, taps) = weight.dim();
        let out_of_group = out_channels / groups;
        let reach = window.reach(false);
        let row = reach.packed.len();
        let mut weights = vec![T::zero(); weight.len()];
        for ((out, channel, tap), value) in weight.indexed_iter() {
            let channel = out / out_of_group * in_of_group + channel;
            let tap = tap / row * row + reach.packed[tap % row];
            weights[(channel * taps + tap) * out_of_group + out % out_of_group] = *value;
        }
        Self {
            weights,
            weights_of_channel: taps * out_of_group,
            weights_of_row: row * out_of_group,
            reach,
            in_of_group,
            out_of_group,
            pixels_in: window.input.iter().product(),
            pixels_out: window.output.iter().product(),
        }
    }

    /// The sum or mean over windows of each channel.
    pub fn pool(kind: PoolKind, window: &Window) -> Self {
        let taps: f64 = window.kernel.iter().map(|&k| k as f64).product();
        let factor = match kind {
            PoolKind::Sum => T::one(),
            PoolKind::Average => T::one() / T::of(taps),
        };
        let reach = window.reach(true);
        let longest = reach.columns.iter().flatten().map(|run| run.length).max();
        Self {
            weights: vec![factor; longest.unwrap_or(0)],
            weights_of_channel: 0,
            weights_of_row: 0,
            reach,
            in_of_group: 1,
            out_of_group: 1,
            pixels_in: window.input.iter().product(),
            pixels_out: window.output.iter().product(),
        }
    }

    /// How many numbers of scratch [`Convolution::run`] needs.
    pub fn scratch(&self) -> usize {
        if self.in_place() {
            0
        } else {
            self.pixels_out * self.out_of_group
        }
    }

    /// Whether channels-last and channels-first are the same.
    fn in_place(&self) -> bool {
        self.out_of_group == 1 || self.pixels_out == 1
    }

    /// `positions` is scratch, as long as `x`.
    #[inline(always)]
    pub fn run(&self, x: &[T], y: &mut [T], positions: &mut [usize], scratch: &mut [T]) {
        let (input, output) = (
            self.in_of_group * self.pixels_in,
            self.out_of_group * self.pixels_out,
        );
        if input == 0 || output == 0 {
            y.fill(T::zero());
            return;
        }
        for (group, (x, y)) in x.chunks(input).zip(y.chunks_mut(output)).enumerate() {
            if self.in_place() {
                y.fill(T::zero());
                self.scatter(group, x, y, positions);
            } else {
                let sums = &mut scratch[..output];
                sums.fill(T::zero());
                self.scatter(group, x, sums, positions);
                transpose(sums, self.out_of_group, y);
            }
        }
    }

    /// Adds what `x` of a group gives to `sums` [output pixels, out channels of the group].
    #[inline(always)]
    fn scatter(&self, group: usize, x: &[T], sums: &mut [T], positions: &mut [usize]) {
        let (reach, out) = (&self.reach, self.out_of_group);
        for (channel, x) in x.chunks(self.pixels_in).enumerate() {
            let channel = group * self.in_of_group + channel;
            let weights = &self.weights[channel * self.weights_of_channel..];
            for &at in active(x, positions) {
                let value = x[at];
                let runs = &reach.columns[at % reach.width];
                for (row, tap) in &reach.rows[at / reach.width] {
                    let weights = &weights[tap * self.weights_of_row..];
                    for run in runs {
                        let length = run.length * out;
                        add_scaled(
                            &mut sums[(row + run.output) * out..][..length],
                            &weights[run.tap * out..][..length],
                            value,
                        );
                    }
                }
            }
        }
    }
}

/// From [pixels, channels] to [channels, pixels].
#[inline(always)]
fn transpose<T: Real>(sums: &[T], channels: usize, y: &mut [T]) {
    let pixels = sums.len() / channels;
    for (channel, y) in y.chunks_mut(pixels).enumerate() {
        for (y, sums) in y.iter_mut().zip(sums.chunks_exact(channels)) {
            *y = sums[channel];
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    fn run<T: Real>(map: &Convolution<T>, x: &[T], outputs: usize) -> Vec<T> {
        let mut y = vec![T::nan(); outputs];
        let mut scratch = vec![T::nan(); map.scratch()];
        map.run(x, &mut y, &mut vec![0; x.len()], &mut scratch);
        y
    }

    fn ramp(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 37) % 11) as f32 / 7.0 - 0.6)
            .collect()
    }

    /// PyTorch's definition, written out for groups, strides, dilations and uneven padding; to the
    /// last bit, as the inputs are added in ascending order.
    #[test]
    fn convolution_is_the_written_out_sum() {
        let (in_of_group, out_channels, input) = (2, 4, [9, 8]);
        for case in 0..(2 * 3 * 3 * 3 * 3 * 3) {
            let pick = |place: usize, of: usize| case / place % of + 1;
            let groups = pick(1, 2);
            let (stride, dilation) = ([pick(2, 3), pick(6, 3)], [pick(18, 3), pick(54, 3)]);
            let (kernel, padding) = ([3, pick(162, 3)], [[1, 0], [2, 1]]);
            let output: [usize; 2] = std::array::from_fn(|d| {
                (input[d] + padding[d][0] + padding[d][1] - dilation[d] * (kernel[d] - 1) - 1)
                    / stride[d]
                    + 1
            });
            let window = Window {
                input: input.to_vec(),
                kernel: kernel.to_vec(),
                output: output.to_vec(),
                stride: stride.to_vec(),
                dilation: dilation.to_vec(),
                before: vec![padding[0][0], padding[1][0]],
            };
            let taps = kernel[0] * kernel[1];
            let weights = ramp(out_channels * in_of_group * taps);
            let weight =
                Array3::from_shape_vec((out_channels, in_of_group, taps), weights).unwrap();
            let mut x = ramp(groups * in_of_group * 72);
            x.iter_mut()
                .skip(case % 5)
                .step_by(3)
                .for_each(|x| *x = 0.0);
            let map = Convolution::new(weight.view(), &window, groups);
            let y = run(&map, &x, out_channels * output[0] * output[1]);
            for (n, y) in y.iter().enumerate() {
                let (o, row, column) = (
                    n / (output[0] * output[1]),
                    n / output[1] % output[0],
                    n % output[1],
                );
                let mut expected = 0.0;
                for i in 0..in_of_group {
                    for tap in 0..taps {
                        let r = row * stride[0] + tap / kernel[1] * dilation[0];
                        let c = column * stride[1] + tap % kernel[1] * dilation[1];
                        let (Some(r), Some(c)) = (r.checked_sub(1), c.checked_sub(2)) else {
                            continue;
                        };
                        if r < input[0] && c < input[1] {
                            let channel = o / (out_channels / groups) * in_of_group + i;
                            expected += weight[[o, i, tap]] * x[channel * 72 + r * input[1] + c];
                        }
                    }
                }
                assert_eq!(*y, expected, "case {case}: channel {o} at {row}, {column}");
            }
        }
    }

    #[test]
    fn one_and_three_dimensions_are_windows_too() {
        let window = |rank: usize| Window {
            input: vec![4; rank],
            kernel: vec![3; rank],
            output: vec![2; rank],
            stride: vec![1; rank],
            dilation: vec![1; rank],
            before: vec![0; rank],
        };
        for rank in [1, 3] {
            let taps = 3usize.pow(rank as u32);
            let x: Vec<f32> = (0..4usize.pow(rank as u32)).map(|n| n as f32).collect();
            // The weight of a tap is its place, so that every tap counts on its own.
            let weights = (0..2 * taps).map(|n| n as f32).collect();
            let weight = Array3::from_shape_vec((2, 1, taps), weights).unwrap();
            let map = Convolution::new(weight.view(), &window(rank), 1);
            let outputs = 2usize.pow(rank as u32);
            let digits = |mut n: usize, base: usize| -> Vec<usize> {
                let mut digits = vec![0; rank];
                for digit in digits.iter_mut().rev() {
                    (*digit, n) = (n % base, n / base);
                }
                digits
            };
            for (n, y) in run(&map, &x, 2 * outputs).iter().enumerate() {
                let expected: f32 = (0..taps)
                    .map(|tap| {
                        let (at, k) = (digits(n % outputs, 2), digits(tap, 3));
                        let position = (0..rank).fold(0, |sum, d| sum * 4 + at[d] + k[d]);
                        weight[[n / outputs, 0, tap]] * x[position]
                    })
                    .sum();
                assert_eq!(*y, expected, "rank {rank}, output {n}");
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
        let pool = |kind| run(&Convolution::pool(kind, &window), &x, 8);
        assert_eq!(
            pool(PoolKind::Sum),
            [10.0, 18.0, 42.0, 50.0, 74.0, 82.0, 106.0, 114.0]
        );
        assert_eq!(
            pool(PoolKind::Average),
            [2.5, 4.5, 10.5, 12.5, 18.5, 20.5, 26.5, 28.5]
        );
    }

    #[test]
    fn windows_of_a_pool_may_overlap_and_reach_over_the_edge() {
        let window = Window {
            input: vec![5],
            kernel: vec![3],
            output: vec![5],
            stride: vec![1],
            dilation: vec![1],
            before: vec![1],
        };
        let pool = Convolution::pool(PoolKind::Sum, &window);
        assert_eq!(
            run(&pool, &[1.0, 2.0, 4.0, 8.0, 16.0], 5),
            [3.0, 7.0, 14.0, 28.0, 24.0]
        );
    }
}
