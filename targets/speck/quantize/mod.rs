//! `dt-to-quant` for Speck.

mod build;
mod calibrate;
mod embed;
mod kernel;
mod layer;
mod map;
mod network;
mod neuron;
mod scale;
mod sinabs;
mod step;
mod walk;

use melior::ir::operation::OperationLike;
use nirc_dialects::{dt, finding::Finding, ir};
use nirc_passes::{Lowering, QuantizeOptions, Quantizer, read_all};

use self::{layer::Layer, scale::Factors};
use super::chip::Chip;

/// What this level and the next agree on: the integers that do not come from the model.
pub(super) use self::build::{MAX_INPUT_SPIKES, MAX_SPIKES, WIDE};

/// Rewrites the module from `dt` to `quant` for `chip`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn quantize(
    chip: &Chip,
    lowering: &mut Lowering<'_, '_, '_>,
    options: &QuantizeOptions,
) -> Result<(), Finding> {
    let old = ir::operations(lowering.module);
    let step: Option<f64> = ir::module_attribute(lowering.module, dt::STEP);
    let ops = read_all::<dt::Op<'_>>(lowering.module, lowering.findings);
    let (network, values) = network::read(&ops, lowering.findings);
    let mut walk = walk::Walk {
        ops: &ops,
        values: &values,
        lowering,
        refused: Default::default(),
    };
    let populations = ops
        .iter()
        .filter(|(_, op)| matches!(op, dt::Op::Neuron { .. }));
    let reached: Vec<_> = populations
        .zip(&network.populations)
        .map(|((operation, _), population)| walk.back(*operation, population.map))
        .collect();
    let neurons: Vec<_> = (network.populations.iter())
        .map(|population| neuron::analyse(population, options, lowering))
        .collect();
    if network.populations.is_empty() {
        lowering.findings.push(empty());
    }
    let location = |op: usize| ops[op].0.location();
    let layers = layer::layers(
        &network,
        reached,
        neurons,
        location,
        chip,
        lowering.findings,
    );
    for layer in &layers {
        if !layer.bias.is_zero() {
            lowering.findings.extend(neuron::clock(&layer.name, step));
        }
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let calibrated = match &options.calibration {
        None => None,
        Some(_) if options.quantizer != Quantizer::Channel => {
            lowering.findings.push(no_search());
            return Ok(());
        }
        Some(calibration) => {
            match calibrate::Samples::read(calibration, &network, step, lowering) {
                Ok(samples) => Some(calibrate::thresholds(
                    &network,
                    &layers,
                    &samples,
                    chip,
                    lowering.findings,
                )),
                Err(findings) => {
                    lowering.findings.extend(findings);
                    return Ok(());
                }
            }
        }
    };
    // One scale for the whole network is the one that the layer with the largest weights has room for.
    let by_weights = |layer: &Layer<'_>| scale::by_weights(layer, &Factors::of(layer), chip);
    let global = match options.quantizer {
        Quantizer::Global => layers.iter().map(by_weights).min(),
        _ => None,
    };
    let mut integers = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let factors = Factors::of(layer);
        let made = match options.quantizer {
            Quantizer::Sinabs => sinabs::integers(layer, lowering.findings),
            _ => {
                let threshold = match (global, &calibrated) {
                    (Some(threshold), _) => threshold,
                    (None, Some(thresholds)) => thresholds[index],
                    (None, None) => by_weights(layer),
                };
                scale::integers(layer, &factors, threshold, chip)
            }
        };
        scale::report(layer, &factors, &made, lowering.findings);
        integers.push(made);
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    build::build(&network, &layers, &integers, lowering)?;
    ir::erase(&old);
    Ok(())
}

fn no_search() -> Finding {
    Finding::error(
        "speck-calibrate",
        "samples are given to a quantiser that measures spikes",
        "only `channel` searches for scales",
    )
    .fix("leave out --calibrate, or use --quantizer channel")
}

fn empty() -> Finding {
    Finding::error(
        "speck-empty",
        "a model has a layer of spiking neurons",
        "this one has none, so there is nothing to place",
    )
    .fix("use Conv2d, Linear or Affine layers, each followed by IF")
}
