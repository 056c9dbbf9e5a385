//! Integers of weights and biases as Lava's processes hold them: signs, bits, mantissas and exponents.

use nirc_dialects::finding::Finding;

use super::read::{Connection, Weights};
use crate::loihi2::{
    arithmetic::MOST_SUM,
    network::{Bias, SignMode},
};

/// Exponents of a weight.
const EXPONENTS: std::ops::RangeInclusive<i8> = -8..=7;
/// Shifts of a bias, the one that netx has first.
const BIAS_EXPONENTS: [u32; 8] = [6, 0, 1, 2, 3, 4, 5, 7];

/// Mantissas and exponents of what is added to v; one exponent, if one serves all.
pub(super) fn bias(values: &[i64]) -> Result<Option<Bias>, Finding> {
    if values.iter().all(|value| *value == 0) {
        return Ok(None);
    }
    let fits = |value: i64, e: u32| value % (1 << e) == 0 && (-4096..=4095).contains(&(value >> e));
    let shared = BIAS_EXPONENTS
        .into_iter()
        .find(|e| values.iter().all(|value| fits(*value, *e)));
    let each: Option<Vec<u32>> = values
        .iter()
        .map(|value| shared.or_else(|| BIAS_EXPONENTS.into_iter().find(|e| fits(*value, *e))))
        .collect();
    let Some(each) = each else {
        return Err(Finding::error(
            "loihi2-bias",
            "a bias is a mantissa of 13 bits with sign, shifted by 0 to 7",
            "one is beyond that",
        )
        .fix("run dt-to-quant for this chip"));
    };
    let mantissa = values
        .iter()
        .zip(&each)
        .map(|(value, e)| (value >> e) as i16);
    Ok(Some(Bias {
        mantissa: mantissa.collect(),
        exponent: match shared {
            Some(e) => [e as i8].into(),
            None => each.iter().map(|e| *e as i8).collect(),
        },
    }))
}

/// The signs of the weights, and the bits that they take.
pub(super) fn check_weights(connection: &Connection<'_>) -> Result<(SignMode, u8), Finding> {
    let rule =
        "weights are even from -256 to 254, or of one sign up to 255, and sum to 2^18 at most";
    let refuse = |what: String| {
        Finding::error("loihi2-weight-range", rule, what).fix("run dt-to-quant for this chip")
    };
    if !EXPONENTS.contains(&connection.exponent) {
        return Err(refuse(format!(
            "the weights' exponent is {}",
            connection.exponent
        )));
    }
    let (mut low, mut high, mut bits) = (0i64, 0i64, 0i64);
    let mut see = |weight: i64| {
        low = low.min(weight);
        high = high.max(weight);
        bits |= weight;
    };
    let mut sums: Vec<[i64; 2]> = Vec::new();
    match &connection.weights {
        Weights::Table(table) => {
            table.iter().for_each(|w| see(i64::from(*w)));
        }
        Weights::Kernel(kernel) => {
            for weights in kernel.weight.outer_iter() {
                let mut sum = [0i64; 2];
                for weight in weights {
                    see(*weight as i64);
                    sum[usize::from(*weight < 0.0)] += (*weight as i64).abs();
                }
                sums.push(sum);
            }
        }
    }
    let (signs, stored) = weight_form(low, high, bits)
        .ok_or_else(|| refuse(format!("they are from {low} to {high}")))?;
    if connection.exponent < 0 && bits & ((1 << -connection.exponent) - 1) != 0 {
        return Err(refuse(format!(
            "a shift by {} cuts off bits",
            connection.exponent
        )));
    }
    let largest = sums.iter().flatten().copied().max().unwrap_or(0);
    if largest > MOST_SUM {
        return Err(refuse(format!("to one neuron they sum to {largest}")));
    }
    Ok((signs, stored))
}

/// The signs of weights from `low` to `high` that are together `bits`, and the bits that each takes;
/// `None` if the chip holds no such weights.
fn weight_form(low: i64, high: i64, bits: i64) -> Option<(SignMode, u8)> {
    let signs = SignMode::of(low, high);
    let (least, most, unit) = match signs {
        SignMode::Mixed => (-256, 254, 2),
        SignMode::Excitatory => (0, 255, 1),
        SignMode::Inhibitory => (-255, 0, 1),
    };
    if low < least || high > most || bits % unit != 0 {
        return None;
    }
    let zeros = if bits == 0 { 7 } else { bits.trailing_zeros() };
    let zeros = match signs {
        SignMode::Mixed => zeros.saturating_sub(1),
        _ => zeros,
    };
    Some((signs, 8 - zeros.min(7) as u8))
}

/// The signs and bits of the weights of a connection, as they are if nothing says it.
pub fn connection_form(weights: &[i64]) -> Option<(SignMode, u8)> {
    let low = weights.iter().copied().min().unwrap_or(0).min(0);
    let high = weights.iter().copied().max().unwrap_or(0).max(0);
    weight_form(low, high, weights.iter().fold(0, |bits, w| bits | w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_take_the_bits_that_they_need() {
        for (weights, form) in [
            (vec![-256, 254], Some((SignMode::Mixed, 8))),
            (vec![-4, 8], Some((SignMode::Mixed, 7))),
            (vec![-256, 0], None),
            (vec![-254, 0], Some((SignMode::Inhibitory, 7))),
            (vec![255, 0], Some((SignMode::Excitatory, 8))),
            (vec![-3, 4], None),
            (vec![0], Some((SignMode::Excitatory, 1))),
        ] {
            assert_eq!(connection_form(&weights), form, "{weights:?}");
        }
    }

    #[test]
    fn a_bias_has_one_exponent_if_one_serves_all() {
        let of = |values: &[i64]| {
            bias(values)
                .unwrap()
                .map(|b| (b.mantissa.to_vec(), b.exponent.to_vec()))
        };
        assert_eq!(of(&[0, 0]), None);
        assert_eq!(of(&[64, -128]), Some((vec![1, -2], vec![6])));
        assert_eq!(of(&[3, -128]), Some((vec![3, -128], vec![0])));
        assert_eq!(of(&[3, 4095 << 7]), Some((vec![3, 4095], vec![0, 7])));
        assert!(bias(&[4095 << 8]).is_err());
    }
}
