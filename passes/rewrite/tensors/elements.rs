//! Making elements, and taking up weights, in forms in which equal things are equal.

use std::sync::OnceLock;

use nirc_dialects::{tensor::Tensor, with_elements};

use super::{
    Entry, Expression, Leaf, Monomial, Positions, Sign, TensorId, Tensors, monomial::split,
    statistics::Statistics,
};
use crate::rewrite::window::Window;

impl Tensors {
    pub(super) fn add(
        &mut self,
        expression: Expression,
        shape: Vec<usize>,
        sign: Sign,
    ) -> TensorId {
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
    pub(super) fn factors(&self, id: TensorId) -> Monomial {
        match self.expression(id) {
            Expression::Product(monomial) => monomial.clone(),
            _ => Monomial::of(id),
        }
    }

    pub(super) fn monomial(&mut self, monomial: Monomial) -> TensorId {
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
}
