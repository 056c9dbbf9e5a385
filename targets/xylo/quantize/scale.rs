//! Choosing scales: how many integer units a unit of the membrane potential has.
//!
//! Scaling a neuron's weights, bias and threshold by the same factor changes nothing, so each neuron
//! may have its own. A large scale makes rounding and the decay by at least one unit small; weights
//! of 8 bits, saturation and the bias bound it. Of these saturation costs most: a state that is clamped
//! loses spikes by the dozen, while a threshold of 1000 units is off by less than a spike in a hundred.
//! The shifts of the weight tables, shared by all
//! neurons, let weights of 8 bits act at a larger scale; all 64 pairs are tried.

use ndarray::ArrayView2;
use nirc_passes::{Quantizer, round_half_even};

use super::neuron::Analysed;
use crate::xylo::chip::{Chip, MAX_HIDDEN_EVENTS, STATE_MAX};

/// Thresholds are at most this, so that the membrane may rise to twice the threshold before it
/// saturates.
const MAX_THRESHOLD: f64 = 16_383.0;

/// The largest magnitude of a weight; -128 is left out, so that both signs have the same range.
const MAX_WEIGHT: f64 = 127.0;

/// What bounds the scale of a neuron, in units of its membrane potential.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    /// Largest magnitude of an effective weight in each of the two tables.
    pub largest: [f64; 2],
    /// How many weights the neuron has in each.
    pub weights: [f64; 2],
    /// Largest sum of weights of one sign.
    pub sum: [f64; 2],
    /// Threshold, more than 0.
    pub threshold: f64,
    /// Magnitude of the bias.
    pub bias: f64,
    /// Decay shifts, synapse and membrane.
    pub dashes: [i16; 2],
}

impl Bounds {
    /// The bounds of each neuron of `population` before its weights are known.
    pub fn of(analysed: &Analysed) -> Vec<Self> {
        (0..analysed.threshold.len())
            .map(|n| Self {
                threshold: analysed.threshold[n],
                bias: analysed.bias[n].abs(),
                dashes: [analysed.dash_syn[n], analysed.dash_mem[n]],
                ..Self::default()
            })
            .collect()
    }

    /// Takes the row of a weight table in, `table` 0 or 1.
    pub fn add(bounds: &mut [Self], gain: &[f64], weights: ArrayView2<'_, f64>, table: usize) {
        for ((bound, gain), row) in bounds.iter_mut().zip(gain).zip(weights.outer_iter()) {
            for weight in row {
                let weight = weight * gain;
                bound.largest[table] = bound.largest[table].max(weight.abs());
                bound.weights[table] += f64::from(u8::from(weight != 0.0));
                bound.sum[usize::from(weight < 0.0)] += weight.abs();
            }
        }
    }

    /// The largest scale under these shifts.
    fn scale(&self, shifts: [i32; 2], chip: &Chip) -> f64 {
        let mut scale = f64::INFINITY;
        for (shift, largest) in shifts.iter().zip(self.largest) {
            if largest > 0.0 {
                scale = scale.min(MAX_WEIGHT * f64::from(1 << shift) / largest);
            }
        }
        // One spike of every source in a step does not saturate the synaptic current.
        let sum = self.sum[0].max(self.sum[1]);
        if sum > 0.0 {
            scale = scale.min(f64::from(STATE_MAX) / sum);
        }
        // With one in every step a current S grows to S / (1 - a) = S 2^dash, and the membrane to the
        // threshold and that. More than as many thresholds as there are spikes in a step need not fit:
        // the neuron spikes as often as it can.
        let sustained = sum * 2f64.powi(i32::from(self.dashes[0]));
        let current = sustained.min(f64::from(MAX_HIDDEN_EVENTS) * self.threshold);
        scale = scale.min(f64::from(STATE_MAX) / (self.threshold + current));
        scale = scale.min(MAX_THRESHOLD / self.threshold);
        if let (true, Some(limit)) = (self.bias > 0.0, &chip.bias) {
            scale = scale.min(f64::from(limit.value.high) / self.bias);
        }
        scale
    }

    /// The expected error at this scale, relative to the threshold, squared: rounding of weights,
    /// and the half unit by which a shifting decay is off, summed over synapse and membrane.
    fn error(&self, scale: f64, shifts: [i32; 2]) -> f64 {
        let rounding: f64 = shifts
            .iter()
            .zip(self.weights)
            .map(|(shift, weights)| weights * f64::from(1 << shift).powi(2) / 12.0)
            .sum();
        let decay = 2f64.powi(i32::from(self.dashes[0]) + i32::from(self.dashes[1]) - 1);
        (rounding + decay * decay) / (scale * self.threshold).powi(2)
    }
}

/// The scale of each neuron and the shifts of the two tables that have the least expected error.
pub fn choose(bounds: &[Bounds], quantizer: Quantizer, chip: &Chip) -> (Vec<f64>, [i32; 2]) {
    let most = chip.weight_shift.value.high;
    let mut best: Option<(f64, Vec<f64>, [i32; 2])> = None;
    for first in 0..=most {
        for second in 0..=most {
            let shifts = [first, second];
            let unused = |table: usize| bounds.iter().all(|b| b.largest[table] == 0.0);
            if (first > 0 && unused(0)) || (second > 0 && unused(1)) {
                continue;
            }
            let mut scales: Vec<f64> = bounds.iter().map(|b| b.scale(shifts, chip)).collect();
            if quantizer == Quantizer::Global {
                let least = scales.iter().copied().fold(f64::INFINITY, f64::min);
                scales.fill(least);
            }
            let error = bounds
                .iter()
                .zip(&scales)
                .map(|(b, s)| b.error(*s, shifts))
                .sum();
            if best.as_ref().is_none_or(|(least, ..)| error < *least) {
                best = Some((error, scales, shifts));
            }
        }
    }
    best.map_or_else(
        || (Vec::new(), [0; 2]),
        |(_, scales, shifts)| (scales, shifts),
    )
}

/// The integer threshold at `scale`. The chip spikes where V >= threshold; for integers,
/// V > T is V >= T + 1.
pub fn threshold(value: f64, scale: f64, strict: bool) -> i32 {
    round_half_even(value * scale) as i32 + i32::from(strict)
}

/// Lowers each scale until the threshold is a whole number, so that rounding it costs nothing.
pub fn whole(scales: &mut [f64], thresholds: &[f64]) {
    for (scale, threshold) in scales.iter_mut().zip(thresholds) {
        let units = (*scale * threshold).floor();
        if units >= 1.0 {
            *scale = units / threshold;
        }
    }
}

/// Gives the neurons 2k and 2k + 1 one integer threshold, the smaller of the two, by lowering the
/// scale of the other: the freedom to scale a neuron makes them equal without changing the model.
pub fn pair(scales: &mut [f64], thresholds: &[f64], strict: &[bool]) {
    for k in (0..scales.len().saturating_sub(1)).step_by(2) {
        let (a, b) = (k, k + 1);
        if thresholds[a] <= 0.0 || thresholds[b] <= 0.0 || strict[a] != strict[b] {
            continue;
        }
        let common = (scales[a] * thresholds[a]).min(scales[b] * thresholds[b]);
        // A whole number, so that rounding gives both the same.
        let common = common.floor().max(1.0);
        scales[a] = common / thresholds[a];
        scales[b] = common / thresholds[b];
    }
}

/// The integer weight at `scale` under `shift`.
pub fn weight(value: f64, scale: f64, shift: i32) -> i8 {
    round_half_even(value * scale / f64::from(1 << shift)).clamp(-128.0, 127.0) as i8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xylo::chip::CHIPS;

    #[test]
    fn a_strict_threshold_is_one_unit_higher() {
        assert_eq!(threshold(1.0, 100.0, false), 100);
        assert_eq!(threshold(1.0, 100.0, true), 101);
        assert_eq!(threshold(1.0, 2.5, false), 2);
    }

    #[test]
    fn no_weight_is_clipped() {
        let bound = Bounds {
            largest: [3.0, 0.02],
            weights: [10.0, 10.0],
            sum: [12.0, 7.0],
            threshold: 1.0,
            dashes: [2, 4],
            ..Bounds::default()
        };
        let (scales, shifts) = choose(std::slice::from_ref(&bound), Quantizer::Channel, &CHIPS[0]);
        for (largest, shift) in bound.largest.iter().zip(shifts) {
            assert!(
                largest * scales[0] / f64::from(1 << shift) <= 127.0 + 1e-9,
                "{scales:?} {shifts:?}"
            );
        }
        // A current of 12 in every step grows to 12 * 2^2.
        assert!(scales[0] * (1.0 + 12.0f64 * 4.0).min(1.0 + 31.0) <= 32767.0);
    }

    /// Every source spikes in every step: the current must not be clamped, or spikes are lost.
    #[test]
    fn states_have_room_for_a_sustained_input() {
        for dash in 1..=4i16 {
            let bound = Bounds {
                largest: [0.25, 0.0],
                weights: [4.0, 0.0],
                sum: [1.0, 0.0],
                threshold: 1.0,
                dashes: [dash, dash],
                ..Bounds::default()
            };
            let bounds = std::slice::from_ref(&bound);
            let (scales, _) = choose(bounds, Quantizer::Channel, &CHIPS[1]);
            let (a, mut current, mut membrane) = (1.0 - 0.5f64.powi(dash.into()), 0.0, 0.0);
            for _ in 0..500 {
                current = a * (current + bound.sum[0] * scales[0]);
                membrane = a * membrane + current;
                assert!(current + bound.sum[0] * scales[0] <= f64::from(STATE_MAX) + 1e-6);
                assert!(
                    membrane <= f64::from(STATE_MAX) + 1e-6,
                    "dash {dash}: {membrane}"
                );
                membrane %= scales[0];
            }
        }
    }

    #[test]
    fn a_whole_threshold_loses_nothing() {
        let mut scales = [1310.68, 0.5, 100.0];
        whole(&mut scales, &[1.3, 1.0, 0.07]);
        for (scale, expected) in scales.iter().zip([1703.0 / 1.3, 0.5, 7.0 / 0.07]) {
            assert_eq!(*scale, expected);
        }
        assert_eq!(threshold(1.3, scales[0], true), 1704);
    }

    #[test]
    fn pairs_get_one_threshold() {
        let mut scales = [100.3, 70.0, 5.0];
        let thresholds = [1.0, 2.0, 1.0];
        pair(&mut scales, &thresholds, &[true; 3]);
        assert_eq!(
            threshold(1.0, scales[0], true),
            threshold(2.0, scales[1], true)
        );
        assert_eq!(scales[2], 5.0);
    }
}
