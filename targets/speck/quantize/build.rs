//! The ops of level `quant` for layers in integers.

use std::collections::BTreeMap;

use melior::ir::{Location, Type, Value};
use ndarray::ArrayD;
use nirc_dialects::{
    finding::Finding,
    ir::{Builder, DenseTensor, body, fused_location},
    quant::{Compare, Decay, EventTiming, MembraneOverflow, Op, Overflow, Reset, Rounding, Signal},
    tensor::Tensor,
};
use nirc_passes::{Lowering, Parameter};

use super::{
    layer::{Joined, Layer},
    network::{Network, Source},
    scale::Integers,
};

/// Events that the host sends for an element in a step at most.
pub const MAX_INPUT_SPIKES: i64 = 65535;
/// Spikes of a neuron in a step at most; on the chip it spikes at every event.
pub const MAX_SPIKES: i64 = 65536;
/// Where sums end that the chip adds up one by one.
pub const WIDE: i64 = 1 << 30;

/// What a value of the new module is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Input(usize),
    Spikes(usize),
}

/// Appends the ops to the module, beside the old ones.
pub fn build<'c>(
    network: &Network<'c>,
    layers: &[Layer<'c>],
    integers: &[Integers],
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let context = lowering.context;
    let signal = |signal: Signal| signal.to_type(context);
    let spikes = |shape: &[usize]| signal(Signal::Spikes(shape.to_vec()));
    let mut builder: Builder<'c, '_, Key> = Builder::new(context, block);
    for (index, input) in network.inputs.iter().enumerate() {
        let op = Op::Input {
            max_spikes: MAX_INPUT_SPIKES,
        };
        let value = builder.value(&op, &[], spikes(&input.shape)?, input.location)?;
        builder.define(Key::Input(index), value);
    }
    let mut written = Written::default();
    for (p, (layer, integers)) in layers.iter().zip(integers).enumerate() {
        let population = &network.populations[p];
        let mut operands = Vec::new();
        for (i, source) in layer.sources.iter().enumerate() {
            let (value, shape) = match source.source {
                Source::Input(input) => {
                    let shape = network.inputs[input].shape.clone();
                    (builder.lookup(&Key::Input(input), spikes(&shape)?)?, shape)
                }
                Source::Population(source) => {
                    let map = network.populations[source].map;
                    (
                        builder.lookup(&Key::Spikes(source), spikes(&map)?)?,
                        map.to_vec(),
                    )
                }
            };
            let location = fused_location(lowering.context, &source.locations, population.location);
            let unpooled = unpooled(source, &shape);
            let value = reshaped(&mut builder, value, &shape, &unpooled, location, &spikes)?;
            let value = pooled(
                &mut builder,
                value,
                source.pool,
                &source.input,
                location,
                &spikes,
            )?;
            let weights = written.weights(network, layer, integers, i, lowering);
            let op = convolution(layer, integers, i, weights, lowering);
            let events = signal(Signal::Events(layer.map.to_vec()))?;
            operands.push(builder.value(&op, &[value], events, location)?);
        }
        let op = neuron(layer, integers, lowering);
        let value = builder.value(&op, &operands, spikes(&layer.map)?, population.location)?;
        builder.define(Key::Spikes(p), value);
    }
    for output in &network.outputs {
        let map = network.populations[output.population].map;
        let value = builder.lookup(&Key::Spikes(output.population), spikes(&map)?)?;
        let [channels, rows, columns] = map;
        let to = [channels, rows / output.pool[0], columns / output.pool[1]];
        let location = output.location;
        let value = pooled(&mut builder, value, output.pool, &to, location, &spikes)?;
        let value = reshaped(&mut builder, value, &to, &output.shape, location, &spikes)?;
        builder.emit(&Op::Output {}, &[value], &[], location)?;
    }
    Ok(())
}

/// The shape of what a source gives before its pool. Rows and columns that the pool leaves over belong to
/// it, so an input's shape is kept where it is a map already.
pub(super) fn unpooled(source: &Joined<'_>, shape: &[usize]) -> Vec<usize> {
    let [channels, rows, columns] = source.input;
    match super::map::map_shape(shape) {
        Some(map)
            if map[0] == channels
                && map[1] / source.pool[0] == rows
                && map[2] / source.pool[1] == columns =>
        {
            map.to_vec()
        }
        _ => vec![channels, rows * source.pool[0], columns * source.pool[1]],
    }
}

type Make<'f, 'c> = &'f dyn Fn(&[usize]) -> Result<Type<'c>, Finding>;

fn reshaped<'c, 'a>(
    builder: &mut Builder<'c, 'a, Key>,
    value: Value<'c, 'a>,
    from: &[usize],
    to: &[usize],
    location: Location<'c>,
    spikes: Make<'_, 'c>,
) -> Result<Value<'c, 'a>, Finding> {
    if from == to {
        return Ok(value);
    }
    builder.value(&Op::Reshape {}, &[value], spikes(to)?, location)
}

fn pooled<'c, 'a>(
    builder: &mut Builder<'c, 'a, Key>,
    value: Value<'c, 'a>,
    pool: [usize; 2],
    to: &[usize],
    location: Location<'c>,
    spikes: Make<'_, 'c>,
) -> Result<Value<'c, 'a>, Finding> {
    if pool == [1, 1] {
        return Ok(value);
    }
    let side = pool.map(|p| p as i64).to_vec();
    let op = Op::Pool {
        kernel_size: side.clone(),
        stride: side,
        padding: vec![0; 4],
    };
    builder.value(&op, &[value], spikes(to)?, location)
}

/// Weights that stand in the store already, so that equal ones are held once: two sources whose sum goes
/// through one convolution have the same.
#[derive(Default)]
struct Written<'c>(BTreeMap<usize, Vec<(usize, DenseTensor<'c>)>>);

impl<'c> Written<'c> {
    fn weights(
        &mut self,
        network: &Network<'c>,
        layer: &Layer<'c>,
        integers: &Integers,
        index: usize,
        lowering: &mut Lowering<'c, '_, '_>,
    ) -> DenseTensor<'c> {
        // The layers are told apart by where their integers lie.
        let own = self
            .0
            .entry(std::ptr::from_ref(integers) as usize)
            .or_default();
        let weights = &integers.weights[index];
        let known = own.iter().find(|(i, _)| integers.weights[*i] == *weights);
        if let Some((_, known)) = known {
            return *known;
        }
        let source = network.source_name(layer.sources[index].source);
        let key = format!("quant.{}.{source}.weight", layer.name);
        let tensor: ArrayD<i8> = weights.clone().into_dyn();
        let written = lowering
            .tensors
            .attribute(lowering.context, &key, tensor.into());
        own.push((index, written));
        written
    }
}

fn convolution<'c>(
    layer: &Layer<'c>,
    integers: &Integers,
    index: usize,
    weight: DenseTensor<'c>,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let axes = layer.geometry.axes;
    let gains: Vec<f64> = (integers.scale.iter().enumerate())
        .map(|(f, scale)| scale * layer.neuron.gain.get(f))
        .collect();
    let key = format!("quant.{}.weight_scale", layer.name);
    let scale = per_channel(gains, &key, lowering);
    Op::Convolution {
        weight,
        stride: axes.map(|axis| axis.stride as i64).to_vec(),
        padding: axes
            .iter()
            .flat_map(|axis| [axis.padding as i64; 2])
            .collect(),
        dilation: vec![1, 1],
        groups: 1,
        shift: 0,
        scale,
        relative_error: integers.errors[index],
    }
}

/// A number for each channel; one if they are equal.
fn per_channel<'c>(
    values: Vec<f64>,
    key: &str,
    lowering: &mut Lowering<'c, '_, '_>,
) -> DenseTensor<'c> {
    let count = values.len();
    let parameter = Parameter::each(values);
    let shape = if parameter.shared().is_some() {
        1
    } else {
        count
    };
    parameter.attribute(lowering.context, lowering.tensors, key, &[shape])
}

fn neuron<'c>(
    layer: &Layer<'c>,
    integers: &Integers,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let shape = layer.map;
    let pixels = shape[1] * shape[2];
    let name = &layer.name;
    let uniform = |value: i64, lowering: &mut Lowering<'c, '_, '_>, what: &str| {
        let tensor = match i16::try_from(value) {
            Ok(small) => Tensor::from(vec![small]),
            Err(_) => Tensor::from(vec![value]),
        };
        match DenseTensor::inline(lowering.context, &tensor, &shape) {
            Some(attribute) => attribute,
            None => {
                let key = format!("quant.{name}.{what}");
                lowering.tensors.attribute(lowering.context, &key, tensor)
            }
        }
    };
    let decay_syn = uniform(0, lowering, "decay_syn");
    let decay_mem = uniform(1, lowering, "decay_mem");
    let threshold = uniform(integers.threshold.into(), lowering, "threshold");
    let v_reset = layer
        .neuron
        .to_zero
        .then(|| uniform(0, lowering, "v_reset"));
    let bias = integers.bias.iter().any(|b| *b != 0).then(|| {
        let every = |f: &i32| std::iter::repeat_n(*f, pixels);
        let values: Vec<i32> = integers.bias.iter().flat_map(every).collect();
        let tensor = ArrayD::from_shape_vec(ndarray::IxDyn(&shape), values)
            .map_or_else(|_| Tensor::from(integers.bias.clone()), Tensor::from);
        let key = format!("quant.{name}.bias");
        lowering.tensors.attribute(lowering.context, &key, tensor)
    });
    let scale = Parameter::each(
        (integers.scale.iter())
            .flat_map(|scale| std::iter::repeat_n(*scale, pixels))
            .collect(),
    );
    let scale = scale.attribute(
        lowering.context,
        lowering.tensors,
        &format!("quant.{name}.scale"),
        &shape,
    );
    Op::Neuron {
        event_timing: EventTiming::AfterDecay,
        decay: Decay::Multiply,
        decay_syn,
        decay_mem,
        decay_bits: Some(0),
        rounding: Some(Rounding::TowardZero),
        current_range: vec![-WIDE, WIDE],
        current_overflow: Overflow::Saturate,
        membrane_range: vec![integers.low.into(), WIDE],
        membrane_overflow: MembraneOverflow::Saturate,
        bias,
        compare: Compare::GreaterOrEqual,
        threshold,
        reset: if layer.neuron.to_zero {
            Reset::Value
        } else {
            Reset::Subtract
        },
        v_reset,
        max_spikes: MAX_SPIKES,
        scale,
        decay_error: 0.0,
    }
}
