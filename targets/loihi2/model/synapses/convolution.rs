//! A convolution, spike by spike.

use crate::loihi2::network::{Convolution, integers};

/// A kernel in the order in which a spike meets it.
pub struct Kernel {
    /// [channel of the source, row, column, channel of the target in its group].
    weights: Vec<i32>,
    rows: usize,
    columns: usize,
    /// Channels of the source in a group.
    inputs: usize,
    /// Channels of the target in a group.
    outputs: usize,
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    source: [usize; 3],
    target: [usize; 3],
}

impl Kernel {
    pub fn new(convolution: &Convolution, source: [usize; 3], target: [usize; 3]) -> Self {
        let shape = convolution.weight.shape();
        let (inputs, rows, columns) = (shape[1], shape[2], shape[3]);
        let outputs = shape[0] / convolution.groups;
        let mut weights = vec![0; source[0] * rows * columns * outputs];
        for (at, weight) in integers(&convolution.weight).into_iter().enumerate() {
            let (column, at) = (at % columns, at / columns);
            let (row, at) = (at % rows, at / rows);
            let (input, output) = (at % inputs, at / inputs);
            let channel = output / outputs * inputs + input;
            let place = (channel * rows + row) * columns + column;
            weights[place * outputs + output % outputs] = weight;
        }
        Self {
            weights,
            rows,
            columns,
            inputs,
            outputs,
            stride: convolution.stride,
            padding: convolution.padding,
            dilation: convolution.dilation,
            source,
            target,
        }
    }

    /// The largest magnitude of what spikes of payload 1 bring to one neuron.
    pub fn most_sum(&self) -> u64 {
        let mut sums = vec![0u64; self.source[0] / self.inputs * self.outputs];
        let place = self.rows * self.columns * self.outputs;
        for (channel, weights) in self.weights.chunks(place.max(1)).enumerate() {
            let group = channel / self.inputs * self.outputs;
            for (at, weight) in weights.iter().enumerate() {
                sums[group + at % self.outputs] += u64::from(weight.unsigned_abs());
            }
        }
        sums.into_iter().max().unwrap_or(0)
    }

    /// Adds what an element brings to the target's neurons.
    pub fn add(&self, element: usize, payload: i32, sums: &mut [i32]) {
        let [channels, _, columns] = self.source;
        let (channel, pixel) = (element % channels, element / channels);
        let at = [pixel / columns, pixel % columns];
        let group = channel / self.inputs * self.outputs;
        let [made, target_rows, target_columns] = self.target;
        for row in 0..self.rows {
            let Some(y) = self.reaches(at[0], row, 0, target_rows) else {
                continue;
            };
            for column in 0..self.columns {
                let Some(x) = self.reaches(at[1], column, 1, target_columns) else {
                    continue;
                };
                let place = (channel * self.rows + row) * self.columns + column;
                let weights = &self.weights[place * self.outputs..(place + 1) * self.outputs];
                let first = (y * target_columns + x) * made + group;
                let sums = sums[first..first + self.outputs].iter_mut().zip(weights);
                sums.for_each(|(sum, w)| *sum = sum.wrapping_add(w.wrapping_mul(payload)));
            }
        }
    }

    /// The row or column of the target that meets this place of the source at this one of the kernel.
    fn reaches(&self, at: usize, kernel: usize, axis: usize, extent: usize) -> Option<usize> {
        let from = (at + self.padding[axis]).checked_sub(kernel * self.dilation[axis])?;
        let target = from / self.stride[axis];
        (from.is_multiple_of(self.stride[axis]) && target < extent).then_some(target)
    }
}
