//! `dt-to-quant` for Loihi 2.

mod build;
mod fan_in;
mod input;
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
    Approximation, Approximations, Lowering, QuantizeOptions, Quantizer, Target,
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
    check_options(options, lowering);
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
    let least = fan_in::least_steps(&network, lowering.findings);
    let timing = timing(&network, &is_late, &least, &CODES, lowering.findings);
    check_delays(&network, &timing, lowering);
    settle_biases(&network, &mut analysed, &timing, options, lowering);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let mut forms = Vec::new();
    for (index, analysed) in analysed.iter().enumerate() {
        match weights::form(&network, index, analysed) {
            Some(form) => forms.push(form),
            None => lowering.findings.push(
                Finding::error(
                    "loihi2-op",
                    "every op has a form on the chip",
                    "the weights into this population are no convolution, and too many",
                )
                .at(&network.populations[index].name)
                .fix("make the layer smaller"),
            ),
        }
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let bits = input::message_bits(&network, &forms, options, lowering);
    let options = integers::Options {
        prefer_netx: netx::has_shape(&network, &timing)
            && analysed
                .iter()
                .all(|a| a.drive.is_zero() && a.subtract.is_none()),
    };
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let mut populations = Vec::new();
    for ((index, analysed), form) in analysed.iter().enumerate().zip(forms) {
        let integers =
            integers::population(&network, index, analysed, &form, &bits, options, lowering);
        populations.extend(integers.map(|integers| (form, integers)));
    }
    if lowering.findings.has_errors() {
        return Ok(());
    }
    build::build(&network, &populations, &timing, &bits, lowering)?;
    ir::erase(&old);
    Ok(())
}

fn check_options(options: &QuantizeOptions, lowering: &mut Lowering<'_, '_, '_>) {
    let known = [
        Approximations::NONE,
        Approximations::NONE.with(Approximation::Bias),
    ];
    if !known.contains(&options.approximate) {
        lowering.findings.push(
            Finding::error(
                "loihi2-option",
                "of the approximations, the quantiser has that of biases",
                format!("`{}` asks for another", options.approximate),
            )
            .fix("leave out all of `approximate` but `bias`"),
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

/// Decides where biases stand: of a layer whose input comes later than in the model at a neuron that drives
/// it, which can be as late.
fn settle_biases(
    network: &Network<'_>,
    analysed: &mut [neuron::Analysed],
    timing: &Timing,
    options: &QuantizeOptions,
    lowering: &mut Lowering<'_, '_, '_>,
) {
    let fold = options.approximate.allow(Approximation::Bias);
    for ((population, analysed), late) in network.populations.iter().zip(analysed).zip(&timing.late)
    {
        let name = population.name.as_str();
        if *late == 0 || *late > MOST_STEPS || fold {
            let without_loss = *late == 0 && analysed.current.is_zero();
            let folded = analysed.fold_drive().filter(|_| !without_loss);
            lowering.findings.extend(folded.map(|f| f.at(name)));
        }
        // Without memory, an early bias leaves nothing.
        if *late > 0 && !analysed.offset.is_zero() && !analysed.membrane.is_zero() && !fold {
            lowering.findings.push(
                Finding::warning(
                    "loihi2-leak-early",
                    "a leak begins when the first spikes can arrive",
                    format!("the leak begins {late} steps before them"),
                )
                .at(name)
                .why("the leak of a neuron with a synaptic current is a bias of the chip's membrane, which acts \
                     from the first step on"),
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
