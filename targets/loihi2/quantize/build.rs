//! The ops of level `quant`.

use melior::ir::{Location, Type, Value};
use ndarray::{Array2, ArrayD, IxDyn};
use nirc_dialects::{
    finding::Finding,
    ir::{Builder, DenseTensor, body, fused_location, node_location},
    quant::{self, Op, Signal},
    tensor::Tensor,
};
use nirc_passes::{
    Lowering, Parameter,
    connections::{Network, Source, Timing},
};

use super::{
    integers::{Integer, Integers, Reset, Table},
    weights::{Form, Weights},
};
use crate::loihi2::arithmetic::{CURRENT_RANGE, DECAY_BITS, MEMBRANE_RANGE, SHIFT};

/// What a value of the new module is.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The spikes of a source.
    Spikes(Source),
    /// So many steps later.
    Later(Source, usize),
    /// And in another shape.
    Shaped(Source, usize, Vec<usize>),
}

type Ops<'c, 'a> = Builder<'c, 'a, Key>;

/// Appends the ops to the module, beside the old ones.
pub fn build<'c>(
    network: &Network<'c>,
    populations: &[(Form, Integers)],
    timing: &Timing,
    message_bits: &[u32],
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Ops<'c, '_> = Builder::new(lowering.context, block);
    for (index, input) in network.inputs.iter().enumerate() {
        let shape = spikes(lowering, &input.shape)?;
        let max_spikes = (1i64 << message_bits[index].max(1)) - 1;
        let value = builder.value(&Op::Input { max_spikes }, &[], shape, input.location)?;
        builder.define(Key::Spikes(Source::Input(index)), value);
    }
    for (index, (form, integers)) in populations.iter().enumerate() {
        let population = &network.populations[index];
        let first = network.connections.partition_point(|c| c.target < index);
        let mut operands = Vec::new();
        let connections = network.connections_to(index).iter().enumerate();
        for (((at, connection), weights), table) in
            connections.zip(&form.weights).zip(&integers.tables)
        {
            let location =
                fused_location(lowering.context, &connection.locations, population.location);
            let wanted = match weights {
                Weights::Kernel(kernel) => kernel.input.clone(),
                Weights::Columns(columns) => vec![columns.sources()],
            };
            let ticks = timing.ticks[first + at];
            let taken = taken(
                &mut builder,
                network,
                connection.source,
                ticks,
                &wanted,
                lowering,
            )?;
            let key = format!(
                "quant.{}.{}",
                population.name,
                network.source_name(connection.source)
            );
            let op = table_op(&key, form, weights, table, lowering);
            let events = events(lowering, &integers.shape)?;
            operands.push(builder.value(&op, &[taken], events, location)?);
        }
        if let (Some(shape), Some(weights), Some(table)) =
            (&form.driven_by, form.weights.last(), integers.tables.last())
        {
            let location = node_location(lowering.context, &format!("{}.bias", population.name));
            let own = spikes(lowering, shape)?;
            let source = builder.value(&driving(shape, lowering), &[], own, location)?;
            let register = Op::Register {
                steps: timing.late[index].max(1) as i64,
            };
            let taken = builder.value(&register, &[source], own, location)?;
            let key = format!("quant.{}.bias", population.name);
            let op = table_op(&key, form, weights, table, lowering);
            let events = events(lowering, &integers.shape)?;
            operands.push(builder.value(&op, &[taken], events, location)?);
        }
        for (number, reset) in integers.resets.iter().enumerate() {
            let own = Source::Population(index);
            let taken = taken(&mut builder, network, own, 1, &integers.shape, lowering)?;
            let key = format!("quant.{}.reset{number}", population.name);
            let op = reset_op(&key, form, reset, lowering);
            let events = events(lowering, &integers.shape)?;
            operands.push(builder.value(&op, &[taken], events, population.location)?);
        }
        let op = neuron(&population.name, integers, lowering);
        let own = spikes(lowering, &integers.shape)?;
        let value = builder.value(&op, &operands, own, population.location)?;
        let value = shaped(
            &mut builder,
            value,
            &integers.shape,
            &population.shape,
            population.location,
            lowering,
        )?;
        builder.define(Key::Spikes(Source::Population(index)), value);
    }
    for output in &network.outputs {
        let population = &network.populations[output.population];
        let r#type = spikes(lowering, &population.shape)?;
        let value = builder.lookup(&Key::Spikes(Source::Population(output.population)), r#type)?;
        let value = shaped(
            &mut builder,
            value,
            &population.shape,
            &output.shape,
            output.location,
            lowering,
        )?;
        builder.emit(&Op::Output {}, &[value], &[], output.location)?;
        if output.steps > 0 {
            lowering.findings.push(
                Finding::note(
                    "loihi2-output-delay",
                    "spikes leave when they do in the model",
                    format!(
                        "they leave {} steps earlier than in the model",
                        output.steps
                    ),
                )
                .at(&output.name)
                .why("what is read from the chip has no delay"),
            );
        }
    }
    Ok(())
}

/// The spikes of a source, delayed and in the shape that is wanted.
fn taken<'c, 'a>(
    builder: &mut Ops<'c, 'a>,
    network: &Network<'c>,
    source: Source,
    ticks: usize,
    wanted: &[usize],
    lowering: &Lowering<'c, '_, '_>,
) -> Result<Value<'c, 'a>, Finding> {
    let shape = network.source_shape(source);
    let location = match source {
        Source::Input(input) => network.inputs[input].location,
        Source::Population(population) => network.populations[population].location,
    };
    let r#type = spikes(lowering, shape)?;
    let later = Key::Later(source, ticks);
    let value = match builder.known(&later) {
        Some(value) => value,
        None => {
            let now = builder.lookup(&Key::Spikes(source), r#type)?;
            let register = Op::Register {
                steps: ticks as i64,
            };
            let value = builder.value(&register, &[now], r#type, location)?;
            builder.define(later, value);
            value
        }
    };
    if wanted == shape {
        return Ok(value);
    }
    let key = Key::Shaped(source, ticks, wanted.to_vec());
    if let Some(value) = builder.known(&key) {
        return Ok(value);
    }
    let value = shaped(builder, value, shape, wanted, location, lowering)?;
    builder.define(key, value);
    Ok(value)
}

/// `value` in another shape; itself if it has that.
fn shaped<'c, 'a>(
    builder: &mut Ops<'c, 'a>,
    value: Value<'c, 'a>,
    shape: &[usize],
    wanted: &[usize],
    location: Location<'c>,
    lowering: &Lowering<'c, '_, '_>,
) -> Result<Value<'c, 'a>, Finding> {
    if shape == wanted {
        return Ok(value);
    }
    let r#type = spikes(lowering, wanted)?;
    builder.value(&Op::Reshape {}, &[value], r#type, location)
}

fn spikes<'c>(lowering: &Lowering<'c, '_, '_>, shape: &[usize]) -> Result<Type<'c>, Finding> {
    Signal::Spikes(shape.to_vec()).to_type(lowering.context)
}

fn events<'c>(lowering: &Lowering<'c, '_, '_>, shape: &[usize]) -> Result<Type<'c>, Finding> {
    Signal::Events(shape.to_vec()).to_type(lowering.context)
}

/// The op of a connection's weights.
fn table_op<'c>(
    key: &str,
    form: &Form,
    weights: &Weights,
    table: &Table,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let scale = Parameter::each(table.scale.clone()).attribute(
        lowering.context,
        lowering.tensors,
        &format!("{key}.scale"),
        &[form.units],
    );
    let weight: Tensor = match &table.weight {
        Integer::Table(table) => table.clone().into_dyn().into(),
        Integer::Kernel(kernel) => kernel.clone().into(),
    };
    let weight = lowering
        .tensors
        .attribute(lowering.context, &format!("{key}.weight"), weight);
    let shift = SHIFT + i64::from(table.exponent);
    let relative_error = table.relative_error;
    match weights {
        Weights::Columns(_) => Op::Linear {
            weight,
            shift,
            scale,
            relative_error,
        },
        Weights::Kernel(kernel) => Op::Convolution {
            weight,
            stride: kernel.stride.clone(),
            padding: kernel.padding.clone(),
            dilation: kernel.dilation.clone(),
            groups: kernel.groups as i64,
            shift,
            scale,
            relative_error,
        },
    }
}

/// The op of a connection of each neuron to itself.
fn reset_op<'c>(
    key: &str,
    form: &Form,
    reset: &Reset,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Op<'c> {
    let one = Parameter::uniform(1.0);
    let scale = one.attribute(
        lowering.context,
        lowering.tensors,
        &format!("{key}.scale"),
        &[form.units],
    );
    let shift = SHIFT + i64::from(reset.exponent);
    let key = format!("{key}.weight");
    let dimensions = form.shape.len() - 1;
    if dimensions == 0 {
        let table = Array2::from_diag(&ndarray::Array1::from_vec(reset.weight.clone()));
        let weight = Tensor::from(table.into_dyn());
        return Op::Linear {
            weight: lowering.tensors.attribute(lowering.context, &key, weight),
            shift,
            scale,
            relative_error: 0.0,
        };
    }
    let mut shape = vec![form.units, 1];
    shape.resize(2 + dimensions, 1);
    let weight = match ArrayD::from_shape_vec(IxDyn(&shape), reset.weight.clone()) {
        Ok(kernel) => Tensor::from(kernel),
        Err(_) => Tensor::from(reset.weight.clone()),
    };
    Op::Convolution {
        weight: lowering.tensors.attribute(lowering.context, &key, weight),
        stride: vec![1; dimensions],
        padding: vec![0; 2 * dimensions],
        dilation: vec![1; dimensions],
        groups: form.units as i64,
        shift,
        scale,
        relative_error: 0.0,
    }
}

/// Neurons that spike in every step.
fn driving<'c>(shape: &[usize], lowering: &mut Lowering<'c, '_, '_>) -> Op<'c> {
    let count: usize = shape.iter().product();
    let integers = Integers {
        shape: shape.to_vec(),
        tables: Vec::new(),
        resets: Vec::new(),
        current: vec![0; count],
        membrane: vec![0; count],
        threshold: vec![0; count],
        bias: vec![1 << SHIFT; count],
        scale: vec![1.0; count],
        decay_error: 0.0,
    };
    neuron("bias", &integers, lowering)
}

fn neuron<'c>(name: &str, integers: &Integers, lowering: &mut Lowering<'c, '_, '_>) -> Op<'c> {
    let shape = &integers.shape;
    let mut table = |of: &str, values: &[i32]| -> DenseTensor<'c> {
        let key = format!("quant.{name}.{of}");
        if let Some((first, rest)) = values.split_first()
            && rest.iter().all(|x| x == first)
            && let Some(inline) =
                DenseTensor::inline(lowering.context, &Tensor::from(vec![*first]), shape)
        {
            return inline;
        }
        let tensor = ArrayD::from_shape_vec(IxDyn(shape), values.to_vec());
        let tensor = tensor.map_or_else(|_| Tensor::from(values.to_vec()), Tensor::from);
        lowering.tensors.attribute(lowering.context, &key, tensor)
    };
    let decay_syn = table("decay_syn", &integers.current);
    let decay_mem = table("decay_mem", &integers.membrane);
    let threshold = table("threshold", &integers.threshold);
    let v_reset = table("v_reset", &vec![0; integers.threshold.len()]);
    let bias = integers.bias.iter().any(|b| *b != 0);
    let bias = bias.then(|| table("bias", &integers.bias));
    let key = format!("quant.{name}.scale");
    let scale = Parameter::each(integers.scale.clone());
    Op::Neuron {
        event_timing: quant::EventTiming::AfterDecay,
        decay: quant::Decay::Multiply,
        decay_syn,
        decay_mem,
        decay_bits: Some(DECAY_BITS),
        rounding: Some(quant::Rounding::TowardZero),
        current_range: CURRENT_RANGE.to_vec(),
        current_overflow: quant::Overflow::Wrap,
        membrane_range: MEMBRANE_RANGE.to_vec(),
        membrane_overflow: quant::MembraneOverflow::Saturate,
        bias,
        compare: quant::Compare::Greater,
        threshold,
        reset: quant::Reset::Value,
        v_reset: Some(v_reset),
        max_spikes: 1,
        scale: scale.attribute(lowering.context, lowering.tensors, &key, shape),
        decay_error: integers.decay_error,
    }
}
