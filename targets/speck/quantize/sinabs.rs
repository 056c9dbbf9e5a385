//! Integers as sinabs 3.1.3 makes them for its DYNAP-CNN backend, to compare.
//!
//! One factor for weights, bias, threshold and lower bound of a layer, computed in 32 bits: the least of
//! the factors with which each of them just fits its width, 8 bits for weights and biases, 16 for the
//! others. Source: sinabs backend/dynapcnn/discretize.py:177-365, and nir.py:25-144, which drops r and
//! takes minus the first threshold for the lower bound.

use ndarray::Array4;
use nirc_dialects::finding::{Finding, Findings};

use super::{layer::Layer, scale::Integers};

/// The factor with which numbers from `low` to `high` just fit so many bits.
fn factor(low: f32, high: f32, bits: u32) -> f32 {
    let (least, most) = (
        -(2_f32.powi(bits as i32 - 1)),
        2_f32.powi(bits as i32 - 1) - 1.0,
    );
    let ratio = (f64::from(least) / f64::from(most)).abs() as f32;
    if low.abs() <= high.abs() * ratio {
        (most / high).abs()
    } else {
        (least / low).abs()
    }
}

fn rounded(value: f32) -> f32 {
    value.round_ties_even()
}

/// The integers of a layer.
pub fn integers(layer: &Layer<'_>, findings: &mut Findings) -> Integers {
    let weights = layer.sources.iter().flat_map(|source| &source.weights);
    let weights = weights.map(|w| *w as f32);
    let (low, high) = weights.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), w| {
        (low.min(w), high.max(w))
    });
    let threshold = layer.neuron.threshold.get(0) as f32;
    let mut scale = factor(low, high, 8).min(factor(-threshold, threshold, 16));
    let bias: Vec<f32> = (0..layer.map[0])
        .map(|f| layer.bias.get(f) as f32)
        .collect();
    if bias.iter().any(|b| *b != 0.0) {
        let low = bias.iter().copied().fold(f32::INFINITY, f32::min);
        let high = bias.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scale = scale.min(factor(low, high, 8));
    }
    let dropped = (
        layer.neuron.gain.shared() != Some(1.0),
        "r or the gain of a step, which it drops",
    );
    let first = (
        layer.neuron.threshold.shared().is_none(),
        "thresholds that differ, of which it takes the first",
    );
    for what in [dropped, first]
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what))
    {
        findings.push(
            Finding::warning(
                "speck-sinabs-defect",
                "sinabs takes a model as it is",
                format!("it has {what}"),
            )
            .at(layer.name.as_str())
            .fix("use nirc's own quantiser: --quantizer channel"),
        );
    }
    let mut errors = Vec::new();
    let mut tables = Vec::new();
    for source in &layer.sources {
        let table: Array4<i8> = source.weights.mapv(|w| rounded(w as f32 * scale) as i8);
        errors.push(nirc_passes::relative_error(
            (source.weights.iter().zip(&table)).map(|(w, q)| (w * f64::from(scale), f64::from(*q))),
        ));
        tables.push(table);
    }
    Integers {
        weights: tables,
        bias: bias.iter().map(|b| rounded(b * scale) as i32).collect(),
        threshold: rounded(threshold * scale) as i32,
        low: rounded(-threshold * scale) as i32,
        scale: vec![f64::from(scale); layer.map[0]],
        errors,
    }
}
