//! How many spikes an element of an input has in a step.

use nirc_dialects::{dt, finding::Finding, ir::module_attribute};
use nirc_passes::{
    Lowering, QuantizeOptions,
    connections::{Network, Source, product},
};

use super::{
    scale::{MOST_SUM, MOST_WEIGHT},
    weights::{Form, Weights},
};

/// Bits of a count that are made room for at most.
const MOST_BITS: u32 = 8;
/// Bits that are made room for without samples, if weights lose nothing by it.
const USUAL_BITS: u32 = 4;

/// For each input, the bits of the count that its spikes carry: as many as the samples for calibration
/// ask for; else up to [`USUAL_BITS`], as long as sums of eight-bit weights stay in their range. 0 where no
/// element has more than one spike.
pub fn message_bits(
    network: &Network<'_>,
    forms: &[Form],
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Vec<u32> {
    if options.calibration.is_some() {
        return calibrated(network, options, lowering);
    }
    let bits = |input: usize| {
        let mut least = f64::INFINITY;
        for (population, form) in forms.iter().enumerate() {
            let connections = network.connections_to(population).iter();
            for (connection, weights) in connections.zip(&form.weights) {
                if connection.source == Source::Input(input) {
                    least = least.min(MOST_SUM / MOST_WEIGHT / fan_in(weights, form.units));
                }
            }
        }
        let fits = |bits: &u32| f64::from((1u32 << bits) - 1) <= least;
        let most = (1..=USUAL_BITS).rev().find(fits).unwrap_or(0);
        if most > 1 { most } else { 0 }
    };
    let each: Vec<u32> = (0..network.inputs.len()).map(bits).collect();
    for (input, bits) in network.inputs.iter().zip(&each) {
        const RULE: &str = "all spikes of an input enter";
        let fix = "give samples with --calibrate: then there is room for as many as they have";
        let finding = match *bits {
            0 => Finding::warning(
                "loihi2-input-spikes",
                RULE,
                "an element takes one spike in a step; more are lost",
            )
            .why("with counts, sums of weights could leave their range"),
            bits => Finding::note(
                "loihi2-input-spikes",
                RULE,
                format!(
                    "an element takes up to {} spikes in a step; more are lost",
                    (1u32 << bits) - 1
                ),
            )
            .why("a spike from outside carries a count, which multiplies its weights"),
        };
        lowering.findings.push(finding.at(&input.name).fix(fix));
    }
    each
}

/// The largest sum of weights of one sign to a neuron, in the largest weight.
fn fan_in(weights: &Weights, units: usize) -> f64 {
    let mut sums = vec![[0f64; 2]; units];
    let mut peak = 0f64;
    weights.for_each(|unit, weight| {
        peak = peak.max(weight.abs());
        sums[unit][usize::from(weight < 0.0)] += weight.abs();
    });
    let sum = sums.iter().flatten().copied().fold(0.0, f64::max);
    if peak > 0.0 { sum / peak } else { 1.0 }
}

fn calibrated(
    network: &Network<'_>,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Vec<u32> {
    let none = vec![0; network.inputs.len()];
    let Some(calibration) = &options.calibration else {
        return none;
    };
    let inputs: Vec<_> = network
        .inputs
        .iter()
        .map(|input| (input.name.as_str(), product(&input.shape)))
        .collect();
    let step: Option<f64> = module_attribute(lowering.module, dt::STEP);
    let samples = match calibration.reader.read(&calibration.source, &inputs, step) {
        Ok(samples) => samples,
        Err(findings) => {
            lowering.findings.extend(findings);
            return none;
        }
    };
    let mut most = vec![0f32; inputs.len()];
    for sample in &samples {
        for (most, input) in most.iter_mut().zip(sample) {
            *most = input.iter().copied().fold(*most, f32::max);
        }
    }
    let mut each = Vec::new();
    for (input, most) in network.inputs.iter().zip(most) {
        let bits = (1..=MOST_BITS).find(|bits| most as f64 <= f64::from((1u32 << bits) - 1));
        let Some(bits) = bits else {
            lowering.findings.push(
                Finding::error(
                    "loihi2-input-spikes",
                    "all spikes of an input enter",
                    format!(
                        "an element has {most} spikes in a step, more than {MOST_BITS} bits count"
                    ),
                )
                .at(&input.name)
                .fix("choose a shorter step"),
            );
            continue;
        };
        each.push(if bits > 1 { bits } else { 0 });
    }
    each
}
