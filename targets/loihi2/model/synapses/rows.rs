//! A row of synapses for each element that sends.

use super::Order;
use crate::loihi2::network::{Delay, Sparse};

/// A row for each source.
pub enum Rows {
    /// The weights of all neurons: [source, target]. 16 bits where they do, which is half the memory
    /// to go through.
    Narrow(Vec<i16>),
    /// The same, of 32 bits.
    Wide(Vec<i32>),
    /// Synapses one by one.
    Single(Single),
}

/// Synapses one by one, ordered by source.
pub struct Single {
    starts: Vec<u32>,
    /// Where each adds to, from the slot of no delay: delay * neurons + target.
    places: Vec<u32>,
    weights: Vec<i32>,
}

impl Rows {
    /// Of `weights` [target, source].
    pub fn dense(weights: &[i32], delay: &Delay, source: &Order, target: &Order) -> Self {
        let (sources, targets) = (source.count(), target.count());
        if let Delay::Each(delays) = delay {
            let synapses = (0..sources).map(|place| {
                let from = source.to_nir(place);
                (0..targets).map(move |neuron| {
                    let at = target.to_nir(neuron) * sources + from;
                    (usize::from(delays[at]) * targets + neuron, weights[at])
                })
            });
            return Self::Single(Single::new(synapses));
        }
        let narrow = weights.iter().all(|w| i16::try_from(*w).is_ok());
        if narrow {
            Self::Narrow(by_source(weights, source, target, |w| w as i16))
        } else {
            Self::Wide(by_source(weights, source, target, |w| w))
        }
    }

    /// Of synapses with `weights`.
    pub fn sparse(
        sparse: &Sparse,
        weights: &[i32],
        delay: &Delay,
        source: &Order,
        target: &Order,
    ) -> Self {
        let targets = target.count();
        let delay = |at: usize| match delay {
            Delay::Each(delays) => usize::from(delays[at]),
            Delay::Uniform(_) => 0,
        };
        let synapses = (0..source.count()).map(|place| {
            let from = source.to_nir(place);
            let own = sparse.starts[from] as usize..sparse.starts[from + 1] as usize;
            own.map(|at| {
                let neuron = target.to_model(sparse.targets[at] as usize);
                (delay(at) * targets + neuron, weights[at])
            })
        });
        Self::Single(Single::new(synapses))
    }

    /// Adds the row of a source, times the payload, to [slots, neurons], from slot `first`.
    pub fn add(&self, source: usize, payload: i32, sums: &mut [i32], first: usize, count: usize) {
        let start = first * count;
        match self {
            Self::Narrow(weights) => {
                let row = &weights[source * count..(source + 1) * count];
                let sums = sums[start..start + count].iter_mut().zip(row);
                if payload == 1 {
                    sums.for_each(|(sum, w)| *sum = sum.wrapping_add(i32::from(*w)));
                } else {
                    sums.for_each(|(sum, w)| {
                        *sum = sum.wrapping_add(i32::from(*w).wrapping_mul(payload));
                    });
                }
            }
            Self::Wide(weights) => {
                let row = &weights[source * count..(source + 1) * count];
                let sums = sums[start..start + count].iter_mut().zip(row);
                sums.for_each(|(sum, w)| *sum = sum.wrapping_add(w.wrapping_mul(payload)));
            }
            Self::Single(single) => {
                let own = single.starts[source] as usize..single.starts[source + 1] as usize;
                let size = sums.len();
                let row = single.places[own.clone()].iter().zip(&single.weights[own]);
                for (place, w) in row {
                    let at = start + *place as usize;
                    let at = if at >= size { at - size } else { at };
                    sums[at] = sums[at].wrapping_add(w.wrapping_mul(payload));
                }
            }
        }
    }
}

impl Single {
    /// Of place and weight of each source's synapses.
    fn new<R: Iterator<Item = (usize, i32)>>(sources: impl Iterator<Item = R>) -> Self {
        let mut single = Self {
            starts: vec![0],
            places: Vec::new(),
            weights: Vec::new(),
        };
        for source in sources {
            for (place, weight) in source.filter(|(_, weight)| *weight != 0) {
                single.places.push(place as u32);
                single.weights.push(weight);
            }
            single.starts.push(single.places.len() as u32);
        }
        single
    }
}

/// [source, target] in the model's orders, of [target, source] in NIR's.
fn by_source<T>(
    weights: &[i32],
    source: &Order,
    target: &Order,
    as_element: impl Fn(i32) -> T,
) -> Vec<T> {
    let (sources, targets) = (source.count(), target.count());
    let mut rows = Vec::with_capacity(weights.len());
    let from: Vec<usize> = (0..targets).map(|n| target.to_nir(n) * sources).collect();
    for place in 0..sources {
        let source = source.to_nir(place);
        rows.extend(from.iter().map(|from| as_element(weights[from + source])));
    }
    rows
}
