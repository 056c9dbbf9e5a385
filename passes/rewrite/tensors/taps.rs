//! Weights with other taps: zeros around and between, ones, sums of windows, whole matrices.

use super::{Expression, Sign, TensorId, Tensors};
use crate::rewrite::window::Window;

impl Tensors {
    /// Changes the taps of a kernel: those of its one core that has several, or else of its last.
    fn with_taps(
        &mut self,
        of: TensorId,
        groups: usize,
        kernel: &[usize],
        make: impl FnOnce(TensorId) -> Expression,
    ) -> TensorId {
        let mut word = self.word(of, groups);
        let at = self.spatial(&word).unwrap_or(word.cores.len() - 1);
        let core = self.as_kernel(word.cores[at], word.dimensions);
        let mut shape = self.shape(core)[..2].to_vec();
        shape.extend_from_slice(kernel);
        word.cores[at] = self.add(make(core), shape, Sign::Unknown);
        self.weights_of(word)
    }

    /// A kernel with zeros around: so many before each dimension, to the extents of `kernel`.
    pub fn padded(
        &mut self,
        of: TensorId,
        groups: usize,
        before: &[usize],
        kernel: &[usize],
    ) -> TensorId {
        self.with_taps(of, groups, kernel, |core| {
            Expression::Padded(core, before.to_vec(), kernel.to_vec())
        })
    }

    /// A kernel with zeros between its taps.
    pub fn dilated(&mut self, of: TensorId, groups: usize, dilation: &[usize]) -> TensorId {
        let taps = self.shape(of)[2..].iter().zip(dilation);
        let kernel: Vec<usize> = taps.map(|(taps, d)| d * (taps - 1) + 1).collect();
        self.with_taps(of, groups, &kernel, |core| {
            Expression::Dilated(core, dilation.to_vec())
        })
    }

    /// A kernel of ones for each of `channels`, each in its own group.
    pub fn ones(&mut self, channels: usize, kernel: &[usize]) -> TensorId {
        let mut shape = vec![channels, 1];
        shape.extend_from_slice(kernel);
        self.add(
            Expression::Ones(channels, kernel.to_vec()),
            shape,
            Sign::Positive,
        )
    }

    /// What kernel `of` over the sums of `window` is over the elements themselves; `kernel` are the
    /// extents that result.
    pub fn of_pool(
        &mut self,
        of: TensorId,
        groups: usize,
        window: &Window,
        kernel: &[usize],
    ) -> TensorId {
        self.with_taps(of, groups, kernel, |core| {
            Expression::OfPool(core, window.clone())
        })
    }

    /// The tiles in which the weights of a kernel are equal: the largest extents, which divide the kernel's.
    /// `None` if no tile has more than one tap.
    pub fn tiles(&self, of: TensorId) -> Option<Vec<usize>> {
        let tiles = match self.expression(of) {
            Expression::Corners(inner, taken) => {
                let all = self.tiles(*inner)?;
                all.iter().zip(taken).map(|(all, own)| all / own).collect()
            }
            // A factor is one for all taps.
            Expression::Word { cores, .. } => match cores.as_slice() {
                [core] => self.tiles(*core)?,
                _ => return None,
            },
            _ => self.statistics(of)?.tiles.clone(),
        };
        tiles.iter().any(|extent| *extent > 1).then_some(tiles)
    }

    /// One weight of each tile of a kernel.
    pub fn corners(&mut self, of: TensorId, groups: usize, tile: &[usize]) -> TensorId {
        let taps = self.shape(of)[2..].iter().zip(tile);
        let kernel: Vec<usize> = taps.map(|(taps, extent)| taps / extent).collect();
        let (inner, tile) = match self.expression(of) {
            Expression::Corners(inner, taken) => {
                let both = taken.iter().zip(tile).map(|(a, b)| a * b);
                (*inner, both.collect())
            }
            _ => (of, tile.to_vec()),
        };
        self.with_taps(inner, groups, &kernel, |core| {
            Expression::Corners(core, tile)
        })
    }

    /// A convolution of maps of `shape` as a matrix with `results` rows.
    pub fn toeplitz(
        &mut self,
        of: TensorId,
        window: &Window,
        shape: &[usize],
        results: usize,
    ) -> TensorId {
        let word = self.word(of, window.groups);
        let inputs: usize = shape.iter().product();
        let single = word.cores.len() == 1;
        let core = match *word.cores {
            [core] => self.as_kernel(core, word.dimensions),
            _ => of,
        };
        let matrix = self.add(
            Expression::Toeplitz(core, window.clone(), shape.to_vec()),
            vec![results, inputs],
            Sign::Unknown,
        );
        if single {
            self.scaled(word.diagonals[0], matrix, word.diagonals[1], 1)
        } else {
            matrix
        }
    }
}
