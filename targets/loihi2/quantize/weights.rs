//! The weights into a population in one form, before they are integers.

use ndarray::{ArrayD, IxDyn};
use nirc_passes::{
    Parameter,
    connections::{Columns, Kernel, Matrix, Network, by_channel, product},
};

use super::neuron::Analysed;

/// The weights of a connection.
#[derive(Clone, Debug)]
pub enum Weights {
    /// By source.
    Columns(Columns),
    /// A convolution without pool, whose padding is the same on both sides.
    Kernel(Box<Kernel>),
}

/// The weights of all connections to a population.
pub struct Form {
    /// The shape of its events: that of its kernels, or flat.
    pub shape: Vec<usize>,
    /// For each connection; behind them those from the neuron that drives, if there is one.
    pub weights: Vec<Weights>,
    /// The shape of the neurons that drive.
    pub driven_by: Option<Vec<usize>>,
    /// Output channels of kernels, or neurons: what has one scale.
    pub units: usize,
}

impl Weights {
    /// Calls `each` with the unit and the weight, for every weight.
    pub fn for_each(&self, mut each: impl FnMut(usize, f64)) {
        match self {
            Self::Columns(columns) => {
                for source in 0..columns.sources() {
                    for (target, weight) in columns.column(source) {
                        each(*target as usize, *weight);
                    }
                }
            }
            Self::Kernel(kernel) => {
                for (channel, weights) in kernel.weight.outer_iter().enumerate() {
                    weights.iter().for_each(|weight| each(channel, *weight));
                }
            }
        }
    }
}

/// The weights of the connections to population `index`: kernels that give the same shape, if all numbers
/// of a neuron are the same for a channel; else by source. `None` if there are too many weights.
pub fn form(network: &Network<'_>, index: usize, analysed: &Analysed) -> Option<Form> {
    let population = &network.populations[index];
    let count = population.count();
    let connections = network.connections_to(index);
    let kernels: Option<Vec<Box<Kernel>>> = connections
        .iter()
        .map(|c| match &c.matrix {
            Matrix::Kernel(kernel) => plain(kernel).map(Box::new),
            _ => None,
        })
        .collect();
    if let Some(kernels) = kernels
        && let Some(first) = kernels.first()
        && kernels.iter().all(|k| k.output == first.output)
    {
        let (shape, units) = (first.output.clone(), first.weight.shape()[0]);
        let numbers = [
            Some(&analysed.gain),
            Some(&analysed.current),
            Some(&analysed.membrane),
            analysed.threshold.as_ref(),
            analysed.subtract.as_ref(),
            Some(&analysed.drive),
        ];
        let by_channel = |numbers: &Parameter| by_channel(numbers, units, count).is_some();
        if numbers.into_iter().flatten().all(by_channel) {
            let mut weights: Vec<Weights> = kernels.into_iter().map(Weights::Kernel).collect();
            let mut driven_by = None;
            if !analysed.drive.is_zero() {
                let kernel = driving_kernel(&analysed.drive, &shape, count);
                driven_by = Some(kernel.input.clone());
                weights.push(Weights::Kernel(Box::new(kernel)));
            }
            return Some(Form {
                shape,
                weights,
                units,
                driven_by,
            });
        }
    }
    let columns = connections.iter().map(|c| {
        let sources = product(network.source_shape(c.source));
        c.matrix.columns(count, sources).map(Weights::Columns)
    });
    let mut weights = columns.collect::<Option<Vec<_>>>()?;
    let is_driven = !analysed.drive.is_zero();
    if is_driven {
        let drive = Columns::new(count, 1, count, |_, add| {
            (0..count).for_each(|n| add(n as u32, analysed.drive.get(n)));
        });
        weights.push(Weights::Columns(drive?));
    }
    Some(Form {
        shape: vec![count],
        weights,
        units: count,
        driven_by: is_driven.then(|| vec![1]),
    })
}

/// Neurons that drive each position of a layer, with a weight for each channel.
fn driving_kernel(drive: &Parameter, shape: &[usize], count: usize) -> Kernel {
    let channels = shape[0];
    let mut input = vec![1];
    input.extend(&shape[1..]);
    let mut of_weight = vec![channels, 1];
    of_weight.resize(1 + shape.len(), 1);
    let dimensions = shape.len() - 1;
    Kernel {
        weight: ArrayD::from_shape_fn(IxDyn(&of_weight), |at| drive.get(at[0] * count / channels)),
        groups: 1,
        input,
        output: shape.to_vec(),
        stride: vec![1; dimensions],
        padding: vec![0; 2 * dimensions],
        dilation: vec![1; dimensions],
        pool: None,
    }
}

/// The kernel with the pool before it taken in: every weight stands at all places of a window, and what
/// was a step behind the pool is a window. `None` if that is no convolution with one padding for both sides.
fn plain(kernel: &Kernel) -> Option<Kernel> {
    let mut plain = match &kernel.pool {
        None => kernel.clone(),
        Some((taken, size)) => {
            let dimensions = size.len();
            let window: Vec<usize> = size.iter().map(|s| (*s).max(1) as usize).collect();
            // Rows and columns that fill no window are lost in a pool, but lie in a padded kernel's way.
            let left_over = |d: usize| taken[d + 1] != kernel.input[d + 1] * window[d];
            let padded = |d: usize| kernel.padding[2 * d + 1] > 0;
            if (0..dimensions).any(|d| left_over(d) && padded(d)) {
                return None;
            }
            let old = kernel.weight.shape();
            let step: Vec<usize> = (0..dimensions)
                .map(|d| kernel.dilation[d].max(1) as usize * window[d])
                .collect();
            let mut shape = old[..2].to_vec();
            shape.extend((0..dimensions).map(|d| (old[d + 2] - 1) * step[d] + window[d]));
            let at = |at: &IxDyn| {
                let mut from = vec![at[0], at[1]];
                for d in 0..dimensions {
                    let (tap, rest) = (at[d + 2] / step[d], at[d + 2] % step[d]);
                    if rest >= window[d] {
                        return 0.0;
                    }
                    from.push(tap);
                }
                kernel.weight[IxDyn(&from)]
            };
            let weight = ArrayD::from_shape_fn(IxDyn(&shape), |index| at(&index));
            let times = |values: &[i64], each: usize| -> Vec<i64> {
                let values = values.iter().enumerate();
                values.map(|(n, x)| x * size[n / each]).collect()
            };
            Kernel {
                weight,
                groups: kernel.groups,
                input: taken.clone(),
                output: kernel.output.clone(),
                stride: times(&kernel.stride, 1),
                padding: times(&kernel.padding, 2),
                dilation: vec![1; dimensions],
                pool: None,
            }
        }
    };
    plain.pool = None;
    let even = plain.padding.chunks_exact(2).all(|pair| pair[0] == pair[1]);
    (even && plain.weight.ndim() <= 4).then_some(plain)
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    fn kernel(dilation: i64, padding: i64, taken: Vec<usize>) -> Kernel {
        let weight = Array4::from_shape_fn((2, 1, 2, 3), |(a, _, c, d)| {
            (6 * a + 3 * c + d) as f64 + 1.0
        });
        let input = vec![1, taken[1] / 2, taken[2] / 2];
        let reach = [dilation + 1, 2 * dilation + 1];
        let extent = |d: usize| (input[d + 1] as i64 + 2 * padding - reach[d]) as usize + 1;
        let output = vec![2, extent(0), extent(1)];
        Kernel {
            weight: weight.into_dyn(),
            groups: 1,
            input,
            output,
            stride: vec![1, 1],
            padding: vec![padding; 4],
            dilation: vec![dilation; 2],
            pool: Some((taken, vec![2, 2])),
        }
    }

    #[test]
    fn a_pool_before_a_kernel_becomes_a_part_of_it() {
        for (dilation, padding, taken) in [
            (1, 0, vec![1, 8, 10]),
            (1, 0, vec![1, 9, 11]),
            (2, 0, vec![1, 8, 12]),
            (1, 1, vec![1, 8, 10]),
            (2, 1, vec![1, 8, 10]),
        ] {
            let with = kernel(dilation, padding, taken);
            let folded = plain(&with).unwrap();
            assert!(folded.pool.is_none());
            let nonzero = |kernel: &Kernel| {
                let columns = kernel.columns(9999).unwrap();
                let each = (0..columns.sources()).map(|n| {
                    let column = columns.column(n).iter().copied();
                    column.filter(|(_, w)| *w != 0.0).collect::<Vec<_>>()
                });
                each.collect::<Vec<_>>()
            };
            assert_eq!(nonzero(&folded), nonzero(&with), "{dilation} {padding}");
        }
        // The last row would lie under the padded kernel.
        assert!(plain(&kernel(1, 1, vec![1, 9, 10])).is_none());
    }
}
