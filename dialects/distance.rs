//! The van Rossum distance between two spike trains.
//!
//! Each spike becomes a decaying exponential exp(-t / tau); the distance squared is the integral of the
//! squared difference of the two traces, times 2 / tau, so that a single spike without a
//! counterpart is 1, and two spikes dt apart are 2 (1 - exp(-|dt| / tau)).
//! Source: van Rossum, Neural Computation 13 (2001) 751; cost linear in steps.

use ndarray::ArrayView1;

/// The squared distance of two trains of spike counts in each step; `tau` in steps.
pub fn squared(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>, tau: f64) -> f64 {
    // With x the difference of the traces after a step's spikes, the integral until the next step is
    // x^2 tau / 2 (1 - exp(-2 / tau)); the last decays for ever.
    let decay = (-1.0 / tau).exp();
    let share = 1.0 - decay * decay;
    let (mut x, mut sum) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        x = x * decay + (a - b);
        sum += x * x * share;
    }
    sum + x * x * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;

    fn train(steps: &[usize]) -> Array1<f64> {
        let mut train = Array1::zeros(100);
        for step in steps {
            train[*step] += 1.0;
        }
        train
    }

    #[track_caller]
    fn check(a: &[usize], b: &[usize], expected: f64) {
        let distance = squared(train(a).view(), train(b).view(), 10.0);
        assert!((distance - expected).abs() < 1e-12, "{distance} {expected}");
    }

    #[test]
    fn the_distance_is_the_closed_form() {
        check(&[5], &[5], 0.0);
        check(&[5], &[], 1.0);
        check(&[99], &[], 1.0);
        check(&[5], &[8], 2.0 * (1.0 - (-0.3f64).exp()));
        check(&[8], &[5], 2.0 * (1.0 - (-0.3f64).exp()));
        check(&[5, 5], &[], 4.0);
        check(&[5, 95], &[5], 1.0);
        check(&[5, 25], &[], 2.0 + 2.0 * (-2.0f64).exp());
    }
}
