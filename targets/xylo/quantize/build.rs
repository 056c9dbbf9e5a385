//! The ops of level `quant` for a network in integers.

use melior::ir::Value;
use ndarray::Array2;
use nirc_dialects::{
    finding::Finding,
    ir::{Builder, body, fused_location},
    quant::{Compare, Decay, EventTiming, Op, Overflow, Reset, Signal},
    tensor::Tensor,
};
use nirc_passes::{Lowering, Parameter, relative_error};

use super::{
    IntegerPopulation, Integers,
    network::{Connection, Network, Source},
    scale,
};
use crate::xylo::{
    chip::{Chip, MAX_INPUT_EVENTS, STATE_RANGE},
    map,
};

/// What a value of the new module is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Input(usize),
    Spikes(usize),
    /// The spikes of a population one step later, as they reach their targets.
    Delayed(usize),
}

/// Appends the ops to the module, beside the old ones.
pub(super) fn build<'c>(
    network: &Network<'c>,
    integers: &Integers,
    chip: &Chip,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Builder<'c, '_, Key> = Builder::new(lowering.context, block);
    let signal = |signal: Signal| signal.to_type(lowering.context);
    for (index, input) in network.inputs.iter().enumerate() {
        let op = Op::Input {
            max_spikes: i64::from(MAX_INPUT_EVENTS),
        };
        let value = builder.value(
            &op,
            &[],
            signal(Signal::Spikes(vec![input.count]))?,
            input.location,
        )?;
        builder.define(Key::Input(index), value);
    }
    let spikes: Vec<_> = network
        .populations
        .iter()
        .map(|p| signal(Signal::Spikes(vec![p.count])))
        .collect::<Result<_, _>>()?;
    let events: Vec<_> = network
        .populations
        .iter()
        .map(|p| signal(Signal::Events(vec![p.count])))
        .collect::<Result<_, _>>()?;
    let order = order(network);
    let mut rank = vec![0; order.len()];
    for (id, &p) in order.iter().enumerate() {
        rank[p] = id;
    }
    let mut has_targets = vec![false; order.len()];
    for connection in &network.connections {
        if let Source::Population(source) = connection.source {
            has_targets[source] = true;
        }
    }
    for &p in &order {
        let population = &network.populations[p];
        let mut operands = Vec::new();
        // Events reach a neuron by ascending channel, then by ascending neuron id.
        let mut connections: Vec<_> = network.connections_to(p).iter().collect();
        connections.sort_by_key(|c| match c.source {
            Source::Input(input) => (0, input),
            Source::Population(source) => (1, rank[source]),
        });
        for connection in connections {
            let value = match connection.source {
                Source::Input(i) => {
                    let count = network.inputs[i].count;
                    builder.lookup(&Key::Input(i), signal(Signal::Spikes(vec![count]))?)?
                }
                Source::Population(q) => builder.lookup(&Key::Delayed(q), spikes[q])?,
            };
            let op = linear(network, integers, connection, lowering);
            let location =
                fused_location(lowering.context, &connection.locations, population.location);
            operands.push(builder.value(&op, &[value], events[p], location)?);
        }
        let op = neuron(
            &population.name,
            population.is_readout,
            &integers.populations[p],
            chip,
            lowering,
        );
        let value = builder.value(&op, &operands, spikes[p], population.location)?;
        builder.define(Key::Spikes(p), value);
        if has_targets[p] {
            let delayed = builder.value(
                &Op::Register { steps: 1 },
                &[value],
                spikes[p],
                population.location,
            )?;
            builder.define(Key::Delayed(p), delayed);
        }
    }
    for (location, p) in &network.outputs {
        let value: Value<'c, '_> = builder.lookup(&Key::Spikes(*p), spikes[*p])?;
        builder.emit(&Op::Output {}, &[value], &[], *location)?;
    }
    Ok(())
}

/// The populations in the order of their ids: hidden before readout; of the hidden ones those that
/// read inputs first and those that readouts read last, as the expansions of Audio 3 and IMU ask.
fn order(network: &Network<'_>) -> Vec<usize> {
    let count = network.populations.len();
    let (mut reads_input, mut feeds_readout) = (vec![false; count], vec![false; count]);
    for connection in &network.connections {
        match connection.source {
            Source::Input(_) => reads_input[connection.target] = true,
            Source::Population(source) => {
                feeds_readout[source] |= network.populations[connection.target].is_readout;
            }
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&p| {
        let is_readout = network.populations[p].is_readout;
        (is_readout, !reads_input[p], feeds_readout[p])
    });
    order
}

fn linear<'c>(
    network: &Network<'c>,
    integers: &Integers,
    connection: &Connection<'c>,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let target = &network.populations[connection.target];
    let population = &integers.populations[connection.target];
    let recurrent = matches!(connection.source, Source::Population(_)) && !target.is_readout;
    let table = match (target.is_readout, recurrent) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    };
    let shift = integers.shifts[table];
    let factor = if recurrent {
        integers.recurrent_factor
    } else {
        1.0
    };
    let scales: Vec<f64> = (0..target.count)
        .map(|n| population.gain[n] * population.scale[n] * factor)
        .collect();
    let exact = &connection.weights;
    let weights = Array2::from_shape_fn(exact.dim(), |(i, j)| {
        scale::weight(exact[[i, j]], scales[i], shift)
    });
    let error = relative_error(exact.indexed_iter().map(|((i, j), w)| {
        (
            w * scales[i],
            f64::from(weights[[i, j]]) * f64::from(1 << shift),
        )
    }));
    let source = network.source_name(connection.source);
    let key = format!("quant.{}.{source}", target.name);
    let scale = Parameter::each(scales.iter().map(|s| s / f64::from(1 << shift)).collect());
    Op::Linear {
        weight: lowering.tensors.attribute(
            lowering.context,
            &format!("{key}.weight"),
            weights.into_dyn().into(),
        ),
        shift: i64::from(shift),
        scale: scale.attribute(
            lowering.context,
            lowering.tensors,
            &format!("{key}.scale"),
            &[target.count],
        ),
        relative_error: error,
    }
}

fn neuron<'c>(
    name: &str,
    is_readout: bool,
    integers: &IntegerPopulation,
    chip: &Chip,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let scale = Parameter::each(integers.scale.clone());
    let shape = [integers.scale.len()];
    let mut table = |name_of: &str, tensor: Tensor| {
        lowering
            .tensors
            .attribute(lowering.context, &format!("quant.{name}.{name_of}"), tensor)
    };
    let decay_syn = table("decay_syn", integers.dash_syn.clone().into());
    let decay_mem = table("decay_mem", integers.dash_mem.clone().into());
    let threshold = table("threshold", narrow(&integers.threshold));
    let bias =
        (integers.bias.iter().any(|b| *b != 0)).then(|| table("bias", narrow(&integers.bias)));
    Op::Neuron {
        event_timing: EventTiming::BeforeDecay,
        decay: Decay::BitShift,
        decay_syn,
        decay_mem,
        decay_bits: None,
        rounding: None,
        current_range: STATE_RANGE.to_vec(),
        current_overflow: Overflow::Saturate,
        membrane_range: STATE_RANGE.to_vec(),
        membrane_overflow: map::membrane_overflow(chip),
        bias,
        compare: Compare::GreaterOrEqual,
        threshold,
        reset: Reset::Subtract,
        v_reset: None,
        max_spikes: i64::from(map::most_spikes(is_readout)),
        scale: scale.attribute(
            lowering.context,
            lowering.tensors,
            &format!("quant.{name}.scale"),
            &shape,
        ),
        decay_error: integers.decay_error,
    }
}

/// 16 bits where all values fit, else 32: a value that does not fit the chip stays visible.
fn narrow(values: &[i32]) -> Tensor {
    match values
        .iter()
        .map(|v| i16::try_from(*v))
        .collect::<Result<Vec<_>, _>>()
    {
        Ok(narrow) => narrow.into(),
        Err(_) => values.to_vec().into(),
    }
}
