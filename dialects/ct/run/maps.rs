//! The linear maps, one active input element at a time.

use ndarray::Axis;

use crate::{ct::PoolKind, tensor::Tensor, window::Window, with_elements};

/// A linear map that is visited by input element.
pub(super) enum Map {
    /// The same element: bias, reshape, sum.
    Identity,
    Scale(Vec<f64>),
    /// The columns of the weight one after the other, for each matrix of a batch.
    Linear {
        columns: Weights,
        outputs: usize,
    },
    Convolution(Convolution),
    /// The window, and what an element counts.
    Pool(Window, f64),
}

pub(super) struct Convolution {
    /// [out channels, in channels / groups, taps]
    pub weights: Weights,
    pub in_per_group: usize,
    pub out_per_group: usize,
    pub window: Window,
}

impl Map {
    /// Calls `visit(output element, weight)` for each output that input `element` reaches.
    pub fn each(&self, element: usize, mut visit: impl FnMut(usize, f64)) {
        match self {
            Self::Identity => visit(element, 1.0),
            Self::Scale(scale) => visit(element, scale[element]),
            Self::Linear { columns, outputs } => {
                // [.., in] to [.., out]: the matrix of the batch that `element` belongs to.
                let first = element / columns.batch_inputs * outputs;
                for row in 0..*outputs {
                    let weight = columns.at(element * outputs + row);
                    if weight != 0.0 {
                        visit(first + row, weight);
                    }
                }
            }
            Self::Convolution(convolution) => convolution.each(element, visit),
            Self::Pool(window, factor) => {
                let (pixels_in, pixels_out) = window.pixels();
                let channel = element / pixels_in;
                window.each(element % pixels_in, |out, _| {
                    visit(channel * pixels_out + out, *factor);
                });
            }
        }
    }
}

impl Convolution {
    fn each(&self, element: usize, mut visit: impl FnMut(usize, f64)) {
        let (pixels_in, pixels_out) = self.window.pixels();
        let taps: usize = self.window.kernel.iter().product();
        let (channel, position) = (element / pixels_in, element % pixels_in);
        let (group, within) = (channel / self.in_per_group, channel % self.in_per_group);
        self.window.each(position, |out, tap| {
            for o in group * self.out_per_group..(group + 1) * self.out_per_group {
                let weight = self
                    .weights
                    .at((o * self.in_per_group + within) * taps + tap);
                if weight != 0.0 {
                    visit(o * pixels_out + out, weight);
                }
            }
        });
    }
}

/// Weights in the precision of their tensor.
pub(super) struct Weights {
    values: Values,
    /// The input elements of one matrix of a batch.
    batch_inputs: usize,
}

enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Weights {
    /// The elements in their order.
    pub fn in_order(tensor: &Tensor) -> Self {
        let values = match tensor {
            Tensor::F32(array) => Values::Single(array.iter().copied().collect()),
            other => Values::Double(other.to_f64()),
        };
        Self {
            values,
            batch_inputs: 1,
        }
    }

    /// A weight [.., out, in] column by column: a spike reads one column. `None` if it is no matrix.
    pub fn by_column(tensor: &Tensor) -> Option<Self> {
        let rank = tensor.shape().len();
        let (rows, columns) = (rank.checked_sub(2)?, rank.checked_sub(1)?);
        let batch_inputs = tensor.shape()[columns];
        let swapped: Tensor = with_elements!(tensor, array => {
            let mut array = array.to_owned();
            array.swap_axes(rows, columns);
            debug_assert_eq!(array.len_of(Axis(rows)), batch_inputs);
            Tensor::from(array)
        });
        Some(Self {
            batch_inputs,
            ..Self::in_order(&swapped)
        })
    }

    fn at(&self, index: usize) -> f64 {
        match &self.values {
            Values::Single(values) => f64::from(values[index]),
            Values::Double(values) => values[index],
        }
    }
}

/// What an element of a window counts.
pub(super) fn pool_factor(kind: PoolKind, window: &Window) -> f64 {
    match kind {
        PoolKind::Sum => 1.0,
        PoolKind::Average => 1.0 / window.kernel.iter().product::<usize>() as f64,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use super::*;

    fn ramp(count: usize) -> Vec<f64> {
        (0..count).map(|i| ((i * 37) % 11) as f64 - 5.0).collect()
    }

    fn tensor(shape: &[usize]) -> Tensor {
        let values = ramp(shape.iter().product());
        ArrayD::from_shape_vec(IxDyn(shape), values).unwrap().into()
    }

    fn applied(map: &Map, x: &[f64], outputs: usize) -> Vec<f64> {
        let mut y = vec![0.0; outputs];
        for (element, x) in x.iter().enumerate() {
            map.each(element, |out, weight| y[out] += weight * x);
        }
        y
    }

    #[test]
    fn columns_give_the_product_of_each_matrix_of_a_batch() {
        let weight = tensor(&[2, 3, 4]);
        let map = Map::Linear {
            columns: Weights::by_column(&weight).unwrap(),
            outputs: 3,
        };
        let x: Vec<f64> = (1..=8).map(f64::from).collect();
        let y = applied(&map, &x, 6);
        for b in 0..2 {
            for i in 0..3 {
                let expected: f64 = (0..4)
                    .map(|j| weight.get((b * 3 + i) * 4 + j).unwrap() * x[b * 4 + j])
                    .sum();
                assert_eq!(y[b * 3 + i], expected);
            }
        }
    }

    /// The definition, written out for two groups, stride, dilation and uneven padding.
    #[test]
    fn scattering_is_the_written_out_convolution() {
        let window = Window {
            input: vec![7, 6],
            kernel: vec![3, 2],
            output: vec![3, 6],
            stride: vec![2, 1],
            dilation: vec![2, 1],
            before: vec![1, 1],
        };
        let weight = tensor(&[4, 2, 3, 2]);
        let map = Map::Convolution(Convolution {
            weights: Weights::in_order(&weight),
            in_per_group: 2,
            out_per_group: 2,
            window,
        });
        let x = ramp(4 * 42);
        let y = applied(&map, &x, 4 * 18);
        for o in 0..4 {
            for (r, c) in (0..3).flat_map(|r| (0..6).map(move |c| (r, c))) {
                let mut expected = 0.0;
                for i in 0..2 {
                    for (kr, kc) in (0..3).flat_map(|kr| (0..2).map(move |kc| (kr, kc))) {
                        let (row, column) = (r * 2 + kr * 2, c + kc);
                        if (1..8).contains(&row) && (1..7).contains(&column) {
                            let weight = weight.get(((o * 2 + i) * 3 + kr) * 2 + kc).unwrap();
                            expected +=
                                weight * x[(o / 2 * 2 + i) * 42 + (row - 1) * 6 + column - 1];
                        }
                    }
                }
                assert_eq!(y[o * 18 + r * 6 + c], expected, "channel {o} at {r}, {c}");
            }
        }
    }

    #[test]
    fn pools_sum_or_average_each_channel() {
        let window = || Window {
            input: vec![4, 4],
            kernel: vec![2, 2],
            output: vec![2, 2],
            stride: vec![2, 2],
            dilation: vec![1, 1],
            before: vec![0, 0],
        };
        let x: Vec<f64> = (0..32).map(f64::from).collect();
        let pool = |kind| Map::Pool(window(), pool_factor(kind, &window()));
        let sums = applied(&pool(PoolKind::Sum), &x, 8);
        assert_eq!(sums, [10.0, 18.0, 42.0, 50.0, 74.0, 82.0, 106.0, 114.0]);
        let means = applied(&pool(PoolKind::Average), &x, 8);
        assert_eq!(means, [2.5, 4.5, 10.5, 12.5, 18.5, 20.5, 26.5, 28.5]);
    }
}
