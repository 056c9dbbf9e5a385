//! What weights of the program are like; found in one pass over them, when a rule first asks.

use nirc_dialects::{tensor::Tensor, with_elements};

use super::{Expression, Positions, TensorId, Tensors};

/// Facts about weights [out, in, taps ...].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// The largest magnitude.
    pub largest: f64,
    /// The number of weights that are not 0.
    pub nonzeros: usize,
    /// The value of all, if it is one.
    pub uniform: Option<f64>,
    /// The outputs that some weight leads to.
    pub live_rows: Vec<usize>,
    /// The inputs that some weight leads from.
    pub live_columns: Vec<usize>,
    /// For each row the column of its only weight, if every row has one weight that is 1 and no other.
    pub selection: Option<Positions>,
    /// The diagonal, if all else is 0 and the matrix is square.
    pub diagonal: Option<Vec<f64>>,
    /// The most groups into which a kernel falls apart; 1 for a matrix.
    pub groups: usize,
    /// The largest tile in which all weights of a kernel are equal; its extents divide those of the taps.
    pub tiles: Vec<usize>,
}

impl Statistics {
    /// The facts about `tensor`, which has at least two dimensions.
    pub fn of(tensor: &Tensor) -> Self {
        let &[rows, columns, ref kernel @ ..] = tensor.shape() else {
            return Self::default();
        };
        let taps: usize = kernel.iter().product();
        let mut this = Self {
            uniform: tensor.splat(),
            groups: 1,
            tiles: kernel.to_vec(),
            ..Self::default()
        };
        let mut live_column = vec![false; columns];
        let mut selection = Vec::with_capacity(rows);
        // For each number of groups whether some weight crosses them.
        let divisors: Vec<usize> = (2..=if taps > 1 || tensor.shape().len() > 2 {
            greatest_divisor(rows, columns)
        } else {
            1
        })
            .filter(|g| rows % g == 0 && columns % g == 0)
            .collect();
        let mut crossed = vec![false; divisors.len()];
        let mut diagonal = (rows == columns && tensor.shape().len() == 2).then(Vec::new);
        with_elements!(tensor, array => {
            let standard = array.as_standard_layout();
            let flat = standard.as_slice().unwrap_or_default();
            for row in 0..rows {
                let (mut weights, mut only) = (0, (0, 0.0));
                for (column, live_column) in live_column.iter_mut().enumerate() {
                    let start = (row * columns + column) * taps;
                    let mut live = false;
                    for value in &flat[start..start + taps] {
                        let value = value.to_float();
                        this.largest = this.largest.max(value.abs());
                        if value != 0.0 {
                            live = true;
                            this.nonzeros += 1;
                            weights += 1;
                            only = (column, value);
                        }
                    }
                    narrow_tiles(&mut this.tiles, kernel, &flat[start..start + taps]);
                    if live {
                        *live_column = true;
                        for (g, crossed) in divisors.iter().zip(&mut crossed) {
                            *crossed |= row / (rows / g) != column / (columns / g);
                        }
                    }
                }
                if weights > 0 {
                    this.live_rows.push(row);
                }
                if weights == 1 && only.1 == 1.0 && taps == 1 {
                    selection.push(only.0);
                }
                match &mut diagonal {
                    Some(values) if weights == 0 => values.push(0.0),
                    Some(values) if weights == 1 && only.0 == row => values.push(only.1),
                    other => *other = None,
                }
            }
        });
        this.live_columns = (0..columns).filter(|c| live_column[*c]).collect();
        this.selection = (selection.len() == rows).then(|| selection.into());
        this.diagonal = diagonal;
        let whole = divisors.iter().zip(&crossed).filter(|(_, c)| !**c);
        this.groups = whole.map(|(g, _)| *g).max().unwrap_or(1);
        this
    }
}

/// Makes tiles so narrow that the weights of all taps are equal in each.
fn narrow_tiles<T: Copy + PartialEq>(tiles: &mut [usize], kernel: &[usize], weights: &[T]) {
    let mut step = 1;
    for (extent, tile) in kernel.iter().zip(tiles).rev() {
        for at in 0..extent * usize::from(*tile > 1) {
            let differs =
                |tap: &usize| tap / step % extent == at && weights[*tap] != weights[*tap - step];
            if at > 0 && at % *tile != 0 && (0..weights.len()).any(|tap| differs(&tap)) {
                *tile = greatest_divisor(*tile, at);
            }
        }
        step *= extent;
    }
}

/// An element in 64 bits.
trait ToFloat: Copy {
    fn to_float(self) -> f64;
}

macro_rules! to_float {
    ($($Type:ty)*) => {$(
        impl ToFloat for $Type {
            fn to_float(self) -> f64 {
                self as f64
            }
        }
    )*};
}
to_float!(f32 i64 i32 i16 i8);

impl ToFloat for f64 {
    fn to_float(self) -> f64 {
        self
    }
}

/// The greatest common divisor; that of a number and 0 is the number.
pub fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_divisor(b, a % b)
    }
}

impl Tensors {
    /// Facts about weights of the program.
    pub fn statistics(&self, id: TensorId) -> Option<&Statistics> {
        match self.expression(id) {
            Expression::Leaf(leaf) => {
                let leaf = &self.leaves[*leaf as usize];
                let statistics = &leaf.statistics;
                Some(statistics.get_or_init(|| Statistics::of(&leaf.tensor)))
            }
            // Factors that are not 0 leave zeros where they are.
            Expression::Word {
                diagonals, cores, ..
            } => match cores.as_slice() {
                [core] if diagonals.iter().all(|d| self.is_nonzero(*d)) => self.statistics(*core),
                _ => None,
            },
            _ => None,
        }
    }

    /// The rows of weights that are not all 0, if some are all 0.
    pub fn live_rows(&self, id: TensorId) -> Option<Positions> {
        let live = &self.statistics(id)?.live_rows;
        (live.len() < self.shape(id)[0]).then(|| live.as_slice().into())
    }

    /// The columns of weights without groups that are not all 0, if some are all 0.
    pub fn live_columns(&self, id: TensorId) -> Option<Positions> {
        let live = &self.statistics(id)?.live_columns;
        (live.len() < self.shape(id)[1]).then(|| live.as_slice().into())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use super::*;

    fn of(shape: &[usize], values: &[f32]) -> Statistics {
        let array = ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()).unwrap();
        Statistics::of(&array.into())
    }

    #[test]
    fn zeros_selections_and_diagonals_are_seen() {
        let s = of(&[2, 3], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(s.live_columns, [0, 1]);
        assert_eq!(s.selection.as_deref(), Some([1, 0].as_slice()));
        assert_eq!((s.nonzeros, s.diagonal), (2, None));
        let s = of(&[2, 2], &[3.0, 0.0, 0.0, 0.0]);
        assert_eq!((s.live_rows, s.selection), (vec![0], None));
        assert_eq!(s.diagonal, Some(vec![3.0, 0.0]));
    }

    #[test]
    fn tiles_are_the_largest_with_equal_weights() {
        let rows = [1.0, 1.0, 2.0, 2.0, 2.0, 2.0];
        assert_eq!(of(&[1, 1, 6], &rows).tiles, [2]);
        let maps = [rows, rows, [3.0; 6], [3.0; 6]].concat();
        assert_eq!(of(&[1, 1, 4, 6], &maps).tiles, [2, 2]);
        let other = [[0.5; 12], [0.25; 12]].concat();
        assert_eq!(
            of(&[2, 1, 4, 6], &[maps.clone(), other].concat()).tiles,
            [2, 2]
        );
        assert_eq!(
            of(&[1, 2, 4, 6], &[[3.0; 24].to_vec(), maps].concat()).tiles,
            [2, 2]
        );
        assert_eq!(of(&[1, 1, 3], &[1.0, 1.0, 2.0]).tiles, [1]);
    }

    #[test]
    fn groups_of_a_kernel_are_the_most_that_nothing_crosses() {
        let mut kernel = vec![0.0; 4 * 4 * 3];
        for (row, column) in [(0, 1), (1, 0), (2, 2), (3, 3)] {
            kernel[(row * 4 + column) * 3] = 0.5;
        }
        assert_eq!(of(&[4, 4, 3], &kernel).groups, 2);
        kernel[(4 + 2) * 3] = 0.5;
        assert_eq!(of(&[4, 4, 3], &kernel).groups, 1);
        assert_eq!(of(&[2, 2], &[1.0, 0.0, 0.0, 1.0]).groups, 1, "a matrix");
    }
}
