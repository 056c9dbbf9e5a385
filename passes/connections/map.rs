//! A linear map from a value of the module to the input of a population.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{columns::Columns, kernel::Kernel};
use crate::Parameter;

/// A map of more weights than these, that is no single convolution, is refused.
pub const MOST_WEIGHTS: usize = 1 << 27;

/// The maps from one value to a population, by delay in steps.
pub type Maps = BTreeMap<usize, Map>;

/// A map, and the ops that it comes from.
#[derive(Clone, Debug)]
pub struct Map {
    /// What it does.
    pub matrix: Matrix,
    /// The ops that it comes from, by index.
    pub ops: BTreeSet<usize>,
}

/// What a map does.
#[derive(Clone, Debug)]
pub enum Matrix {
    /// Each element goes to the neuron of its number, times a factor.
    Diagonal(Parameter),
    /// A convolution.
    Kernel(Box<Kernel>),
    /// Any weights.
    Columns(Columns),
    /// It is not known, after an error finding.
    Unknown,
}

impl Map {
    /// The map that changes nothing.
    pub fn identity() -> Self {
        Self {
            matrix: Matrix::Diagonal(Parameter::uniform(1.0)),
            ops: BTreeSet::new(),
        }
    }

    /// Adds `map` to the map at `entry`, to a population of `targets` neurons.
    pub fn add(entry: Entry<'_, usize, Self>, map: Self, targets: usize) {
        match entry {
            Entry::Vacant(vacant) => drop(vacant.insert(map)),
            Entry::Occupied(mut known) => known.get_mut().merge(map, targets),
        }
    }

    /// Adds `map` to this one.
    pub fn merge(&mut self, mut map: Self, targets: usize) {
        self.ops.append(&mut map.ops);
        let own = std::mem::replace(&mut self.matrix, Matrix::Unknown);
        self.matrix = own.plus(map.matrix, targets);
    }
}

impl Matrix {
    /// Whether it is not known for want of room, and not yet so before `before`.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The map by source, of `sources` elements to `targets` neurons.
    pub fn columns(&self, targets: usize, sources: usize) -> Option<Columns> {
        match self {
            Self::Diagonal(factors) => Columns::new(targets, sources, MOST_WEIGHTS, |n, add| {
                add(n as u32, factors.get(n));
            }),
            Self::Kernel(kernel) => kernel.columns(MOST_WEIGHTS),
            Self::Columns(columns) => Some(columns.clone()),
            Self::Unknown => None,
        }
    }

    fn plus(self, other: Self, targets: usize) -> Self {
        match (self, other) {
            (Self::Diagonal(a), Self::Diagonal(b)) => Self::Diagonal(a.zip(&b, |a, b| a + b)),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (a, b) => {
                let sources = |matrix: &Self| match matrix {
                    Self::Kernel(kernel) => kernel.taken().iter().product(),
                    Self::Columns(columns) => columns.sources(),
                    _ => targets,
                };
                let (own, its) = (
                    a.columns(targets, sources(&a)),
                    b.columns(targets, sources(&b)),
                );
                own.zip(its)
                    .and_then(|(own, its)| own.plus(&its))
                    .map_or(Self::Unknown, Self::Columns)
            }
        }
    }

    /// Puts a factor for each source before this map.
    pub fn scale(&mut self, factors: &Parameter) {
        match self {
            Self::Diagonal(own) => *own = own.zip(factors, |a, b| a * b),
            Self::Kernel(kernel) => {
                if !kernel.scale_sources(factors) {
                    let columns = kernel.columns(MOST_WEIGHTS);
                    *self = columns.map_or(Self::Unknown, Self::Columns);
                    self.scale(factors);
                }
            }
            Self::Columns(columns) => columns.scale(|_, source| factors.get(source)),
            Self::Unknown => {}
        }
    }

    /// Puts a map before this one, which takes `elements` elements of `targets` neurons.
    pub fn follow(&mut self, first: Columns, targets: usize) {
        *self = match &*self {
            Self::Diagonal(factors) => {
                let mut first = first;
                if factors.shared() != Some(1.0) {
                    first.scale(|target, _| factors.get(target));
                }
                Self::Columns(first)
            }
            own => {
                let own = own.columns(targets, first.targets());
                own.and_then(|own| own.after(&first, MOST_WEIGHTS))
                    .map_or(Self::Unknown, Self::Columns)
            }
        };
    }

    /// Puts a convolution before this map.
    pub fn follow_kernel(&mut self, mut kernel: Kernel, targets: usize) {
        if let Self::Diagonal(factors) = &*self
            && kernel.scale_targets(factors)
        {
            *self = Self::Kernel(Box::new(kernel));
            return;
        }
        match kernel.columns(MOST_WEIGHTS) {
            Some(columns) => self.follow(columns, targets),
            None => *self = Self::Unknown,
        }
    }

    /// Adds to `total` what the map makes of `bias`, which holds one value, one for each channel or
    /// one for each of `elements`.
    pub fn add_bias(&self, bias: &Parameter, elements: usize, total: &mut [f64]) {
        let held = bias.values().len();
        let at = |j: usize| bias.get(j * held / elements.max(1));
        match self {
            Self::Diagonal(factors) => {
                for (n, total) in total.iter_mut().enumerate() {
                    *total += at(n) * factors.get(n);
                }
            }
            Self::Unknown => {}
            other => {
                let Some(columns) = other.columns(total.len(), elements) else {
                    return;
                };
                for source in 0..columns.sources() {
                    for (target, weight) in columns.column(source) {
                        total[*target as usize] += weight * at(source);
                    }
                }
            }
        }
    }

    /// The parts of this map, of `sources` elements to `targets` neurons, by a whole number for each
    /// source.
    pub fn split(&self, by: &Parameter, targets: usize, sources: usize) -> Vec<(usize, Self)> {
        let each: Vec<usize> = (0..sources).map(|n| by.get(n).max(0.0) as usize).collect();
        let kinds: BTreeSet<usize> = each.iter().copied().collect();
        let columns = self.columns(targets, sources);
        let part = |kind: usize| {
            let part = columns.as_ref()?.only(|source| each[source] == kind)?;
            Some(Self::Columns(part))
        };
        let parts = kinds.into_iter();
        parts
            .map(|kind| (kind, part(kind).unwrap_or(Self::Unknown)))
            .collect()
    }
}
