//! Weight tables by source, as events walk them.

use super::convolution::Convolution;

/// What makes spikes into events.
pub(super) enum Events {
    Linear(Table),
    Convolution(Convolution),
}

impl Events {
    /// Adds the events of `spikes`, source by source in ascending order, to `currents` with `add`,
    /// which is given the current and what all events of one source add to it.
    pub fn deliver<T: Copy>(&self, spikes: &[u32], currents: &mut [T], add: impl Fn(T, i64) -> T) {
        match self {
            Self::Linear(table) => table.deliver(spikes, currents, add),
            Self::Convolution(convolution) => convolution.deliver(spikes, currents, add),
        }
    }
}

/// A table of at least this part of weights that are not zero is kept whole: adding a row in one go
/// then costs less than finding the targets one by one.
const DENSE: f64 = 0.25;

/// The weights of one `quant.linear`, shifted, source by source.
pub(super) enum Table {
    /// Every weight [source][target].
    Dense {
        /// The weights of all sources, one after the other.
        weights: Vec<i64>,
        /// The length of a row.
        targets: usize,
    },
    /// The weights that are not zero; those of source i are `first[i]..first[i + 1]`.
    Sparse {
        first: Vec<usize>,
        targets: Vec<u32>,
        weights: Vec<i64>,
    },
}

impl Table {
    /// The table of `weights` [target, source]. The caller has checked that there are `targets`
    /// times `sources`, and that targets fit 32 bits.
    pub fn new(weights: &[i64], targets: usize, sources: usize) -> Self {
        let column = |source: usize| weights.iter().skip(source).step_by(sources.max(1));
        let filled = weights.iter().filter(|w| **w != 0).count();
        if filled as f64 >= DENSE * weights.len() as f64 {
            return Self::Dense {
                weights: (0..sources).flat_map(column).copied().collect(),
                targets,
            };
        }
        let (mut first, mut rows) = (vec![0], (Vec::new(), Vec::new()));
        for source in 0..sources {
            let set = column(source).enumerate().filter(|(_, w)| **w != 0);
            rows.extend(set.map(|(target, weight)| (target as u32, *weight)));
            first.push(rows.0.len());
        }
        Self::Sparse {
            first,
            targets: rows.0,
            weights: rows.1,
        }
    }

    /// As [`Events::deliver`].
    fn deliver<T: Copy>(&self, spikes: &[u32], currents: &mut [T], add: impl Fn(T, i64) -> T) {
        let active = spikes.iter().enumerate().filter(|(_, count)| **count > 0);
        match self {
            Self::Dense { weights, targets } => {
                for (source, &count) in active {
                    let row = &weights[source * targets..(source + 1) * targets];
                    for (current, weight) in currents.iter_mut().zip(row) {
                        *current = add(*current, weight * i64::from(count));
                    }
                }
            }
            Self::Sparse {
                first,
                targets,
                weights,
            } => {
                for (source, &count) in active {
                    let row = first[source]..first[source + 1];
                    for (&target, weight) in targets[row.clone()].iter().zip(&weights[row]) {
                        let current = &mut currents[target as usize];
                        *current = add(*current, weight * i64::from(count));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same events, whichever form the table has.
    #[test]
    fn dense_and_sparse_tables_deliver_the_same() {
        let weights = [1, 0, 2, 0, 0, -3];
        let filled: Vec<i64> = weights.iter().map(|w| w + 10).collect();
        let result = |weights: &[i64]| {
            let table = Table::new(weights, 2, 3);
            let mut currents = [100, 200];
            table.deliver(&[2, 1, 1], &mut currents, |i, w| i + w);
            (matches!(table, Table::Dense { .. }), currents)
        };
        let sparse: Vec<i64> = [0, 0, 0, 0, 0, -3].to_vec();
        assert_eq!(result(&sparse), (false, [100, 197]));
        assert_eq!(result(&weights), (true, [104, 197]));
        assert_eq!(result(&filled), (true, [144, 237]));
    }
}
