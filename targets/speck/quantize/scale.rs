//! Integers for a layer: one scale for a core.
//!
//! Weights, bias, threshold and lower bound of a neuron can be multiplied by one factor and nothing
//! changes. So a channel's own threshold and gain go into its weights; what is left is one number for the
//! core: the threshold T in integers, which is the scale at once.

use ndarray::Array4;
use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::round_half_even;

use super::layer::Layer;
use crate::speck::chip::{Chip, Range};

/// At most so many thresholds are tried for a layer.
const CANDIDATES: usize = 64;
/// How far beyond the largest weight that fits thresholds are tried; such weights are clipped.
const CLIPPED: f64 = 1.5;
/// A layer whose weights lose more than this part in rounding is reported.
const MOST_ERROR: f64 = 0.25;

/// A layer in integers.
#[derive(Clone, Debug)]
pub struct Integers {
    /// For each source [output channel, input channel, row, column].
    pub weights: Vec<Array4<i8>>,
    /// For each channel.
    pub bias: Vec<i32>,
    /// A neuron spikes where v >= threshold.
    pub threshold: i32,
    /// No potential goes below this.
    pub low: i32,
    /// Integer units for each unit of the membrane potential, for each channel.
    pub scale: Vec<f64>,
    /// For each source: RMS of the rounding error over RMS of the weights.
    pub errors: Vec<f64>,
}

/// What one unit of a channel's weight, bias and potential is in thresholds.
pub struct Factors {
    /// Of a weight, for each channel.
    pub weight: Vec<f64>,
    /// Of a potential, for each channel.
    pub potential: Vec<f64>,
}

impl Factors {
    /// Of a layer.
    pub fn of(layer: &Layer<'_>) -> Self {
        let channels = 0..layer.map[0];
        let (gain, threshold) = (&layer.neuron.gain, &layer.neuron.threshold);
        Self {
            weight: (channels.clone().map(|f| gain.get(f) / threshold.get(f))).collect(),
            potential: channels.map(|f| 1.0 / threshold.get(f)).collect(),
        }
    }
}

/// The extremes of a layer's weights and biases, in thresholds.
struct Extremes {
    highest: f64,
    lowest: f64,
    bias: f64,
}

fn extremes(layer: &Layer<'_>, factors: &Factors) -> Extremes {
    let (mut highest, mut lowest) = (0.0_f64, 0.0_f64);
    for source in &layer.sources {
        for (weights, factor) in source.weights.outer_iter().zip(&factors.weight) {
            for weight in weights {
                highest = highest.max(weight * factor);
                lowest = lowest.min(weight * factor);
            }
        }
    }
    let biases = factors.potential.iter().enumerate();
    let biases = biases.map(|(f, factor)| (layer.bias.get(f) * factor).abs());
    Extremes {
        highest,
        lowest,
        bias: biases.fold(0.0, f64::max),
    }
}

/// The thresholds worth trying, ascending: from half of the largest for which all weights fit to half as
/// much again, where the largest are clipped.
pub fn candidates(layer: &Layer<'_>, factors: &Factors, chip: &Chip) -> Vec<i32> {
    let weight = chip.weight.value;
    let Extremes {
        highest,
        lowest,
        bias,
    } = extremes(layer, factors);
    let room = |limit: i64, value: f64| (limit as f64 + 0.49) / value.max(f64::MIN_POSITIVE);
    // Below its threshold a potential can take one weight more without saturating.
    let ceiling = (chip.threshold_high.value.high - weight.high) as f64;
    let ceiling = ceiling.min(room(chip.bias.value.high, bias)).max(1.0);
    let fits = room(weight.high, highest).min(room(-weight.low, -lowest));
    let low = (fits / 2.0).clamp(1.0, ceiling).floor();
    let high = (fits * CLIPPED).clamp(1.0, ceiling).floor();
    let step = ((high - low) / CANDIDATES as f64).max(1.0);
    let mut found: Vec<i32> = (0..=CANDIDATES)
        .map(|i| (low + step * i as f64).round())
        .chain([fits.clamp(1.0, ceiling).floor()])
        .chain(natural(layer, factors))
        .filter(|t| (1.0..=high).contains(t))
        .map(|t| t as i32)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Thresholds with which a layer that was trained in integers is exact: the model's own, and those for which
/// the smallest weight is a few units.
fn natural(layer: &Layer<'_>, factors: &Factors) -> Vec<f64> {
    const UNITS: u32 = 8;
    let own = layer.neuron.threshold.values().iter().copied();
    let own = own.filter(|t| t.fract() == 0.0);
    let mut smallest = f64::INFINITY;
    for source in &layer.sources {
        for (weights, factor) in source.weights.outer_iter().zip(&factors.weight) {
            let nonzero = weights
                .iter()
                .map(|w| (w * factor).abs())
                .filter(|w| *w > 0.0);
            smallest = nonzero.fold(smallest, f64::min);
        }
    }
    let units = (1..=UNITS).map(|units| (f64::from(units) / smallest).round());
    own.take(1).chain(units.filter(|t| t.is_finite())).collect()
}

/// The squared rounding error of weights and biases at a threshold, in thresholds.
pub fn weight_error(layer: &Layer<'_>, factors: &Factors, threshold: i32, chip: &Chip) -> f64 {
    let unit = f64::from(threshold);
    let Range { low, high } = chip.weight.value;
    let mut sum = 0.0;
    for source in &layer.sources {
        for (weights, factor) in source.weights.outer_iter().zip(&factors.weight) {
            let scale = factor * unit;
            for weight in weights {
                let exact = weight * scale;
                let error = exact - round_half_even(exact).clamp(low as f64, high as f64);
                sum += error * error;
            }
        }
    }
    for (f, factor) in factors.potential.iter().enumerate() {
        let exact = layer.bias.get(f) * factor * unit;
        let error = exact - round_half_even(exact);
        sum += error * error;
    }
    sum / (unit * unit)
}

/// The threshold with the least rounding error of weights and biases, the smallest at a tie.
pub fn by_weights(layer: &Layer<'_>, factors: &Factors, chip: &Chip) -> i32 {
    let errors = candidates(layer, factors, chip).into_iter();
    let errors = errors.map(|t| (t, weight_error(layer, factors, t, chip)));
    let best = errors.min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(1, |(threshold, _)| threshold)
}

/// The layer in integers for a threshold.
pub fn integers(layer: &Layer<'_>, factors: &Factors, threshold: i32, chip: &Chip) -> Integers {
    let unit = f64::from(threshold);
    let Range { low, high } = chip.weight.value;
    let (mut weights, mut errors) = (Vec::new(), Vec::new());
    for source in &layer.sources {
        let rounded = Array4::from_shape_fn(source.weights.dim(), |(f, c, i, j)| {
            let exact = source.weights[[f, c, i, j]] * factors.weight[f] * unit;
            round_half_even(exact).clamp(low as f64, high as f64) as i8
        });
        errors.push(nirc_passes::relative_error(
            (source.weights.indexed_iter()).map(|((f, c, i, j), weight)| {
                let exact = weight * factors.weight[f] * unit;
                (exact, f64::from(rounded[[f, c, i, j]]))
            }),
        ));
        weights.push(rounded);
    }
    let potential = |f: usize, value: f64| round_half_even(value * factors.potential[f] * unit);
    let bias = (0..layer.map[0]).map(|f| potential(f, layer.bias.get(f)) as i32);
    // The chip spikes where the threshold is reached. A potential that is set to 0 does not care which
    // number was reached, so the next one is exact; a threshold that is subtracted has to stay.
    let reached = i32::from(layer.neuron.strict && layer.neuron.to_zero);
    Integers {
        weights,
        bias: bias.collect(),
        threshold: threshold + reached,
        low: lower_bound(layer, factors, unit, chip),
        scale: factors.potential.iter().map(|p| p * unit).collect(),
        errors,
    }
}

/// The bound below: the model's, at most -1; without one, the least number that a potential has.
fn lower_bound(layer: &Layer<'_>, factors: &Factors, unit: f64, chip: &Chip) -> i32 {
    let Range { low, .. } = chip.threshold_low.value;
    let Some(bound) = &layer.neuron.low else {
        return low as i32;
    };
    let channels = factors.potential.iter().enumerate();
    let bounds = channels.map(|(f, factor)| bound.get(f) * factor * unit);
    let highest = bounds.fold(f64::NEG_INFINITY, f64::max);
    round_half_even(highest).clamp(low as f64, -1.0) as i32
}

/// What the integers do not say exactly, as findings.
pub fn report(layer: &Layer<'_>, factors: &Factors, integers: &Integers, findings: &mut Findings) {
    let node = layer.name.as_str();
    if integers.weights.iter().flatten().all(|w| *w == 0) {
        findings.push(
            Finding::error(
                "speck-weights-zero",
                "a layer's weights do not all vanish",
                "all weights round to 0",
            )
            .at(node)
            .why("the threshold is so far above the weights that 16 bits do not hold both")
            .fix("lower the threshold or raise the weights of the layer"),
        );
    }
    for (error, source) in integers.errors.iter().zip(&layer.sources) {
        if *error > MOST_ERROR {
            let percent = 100.0 * error;
            let input = source.input;
            findings.push(
                Finding::warning(
                    "speck-weight-rounding",
                    "rounding changes weights little",
                    format!("the weights from a map {input:?} change by {percent:.0} % (RMS)"),
                )
                .at(node)
                .why("one scale serves all weights of a core, and the largest decides it")
                .fix("clip the largest weights in training"),
            );
        }
    }
    if layer.neuron.strict && !layer.neuron.to_zero && integers.errors.iter().all(|e| *e == 0.0) {
        findings.push(
            Finding::warning(
                "speck-compare",
                "a neuron spikes where its potential exceeds the threshold",
                "the chip spikes where it is reached, and this layer's weights are exact, so it will be",
            )
            .at(node)
            .fix("use --compare '>=' if the model was trained so"),
        );
    }
    low_report(layer, factors, integers, findings);
    bias_report(layer, integers, findings);
}

fn low_report(layer: &Layer<'_>, factors: &Factors, integers: &Integers, findings: &mut Findings) {
    const RULE: &str = "potentials have the model's lower bound";
    let Some(bound) = &layer.neuron.low else {
        return;
    };
    let channels = factors.potential.iter().enumerate();
    let bounds: Vec<f64> = channels.map(|(f, factor)| bound.get(f) * factor).collect();
    let extreme = |pick: fn(f64, f64) -> f64| bounds.iter().copied().reduce(pick).unwrap_or(0.0);
    let (lowest, highest) = (extreme(f64::min), extreme(f64::max));
    if lowest != highest {
        let what = format!("the bounds of its channels are {lowest} to {highest} thresholds");
        let finding = Finding::warning("speck-low-differs", RULE, what);
        findings.push(
            finding
                .at(layer.name.as_str())
                .why("a core has one; it gets the highest")
                .fix("use one lower bound for the layer, in thresholds"),
        );
    }
    if highest * f64::from(integers.threshold) > -0.5 {
        let what = format!("the bound is {highest} thresholds, the chip's is -1 unit");
        let finding = Finding::warning("speck-low-zero", RULE, what);
        findings.push(
            finding
                .at(layer.name.as_str())
                .why("a bound of 0 is a fault of the chip: datasheet 3.2.4.6.3"),
        );
    }
}

/// A bias that rounding changes by more than a tenth of the largest.
fn bias_report(layer: &Layer<'_>, integers: &Integers, findings: &mut Findings) {
    let exact = |f: usize| layer.bias.get(f) * integers.scale[f];
    let lost = (0..layer.map[0]).filter(|f| exact(*f) != 0.0 && integers.bias[*f] == 0);
    let count = lost.clone().count();
    if let Some(worst) = lost.max_by(|a, b| exact(*a).abs().total_cmp(&exact(*b).abs())) {
        let value = exact(worst);
        findings.push(
            Finding::warning(
                "speck-bias-rounding",
                "a bias is not lost",
                format!(
                    "{count} biases round to 0; the largest is {value:.3} units, of channel {worst}"
                ),
            )
            .at(layer.name.as_str())
            .why("a leak tick adds whole units")
            .fix("use a longer step, so that a step's bias is larger"),
        );
    }
}
