//! How many integer units stand for a population's threshold.
//!
//! A neuron's weights, bias and threshold may be multiplied by one factor. With M the threshold's mantissa
//! (the threshold is 64 M), a weight of x thresholds is x M, held as an even number from -256 to 254, shifted
//! by the exponent of its connection; a convolution of Lava has none. A large M leaves less to the rounding of decays, the weights' eight bits
//! being what they are; it is bounded by the widths of the chip's numbers. Within a factor of two below that
//! bound M is searched for the least error of the weights. Neurons of other thresholds have other factors, so
//! that one M serves them all.

use nirc_passes::round_half_even;

use super::weights::Weights;

/// The largest weight; the smallest is -256.
pub const MOST_WEIGHT: f64 = 254.0;
/// The exponents of a connection. Lava adds weights up before it shifts them, so a shift to the right by one
/// is exact for even weights.
pub const EXPONENTS: [i32; 2] = [-1, 7];
/// The largest mantissa of a threshold, of 17 bits.
pub const MOST_MANTISSA: f64 = 131_071.0;
/// The largest bias, in units of the mantissa of a threshold: 13 bits with sign, shifted by 7, of 64.
const MOST_BIAS: f64 = 4095.0 * 128.0 / 64.0;
/// The largest of a threshold that is subtracted by two connections of eight bits.
const MOST_SUBTRACTED: f64 = MOST_WEIGHT * 64.0;
/// What a step adds to u is less than this, in units of a threshold's mantissa: beyond it Lava's 32-bit numbers overflow.
pub const MOST_SUM: f64 = 131_071.0;
/// What u and v hold, likewise.
const MOST_STATE: f64 = 131_071.0;
/// Where a bound of the potential is not known: thresholds that it may fall below 0, and how many at least.
const HEADROOM: f64 = 16.0;
const LEAST_HEADROOM: f64 = 4.0;
/// Candidates of a search.
const CANDIDATES: usize = 64;
/// Weights beyond which fewer candidates are looked at.
const MANY: usize = 1 << 21;
/// Errors that differ by less are the same.
const SAME: f64 = 1e-12;

/// What a scale is chosen for.
pub struct Problem<'w> {
    /// The weights of each connection.
    pub weights: &'w [Weights],
    /// Spikes of an element of each connection in a step at most.
    pub spikes: &'w [f64],
    /// For each unit, what a weight is multiplied by to be in thresholds.
    pub factor: &'w [f64],
    /// The largest bias of a unit in thresholds, in magnitude.
    pub offset: f64,
    /// What u and v keep in a step at most.
    pub keeps: [f64; 2],
    /// Whether exponents must be as in a netx file: 0, or -1 for all tables of a layer.
    pub plain: bool,
    /// Whether M is the mantissa of a threshold, so whole.
    pub whole: bool,
    /// Whether M is also the weight of a connection, for a reset by subtraction.
    pub subtracts: bool,
}

/// A scale.
pub struct Choice {
    /// M.
    pub mantissa: f64,
    /// The exponent of each connection.
    pub exponents: Vec<i32>,
    /// Whether u or v may leave its range if all inputs spike in every step.
    pub may_overflow: bool,
}

/// Whether a connection has an exponent of 0.
fn is_fixed(weights: &Weights) -> bool {
    matches!(weights, Weights::Kernel(_))
}

/// Chooses a scale.
pub fn choose(problem: &Problem<'_>) -> Choice {
    let units = problem.factor.len();
    let mut count = 0;
    let mut sums = vec![[0f64; 2]; units];
    let peaks: Vec<f64> = problem
        .weights
        .iter()
        .zip(problem.spikes)
        .map(|(weights, spikes)| {
            let mut peak = 0f64;
            weights.for_each(|unit, weight| {
                let x = weight * problem.factor[unit];
                peak = peak.max(x.abs());
                sums[unit][usize::from(x < 0.0)] += x.abs() * spikes;
                count += 1;
            });
            peak
        })
        .collect();
    let of = |fixed: bool| {
        let each = problem.weights.iter().zip(&peaks);
        let each = each.filter(|(weights, _)| is_fixed(weights) == fixed);
        each.map(|(_, peak)| *peak).fold(0.0, f64::max)
    };
    let (fixed, shifted) = (of(true), of(false));
    let peak = fixed.max(shifted);
    let sum = sums.iter().flatten().copied().fold(0.0, f64::max);
    let [u, v] = problem.keeps.map(|keeps| 1.0 / (1.0 - keeps).max(0.0));
    // Infinite without weights.
    let hard = [
        match problem.subtracts {
            true => MOST_SUBTRACTED,
            false => MOST_MANTISSA,
        },
        MOST_SUM / sum,
        MOST_BIAS / problem.offset,
        MOST_WEIGHT / fixed,
        match problem.plain {
            true => MOST_WEIGHT / shifted,
            false => MOST_WEIGHT * f64::from(1 << EXPONENTS[1]) / shifted,
        },
    ];
    let hard = hard.into_iter().fold(f64::INFINITY, f64::min);
    let safe = (MOST_STATE / (sum * u)).min(MOST_STATE / ((sum * u + problem.offset) * v));
    let safe = if safe.is_nan() { f64::INFINITY } else { safe };
    // Below this, weights have fewer than 8 bits.
    let least = (MOST_WEIGHT / fixed)
        .min(MOST_WEIGHT / 2.0 / shifted)
        .min(hard);
    let roomy = least.min(MOST_MANTISSA / LEAST_HEADROOM);
    let most = match safe >= least {
        true => safe.min(hard),
        // A wrap of u would be worse than less room for v.
        false => roomy.max(
            (MOST_MANTISSA / HEADROOM)
                .min(hard)
                .min(MOST_STATE / (sum * u)),
        ),
    };
    let mantissa = search(problem, most, peak, &peaks, count);
    Choice {
        exponents: exponents(problem, &peaks, mantissa),
        may_overflow: mantissa > safe,
        mantissa,
    }
}

fn exponents(problem: &Problem<'_>, peaks: &[f64], mantissa: f64) -> Vec<i32> {
    let each = problem.weights.iter().zip(peaks);
    let each = each.map(|(weights, peak)| match is_fixed(weights) {
        true => 0,
        false => exponent(peak * mantissa),
    });
    let mut each: Vec<i32> = each.collect();
    if problem.plain {
        let shared = each.iter().copied().max().unwrap_or(0);
        each.fill(shared);
    }
    each
}

/// The smallest exponent with which a weight of `largest` fits.
pub fn exponent(largest: f64) -> i32 {
    let [low, high] = EXPONENTS;
    let fits = |e: &i32| round_half_even(largest / f64::from(*e).exp2() / 2.0) * 2.0 <= MOST_WEIGHT;
    (low..high).find(fits).unwrap_or(high)
}

/// The weight of `x` units with this exponent.
pub fn integer(x: f64, exponent: i32) -> i16 {
    let half = round_half_even(x / f64::from(exponent).exp2() / 2.0);
    (half.clamp(-128.0, 127.0) * 2.0) as i16
}

/// The M up to `most` with the least error of the weights, above half of `most`.
fn search(problem: &Problem<'_>, most: f64, peak: f64, peaks: &[f64], count: usize) -> f64 {
    let settle = |m: f64| match problem.whole {
        true => m.floor().max(1.0),
        false => m,
    };
    if peak == 0.0 || !most.is_finite() {
        return settle(most.min(MOST_MANTISSA / HEADROOM));
    }
    let shift = match exponents(problem, peaks, most).iter().max() {
        Some(exponent) => f64::from(*exponent).exp2(),
        None => 1.0,
    };
    // The largest weight is each even number from half its bound up.
    let bound = (most * peak / shift / 2.0 + SAME).floor() as usize;
    let first = (bound / 2 + 1).min(bound);
    let stride = match count {
        0..MANY => 1,
        _ => (bound - first).div_ceil(CANDIDATES / 4).max(1),
    };
    let mut best = (f64::INFINITY, settle(most));
    for half in (first..=bound).rev().step_by(stride) {
        let exact = 2.0 * half as f64 * shift / peak;
        let mantissa = match problem.whole {
            true => exact.round().clamp(1.0, most.floor().max(1.0)),
            false => exact,
        };
        let exponents = exponents(problem, peaks, mantissa);
        let mut error = 0.0;
        for (weights, e) in problem.weights.iter().zip(exponents) {
            weights.for_each(|unit, weight| {
                let x = weight * problem.factor[unit] * mantissa;
                let off = x - f64::from(integer(x, e)) * f64::from(e).exp2();
                error += off * off;
            });
        }
        let error = error / (mantissa * mantissa * peak * peak);
        if error < best.0 - SAME {
            best = (error, mantissa);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use nirc_passes::connections::Columns;

    use super::*;

    fn chosen(table: ndarray::Array2<f64>, keeps: [f64; 2], plain: bool) -> (Choice, f64) {
        let weights = [Weights::Columns(Columns::of_table(table.view()).unwrap())];
        let factor = vec![1.0; table.nrows()];
        let problem = Problem {
            weights: &weights,
            spikes: &[1.0],
            factor: &factor,
            offset: 0.0,
            keeps,
            plain,
            whole: true,
            subtracts: false,
        };
        let choice = choose(&problem);
        let mut most = 0f64;
        weights[0].for_each(|_, w| {
            let x = w * choice.mantissa;
            let shift = f64::from(choice.exponents[0]).exp2();
            most = most.max((x - f64::from(integer(x, choice.exponents[0])) * shift).abs());
        });
        (choice, most)
    }

    #[test]
    fn weights_that_integers_can_be_are_kept() {
        // Quarters up to 20.
        let (choice, error) = chosen(array![[20.0, 0.25, -3.75]], [0.0, 0.9], false);
        assert_eq!(error, 0.0);
        assert!(!choice.may_overflow && choice.mantissa >= 100.0);
        let (choice, error) = chosen(array![[20.0, 0.25, -3.75]], [0.0, 0.9], true);
        assert_eq!((choice.mantissa, choice.exponents[0], error), (8.0, 0, 0.0));
    }

    #[test]
    fn numbers_stay_within_their_widths() {
        // One weight far below the threshold: the mantissa is at its bound, the exponent below 0.
        let (choice, _) = chosen(array![[9e-4]], [0.0, 0.0], false);
        assert!(choice.mantissa <= MOST_MANTISSA && choice.exponents[0] == -1);
        // 784 weights of 1 cannot sum to 2^17 with eight bits each.
        let table = ndarray::Array2::from_elem((1, 784), 1.0);
        let (choice, _) = chosen(table, [0.0, 0.0], false);
        assert!(choice.mantissa * 784.0 <= MOST_SUM);
        // An integrator has no bound.
        let (choice, _) = chosen(array![[1.0, -0.5]], [0.0, 1.0], false);
        assert!(choice.may_overflow && choice.mantissa * HEADROOM <= MOST_STATE + HEADROOM);
        // Nor has one of small weights, which get fewer bits for some room.
        let (choice, _) = chosen(array![[2e-3, -1e-3]], [0.0, 1.0], false);
        assert!(choice.mantissa * LEAST_HEADROOM <= MOST_STATE);
    }

    #[test]
    fn exponents_are_the_smallest() {
        assert_eq!(
            [1.0, 127.0, 128.0, 254.0, 256.0, 508.0].map(exponent),
            [-1, -1, 0, 0, 1, 1]
        );
        assert_eq!(integer(127.0, -1), 254);
        assert_eq!(integer(-300.0, 1), -150);
        assert_eq!(integer(3.0, 0), 4);
    }
}
