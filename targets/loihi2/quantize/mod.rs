//! `dt-to-quant` for Loihi 2.

mod build;
mod integers;
mod netx;
mod neuron;
mod scale;
mod weights;

use nirc_dialects::{
    dt,
    finding::{Finding, Severity},
    ir,
};
use nirc_passes::{
    Approximations, Lowering, QuantizeOptions, Quantizer, Target,
    connections::{self, Codes, Network, Timing, timing},
    read_all,
};

use super::LavaFixed;

/// The quantisers that the target has.
pub const QUANTIZERS: &[Quantizer] = &[Quantizer::Channel, Quantizer::Lava];

/// The codes of findings about connections.
const CODES: Codes = Codes {
    op: "loihi2-op",
    output: "loihi2-output",
    latency: "loihi2-latency",
    cycle: "loihi2-cycle",
};

/// The longest way of a spike in steps: that of every connection, and a synaptic delay.
pub const MOST_STEPS: usize = 1 + 62;

/// Rewrites the module from `dt` to `quant`.
///
/// # Errors
///
/// The finding after which nothing more can be found out; the others go into the lowering.
pub fn quantize(
    lowering: &mut Lowering<'_, '_, '_>,
    options: &QuantizeOptions,
) -> Result<(), Finding> {
    if options.quantizer == Quantizer::Lava {
        return LavaFixed.quantize(lowering, options);
    }
    check_options(lowering, options);
    let old = ir::operations(lowering.module);
    let ops = read_all::<dt::Op<'_>>(lowering.module, lowering.findings);
    let network = connections::read(&ops, &CODES, lowering);
    let mut analysed = Vec::new();
    for population in &network.populations {
        analysed.extend(neuron::analyse(population, lowering));
    }
    check_outputs(&network, lowering);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let is_late: Vec<bool> = analysed.iter().map(|a| a.is_late).collect();
    let timing = timing(&network, &is_late, &CODES, lowering.findings);
    check_delays(&network, &timing, lowering);
    check_biases(&network, &analysed, &timing, lowering);
    note_inputs(&network, lowering);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let options = integers::Options {
        prefer_netx: netx::has_shape(&network, &timing),
    };
    let mut populations = Vec::new();
    for (index, analysed) in analysed.iter().enumerate() {
        let Some(form) = weights::form(&network, index, analysed) else {
            let finding = Finding::error(
                "loihi2-op",
                "every op has a form on the chip",
                "the weights into this population are no convolution, and too many",
            );
            let name = network.populations[index].name.as_str();
            lowering
                .findings
                .push(finding.at(name).fix("make the layer smaller"));
            continue;
        };
        let integers = integers::population(&network, index, analysed, &form, options, lowering);
        populations.extend(integers.map(|integers| (form, integers)));
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    build::build(&network, &populations, &timing, lowering)?;
    ir::erase(&old);
    Ok(())
}

fn check_options(lowering: &mut Lowering<'_, '_, '_>, options: &QuantizeOptions) {
    if options.approximate != Approximations::NONE || options.calibration.is_some() {
        lowering.findings.push(
            Finding::error(
                "loihi2-option",
                "the quantiser has no approximations and no calibration",
                format!("`{options}` asks for some"),
            )
            .fix("leave out `approximate` and `calibrate`"),
        );
    }
}

/// Delays that a synapse has.
fn check_delays(network: &Network<'_>, timing: &Timing, lowering: &mut Lowering<'_, '_, '_>) {
    for (connection, steps) in network.connections.iter().zip(&timing.ticks) {
        if *steps > MOST_STEPS {
            lowering.findings.push(
                Finding::error(
                    "loihi2-delay",
                    "a spike arrives after 63 steps at most",
                    format!(
                        "spikes of `{}` arrive after {steps} steps",
                        network.source_name(connection.source)
                    ),
                )
                .at(&network.populations[connection.target].name)
                .why("every connection takes a step, and a synapse delays by 62 more at most")
                .fix("train with shorter delays, or put layers of neurons onto the way"),
            );
        }
    }
}

/// Biases act from the first step on, also in a layer whose input comes later than in the model.
fn check_biases(
    network: &Network<'_>,
    analysed: &[neuron::Analysed],
    timing: &Timing,
    lowering: &mut Lowering<'_, '_, '_>,
) {
    let each = network.populations.iter().zip(analysed).zip(&timing.late);
    for ((population, analysed), late) in each {
        // Without memory, an early bias leaves nothing.
        if *late > 0 && !analysed.offset.is_zero() && !analysed.membrane.is_zero() {
            lowering.findings.push(
                Finding::warning(
                    "loihi2-bias-early",
                    "a bias begins when the first spikes can arrive",
                    format!("the bias begins {late} steps before them"),
                )
                .at(&population.name)
                .why("every connection takes a step, and a bias acts from the first one on"),
            );
        }
    }
}

/// What leaves the chip are spikes, or potentials that are read.
fn check_outputs(network: &Network<'_>, lowering: &mut Lowering<'_, '_, '_>) {
    for output in &network.outputs {
        let population = &network.populations[output.population];
        let reads_potential = matches!(
            &population.neuron,
            dt::Op::Neuron {
                v_threshold: None,
                ..
            }
        );
        if reads_potential {
            lowering.findings.push(
                Finding::new(
                    Severity::Warning,
                    "loihi2-readout",
                    "what leaves the chip are spikes",
                    format!("`{}` has no threshold; its neurons never spike", population.name),
                )
                .at(&output.name)
                .why("its potential is read from the chip, at level quant and below it is the record `v`"),
            );
        }
    }
}

fn note_inputs(network: &Network<'_>, lowering: &mut Lowering<'_, '_, '_>) {
    for input in &network.inputs {
        lowering.findings.push(
            Finding::note(
                "loihi2-input-spikes",
                "all spikes of an input enter",
                "an element takes one spike in a step; more are lost",
            )
            .at(&input.name)
            .why("a spike of the chip says that it is there, and not how many there are")
            .fix("choose a shorter step"),
        );
    }
}
