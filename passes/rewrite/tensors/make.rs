//! Making expressions, in forms in which equal things are equal.

use std::sync::OnceLock;

use nirc_dialects::{tensor::Tensor, with_elements};

use super::{
    Entry, Expression, Leaf, Monomial, Positions, Sign, TensorId, Tensors, monomial::split,
    statistics::Statistics,
};
use crate::rewrite::window::Window;

impl Tensors {
    fn add(&mut self, expression: Expression, shape: Vec<usize>, sign: Sign) -> TensorId {
        if let Some(known) = self.known.get(&expression) {
            return *known;
        }
        let id = TensorId(self.entries.len() as u32);
        self.known.insert(expression.clone(), id);
        self.entries.push(Entry {
            expression,
            shape,
            sign,
        });
        id
    }

    /// Weights of the program; equal ones are one.
    pub fn weights(&mut self, tensor: &Tensor, name: &str) -> TensorId {
        let hash = with_elements!(tensor, array => {
            let standard = array.as_standard_layout();
            let mut hasher = xxhash_rust::xxh3::Xxh3::new();
            for element in standard.as_slice().unwrap_or_default() {
                hasher.update(&element.to_le_bytes());
            }
            hasher.digest()
        });
        let key = (tensor.shape().to_vec(), tensor.element_type(), hash);
        let same = self.known_leaves.entry(key).or_default();
        let leaves = &self.leaves;
        let known = same
            .iter()
            .find(|leaf| leaves[**leaf as usize].tensor == *tensor);
        let leaf = match known {
            Some(leaf) => *leaf,
            None => {
                let leaf = self.leaves.len() as u32;
                same.push(leaf);
                self.leaves.push(Leaf {
                    tensor: tensor.clone(),
                    name: name.to_owned(),
                    hash,
                    statistics: OnceLock::<Statistics>::new(),
                });
                leaf
            }
        };
        self.add(
            Expression::Leaf(leaf),
            tensor.shape().to_vec(),
            Sign::Unknown,
        )
    }

    /// Elements that are 1.
    pub fn one(&mut self) -> TensorId {
        self.monomial(Monomial::one())
    }

    /// Elements that are one number.
    pub fn number(&mut self, number: f64) -> TensorId {
        match split(number) {
            None => self.literal(vec![number], ""),
            Some((negative, mantissa, two)) => {
                let mut monomial = Monomial {
                    negative,
                    two,
                    powers: Vec::new(),
                };
                if mantissa != 1.0 {
                    let mantissa = self.literal(vec![mantissa], "");
                    monomial.powers.push((mantissa, 1));
                }
                self.monomial(monomial)
            }
        }
    }

    /// Elements with these values: one for all, one a channel, or one an element. `channels` is the
    /// first dimension of the signal: values that are the same within channels are kept as one each.
    pub fn values(&mut self, values: &[f64], channels: usize, name: &str) -> TensorId {
        let Some((first, rest)) = values.split_first() else {
            return self.literal(Vec::new(), name);
        };
        let same = |a: &f64, b: &f64| a.to_bits() == b.to_bits();
        if rest.iter().all(|v| same(v, first)) {
            return self.number(*first);
        }
        if channels > 0 && values.len() > channels && values.len().is_multiple_of(channels) {
            let mut parts = values.chunks(values.len() / channels);
            if parts.all(|part| part.iter().all(|v| same(v, &part[0]))) {
                let each = values.chunks(values.len() / channels).map(|part| part[0]);
                return self.literal(each.collect(), name);
            }
        }
        self.literal(values.to_vec(), name)
    }

    fn literal(&mut self, values: Vec<f64>, name: &str) -> TensorId {
        let bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
        let sign = if values.iter().all(|v| *v > 0.0) {
            Sign::Positive
        } else if values.iter().all(|v| *v == 0.0) {
            Sign::Zero
        } else if values.iter().all(|v| *v != 0.0) {
            Sign::NotZero
        } else {
            Sign::Unknown
        };
        let len = values.len();
        let number = match self.known_values.get(&bits) {
            Some(known) => *known,
            None => {
                let number = self.values.len() as u32;
                self.known_values.insert(bits, number);
                self.values.push((values.into(), name.to_owned()));
                number
            }
        };
        self.add(Expression::Values(number), vec![len], sign)
    }

    /// The factors of elements.
    fn factors(&self, id: TensorId) -> Monomial {
        match self.expression(id) {
            Expression::Product(monomial) => monomial.clone(),
            _ => Monomial::of(id),
        }
    }

    fn monomial(&mut self, monomial: Monomial) -> TensorId {
        if let Some(factor) = monomial.alone() {
            return factor;
        }
        let factors = || monomial.powers.iter().map(|(factor, _)| *factor);
        let len = factors().map(|f| self.len(f)).max().unwrap_or(1);
        let sign = if factors().all(|f| self.sign(f) == Sign::Positive) && !monomial.negative {
            Sign::Positive
        } else if factors().all(|f| self.is_nonzero(f)) {
            Sign::NotZero
        } else {
            Sign::Unknown
        };
        self.add(Expression::Product(monomial), vec![len], sign)
    }

    /// The product of elements to these powers; `None` if what is divided by may be 0.
    pub fn product(&mut self, powers: &[(TensorId, i32)]) -> Option<TensorId> {
        if powers.iter().any(|(f, p)| *p < 0 && !self.is_nonzero(*f)) {
            return None;
        }
        if let Some((zero, _)) = powers.iter().find(|(f, _)| self.is_zero(*f)) {
            return Some(*zero);
        }
        let product = powers.iter().fold(Monomial::one(), |product, (f, p)| {
            product.times(&self.factors(*f), *p)
        });
        Some(self.monomial(product))
    }

    /// The product of two.
    pub fn times(&mut self, a: TensorId, b: TensorId) -> TensorId {
        // Without division there is a product.
        self.product(&[(a, 1), (b, 1)]).unwrap_or(a)
    }

    /// The sum of elements.
    pub fn plus(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let mut terms = Vec::new();
        for id in [a, b] {
            match self.expression(id) {
                Expression::Plus(own) => terms.extend_from_slice(own),
                _ if self.is_zero(id) => {}
                _ => terms.push(id),
            }
        }
        terms.sort_unstable();
        match terms.as_slice() {
            [] => a,
            [alone] => *alone,
            [x, y] if self.len(*x) == 1 && self.len(*y) == 1 => {
                let sum = [*x, *y].iter().filter_map(|t| self.number_of(*t)).sum();
                self.number(sum)
            }
            _ => {
                let len = terms.iter().map(|t| self.len(*t)).max().unwrap_or(1);
                let positive = terms.iter().all(|t| self.sign(*t) == Sign::Positive);
                let sign = if positive {
                    Sign::Positive
                } else {
                    Sign::Unknown
                };
                self.add(Expression::Plus(terms), vec![len], sign)
            }
        }
    }

    /// The parts of elements at `positions` of a first dimension of `extent`.
    pub fn pick(&mut self, of: TensorId, positions: &Positions, extent: usize) -> TensorId {
        let len = self.len(of);
        if len == 1 {
            return of;
        }
        if let Expression::Product(monomial) = self.expression(of).clone() {
            let mut picked = Monomial {
                powers: Vec::new(),
                ..monomial
            };
            for (factor, power) in monomial.powers {
                let part = self.pick(factor, positions, extent);
                picked = picked.times(&self.factors(part), power);
            }
            return self.monomial(picked);
        }
        let picked = positions.len() * (len / extent).max(1);
        let sign = self.sign(of);
        self.add(
            Expression::Pick(of, positions.clone(), extent),
            vec![picked],
            sign,
        )
    }

    /// W b, for weights [out, in] without a batch.
    pub fn applied(&mut self, weight: TensorId, bias: TensorId) -> TensorId {
        if self.is_zero(bias) {
            return bias;
        }
        let rows = self.shape(weight)[0];
        self.add(Expression::Applied(weight, bias), vec![rows], Sign::Unknown)
    }

    /// The convolution of a bias map of `shape`: one value an output channel if nothing is padded and
    /// the bias is the same within channels, else one an element of the result, of which there are
    /// `results` a channel.
    pub fn convolved(
        &mut self,
        kernel: TensorId,
        window: &Window,
        bias: TensorId,
        shape: &[usize],
        results: usize,
    ) -> TensorId {
        if self.is_zero(bias) {
            return bias;
        }
        let channels = self.shape(kernel)[0];
        let plain = window.unpadded() && self.per_channel(bias, shape);
        let len = if plain { channels } else { channels * results };
        let expression = Expression::Convolved {
            kernel,
            window: window.clone(),
            bias,
            shape: shape.to_vec(),
        };
        self.add(expression, vec![len], Sign::Unknown)
    }

    /// The sums over windows of a bias map of `shape`; as [`Tensors::convolved`].
    pub fn pooled(
        &mut self,
        bias: TensorId,
        window: &Window,
        shape: &[usize],
        results: usize,
    ) -> TensorId {
        if window.unpadded() && self.per_channel(bias, shape) {
            let taps = self.number(window.taps() as f64);
            return self.times(bias, taps);
        }
        if self.is_zero(bias) {
            return bias;
        }
        let len = shape[0] * results;
        let expression = Expression::Pooled(bias, window.clone(), shape.to_vec());
        self.add(expression, vec![len], Sign::Unknown)
    }

    /// The identity on `n` elements.
    pub fn identity(&mut self, n: usize) -> TensorId {
        self.add(Expression::Identity(n), vec![n, n], Sign::Unknown)
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
        let (mut diagonals, cores) = self.word(weight);
        diagonals[0] = self.times(left, diagonals[0]);
        let last = diagonals.len() - 1;
        diagonals[last] = self.times(diagonals[last], right);
        self.make_word(diagonals, cores, groups)
    }

    /// The matrix product a b.
    pub fn matrix_product(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let ((mut diagonals, mut cores), (more, other)) = (self.word(a), self.word(b));
        let last = diagonals.len() - 1;
        diagonals[last] = self.times(diagonals[last], more[0]);
        diagonals.extend_from_slice(&more[1..]);
        cores.extend(other);
        self.make_word(diagonals, cores, 1)
    }

    /// Weights as diagonals and cores.
    fn word(&mut self, weight: TensorId) -> (Vec<TensorId>, Vec<TensorId>) {
        if let Expression::Word {
            diagonals, cores, ..
        } = self.expression(weight)
        {
            return (diagonals.clone(), cores.clone());
        }
        let one = self.one();
        (vec![one, one], vec![weight])
    }

    fn make_word(
        &mut self,
        mut diagonals: Vec<TensorId>,
        mut cores: Vec<TensorId>,
        groups: usize,
    ) -> TensorId {
        // An identity among other cores is nothing.
        let mut at = 0;
        while at < cores.len() && cores.len() > 1 {
            if matches!(self.expression(cores[at]), Expression::Identity(_)) {
                cores.remove(at);
                let behind = diagonals.remove(at + 1);
                diagonals[at] = self.times(diagonals[at], behind);
            } else {
                at += 1;
            }
        }
        // Beside an identity that is left, both diagonals are one.
        if let [core] = cores.as_slice()
            && matches!(self.expression(*core), Expression::Identity(_))
        {
            diagonals[0] = self.times(diagonals[0], diagonals[1]);
            diagonals[1] = self.one();
        }
        // Factors that are one number go to the front.
        let mut front = self.factors(diagonals[0]);
        for diagonal in diagonals.iter_mut().skip(1) {
            let mut own = self.factors(*diagonal);
            let numbers = Monomial {
                negative: own.negative,
                two: own.two,
                powers: own
                    .powers
                    .extract_if(.., |(factor, _)| self.shape(*factor) == [1])
                    .collect(),
            };
            own.negative = false;
            own.two = 0;
            front = front.times(&numbers, 1);
            *diagonal = self.monomial(own);
        }
        diagonals[0] = self.monomial(front);
        if let [core] = cores.as_slice()
            && diagonals.iter().all(|d| self.is_one(*d))
        {
            return *core;
        }
        let (first, last) = (cores[0], cores[cores.len() - 1]);
        let shape = match cores.len() {
            1 => self.shape(first).to_vec(),
            _ => vec![self.shape(first)[0], self.shape(last)[1]],
        };
        let expression = Expression::Word {
            diagonals,
            cores,
            groups,
        };
        self.add(expression, shape, Sign::Unknown)
    }

    /// A factor that is taken out of weights, and the weights without it, if they are a core between
    /// diagonals of which the first is not 1.
    pub fn diagonal_of(&self, weight: TensorId) -> Option<TensorId> {
        match self.expression(weight) {
            Expression::Word {
                diagonals, cores, ..
            } if cores.len() == 1
                && matches!(self.expression(cores[0]), Expression::Identity(_)) =>
            {
                Some(diagonals[0])
            }
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
        if self.shape(of) == shape {
            return of;
        }
        match self.expression(of).clone() {
            Expression::Reshaped(inner, _) => self.reshaped(inner, shape),
            // Factors for rows and columns stay what they are if only the taps go or come.
            Expression::Word {
                diagonals,
                cores,
                groups,
            } if cores.len() == 1
                && self.shape(of)[..2] == shape[..2]
                && shape[2..].iter().product::<usize>() == 1 =>
            {
                let core = self.reshaped(cores[0], shape);
                self.make_word(diagonals, vec![core], groups)
            }
            _ => self.add(
                Expression::Reshaped(of, shape.to_vec()),
                shape.to_vec(),
                Sign::Unknown,
            ),
        }
    }

    fn with_first(&self, of: TensorId, rows: usize) -> Vec<usize> {
        let mut shape = self.shape(of).to_vec();
        shape[0] = rows;
        shape
    }

    fn with_second(&self, of: TensorId, columns: usize) -> Vec<usize> {
        let mut shape = self.shape(of).to_vec();
        shape[1] = columns;
        shape
    }

    /// The rows at these positions.
    pub fn rows(&mut self, of: TensorId, positions: &Positions) -> TensorId {
        let shape = self.with_first(of, positions.len());
        self.add(
            Expression::Rows(of, positions.clone()),
            shape,
            Sign::Unknown,
        )
    }

    /// The columns at these positions, of weights without groups.
    pub fn columns(&mut self, of: TensorId, positions: &Positions) -> TensorId {
        let shape = self.with_second(of, positions.len());
        self.add(
            Expression::Columns(of, positions.clone()),
            shape,
            Sign::Unknown,
        )
    }

    /// Zeros in `extent` rows, but the rows of the weights at these positions.
    pub fn scatter_rows(&mut self, of: TensorId, positions: &Positions, extent: usize) -> TensorId {
        let shape = self.with_first(of, extent);
        self.add(
            Expression::ScatterRows(of, positions.clone(), extent),
            shape,
            Sign::Unknown,
        )
    }

    /// Zeros in `extent` columns, but the columns of the weights at these positions.
    pub fn scatter_columns(
        &mut self,
        of: TensorId,
        positions: &Positions,
        extent: usize,
    ) -> TensorId {
        let shape = self.with_second(of, extent);
        self.add(
            Expression::ScatterColumns(of, positions.clone(), extent),
            shape,
            Sign::Unknown,
        )
    }

    /// A kernel in groups as one without.
    pub fn dense(&mut self, of: TensorId, groups: usize) -> TensorId {
        if let Expression::Blocks(inner, g) = self.expression(of)
            && *g == groups
        {
            return *inner;
        }
        let shape = self.with_second(of, self.shape(of)[1] * groups);
        self.add(Expression::Dense(of, groups), shape, Sign::Unknown)
    }

    /// A kernel that is zero between groups, in groups.
    pub fn blocks(&mut self, of: TensorId, groups: usize) -> TensorId {
        if let Expression::Dense(inner, g) = self.expression(of)
            && *g == groups
        {
            return *inner;
        }
        let shape = self.with_second(of, self.shape(of)[1] / groups);
        self.add(Expression::Blocks(of, groups), shape, Sign::Unknown)
    }

    /// A kernel with zeros around: so many before each dimension, to the extents of `kernel`.
    pub fn padded(&mut self, of: TensorId, before: &[usize], kernel: &[usize]) -> TensorId {
        let mut shape = self.shape(of).to_vec();
        shape.truncate(2);
        shape.extend_from_slice(kernel);
        self.add(
            Expression::Padded(of, before.to_vec(), kernel.to_vec()),
            shape,
            Sign::Unknown,
        )
    }

    /// A kernel with zeros between its taps.
    pub fn dilated(&mut self, of: TensorId, dilation: &[usize]) -> TensorId {
        let mut shape = self.shape(of).to_vec();
        for (extent, dilation) in shape[2..].iter_mut().zip(dilation) {
            *extent = dilation * (*extent - 1) + 1;
        }
        self.add(
            Expression::Dilated(of, dilation.to_vec()),
            shape,
            Sign::Unknown,
        )
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
    pub fn of_pool(&mut self, of: TensorId, window: &Window, kernel: &[usize]) -> TensorId {
        let mut shape = self.shape(of).to_vec();
        shape.truncate(2);
        shape.extend_from_slice(kernel);
        self.add(Expression::OfPool(of, window.clone()), shape, Sign::Unknown)
    }

    /// Kernel `a` after kernel `b`, of which one has a single tap.
    pub fn kernel_product(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let taps = |t: &Self, id| t.shape(id)[2..].to_vec();
        let (first, second) = (taps(self, a), taps(self, b));
        let kernel = if first.iter().all(|k| *k == 1) {
            second
        } else {
            first
        };
        let mut shape = vec![self.shape(a)[0], self.shape(b)[1]];
        shape.extend(kernel);
        self.add(Expression::KernelProduct(a, b), shape, Sign::Unknown)
    }

    /// A convolution of maps of `shape` as a matrix; `results` outputs.
    pub fn toeplitz(
        &mut self,
        of: TensorId,
        window: &Window,
        shape: &[usize],
        results: usize,
    ) -> TensorId {
        let inputs = shape.iter().product();
        self.add(
            Expression::Toeplitz(of, window.clone(), shape.to_vec()),
            vec![results, inputs],
            Sign::Unknown,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_that_are_moved_there_and_back_are_gone() {
        let mut t = Tensors::default();
        let (third, seven) = (t.number(1.0 / 3.0), t.number(49.0));
        let product = t.product(&[(third, 1), (seven, 1)]).unwrap();
        let back = t.product(&[(product, 1), (seven, -1)]).unwrap();
        assert_eq!(back, third);
        let one = t.product(&[(seven, 1), (seven, -1)]).unwrap();
        assert!(t.is_one(one));
        assert_eq!(t.number_of(product), Some(1.0 / 3.0 * 49.0));
        let zero = t.number(0.0);
        assert_eq!(t.product(&[(seven, 1), (zero, -1)]), None);
        assert_eq!(t.times(seven, zero), zero);
    }

    #[test]
    fn values_that_agree_are_held_once() {
        let mut t = Tensors::default();
        let each = t.values(&[1.0, 1.0, 2.0, 2.0], 2, "a");
        assert_eq!(t.len(each), 2);
        assert_eq!(each, t.values(&[1.0, 2.0], 2, "b"));
        let four = t.values(&[4.0, 4.0], 2, "");
        assert_eq!((t.number_of(four), four), (Some(4.0), t.number(4.0)));
        assert_eq!(t.text(each), "a");
    }

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
