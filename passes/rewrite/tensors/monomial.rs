//! Products of powers, kept in one form so that factors cancel exactly.
//!
//! Rules move factors about. Were 1/49 a rounded number, moving it away and back would give 0.9999999999
//! in place of 1, and a rule would never see that two terms are one. So a product is kept as a sign, a
//! power of two, and a power of each other factor; it is rounded once, when it is evaluated.

use super::TensorId;

/// (-1)^negative * 2^two * the product of the powers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial {
    /// Whether the sign is minus.
    pub negative: bool,
    /// The exponent of two.
    pub two: i32,
    /// Factors in ascending order, each once, with exponents that are not 0.
    pub powers: Vec<(TensorId, i32)>,
}

impl Monomial {
    /// The factor 1.
    pub fn one() -> Self {
        Self::default()
    }

    /// A factor alone.
    pub fn of(factor: TensorId) -> Self {
        Self {
            powers: vec![(factor, 1)],
            ..Self::default()
        }
    }

    /// This times `other` to the power of `exponent`.
    pub fn times(mut self, other: &Self, exponent: i32) -> Self {
        self.negative ^= other.negative && exponent % 2 != 0;
        self.two += other.two * exponent;
        for (factor, power) in &other.powers {
            match self.powers.binary_search_by_key(factor, |(f, _)| *f) {
                Ok(at) => {
                    self.powers[at].1 += power * exponent;
                    if self.powers[at].1 == 0 {
                        self.powers.remove(at);
                    }
                }
                Err(at) => self.powers.insert(at, (*factor, power * exponent)),
            }
        }
        self
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        !self.negative && self.two == 0 && self.powers.is_empty()
    }

    /// The factor, if it is one alone.
    pub fn alone(&self) -> Option<TensorId> {
        match self.powers.as_slice() {
            [(factor, 1)] if !self.negative && self.two == 0 => Some(*factor),
            _ => None,
        }
    }
}

/// A number that is not 0 as sign, mantissa in [1, 2) and power of two; `None` for 0, and for what has
/// no such form in f64.
pub fn split(number: f64) -> Option<(bool, f64, i32)> {
    if !number.is_normal() {
        return None;
    }
    let exponent = ((number.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let mantissa = f64::from_bits((number.abs().to_bits() & !(0x7ff << 52)) | (1023 << 52));
    Some((number < 0.0, mantissa, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_apart_exactly() {
        for number in [1.0, -3.0, 49.0, 0.1, -1e-300, f64::MAX] {
            let (negative, mantissa, exponent) = split(number).unwrap();
            assert!((1.0..2.0).contains(&mantissa));
            let sign = if negative { -1.0 } else { 1.0 };
            let half = exponent / 2;
            let back = sign * mantissa * 2f64.powi(half) * 2f64.powi(exponent - half);
            assert_eq!(back, number);
        }
        for number in [0.0, f64::NAN, f64::INFINITY, 5e-324] {
            assert_eq!(split(number), None);
        }
    }

    #[test]
    fn a_factor_and_its_inverse_cancel() {
        let (a, b) = (TensorId(1), TensorId(2));
        let product = Monomial::of(a).times(&Monomial::of(b), -1);
        assert_eq!(product.powers, [(a, 1), (b, -1)]);
        assert!(product.clone().times(&product, -1).is_one());
        let minus_two = Monomial {
            negative: true,
            two: 1,
            ..Monomial::one()
        };
        let square = minus_two.clone().times(&minus_two, 1);
        assert!(!square.negative && square.two == 2);
    }
}
