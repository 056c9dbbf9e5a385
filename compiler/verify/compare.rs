//! What a lowering changed at a node, over all samples.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use nirc_dialects::distance;

/// The largest shift in steps that is looked for between two levels.
const MOST_LAG: i64 = 16;

/// What is compared of a node at a level in one sample.
#[derive(Clone, Copy)]
pub struct Side<'r> {
    /// Spike counts: [steps, neurons].
    pub spikes: &'r Array2<f64>,
    /// Membrane potentials: [steps, neurons].
    pub v: Option<&'r Array2<f64>>,
    /// The threshold of each neuron, in the unit of `v`.
    pub v_threshold: &'r [f64],
}

/// The difference of one node between two levels, summed over samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// By how many steps the second level is later, as found in the first samples with spikes; what
    /// follows compares after it is taken out.
    pub lag: Option<i64>,
    /// Spikes at the first level.
    pub before: f64,
    /// Spikes at the second level.
    pub after: f64,
    /// The sum over neurons and samples of the absolute difference in spike count.
    pub count_difference: f64,
    /// Entries (sample, step, neuron) whose spike counts differ.
    pub mismatches: usize,
    /// Entries that were compared.
    pub entries: usize,
    /// The first that differs: (sample, step, neuron) with the earliest step.
    pub first: Option<(usize, usize, usize)>,
    /// The sum over neurons and samples of the squared van Rossum distance.
    pub van_rossum_squared: f64,
    /// The same between the first level and silence.
    pub silence_squared: f64,
    products: [f64; 3],
    v_error_squared: f64,
    v_entries: usize,
}

impl Difference {
    /// Adds a sample; `tau` of the van Rossum distance in steps.
    pub fn add(&mut self, sample: usize, before: Side<'_>, after: Side<'_>, tau: f64) {
        if before.spikes.dim() != after.spikes.dim() {
            return;
        }
        self.before += before.spikes.sum();
        self.after += after.spikes.sum();
        if self.lag.is_none() && before.spikes.sum() > 0.0 && after.spikes.sum() > 0.0 {
            self.lag = Some(lag(before.spikes, after.spikes));
        }
        let lag = self.lag.unwrap_or(0);
        let (a, b) = aligned(before.spikes, after.spikes, lag);
        let first_step = lag.min(0).unsigned_abs() as usize;
        self.entries += a.len();
        for ((step, neuron), x) in a.indexed_iter() {
            let y = b[[step, neuron]];
            self.products[0] += x * y;
            self.products[1] += x * x;
            self.products[2] += y * y;
            if *x != y {
                self.mismatches += 1;
                let place = (sample, step + first_step, neuron);
                if self.first.is_none_or(|(_, earliest, _)| place.1 < earliest) {
                    self.first = Some(place);
                }
            }
        }
        let silence = Array1::zeros(a.nrows());
        for (a, b) in a.axis_iter(Axis(1)).zip(b.axis_iter(Axis(1))) {
            self.count_difference += (a.sum() - b.sum()).abs();
            self.van_rossum_squared += distance::squared(a, b, tau);
            self.silence_squared += distance::squared(a, silence.view(), tau);
        }
        if let (Some(v), Some(w)) = (before.v, after.v)
            && v.dim() == w.dim()
        {
            let (v, w) = aligned(v, w, lag);
            for ((step, neuron), v) in v.indexed_iter() {
                let (t, u) = (
                    before.v_threshold.get(neuron),
                    after.v_threshold.get(neuron),
                );
                if let (Some(t), Some(u)) = (t, u)
                    && *t != 0.0
                    && *u != 0.0
                {
                    self.v_error_squared += (v / t - w[[step, neuron]] / u).powi(2);
                    self.v_entries += 1;
                }
            }
        }
    }

    /// The van Rossum distance of the population over all samples: 1 for one spike too many.
    pub fn van_rossum(&self) -> f64 {
        self.van_rossum_squared.sqrt()
    }

    /// The cosine of the two rasters; `None` if one is silent.
    pub fn cosine(&self) -> Option<f64> {
        let [product, a, b] = self.products;
        (a > 0.0 && b > 0.0).then(|| product / (a * b).sqrt())
    }

    /// The root mean square of the difference in membrane potential, each in units of its threshold;
    /// `None` if a level has no potential.
    pub fn v_error(&self) -> Option<f64> {
        (self.v_entries > 0).then(|| (self.v_error_squared / self.v_entries as f64).sqrt())
    }
}

/// The shift of `b` against `a` with the fewest unmatched spikes; of several the smallest.
fn lag(a: &Array2<f64>, b: &Array2<f64>) -> i64 {
    let most = MOST_LAG.min(a.nrows() as i64 - 1).max(0);
    let total = a.sum() + b.sum();
    let unmatched = |shift: i64| {
        let (a, b) = aligned(a, b, shift);
        let differing: f64 = a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum();
        // What the shift cuts off is unmatched too.
        differing + total - a.sum() - b.sum()
    };
    let mut best = (0, unmatched(0));
    for shift in (1..=most).flat_map(|shift| [shift, -shift]) {
        let wrong = unmatched(shift);
        if wrong < best.1 {
            best = (shift, wrong);
        }
    }
    best.0
}

/// The parts of two rasters that meet if the second is `lag` steps later.
fn aligned<'r>(
    a: &'r Array2<f64>,
    b: &'r Array2<f64>,
    lag: i64,
) -> (ArrayView2<'r, f64>, ArrayView2<'r, f64>) {
    let steps = a.nrows();
    let shift = (lag.unsigned_abs() as usize).min(steps);
    if lag >= 0 {
        (a.slice(s![..steps - shift, ..]), b.slice(s![shift.., ..]))
    } else {
        (a.slice(s![shift.., ..]), b.slice(s![..steps - shift, ..]))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn difference(a: &Array2<f64>, b: &Array2<f64>) -> Difference {
        let mut difference = Difference::default();
        let side = |spikes| Side {
            spikes,
            v: Some(spikes),
            v_threshold: &[2.0, 1.0],
        };
        difference.add(0, side(a), side(b), 10.0);
        difference
    }

    #[test]
    fn equal_rasters_have_no_difference() {
        let a = array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let same = difference(&a, &a);
        assert_eq!((same.lag, same.mismatches, same.first), (Some(0), 0, None));
        assert_eq!((same.before, same.after, same.entries), (4.0, 4.0, 6));
        assert_eq!((same.van_rossum(), same.v_error()), (0.0, Some(0.0)));
        assert!((same.cosine().unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_shift_is_taken_out() {
        let a = array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]];
        let b = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        for (later, lag) in [(difference(&a, &b), 1), (difference(&b, &a), -1)] {
            assert_eq!((later.lag, later.mismatches), (Some(lag), 0));
            assert_eq!(later.van_rossum_squared, 0.0);
        }
    }

    #[test]
    fn the_first_difference_is_named_in_steps_of_the_first_level() {
        let a = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]];
        let mut b = a.clone();
        b[[3, 0]] = 0.0;
        let one = difference(&a, &b);
        assert_eq!((one.mismatches, one.first), (1, Some((0, 3, 0))));
        assert_eq!((one.count_difference, one.van_rossum_squared), (1.0, 1.0));
        // One entry of ten, off by half a threshold.
        assert!((one.v_error().unwrap() - (0.25f64 / 10.0).sqrt()).abs() < 1e-12);
        assert!((one.cosine().unwrap() - (3.0f64 / 4.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn silence_has_no_cosine() {
        let a = array![[1.0, 0.0]];
        assert_eq!(difference(&a, &array![[0.0, 0.0]]).cosine(), None);
    }
}
