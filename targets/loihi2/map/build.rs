//! The ops of level `hw`.

use melior::ir::Location;
use nirc_dialects::{
    finding::Finding,
    hw::{Op, ProbeSignal},
    ir::{Builder, DenseTensor, body},
    tensor::Tensor,
};
use nirc_passes::{Lowering, Parameter};

use super::processes::Processes;
use crate::loihi2::{
    chip::System,
    network::{Connection, Core, Delay, Neuron, Population, Signal, Synapses, Words},
};

type Ops<'c, 'a> = Builder<'c, 'a, ()>;

/// Appends the ops to the module, beside the old ones.
pub fn build<'c>(
    system: &System,
    processes: &Processes<'c>,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Ops<'c, '_> = Builder::new(lowering.context, block);
    let mut emit =
        |op: &Op<'c>, location: Location<'c>| builder.emit(op, &[], &[], location).map(drop);
    emit(
        &Op::Chip {
            part: system.name.to_owned(),
        },
        Location::unknown(lowering.context),
    )?;
    let network = &processes.network;
    for (id, population) in network.populations.iter().enumerate() {
        let scale = processes.scales[id].clone();
        let from = network.connections.iter().filter(|c| c.source == id);
        let bits = from.map(|c| i64::from(c.message_bits)).max().unwrap_or(0);
        let error = processes.decay_errors[id];
        let op = population_op(id, population, scale, error, bits, lowering);
        emit(&op, processes.locations[id])?;
    }
    for (index, connection) in network.connections.iter().enumerate() {
        let error = processes.relative_errors[index];
        let op = connection_op(connection, error, lowering)?;
        emit(&op, processes.connection_locations[index])?;
    }
    for (output, location) in network.outputs.iter().zip(&processes.output_locations) {
        let op = Op::Probe {
            populations: output.populations.iter().map(|p| *p as i64).collect(),
            signal: match output.signal {
                Signal::Spikes => ProbeSignal::Spikes,
                Signal::Membrane => ProbeSignal::Membrane,
            },
        };
        emit(&op, *location)?;
    }
    let cores = network.placement.iter().flat_map(|p| &p.cores);
    for core in cores {
        for (number, block) in core.blocks.iter().enumerate() {
            let op = Op::Block {
                population: block.population as i64,
                chip: core.chip as i64,
                core: core.core as i64,
                origin: block.origin.iter().map(|x| *x as i64).collect(),
                size: block.size.iter().map(|x| *x as i64).collect(),
                words: words(core, number),
            };
            emit(&op, processes.locations[block.population])?;
        }
    }
    Ok(())
}

/// What a core takes stands with its first block.
fn words(core: &Core, block: usize) -> Vec<i64> {
    let Words {
        axon_in,
        neuron_groups,
        neurons,
        synapses,
        axon_map,
        axon_memory,
    } = match block {
        0 => core.words,
        _ => Words::default(),
    };
    let words = [
        axon_in,
        neuron_groups,
        neurons,
        synapses,
        axon_map,
        axon_memory,
    ];
    words.iter().map(|w| *w as i64).collect()
}

fn attribute<'c>(
    key: &str,
    tensor: Tensor,
    lowering: &mut Lowering<'c, '_, '_>,
) -> DenseTensor<'c> {
    lowering.tensors.attribute(lowering.context, key, tensor)
}

fn numbers(values: &[usize]) -> Vec<i64> {
    values.iter().map(|v| *v as i64).collect()
}

fn population_op<'c>(
    id: usize,
    population: &Population,
    scale: Option<Parameter>,
    decay_error: f64,
    message_bits: i64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let (id, shape) = (id as i64, numbers(&population.shape));
    if let Some(Neuron::Relay { threshold }) = population.neuron {
        return Op::Relay {
            id,
            shape,
            threshold: i64::from(threshold),
        };
    }
    let Some(lif) = population.lif() else {
        return Op::SpikeSource {
            id,
            shape,
            message_bits,
        };
    };
    let key = |of: &str| format!("hw.{}.{of}", population.name);
    let count = population.count();
    let [bias, bias_exponent] = match &lif.bias {
        None => [None, None],
        Some(bias) => {
            let mantissa = Tensor::from(bias.mantissa.to_vec());
            let exponent = Tensor::from(bias.exponent.to_vec());
            [
                Some(attribute(&key("bias"), mantissa, lowering)),
                Some(attribute(&key("bias_exponent"), exponent, lowering)),
            ]
        }
    };
    let elements = population.part.as_ref().map(|part| {
        let elements: Vec<i32> = part.elements.iter().map(|n| *n as i32).collect();
        attribute(&key("elements"), elements.into(), lowering)
    });
    let scale = scale.unwrap_or_else(|| Parameter::uniform(1.0));
    Op::Lif {
        id,
        shape,
        du: i64::from(lif.du),
        dv: i64::from(lif.dv),
        threshold: i64::from(lif.threshold),
        bias,
        bias_exponent,
        elements,
        node_count: population.part.as_ref().map_or(count, |part| part.count) as i64,
        scale: scale.attribute(lowering.context, lowering.tensors, &key("scale"), &[count]),
        decay_error,
    }
}

fn connection_op<'c>(
    connection: &Connection,
    relative_error: f64,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<Op<'c>, Finding> {
    let key = |of: &str| {
        let [source, target] = [connection.source, connection.target];
        format!("hw.{}.{source}.{target}.{of}", connection.name)
    };
    let (source, target) = (connection.source as i64, connection.target as i64);
    let exponent = i64::from(connection.weight_exponent);
    let delay = match &connection.delay {
        Delay::Uniform(delay) => i64::from(*delay),
        Delay::Each(_) => {
            let finding = Finding::error(
                "loihi2-delay",
                "all synapses of a connection have one delay",
                "they have several",
            );
            return Err(finding.at(&connection.name));
        }
    };
    Ok(match &connection.synapses {
        Synapses::Dense { weight } => Op::DenseSynapses {
            source,
            target,
            weight: attribute(&key("weight"), weight.clone(), lowering),
            exponent,
            delay,
            relative_error,
        },
        Synapses::Convolution(convolution) => Op::ConvolutionSynapses {
            source,
            target,
            weight: attribute(&key("weight"), convolution.weight.clone(), lowering),
            stride: numbers(&convolution.stride),
            padding: numbers(&convolution.padding),
            dilation: numbers(&convolution.dilation),
            groups: convolution.groups as i64,
            delay,
            relative_error,
        },
        Synapses::Sparse(sparse) => {
            let first: Vec<i32> = sparse.starts.iter().map(|s| *s as i32).collect();
            let neuron: Vec<i32> = sparse.targets.iter().map(|t| *t as i32).collect();
            Op::SparseSynapses {
                source,
                target,
                first: attribute(&key("first"), first.into(), lowering),
                neuron: attribute(&key("neuron"), neuron.into(), lowering),
                weight: attribute(&key("weight"), sparse.weights.to_vec().into(), lowering),
                exponent,
                delay,
                relative_error,
            }
        }
    })
}
