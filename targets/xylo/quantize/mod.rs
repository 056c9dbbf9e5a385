//! `dt-to-quant` for Xylo.

mod build;
mod check;
mod connections;
mod decay;
mod latency;
mod network;
mod neuron;
mod rockpool;
mod scale;

use nirc_dialects::{
    dt,
    finding::{Finding, Findings},
    ir,
};
use nirc_passes::{Lowering, QuantizeOptions, Quantizer, connections::Codes, read_all};

use self::{
    network::{Network, Source},
    neuron::Analysed,
    scale::Bounds,
};
use super::{
    chip::Chip,
    legal::{self, Sizes},
    specification::{NodeRange, Role},
};

const CODES: Codes = Codes {
    op: "xylo-op",
    output: "xylo-output",
    latency: "xylo-latency",
    cycle: "xylo-cycle",
};

/// A network with all its numbers as integers.
pub struct Integers {
    /// One entry for each population of the network.
    pub populations: Vec<IntegerPopulation>,
    /// The shift of the tables from inputs, between hidden neurons, and to readouts.
    pub shifts: [i32; 3],
    /// A further factor of the weights between hidden neurons; 1 but for a defect of rockpool.
    pub recurrent_factor: f64,
}

/// The integers of a population.
pub struct IntegerPopulation {
    /// Integer units for each unit of the membrane potential.
    pub scale: Vec<f64>,
    /// What one unit of weight adds to the chip's synaptic current, in units of the potential.
    pub gain: Vec<f64>,
    /// Decay shift of the synaptic current.
    pub dash_syn: Vec<i16>,
    /// Decay shift of the membrane.
    pub dash_mem: Vec<i16>,
    /// Spikes where V >= threshold.
    pub threshold: Vec<i32>,
    /// Added to the membrane in each step.
    pub bias: Vec<i32>,
    /// The largest difference between a decay factor of the model and of the chip.
    pub decay_error: f64,
}

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
    let ops = read_all::<dt::Op<'_>>(lowering.module, lowering.findings);
    let read = nirc_passes::connections::read(&ops, &CODES, lowering);
    let mut network = Network::new(read, lowering.findings);
    let sizes = sizes(&network, chip);
    let fits = !sizes.has_errors();
    if fits {
        network.write_tables();
    }
    connections::check(&network, lowering.findings);
    lowering.findings.extend(sizes);
    let mut analysed = Vec::new();
    for population in &network.populations {
        let count = if fits { population.count } else { 0 };
        analysed.push(neuron::analyse(population, count, chip, options, lowering));
    }
    latency::check(&network, lowering.findings);
    let analysed: Option<Vec<Analysed>> = analysed.into_iter().collect();
    let Some(analysed) = analysed.filter(|_| !lowering.findings.has_errors()) else {
        return Ok(());
    };
    check::finite(&network, &analysed, lowering.findings);
    if lowering.findings.has_errors() {
        return Ok(());
    }
    let findings = &mut *lowering.findings;
    let integers = match options.quantizer {
        Quantizer::RockpoolChannel | Quantizer::RockpoolGlobal => {
            rockpool::integers(&network, analysed, options.quantizer, findings)
        }
        own => integers(&network, analysed, own, chip, findings),
    };
    if lowering.findings.has_errors() {
        return Ok(());
    }
    build::build(&network, &integers, chip, lowering)?;
    ir::erase(&old);
    Ok(())
}

/// The layers that are too large for the chip, whatever else is wrong with the model.
fn sizes(network: &Network<'_>, chip: &Chip) -> Findings {
    let mut nodes = Vec::new();
    let mut totals = [0usize; 3];
    let mut add = |node: &str, role: Role, count: usize| {
        let total = &mut totals[role as usize];
        nodes.push(NodeRange {
            node: node.to_owned(),
            role,
            first: *total,
            count,
        });
        *total = total.saturating_add(count);
    };
    for input in &network.inputs {
        add(&input.name, Role::Input, input.count);
    }
    for population in &network.populations {
        let role = if population.is_readout {
            Role::Readout
        } else {
            Role::Hidden
        };
        add(&population.name, role, population.count);
    }
    let [inputs, hidden, readouts] = totals;
    let sizes = Sizes {
        inputs,
        hidden,
        readouts,
        synapses: 1,
    };
    let mut findings = legal::check_sizes(&sizes, &nodes, chip);
    // Reported by connection, and refused when it is placed.
    findings.0.retain(|f| f.code != "xylo-no-hidden-layer");
    findings
}

/// The integers by our own quantiser.
fn integers(
    network: &Network<'_>,
    analysed: Vec<Analysed>,
    quantizer: Quantizer,
    chip: &Chip,
    findings: &mut Findings,
) -> Integers {
    let mut scales: Vec<Vec<f64>> = vec![Vec::new(); analysed.len()];
    let mut shifts = [0; 3];
    for readouts in [false, true] {
        let members: Vec<usize> = (0..analysed.len())
            .filter(|&p| network.populations[p].is_readout == readouts)
            .collect();
        let mut bounds = Vec::new();
        for &p in &members {
            let mut own = Bounds::of(&analysed[p]);
            for connection in network.connections_to(p) {
                let table =
                    usize::from(matches!(connection.source, Source::Population(_)) && !readouts);
                Bounds::add(
                    &mut own,
                    &analysed[p].gain,
                    connection.weights.view(),
                    table,
                );
            }
            bounds.extend(own);
        }
        let (mut chosen, pair) = scale::choose(&bounds, quantizer, chip);
        let thresholds: Vec<f64> = members
            .iter()
            .flat_map(|&p| analysed[p].threshold.clone())
            .collect();
        if quantizer == Quantizer::Channel {
            scale::whole(&mut chosen, &thresholds);
        }
        if readouts {
            shifts[2] = pair[0];
            if chip.readout_threshold_pairs.value {
                let strict: Vec<bool> = members
                    .iter()
                    .flat_map(|&p| vec![analysed[p].strict; analysed[p].threshold.len()])
                    .collect();
                scale::pair(&mut chosen, &thresholds, &strict);
            }
        } else {
            shifts[..2].copy_from_slice(&pair);
        }
        let mut rest = chosen.into_iter();
        for &p in &members {
            scales[p] = rest.by_ref().take(analysed[p].threshold.len()).collect();
        }
    }
    let mut populations = Vec::new();
    for ((a, scale), population) in analysed.into_iter().zip(scales).zip(&network.populations) {
        let threshold: Vec<i32> = (a.threshold.iter().zip(&scale))
            .map(|(t, s)| scale::threshold(*t, *s, a.strict))
            .collect();
        let bias: Vec<i32> = (a.bias.iter().zip(&scale))
            .map(|(b, s)| nirc_passes::round_half_even(b * s) as i32)
            .collect();
        check::threshold_rounded(&population.name, &a.threshold, &scale, &threshold, findings);
        check::bias_rounded(&population.name, &a.bias, &scale, &bias, findings);
        populations.push(IntegerPopulation {
            threshold,
            bias,
            gain: a.gain,
            dash_syn: a.dash_syn,
            dash_mem: a.dash_mem,
            decay_error: a.decay_error,
            scale,
        });
    }
    Integers {
        populations,
        shifts,
        recurrent_factor: 1.0,
    }
}
