//! Dense linear maps, by the sources that are active.

use super::{
    Real,
    real::{active, add_scaled},
};

/// How many columns are added in one pass over the targets.
const COLUMNS: usize = 4;

/// y = W x for each matrix of a batch.
///
/// A target starts at 0 and adds `weight * x` of the sources that are not zero, in ascending order
/// of the sources. So the result does not depend on how many sources are active.
pub(super) struct Linear<T> {
    /// [matrices, sources, targets]: the weights of a source lie side by side.
    columns: Vec<T>,
    sources: usize,
    targets: usize,
}

impl<T: Real> Linear<T> {
    /// Of `weight` [matrices, targets, sources].
    pub fn new(weight: &ndarray::ArrayView3<'_, T>) -> Self {
        let (_, targets, sources) = weight.dim();
        let columns = weight.view().permuted_axes([0, 2, 1]);
        Self {
            columns: columns.iter().copied().collect(),
            sources,
            targets,
        }
    }

    /// `positions` is scratch, as long as `x`.
    #[inline(always)]
    pub fn run(&self, x: &[T], y: &mut [T], positions: &mut [usize]) {
        y.fill(T::zero());
        let size = self.sources * self.targets;
        if size == 0 {
            return;
        }
        let ends = x.chunks(self.sources).zip(y.chunks_mut(self.targets));
        for (columns, (x, y)) in self.columns.chunks(size).zip(ends) {
            self.multiply(columns, x, y, positions);
        }
    }

    #[inline(always)]
    fn multiply(&self, columns: &[T], x: &[T], y: &mut [T], positions: &mut [usize]) {
        let column = |source: usize| &columns[source * self.targets..][..self.targets];
        let mut groups = active(x, positions).chunks_exact(COLUMNS);
        for group in &mut groups {
            let [a, b, c, d] = [group[0], group[1], group[2], group[3]];
            let (x, weights) = (
                [x[a], x[b], x[c], x[d]],
                [column(a), column(b), column(c), column(d)],
            );
            let pairs = weights[0].iter().zip(weights[1]);
            let pairs = pairs.zip(weights[2].iter().zip(weights[3]));
            for (y, ((a, b), (c, d))) in y.iter_mut().zip(pairs) {
                *y = *y + *a * x[0] + *b * x[1] + *c * x[2] + *d * x[3];
            }
        }
        for &source in groups.remainder() {
            add_scaled(y, column(source), x[source]);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    fn ramp(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 37) % 11) as f32 / 7.0 - 0.6)
            .collect()
    }

    fn run(weight: &Array3<f32>, x: &[f32]) -> Vec<f32> {
        let mut y = vec![f32::NAN; weight.len_of(ndarray::Axis(0)) * weight.dim().1];
        Linear::new(&weight.view()).run(x, &mut y, &mut vec![0; x.len()]);
        y
    }

    /// To the last bit: one sum for each target, sources ascending, at every activity.
    #[test]
    fn sources_are_added_in_ascending_order_at_every_activity() {
        let weight = Array3::from_shape_vec((1, 19, 40), ramp(760)).unwrap();
        for active in [0, 1, 3, 4, 5, 20, 40] {
            let x: Vec<f32> = (0..40)
                .map(|j| {
                    if j < active {
                        (j % 3) as f32 + 0.3
                    } else {
                        0.0
                    }
                })
                .collect();
            for (i, y) in run(&weight, &x).iter().enumerate() {
                let expected = (0..40).fold(0.0, |sum, j| sum + weight[[0, i, j]] * x[j]);
                assert_eq!(y.to_bits(), expected.to_bits(), "{active} active, row {i}");
            }
        }
    }

    #[test]
    fn matrices_of_a_batch_take_their_own_part() {
        let weight = Array3::from_shape_vec((2, 3, 2), ramp(12)).unwrap();
        let x = ramp(4);
        let y = run(&weight, &x);
        for b in 0..2 {
            for i in 0..3 {
                let expected = (0..2).fold(0.0, |sum, j| sum + weight[[b, i, j]] * x[b * 2 + j]);
                assert_eq!(y[b * 3 + i], expected);
            }
        }
    }
}
