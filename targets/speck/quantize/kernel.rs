//! Cross-correlations with real weights, and what two of them in a row amount to.

use ndarray::{Array4, s};

/// A cross-correlation of maps [channels, rows, columns]: output y reads input y s + i - b with weight i.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// [output channel, input channel, row, column].
    pub weights: Array4<f64>,
    /// Along rows, then columns.
    pub stride: [usize; 2],
    /// Zeros before the first row and column.
    pub before: [usize; 2],
}

/// Rows, then columns.
pub const AXES: [usize; 2] = [0, 1];

impl Kernel {
    /// Extents of the kernel.
    pub fn side(&self, axis: usize) -> usize {
        self.weights.shape()[axis + 2]
    }

    /// Whether the kernel lies on the whole of `input` [channels, rows, columns] at once.
    pub fn is_whole(&self, input: [usize; 3], output: [usize; 3]) -> bool {
        output[1..] == [1, 1]
            && self.before == [0, 0]
            && AXES.iter().all(|axis| self.side(*axis) == input[axis + 1])
    }

    /// The same with zeros in place of the holes between its weights.
    ///
    /// # Errors
    ///
    /// The sides that it would have, if one is larger than `most`.
    pub fn filled(self, holes: [usize; 2], most: usize) -> Result<Self, [usize; 2]> {
        let reach = AXES.map(|axis| (self.side(axis).max(1) - 1).saturating_mul(holes[axis]) + 1);
        if reach.iter().any(|side| *side > most) {
            return Err(reach);
        }
        let (outputs, inputs) = (self.weights.shape()[0], self.weights.shape()[1]);
        let mut weights = Array4::zeros((outputs, inputs, reach[0], reach[1]));
        weights
            .slice_mut(s![.., .., ..;holes[0], ..;holes[1]])
            .assign(&self.weights);
        Ok(Self { weights, ..self })
    }

    /// This after `first`, which maps `input` to `middle` [channels, rows, columns]: one kernel. `None`
    /// if there is none, since `first` is not zero where this one's padding has zeros.
    pub fn after(&self, first: &Self, [input, middle, output]: [[usize; 3]; 3]) -> Option<Self> {
        let mut joined = self.joined(first, [input, middle, output])?;
        let (outputs, inputs) = (self.weights.shape()[0], first.weights.shape()[1]);
        let mut weights = Array4::zeros((
            outputs,
            inputs,
            joined.weights.shape()[2],
            joined.weights.shape()[3],
        ));
        for ((f, m, i, j), weight) in self.weights.indexed_iter() {
            if *weight == 0.0 {
                continue;
            }
            let (row, column) = (i * first.stride[0], j * first.stride[1]);
            let (rows, columns) = (first.side(0), first.side(1));
            let mut part = weights.slice_mut(s![f, .., row..row + rows, column..column + columns]);
            part.scaled_add(*weight, &first.weights.slice(s![m, .., .., ..]));
        }
        joined.weights = weights;
        Some(joined)
    }

    /// As [`Kernel::after`] for a `window` that sums each channel by itself.
    pub fn after_sum(
        &self,
        window: &Window,
        [input, middle, output]: [[usize; 3]; 3],
    ) -> Option<Self> {
        let first = Self {
            weights: Array4::zeros((0, 0, window.side[0], window.side[1])),
            stride: window.stride,
            before: window.before,
        };
        let mut joined = self.joined(&first, [input, middle, output])?;
        let mut weights = Array4::zeros((
            self.weights.shape()[0],
            self.weights.shape()[1],
            joined.weights.shape()[2],
            joined.weights.shape()[3],
        ));
        for ((f, c, i, j), weight) in self.weights.indexed_iter() {
            let (row, column) = (i * window.stride[0], j * window.stride[1]);
            weights
                .slice_mut(s![
                    f,
                    c,
                    row..row + window.side[0],
                    column..column + window.side[1]
                ])
                .map_inplace(|sum| *sum += weight);
        }
        joined.weights = weights;
        Some(joined)
    }

    /// Sides, strides and padding of this after `first`; the weights are zeros.
    fn joined(&self, first: &Self, [input, middle, output]: [[usize; 3]; 3]) -> Option<Self> {
        let (mut side, mut stride, mut before) = ([0; 2], [0; 2], [0; 2]);
        for axis in AXES {
            let (s1, s2) = (first.stride[axis], self.stride[axis]);
            let extents = [input, middle, output].map(|shape| shape[axis + 1]);
            if self.meets_padding(first, axis, extents) {
                return None;
            }
            side[axis] = (self.side(axis).checked_sub(1)?).checked_mul(s1)? + first.side(axis);
            stride[axis] = s1.checked_mul(s2)?;
            before[axis] = self.before[axis] * s1 + first.before[axis];
        }
        // No chip has a kernel of such a side, and the weights of one would fill the memory.
        const MOST: usize = 4096;
        side.iter().all(|side| *side <= MOST).then(|| Self {
            weights: Array4::zeros((0, 0, side[0], side[1])),
            stride,
            before,
        })
    }

    /// Whether this reads a zero of its padding where `first`, if it went on there, would not be zero.
    fn meets_padding(
        &self,
        first: &Self,
        axis: usize,
        [input, middle, output]: [usize; 3],
    ) -> bool {
        let at = |i: usize, stride: usize, tap: usize, before: usize| {
            (i * stride + tap) as i64 - before as i64
        };
        (0..output).any(|y| {
            (0..self.side(axis)).any(|tap| {
                let m = at(y, self.stride[axis], tap, self.before[axis]);
                if (0..middle as i64).contains(&m) {
                    return false;
                }
                let low = m * first.stride[axis] as i64 - first.before[axis] as i64;
                let high = low + first.side(axis) as i64 - 1;
                high >= 0 && low < input as i64
            })
        })
    }

    /// The sum of this and another with the same channels, for an output of such rows and columns.
    /// `None` if their strides differ.
    pub fn plus(&self, other: &Self, output: [usize; 3]) -> Option<Self> {
        let mut stride = self.stride;
        let (mut side, mut before) = ([0; 2], [0; 2]);
        for axis in AXES {
            // One output has no use for a stride.
            if self.stride[axis] != other.stride[axis] {
                if output[axis + 1] > 1 {
                    return None;
                }
                stride[axis] = 1;
            }
            before[axis] = self.before[axis].max(other.before[axis]);
            let end = |k: &Self| k.side(axis) + before[axis] - k.before[axis];
            side[axis] = end(self).max(end(other));
        }
        let [outputs, inputs, ..] = *self.weights.shape() else {
            return None;
        };
        let mut weights = Array4::zeros((outputs, inputs, side[0], side[1]));
        for kernel in [self, other] {
            let [row, column] = AXES.map(|axis| before[axis] - kernel.before[axis]);
            let mut part = weights.slice_mut(s![
                ..,
                ..,
                row..row + kernel.side(0),
                column..column + kernel.side(1)
            ]);
            part += &kernel.weights;
        }
        Some(Self {
            weights,
            stride,
            before,
        })
    }

    /// What a constant at the input gives, [channels, rows, columns] to the same.
    pub fn apply(&self, constant: &[f64], input: [usize; 3], output: [usize; 3]) -> Vec<f64> {
        let mut result = vec![0.0; output.iter().product()];
        let at = |i: usize, axis: usize, tap: usize| {
            (i * self.stride[axis] + tap)
                .checked_sub(self.before[axis])
                .filter(|at| *at < input[axis + 1])
        };
        for ((f, c, i, j), weight) in self.weights.indexed_iter() {
            for y in 0..output[1] {
                let Some(row) = at(y, 0, i) else { continue };
                for x in 0..output[2] {
                    let Some(column) = at(x, 1, j) else { continue };
                    let from = (c * input[1] + row) * input[2] + column;
                    result[(f * output[1] + y) * output[2] + x] += weight * constant[from];
                }
            }
        }
        result
    }
}

/// A pool's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Extents.
    pub side: [usize; 2],
    /// Strides.
    pub stride: [usize; 2],
    /// Zeros before the first row and column.
    pub before: [usize; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(seed: usize, shape: [usize; 4], stride: usize, before: usize) -> Kernel {
        let weights = Array4::from_shape_fn(shape, |(f, c, i, j)| {
            ((f * 31 + c * 17 + i * 7 + j * 3 + seed) % 11) as f64 - 5.0
        });
        Kernel {
            weights,
            stride: [stride; 2],
            before: [before; 2],
        }
    }

    fn ramp(shape: [usize; 3]) -> Vec<f64> {
        (0..shape.iter().product::<usize>())
            .map(|i| ((i * 13) % 7) as f64 - 2.0)
            .collect()
    }

    /// [channels, extent, extent] after a kernel.
    fn mapped(kernel: &Kernel, input: [usize; 3], after: usize) -> [usize; 3] {
        let extent = |axis: usize| {
            (input[axis + 1] + kernel.before[axis] + after - kernel.side(axis))
                / kernel.stride[axis]
                + 1
        };
        [kernel.weights.shape()[0], extent(0), extent(1)]
    }

    #[test]
    fn two_in_a_row_are_one_or_are_refused() {
        let (mut joined, mut refused) = (0, 0);
        for (s1, b1, k1) in [(1, 0, 1), (1, 1, 3), (2, 1, 3), (2, 0, 2)] {
            for (s2, b2, k2) in [(1, 0, 2), (2, 0, 3), (1, 1, 3), (1, 1, 1)] {
                let input = [2, 9, 9];
                let first = kernel(1, [3, 2, k1, k1], s1, b1);
                let middle = mapped(&first, input, b1);
                let second = kernel(2, [2, 3, k2, k2], s2, b2);
                let output = mapped(&second, middle, b2);
                let x = ramp(input);
                let expected = second.apply(&first.apply(&x, input, middle), middle, output);
                match second.after(&first, [input, middle, output]) {
                    Some(one) => {
                        assert_eq!(one.apply(&x, input, output), expected);
                        joined += 1;
                    }
                    None => refused += 1,
                }
            }
        }
        assert!(
            joined >= 8 && refused >= 3,
            "{joined} joined, {refused} refused"
        );
    }

    #[test]
    fn a_sum_before_a_kernel() {
        let input = [2, 8, 8];
        let window = Window {
            side: [3, 3],
            stride: [1, 1],
            before: [0, 0],
        };
        let ones = Array4::from_shape_fn((2, 2, 3, 3), |(f, c, _, _)| f64::from(u8::from(f == c)));
        let sum = Kernel {
            weights: ones,
            stride: [1, 1],
            before: [0, 0],
        };
        let middle = [2, 6, 6];
        let second = kernel(3, [3, 2, 2, 2], 2, 0);
        let output = mapped(&second, middle, 0);
        let shapes = [input, middle, output];
        assert_eq!(
            second.after_sum(&window, shapes),
            second.after(&sum, shapes)
        );
    }

    #[test]
    fn kernels_of_other_sides_add_up() {
        let input = [2, 8, 8];
        let (small, large) = (kernel(1, [3, 2, 1, 1], 1, 0), kernel(5, [3, 2, 3, 3], 1, 1));
        let output = [3, 8, 8];
        let x = ramp(input);
        let sum = small.plus(&large, output).unwrap();
        let expected: Vec<f64> = (small.apply(&x, input, output).iter())
            .zip(large.apply(&x, input, output))
            .map(|(a, b)| a + b)
            .collect();
        assert_eq!(sum.apply(&x, input, output), expected);
        assert_eq!(sum.before, [1, 1]);
    }
}
