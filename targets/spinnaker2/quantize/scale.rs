//! Scales: integer units for each unit of a neuron's membrane potential.
//!
//! Scaling a neuron's weights, offset, threshold and reset by one factor changes nothing, and all but
//! the weights are floats. So each neuron (each channel, where a kernel is shared) has the scale with
//! which its own weights round best.

use nirc_passes::{
    Parameter,
    connections::{Columns, Kernel, by_channel},
    round_half_even,
};

/// Squared errors of a neuron that differ by less, in parts of its largest weight, are the same.
const SAME_ERROR: f64 = 1e-24;

/// The weights of a connection as they are scaled.
#[derive(Clone, Debug)]
pub enum Weights {
    /// A scale for each target.
    Columns(Columns),
    /// A scale for each output channel.
    Kernel(Box<Kernel>),
}

impl Weights {
    /// Calls `each` with the index of the scale and every weight.
    fn for_each(&self, mut each: impl FnMut(usize, f64)) {
        match self {
            Self::Columns(columns) => {
                for source in 0..columns.sources() {
                    for (target, weight) in columns.column(source) {
                        each(*target as usize, *weight);
                    }
                }
            }
            Self::Kernel(kernel) => {
                for (channel, weights) in kernel.weight.outer_iter().enumerate() {
                    weights.iter().for_each(|weight| each(channel, *weight));
                }
            }
        }
    }
}

/// The scale of each of `units` neurons or channels, with `gain` on every weight and weights of at
/// most `largest`: of the scales that make the neuron's largest weight a whole number from half of
/// `largest` up, the one with the least sum of squared errors, and of several the one of the fewest
/// bits. A neuron without weights has 1.
pub fn each(connections: &[Weights], gain: &[f64], largest: i64) -> Vec<f64> {
    let units = gain.len();
    let mut peaks = vec![0f64; units];
    for weights in connections {
        weights.for_each(|unit, weight| peaks[unit] = peaks[unit].max((weight * gain[unit]).abs()));
    }
    let wholes: Vec<f64> = (largest / 2 + 1..=largest)
        .map(|whole| whole as f64)
        .collect();
    let mut errors = vec![0f64; units * wholes.len()];
    for weights in connections {
        weights.for_each(|unit, weight| {
            let relative = weight * gain[unit] / peaks[unit];
            if weight == 0.0 || !relative.is_finite() {
                return;
            }
            let errors = &mut errors[unit * wholes.len()..(unit + 1) * wholes.len()];
            for (error, whole) in errors.iter_mut().zip(&wholes) {
                let exact = relative * whole;
                let off = (exact - round_half_even(exact)) / whole;
                *error += off * off;
            }
        });
    }
    let best = |unit: usize| {
        let errors = &errors[unit * wholes.len()..(unit + 1) * wholes.len()];
        let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let scales = errors.iter().zip(&wholes);
        let scales = scales.filter(|(error, _)| **error <= least + SAME_ERROR);
        let scales = scales.map(|(_, whole)| whole / peaks[unit]);
        // Of several the one of the fewest bits, then the largest: thresholds and offsets that are
        // exact then stay so.
        let best = scales.max_by(|a, b| {
            let zeros = |scale: &f64| scale.to_bits().trailing_zeros();
            zeros(a).cmp(&zeros(b)).then(a.total_cmp(b))
        });
        best.filter(|scale| scale.is_finite() && peaks[unit] > 0.0)
            .unwrap_or(1.0)
    };
    (0..units).map(best).collect()
}

/// One scale for all: the largest weight becomes `largest`.
pub fn shared(connections: &[Weights], gain: &[f64], largest: i64) -> Vec<f64> {
    let mut peak = 0f64;
    for weights in connections {
        weights.for_each(|unit, weight| peak = peak.max((weight * gain[unit]).abs()));
    }
    let scale = largest as f64 / peak;
    let scale = if scale.is_finite() && peak > 0.0 {
        scale
    } else {
        1.0
    };
    vec![scale; gain.len()]
}

/// The values of `parameter` for each unit of `units`, of which there are `neurons` in all; `None` if
/// neurons of a unit differ.
pub fn units(parameter: &Parameter, units: usize, neurons: usize) -> Option<Vec<f64>> {
    by_channel(parameter, units, neurons)
}

/// The integer of a weight.
pub fn integer(weight: f64, scale: f64, largest: i64) -> i8 {
    let largest = largest as f64;
    round_half_even(weight * scale).clamp(-largest, largest) as i8
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn columns(table: ndarray::Array2<f64>) -> [Weights; 1] {
        [Weights::Columns(Columns::of_table(table.view()).unwrap())]
    }

    #[test]
    fn weights_that_integers_can_be_are_kept() {
        // Multiples of 0.25 up to 20: with 80 for the largest all are whole, with 127 none.
        let weights = columns(array![[20.0, 0.25, -3.75], [0.0, 0.0, 0.0]]);
        let scales = each(&weights, &[1.0, 1.0], 127);
        assert_eq!(scales, [4.0, 1.0]);
        let table = [20.0, 0.25, -3.75];
        let off = |scale: f64| table.map(|w| (f64::from(integer(w, scale, 127)) - w * scale).abs());
        assert_eq!(off(scales[0]), [0.0; 3]);
        assert_eq!(shared(&weights, &[1.0, 1.0], 127), [127.0 / 20.0; 2]);
        assert!(off(127.0 / 20.0)[1] > 0.1);
    }

    #[test]
    fn gains_belong_to_the_weights() {
        let weights = columns(array![[1.0, -0.5]]);
        let scale = each(&weights, &[10.0], 15)[0];
        // 8, 10, 12 and 14 for the largest are exact; 10 makes the scale 1.
        assert_eq!(scale, 1.0);
        assert_eq!(integer(-0.5, scale * 10.0, 15), -5);
        assert_eq!(integer(2.0, scale * 10.0, 15), 15);
    }
}
