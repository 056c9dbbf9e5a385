//! A linear map from a value of the module to the input of a population.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use ndarray::Array2;
use nirc_passes::Parameter;

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
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    /// Each element goes to the neuron of its number, times a factor.
    Diagonal(Parameter),
    /// Weights [target, source].
    Table(Array2<f64>),
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
    fn plus(self, other: Self, targets: usize) -> Self {
        match (self, other) {
            (Self::Diagonal(a), Self::Diagonal(b)) => Self::Diagonal(a.zip(&b, |a, b| a + b)),
            (Self::Table(mut table), Self::Table(other)) if table.dim() == other.dim() => {
                table += &other;
                Self::Table(table)
            }
            (Self::Table(mut table), Self::Diagonal(factors))
            | (Self::Diagonal(factors), Self::Table(mut table))
                if table.dim() == (targets, targets) =>
            {
                for (n, cell) in table.diag_mut().iter_mut().enumerate() {
                    *cell += factors.get(n);
                }
                Self::Table(table)
            }
            _ => Self::Unknown,
        }
    }

    /// Puts a factor for each source before this map.
    pub fn scale(&mut self, scale: &Parameter) {
        match self {
            Self::Diagonal(factors) => *factors = factors.zip(scale, |a, b| a * b),
            Self::Table(table) => {
                for (j, mut column) in table.columns_mut().into_iter().enumerate() {
                    column *= scale.get(j);
                }
            }
            Self::Unknown => {}
        }
    }

    /// Puts a table before this map, which must be diagonal; it is not known what comes of another.
    pub fn follow(&mut self, table: Option<Array2<f64>>) {
        *self = match (&*self, table) {
            (Self::Diagonal(factors), Some(mut table)) => {
                for (i, mut row) in table.rows_mut().into_iter().enumerate() {
                    let factor = factors.get(i);
                    if factor != 1.0 {
                        row *= factor;
                    }
                }
                Self::Table(table)
            }
            _ => Self::Unknown,
        };
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
            Self::Table(table) => {
                for (row, total) in table.rows().into_iter().zip(total) {
                    *total += row.iter().enumerate().map(|(j, w)| w * at(j)).sum::<f64>();
                }
            }
            Self::Unknown => {}
        }
    }

    /// The weights [`targets`, `sources`]; empty if they are not known or not wanted.
    pub fn into_table(self, targets: usize, sources: usize, wanted: bool) -> Array2<f64> {
        match self {
            Self::Table(table) if wanted => table,
            Self::Diagonal(factors) if wanted => {
                let mut table = Array2::zeros((targets, sources));
                for (n, cell) in table.diag_mut().iter_mut().enumerate() {
                    *cell = factors.get(n);
                }
                table
            }
            _ => Array2::zeros((0, 0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn paths_are_summed() {
        let identity = Map::identity().matrix;
        let twice = identity.clone().plus(identity.clone(), 2);
        assert_eq!(twice, Matrix::Diagonal(Parameter::uniform(2.0)));
        let table = Matrix::Table(array![[1.0, 2.0], [3.0, 4.0]]);
        let both = twice.plus(table, 2);
        assert_eq!(both, Matrix::Table(array![[3.0, 2.0], [3.0, 6.0]]));
        // A table of another shape has no sum with it.
        let other = Matrix::Table(array![[1.0, 2.0]]);
        assert_eq!(both.plus(other, 2), Matrix::Unknown);
    }

    #[test]
    fn factors_act_on_the_side_where_they_stand() {
        let mut map = Map::identity().matrix;
        map.scale(&Parameter::each(vec![2.0, 3.0]));
        map.follow(Some(array![[1.0, 10.0], [1.0, 10.0]]));
        map.scale(&Parameter::each(vec![1.0, 5.0]));
        assert_eq!(map, Matrix::Table(array![[2.0, 100.0], [3.0, 150.0]]));
        let mut total = [0.0; 2];
        map.add_bias(&Parameter::each(vec![1.0, 0.1]), 2, &mut total);
        assert_eq!(total, [12.0, 18.0]);
    }
}
