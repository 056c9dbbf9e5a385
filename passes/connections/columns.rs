//! A linear map by source: the weights from each source to its targets.

use ndarray::ArrayView2;

/// Weights from each source, by target, each target once.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The weights of source i are those from `first[i]` to `first[i + 1]`.
    first: Vec<usize>,
    entries: Vec<(u32, f64)>,
    targets: usize,
}

/// A column under construction: a sum for each target that it reaches.
struct Column {
    sums: Vec<f64>,
    is_reached: Vec<bool>,
    reached: Vec<u32>,
}

impl Column {
    fn new(targets: usize) -> Self {
        Self {
            sums: vec![0.0; targets],
            is_reached: vec![false; targets],
            reached: Vec::new(),
        }
    }

    fn add(&mut self, target: u32, weight: f64) {
        let at = target as usize;
        if !self.is_reached[at] {
            self.is_reached[at] = true;
            self.reached.push(target);
        }
        self.sums[at] += weight;
    }

    /// The column, by target; empties this.
    fn take(&mut self, entries: &mut Vec<(u32, f64)>) {
        self.reached.sort_unstable();
        for target in self.reached.drain(..) {
            let at = target as usize;
            entries.push((target, self.sums[at]));
            self.sums[at] = 0.0;
            self.is_reached[at] = false;
        }
    }
}

impl Columns {
    /// The columns of `sources` sources, each added up by `each(source, add)`, to `targets` targets.
    /// `None` if there are more than `most` weights.
    pub fn new(
        targets: usize,
        sources: usize,
        most: usize,
        mut each: impl FnMut(usize, &mut dyn FnMut(u32, f64)),
    ) -> Option<Self> {
        let mut column = Column::new(targets);
        let (mut first, mut entries) = (vec![0], Vec::new());
        for source in 0..sources {
            each(source, &mut |target, weight| {
                if (target as usize) < targets {
                    column.add(target, weight);
                }
            });
            column.take(&mut entries);
            if entries.len() > most {
                return None;
            }
            first.push(entries.len());
        }
        Some(Self {
            first,
            entries,
            targets,
        })
    }

    /// The columns of a weight [target, source].
    pub fn of_table(table: ArrayView2<'_, f64>) -> Option<Self> {
        let (targets, sources) = table.dim();
        Self::new(targets, sources, usize::MAX, |source, add| {
            for (target, weight) in table.column(source).iter().enumerate() {
                add(target as u32, *weight);
            }
        })
    }

    /// The number of targets.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// The number of sources.
    pub fn sources(&self) -> usize {
        self.first.len() - 1
    }

    /// The targets and weights of a source.
    pub fn column(&self, source: usize) -> &[(u32, f64)] {
        match (self.first.get(source), self.first.get(source + 1)) {
            (Some(first), Some(end)) => &self.entries[*first..*end],
            _ => &[],
        }
    }

    /// Multiplies every weight by `factor(target, source)`.
    pub fn scale(&mut self, factor: impl Fn(usize, usize) -> f64) {
        for source in 0..self.sources() {
            for (target, weight) in &mut self.entries[self.first[source]..self.first[source + 1]] {
                *weight *= factor(*target as usize, source);
            }
        }
    }

    /// The sum of this map and another of the same shape.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        if (self.targets, self.sources()) != (other.targets, other.sources()) {
            return None;
        }
        Self::new(self.targets, self.sources(), usize::MAX, |source, add| {
            for (target, weight) in self.column(source).iter().chain(other.column(source)) {
                add(*target, *weight);
            }
        })
    }

    /// The part of this map from the sources that `keep` names; the others have no weights.
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Option<Self> {
        Self::new(self.targets, self.sources(), usize::MAX, |source, add| {
            if keep(source) {
                for (target, weight) in self.column(source) {
                    add(*target, *weight);
                }
            }
        })
    }

    /// This map after another.
    pub fn after(&self, first: &Self, most: usize) -> Option<Self> {
        Self::new(self.targets, first.sources(), most, |source, add| {
            for (middle, weight) in first.column(source) {
                for (target, own) in self.column(*middle as usize) {
                    add(*target, weight * own);
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn table(columns: &Columns) -> Array2<f64> {
        let mut table = Array2::zeros((columns.targets(), columns.sources()));
        for source in 0..columns.sources() {
            for (target, weight) in columns.column(source) {
                table[[*target as usize, source]] = *weight;
            }
        }
        table
    }

    #[test]
    fn sums_and_products_are_those_of_tables() {
        let (a, b) = (
            array![[1.0, 0.0, 2.0], [0.0, -3.0, 4.0]],
            array![[1.0, 2.0], [0.5, 0.0]],
        );
        let [x, y] = [&a, &b].map(|t| Columns::of_table(t.view()).unwrap());
        assert_eq!(table(&x.plus(&x).unwrap()), &a * 2.0);
        assert_eq!(table(&y.after(&x, 99).unwrap()), b.dot(&a));
        assert_eq!(y.after(&x, 3), None);
        assert_eq!(x.after(&y, 99).map(|c| c.sources()), Some(2));
        let mut scaled = x.clone();
        scaled.scale(|target, source| (10 * target + source) as f64);
        assert_eq!(table(&scaled), array![[0.0, 0.0, 4.0], [0.0, -33.0, 48.0]]);
        assert_eq!(
            table(&x.only(|s| s == 2).unwrap()),
            array![[0.0, 0.0, 2.0], [0.0, 0.0, 4.0]]
        );
    }
}
