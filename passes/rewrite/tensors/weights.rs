//! Making weights, in forms in which equal things are equal.
//!
//! Weights are a *word*: matrices, and maybe one kernel with more than one tap, with a diagonal before, between
//! and behind them. A kernel with a single tap is the matrix that it is, in another shape. Whatever is done
//! to weights is done to the core that it concerns, so that it does not matter whether a factor came before
//! or after it.

use super::{Expression, Monomial, Positions, Sign, TensorId, Tensors};

/// Diagonals and cores; see [`Expression::Word`].
pub(super) struct Word {
    pub(super) diagonals: Vec<TensorId>,
    pub(super) cores: Vec<TensorId>,
    pub(super) groups: usize,
    /// The number of dimensions of taps; 0 for a matrix.
    pub(super) dimensions: usize,
}

impl Tensors {
    /// The identity on `n` elements.
    pub fn identity(&mut self, n: usize) -> TensorId {
        self.add(Expression::Identity(n), vec![n, n], Sign::Unknown)
    }

    /// Weights as a word.
    pub(super) fn word(&mut self, weight: TensorId, groups: usize) -> Word {
        let shape = self.shape(weight).to_vec();
        let single = shape[2..].iter().all(|taps| *taps == 1);
        let matrix = match self.expression(weight) {
            Expression::Reshaped(inner, _) if groups == 1 && single && shape.len() > 2 => {
                (self.shape(*inner) == &shape[..2]).then_some(*inner)
            }
            _ => None,
        };
        let matrix = match matrix {
            None if groups == 1 && single && shape.len() > 2 && !self.is_word(weight) => {
                Some(self.reshaped(weight, &shape[..2]))
            }
            other => other,
        };
        let dimensions = shape.len() - 2;
        let inner = matrix.unwrap_or(weight);
        if let Expression::Word {
            diagonals,
            cores,
            groups,
        } = self.expression(inner)
        {
            return Word {
                diagonals: diagonals.clone(),
                cores: cores.clone(),
                groups: *groups,
                dimensions,
            };
        }
        let one = self.one();
        Word {
            diagonals: vec![one, one],
            cores: vec![inner],
            groups,
            dimensions,
        }
    }

    fn is_word(&self, weight: TensorId) -> bool {
        matches!(self.expression(weight), Expression::Word { .. })
    }

    fn is_identity(&self, weight: TensorId) -> bool {
        matches!(self.expression(weight), Expression::Identity(_))
    }

    /// The core with more than one tap.
    pub(super) fn spatial(&self, word: &Word) -> Option<usize> {
        (word.groups > 1).then_some(0).or_else(|| {
            word.cores
                .iter()
                .position(|core| self.shape(*core).len() > 2)
        })
    }

    /// A word as weights.
    pub(super) fn weights_of(&mut self, word: Word) -> TensorId {
        let Word {
            mut diagonals,
            mut cores,
            groups,
            dimensions,
        } = word;
        // An identity among other cores is nothing.
        let mut at = 0;
        while at < cores.len() && cores.len() > 1 {
            if self.is_identity(cores[at]) {
                cores.remove(at);
                let behind = diagonals.remove(at + 1);
                diagonals[at] = self.times(diagonals[at], behind);
            } else {
                at += 1;
            }
        }
        // Beside an identity that is left, both diagonals are one.
        if cores.len() == 1 && self.is_identity(cores[0]) {
            diagonals[0] = self.times(diagonals[0], diagonals[1]);
            diagonals[1] = self.one();
        }
        // Factors that are one number go to the front.
        let mut front = self.factors(diagonals[0]);
        for diagonal in diagonals.iter_mut().skip(1) {
            let own = self.factors(*diagonal);
            let (numbers, rest): (Vec<_>, Vec<_>) = own
                .powers
                .into_iter()
                .partition(|(factor, _)| self.shape(*factor) == [1]);
            front = front.times(
                &Monomial {
                    negative: own.negative,
                    two: own.two,
                    powers: numbers,
                },
                1,
            );
            *diagonal = self.monomial(Monomial {
                powers: rest,
                ..Monomial::one()
            });
        }
        diagonals[0] = self.monomial(front);
        let made = match cores.as_slice() {
            [core] if diagonals.iter().all(|d| self.is_one(*d)) => *core,
            _ => {
                let columns = cores.last().map_or(0, |core| self.shape(*core)[1]);
                let taps = cores.iter().find(|core| self.shape(**core).len() > 2);
                let mut shape = vec![self.shape(cores[0])[0], columns];
                shape.extend(taps.map_or(&[][..], |core| &self.shape(*core)[2..]));
                let expression = Expression::Word {
                    diagonals,
                    cores,
                    groups,
                };
                self.add(expression, shape, Sign::Unknown)
            }
        };
        if self.shape(made).len() == 2 && dimensions > 0 {
            let mut shape = self.shape(made).to_vec();
            shape.resize(2 + dimensions, 1);
            return self.reshaped(made, &shape);
        }
        made
    }

    /// `left` as a diagonal matrix times weights times `right` as one. For a kernel: a factor for each
    /// output channel and for each input channel.
    pub fn scaled(
        &mut self,
        left: TensorId,
        weight: TensorId,
        right: TensorId,
        groups: usize,
    ) -> TensorId {
        let mut word = self.word(weight, groups);
        word.diagonals[0] = self.times(left, word.diagonals[0]);
        let last = word.diagonals.len() - 1;
        word.diagonals[last] = self.times(word.diagonals[last], right);
        self.weights_of(word)
    }

    /// The product a b: matrices, or kernels in one group of which one has a single tap.
    pub fn matrix_product(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let (mut word, other) = (self.word(a, 1), self.word(b, 1));
        let last = word.diagonals.len() - 1;
        word.diagonals[last] = self.times(word.diagonals[last], other.diagonals[0]);
        word.diagonals.extend_from_slice(&other.diagonals[1..]);
        word.cores.extend(other.cores);
        self.weights_of(word)
    }

    /// The diagonal, if weights are a diagonal matrix by the way in which they were made.
    pub fn diagonal_of(&mut self, weight: TensorId) -> Option<TensorId> {
        let word = self.word(weight, 1);
        match word.cores.as_slice() {
            [core] if self.is_identity(*core) => Some(word.diagonals[0]),
            _ => None,
        }
    }

    /// The sum of weights of one shape.
    pub fn total(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let mut terms = Vec::new();
        for id in [a, b] {
            match self.expression(id) {
                Expression::Total(own) => terms.extend_from_slice(own),
                _ => terms.push(id),
            }
        }
        terms.sort_unstable();
        let shape = self.shape(a).to_vec();
        self.add(Expression::Total(terms), shape, Sign::Unknown)
    }

    /// The same weights in another shape.
    pub fn reshaped(&mut self, of: TensorId, shape: &[usize]) -> TensorId {
        let from = self.shape(of).to_vec();
        if from == shape {
            return of;
        }
        if let Expression::Reshaped(inner, _) = *self.expression(of) {
            return self.reshaped(inner, shape);
        }
        let plain = |this: &mut Self| {
            this.add(
                Expression::Reshaped(of, shape.to_vec()),
                shape.to_vec(),
                Sign::Unknown,
            )
        };
        let Expression::Word {
            diagonals,
            cores,
            groups,
        } = self.expression(of).clone()
        else {
            return plain(self);
        };
        let mut word = Word {
            diagonals,
            cores,
            groups,
            dimensions: shape.len() - 2,
        };
        let single = shape[2..].iter().all(|taps| *taps == 1);
        let behind = word.diagonals.last().map_or(1, |d| self.len(*d));
        let last = word.cores.len() - 1;
        match self.spatial(&word) {
            // Only the taps change.
            Some(at) if from[..2] == shape[..2] && !single => {
                let mut own = self.shape(word.cores[at])[..2].to_vec();
                own.extend_from_slice(&shape[2..]);
                word.cores[at] = self.reshaped(word.cores[at], &own);
            }
            // A kernel becomes a matrix: a factor for each channel is one for each of its elements.
            Some(at) if at == last && word.groups == 1 && shape.len() == 2 => {
                let rows = self.shape(word.cores[at])[0];
                word.cores[at] = self.reshaped(word.cores[at], &[rows, shape[1]]);
            }
            // A matrix becomes a kernel, if its factors are those of channels.
            None if !single && (behind == 1 || behind == shape[1]) => {
                let mut own = shape.to_vec();
                own[0] = self.shape(word.cores[last])[0];
                word.cores[last] = self.reshaped(word.cores[last], &own);
            }
            _ => return plain(self),
        }
        self.weights_of(word)
    }

    /// The rows at these positions, of weights in one group.
    pub fn rows(&mut self, of: TensorId, positions: &Positions) -> TensorId {
        let extent = self.shape(of)[0];
        let mut word = self.word(of, 1);
        word.diagonals[0] = self.pick(word.diagonals[0], positions, extent);
        word.cores[0] = self.core_rows(word.cores[0], positions);
        self.weights_of(word)
    }

    fn core_rows(&mut self, core: TensorId, positions: &Positions) -> TensorId {
        if let Expression::Rows(inner, own) = self.expression(core).clone() {
            let both: Positions = positions.iter().map(|p| own[*p]).collect();
            return self.core_rows(inner, &both);
        }
        if positions.iter().copied().eq(0..self.shape(core)[0]) {
            return core;
        }
        let mut shape = self.shape(core).to_vec();
        shape[0] = positions.len();
        let expression = Expression::Rows(core, positions.clone());
        self.add(expression, shape, Sign::Unknown)
    }

    /// The columns at these positions, of weights in one group.
    pub fn columns(&mut self, of: TensorId, positions: &Positions) -> TensorId {
        let extent = self.shape(of)[1];
        let mut word = self.word(of, 1);
        let (core, diagonal) = (word.cores.len() - 1, word.diagonals.len() - 1);
        word.diagonals[diagonal] = self.pick(word.diagonals[diagonal], positions, extent);
        word.cores[core] = self.core_columns(word.cores[core], positions);
        self.weights_of(word)
    }

    fn core_columns(&mut self, core: TensorId, positions: &Positions) -> TensorId {
        match self.expression(core).clone() {
            Expression::Columns(inner, own) => {
                let both: Positions = positions.iter().map(|p| own[*p]).collect();
                return self.core_columns(inner, &both);
            }
            // Rows are taken last.
            Expression::Rows(inner, own) => {
                let columns = self.core_columns(inner, positions);
                return self.core_rows(columns, &own);
            }
            _ => {}
        }
        if positions.iter().copied().eq(0..self.shape(core)[1]) {
            return core;
        }
        let mut shape = self.shape(core).to_vec();
        shape[1] = positions.len();
        let expression = Expression::Columns(core, positions.clone());
        self.add(expression, shape, Sign::Unknown)
    }

    /// Zeros in `extent` columns, but the columns of the weights at these positions.
    pub fn scatter_columns(
        &mut self,
        of: TensorId,
        positions: &Positions,
        extent: usize,
    ) -> TensorId {
        let mut shape = self.shape(of).to_vec();
        shape[1] = extent;
        let expression = Expression::ScatterColumns(of, positions.clone(), extent);
        self.add(expression, shape, Sign::Unknown)
    }

    /// A kernel in groups as one without.
    pub fn dense(&mut self, of: TensorId, groups: usize) -> TensorId {
        let word = self.word(of, groups);
        let core = word.cores[0];
        let dense = match *self.expression(core) {
            Expression::Blocks(inner, g) if g == groups => inner,
            _ => {
                let mut shape = self.shape(core).to_vec();
                shape[1] *= groups;
                self.add(Expression::Dense(core, groups), shape, Sign::Unknown)
            }
        };
        self.scaled(word.diagonals[0], dense, word.diagonals[1], 1)
    }

    /// A kernel that is zero between groups, in groups; `None` for a product.
    pub fn blocks(&mut self, of: TensorId, groups: usize) -> Option<TensorId> {
        let word = self.word(of, 1);
        let [core] = *word.cores else {
            return None;
        };
        let core = self.as_kernel(core, word.dimensions);
        let blocks = match *self.expression(core) {
            Expression::Dense(inner, g) if g == groups => inner,
            _ => {
                let mut shape = self.shape(core).to_vec();
                shape[1] /= groups;
                self.add(Expression::Blocks(core, groups), shape, Sign::Unknown)
            }
        };
        Some(self.scaled(word.diagonals[0], blocks, word.diagonals[1], groups))
    }

    /// A core as a kernel: a matrix has a single tap.
    pub(super) fn as_kernel(&mut self, core: TensorId, dimensions: usize) -> TensorId {
        let mut shape = self.shape(core).to_vec();
        if shape.len() > 2 {
            return core;
        }
        shape.resize(2 + dimensions, 1);
        self.reshaped(core, &shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_matrices_have_one_form() {
        let mut t = Tensors::default();
        let matrix = |t: &mut Tensors, seed: f32| {
            let array = ndarray::array![[seed, 1.0], [0.5, 2.0]].into_dyn();
            t.weights(&array.into(), "w")
        };
        let [a, b, c] = [3.0, 4.0, 5.0].map(|seed| matrix(&mut t, seed));
        assert_eq!(matrix(&mut t, 3.0), a, "equal content is one tensor");
        let s = t.values(&[2.0, 3.0], 2, "s");
        let one = t.one();
        let (ab, bc) = (t.matrix_product(a, b), t.matrix_product(b, c));
        let (left, right) = (t.matrix_product(ab, c), t.matrix_product(a, bc));
        assert_eq!(left, right, "associative");
        let behind = t.scaled(one, a, s, 1);
        let before = t.scaled(s, b, one, 1);
        assert_eq!(t.matrix_product(behind, b), t.matrix_product(a, before));
        let two = t.number(2.0);
        assert_eq!(t.scaled(two, ab, one, 1), t.scaled(one, ab, two, 1));
        let identity = t.identity(2);
        assert_eq!(t.matrix_product(a, identity), a);
        let diagonal = t.scaled(s, identity, one, 1);
        assert_eq!(t.diagonal_of(diagonal), Some(s));
        assert_eq!(t.matrix_product(diagonal, a), t.scaled(s, a, one, 1));
    }

    #[test]
    fn reshapes_are_undone() {
        let mut t = Tensors::default();
        let array = ndarray::array![[1.0f32, 2.0], [3.0, 4.0]].into_dyn();
        let w = t.weights(&array.into(), "w");
        let kernel = t.reshaped(w, &[2, 2, 1, 1]);
        assert_eq!(t.reshaped(kernel, &[2, 2]), w);
        let (two, one) = (t.number(2.0), t.one());
        let scaled = t.scaled(two, w, one, 1);
        let as_kernel = t.reshaped(scaled, &[2, 2, 1, 1]);
        assert_eq!(as_kernel, t.scaled(two, kernel, one, 1));
    }
}
