//! Rounding, and what it costs.

/// The nearest integer, ties to even (IEEE 754 roundTiesToEven, numpy's `round`).
pub fn round_half_even(value: f64) -> f64 {
    value.round_ties_even()
}

/// RMS of `given - exact` over RMS of `exact`; 0 where `exact` is all zero.
pub fn relative_error(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut error, mut total) = (0.0, 0.0);
    for (exact, given) in pairs {
        error += (given - exact) * (given - exact);
        total += exact * exact;
    }
    if total > 0.0 {
        (error / total).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_even() {
        let cases = [
            (0.5, 0.0),
            (1.5, 2.0),
            (2.5, 2.0),
            (-0.5, 0.0),
            (-1.5, -2.0),
            (2.4, 2.0),
        ];
        for (value, expected) in cases {
            assert_eq!(round_half_even(value), expected, "{value}");
        }
    }

    #[test]
    fn error_is_relative_to_the_exact_values() {
        assert_eq!(relative_error([(3.0, 3.0), (4.0, 4.0)].into_iter()), 0.0);
        assert_eq!(relative_error([(3.0, 0.0), (4.0, 0.0)].into_iter()), 1.0);
        assert_eq!(relative_error([(0.0, 0.0)].into_iter()), 0.0);
    }
}
