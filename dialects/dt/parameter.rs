//! Parameters of a population, one value for each neuron or one for all.

use std::ops::Range;

use super::Real;

/// Neurons that are updated together; their intermediate values stay in the first-level cache.
pub(super) const BLOCK: usize = 256;

/// One value for each neuron of a population, or one for all.
pub(super) enum Parameter<T> {
    /// The value of all, as often as a block needs it.
    Uniform(Vec<T>),
    /// One for each.
    Each(Vec<T>),
}

impl<T: Real> Parameter<T> {
    /// The values of `count` neurons: as many, or one for all. `None` for another number.
    pub fn new(values: Vec<T>, count: usize) -> Option<Self> {
        let uniform = |value| Some(Self::Uniform(vec![value; count.min(BLOCK)]));
        match *values.as_slice() {
            [value] => uniform(value),
            [first, ..] if values.len() == count && values.iter().all(|v| *v == first) => {
                uniform(first)
            }
            _ => (values.len() == count).then_some(Self::Each(values)),
        }
    }

    /// The values of the neurons `block`, at most [`BLOCK`] of them.
    #[inline(always)]
    pub fn of(&self, block: &Range<usize>) -> &[T] {
        match self {
            Self::Uniform(values) => &values[..block.len()],
            Self::Each(values) => &values[block.clone()],
        }
    }

    /// The value of neuron `n`.
    #[inline(always)]
    pub fn at(&self, n: usize) -> T {
        match self {
            Self::Uniform(values) => values[0],
            Self::Each(values) => values[n],
        }
    }
}

/// The blocks of `count` neurons.
#[inline(always)]
pub(super) fn blocks(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count)
        .step_by(BLOCK)
        .map(move |start| start..count.min(start + BLOCK))
}
