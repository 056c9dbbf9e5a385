//! The convolution of `lif_conv2d`: a cross-correlation in two dimensions, after a pool by sums.

use ndarray::Array4;

use super::{rows::Rows, word::Synapse};

/// A convolution with its pool. Elements are numbered channel by channel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Weights [input channel, output channel, row, column].
    pub weight: Array4<i8>,
    /// Rows and columns of the input, before the pool.
    pub input: [usize; 2],
    /// Rows and columns that the pool sums; without pool 1 and 1. A rest that fills no window is left
    /// out.
    pub pool: [usize; 2],
    /// Steps along rows and columns of the pooled input.
    pub stride: [usize; 2],
    /// Zeros around the pooled input: before and after rows, before and after columns.
    pub padding: [usize; 4],
}

impl Convolution {
    /// Rows and columns of the pooled input.
    pub fn pooled(&self) -> [usize; 2] {
        [0, 1].map(|d| self.input[d] / self.pool[d].max(1))
    }

    /// Rows and columns of the output; 0 if the kernel does not fit.
    pub fn output(&self) -> [usize; 2] {
        let pooled = self.pooled();
        [0, 1].map(|d| {
            let kernel = self.weight.shape()[2 + d];
            let padded = pooled[d] + self.padding[2 * d] + self.padding[2 * d + 1];
            match padded.checked_sub(kernel) {
                Some(rest) => rest / self.stride[d].max(1) + 1,
                None => 0,
            }
        })
    }

    /// The number of elements that it takes.
    pub fn sources(&self) -> usize {
        self.weight.shape()[0] * self.input[0] * self.input[1]
    }

    /// The number of elements that it gives.
    pub fn targets(&self) -> usize {
        let [rows, columns] = self.output();
        self.weight.shape()[1] * rows * columns
    }

    /// The weights of the kernels.
    pub fn weights(&self) -> usize {
        self.weight.len()
    }

    /// All synapses whose weight is not 0, for `sources` elements; those past its own have none.
    pub fn rows(&self, sources: usize) -> Rows {
        let [height, width] = self.input;
        let area = (height * width).max(1);
        Rows::new((0..sources).map(|source| {
            let (channel, at) = (source / area, source % area);
            if channel < self.weight.shape()[0] {
                self.row(channel, [at / width.max(1), at % width.max(1)])
            } else {
                Vec::new()
            }
        }))
    }

    /// The synapses of the element of an input channel at a row and column.
    fn row(&self, channel: usize, at: [usize; 2]) -> Vec<Synapse> {
        let mut row = Vec::new();
        let reached = self.reached(at);
        let [_, width] = self.output();
        let [height, _] = self.output();
        for out in 0..self.weight.shape()[1] {
            for (y, kernel_y) in &reached[0] {
                for (x, kernel_x) in &reached[1] {
                    let weight = self.weight[[channel, out, *kernel_y, *kernel_x]];
                    if weight != 0 {
                        row.push(Synapse {
                            target: ((out * height + y) * width + x) as u32,
                            weight: i16::from(weight),
                            delay: 0,
                        });
                    }
                }
            }
        }
        row
    }

    /// For each dimension, the places of the output that an element reaches, each with the place in
    /// the kernel.
    fn reached(&self, at: [usize; 2]) -> [Vec<(usize, usize)>; 2] {
        let (pooled, output) = (self.pooled(), self.output());
        [0, 1].map(|d| {
            let place = at[d] / self.pool[d].max(1);
            if place >= pooled[d] {
                return Vec::new();
            }
            let (padded, stride) = (place + self.padding[2 * d], self.stride[d].max(1));
            let kernel = self.weight.shape()[2 + d];
            let first = (padded + 1).saturating_sub(kernel).div_ceil(stride);
            (first..output[d])
                .take_while(|out| out * stride <= padded)
                .map(|out| (out, padded - out * stride))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every weight of a random convolution, found by going over the output instead of the input.
    #[test]
    fn rows_are_those_of_the_sum_over_windows() {
        let mut random = 7u32;
        let mut next = move |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below
        };
        for _ in 0..60 {
            let kernel = [1 + next(3), 1 + next(3)];
            let pool = [1 + next(2), 1 + next(2)];
            let shape = (1 + next(2), 1 + next(3), kernel[0], kernel[1]);
            let convolution = Convolution {
                weight: Array4::from_shape_fn(shape, |_| next(7) as i8 - 3),
                input: [3 + next(6), 3 + next(6)],
                pool,
                stride: [1 + next(2), 1 + next(3)],
                padding: [next(2), next(3), next(2), next(2)],
            };
            let mut expected = Vec::new();
            let [rows, columns] = convolution.output();
            let [height, width] = convolution.input;
            for out in 0..shape.1 {
                for y in 0..rows {
                    for x in 0..columns {
                        let target = (out * rows + y) * columns + x;
                        for channel in 0..shape.0 {
                            for ky in 0..kernel[0] {
                                for kx in 0..kernel[1] {
                                    let at = |o: usize, d: usize, k: usize| {
                                        (o * convolution.stride[d] + k)
                                            .checked_sub(convolution.padding[2 * d])
                                            .filter(|p| *p < convolution.pooled()[d])
                                    };
                                    let (Some(py), Some(px)) = (at(y, 0, ky), at(x, 1, kx)) else {
                                        continue;
                                    };
                                    let weight = convolution.weight[[channel, out, ky, kx]];
                                    for dy in 0..pool[0] {
                                        for dx in 0..pool[1] {
                                            let (iy, ix) = (py * pool[0] + dy, px * pool[1] + dx);
                                            let source = (channel * height + iy) * width + ix;
                                            expected.push((source, target as u32, weight));
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            expected.retain(|(.., weight)| *weight != 0);
            expected.sort_unstable();
            let sources = convolution.sources();
            let found = convolution.rows(sources);
            let mut found: Vec<_> = (0..sources)
                .flat_map(|s| {
                    let row = found.row(s).iter();
                    row.map(move |w| (s, w.target, w.weight as i8))
                        .collect::<Vec<_>>()
                })
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{convolution:?}");
        }
    }
}
