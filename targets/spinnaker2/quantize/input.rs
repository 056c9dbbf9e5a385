//! How many spikes an element of an input has in a step.

use nirc_dialects::{dt, finding::Finding, ir::module_attribute};
use nirc_passes::{
    Lowering, QuantizeOptions, Quantizer,
    connections::{Network, product},
};

use crate::spinnaker2::application::Application;

/// The most that is made room for.
const MOST: usize = 64;
/// The most that is made room for without samples, if one processing element has room for them.
const USUAL: usize = 15;

/// For each input, the spikes that an element has in a step at most: as in the samples for
/// calibration; else as many as one processing element has neurons for, up to [`USUAL`]. The importer
/// has one.
pub fn most_spikes(
    network: &Network<'_>,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Vec<usize> {
    let mut most = vec![1; network.inputs.len()];
    let imported = options.quantizer == Quantizer::PySpinnaker2;
    let Some(calibration) = &options.calibration else {
        let neurons = Application::SpikeList.row().atoms.value;
        for (input, most) in network.inputs.iter().zip(&mut most) {
            if !imported {
                *most = (neurons / product(&input.shape).max(1)).clamp(1, USUAL);
            }
            let what = match *most {
                1 => "an element takes one spike in a step; more are lost".to_owned(),
                most => format!("an element takes up to {most} spikes in a step; more are lost"),
            };
            const RULE: &str = "all spikes of an input enter";
            let finding = match *most {
                1 => Finding::warning("s2-input-spikes", RULE, what),
                _ => Finding::note("s2-input-spikes", RULE, what),
            };
            lowering.findings.push(
                finding
                    .at(&input.name)
                    .why("a spike list sends a neuron's packet once in a tick; more need a neuron each")
                    .fix("give samples with --calibrate: then there is room for as many as they have"),
            );
        }
        return most;
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
            return most;
        }
    };
    for sample in &samples {
        for (most, input) in most.iter_mut().zip(sample) {
            let largest = input.iter().copied().fold(0.0, f32::max);
            *most = (*most).max(largest.ceil() as usize);
        }
    }
    for (input, most) in network.inputs.iter().zip(&mut most) {
        if *most > MOST {
            lowering.findings.push(
                Finding::error(
                    "s2-input-spikes",
                    "all spikes of an input enter",
                    format!("an element has {most} spikes in a step, more than {MOST}"),
                )
                .at(&input.name)
                .why("a spike list sends a neuron's packet once in a tick; more need a neuron each")
                .fix("choose a shorter step"),
            );
        } else if *most > 1 {
            lowering.findings.push(
                Finding::note(
                    "s2-input-spikes",
                    "all spikes of an input enter",
                    format!("an element has up to {most} spikes in a step, and as many neurons"),
                )
                .at(&input.name),
            );
        }
    }
    most
}
