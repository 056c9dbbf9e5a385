//! The ops of level `quant` for a network in integers.

use melior::ir::{Location, Type, Value};
use ndarray::{Array2, ArrayD};
use nirc_dialects::{
    finding::Finding,
    ir::{Builder, DenseTensor, body, fused_location},
    quant::{self, Op, Signal},
    tensor::Tensor,
};
use nirc_passes::{
    Lowering, Parameter,
    connections::{Connection, Network, Source, Timing, product},
    relative_error,
};

use super::{integers::Integers, scale::Weights};
use crate::spinnaker2::application::Reset;

/// A table of more weights than this is not written out.
const MOST_TABLE: usize = 1 << 28;

/// What a value of the new module is.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The spikes of a source.
    Spikes(Source),
    /// So many ticks later.
    Later(Source, usize),
    /// And in another shape.
    Shaped(Source, usize, Vec<usize>),
    /// And pooled in windows of a size.
    Pooled(Source, usize, Vec<usize>, Vec<i64>),
}

type Ops<'c, 'a> = Builder<'c, 'a, Key>;

/// Appends the ops to the module, beside the old ones.
pub fn build<'c>(
    network: &Network<'c>,
    populations: &[Integers],
    timing: &Timing,
    counts: &[usize],
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let mut builder: Ops<'c, '_> = Builder::new(lowering.context, block);
    for (index, input) in network.inputs.iter().enumerate() {
        let op = Op::Input {
            max_spikes: counts[index] as i64,
        };
        let shape = spikes(lowering, &input.shape)?;
        let value = builder.value(&op, &[], shape, input.location)?;
        builder.define(Key::Spikes(Source::Input(index)), value);
    }
    for (index, integers) in populations.iter().enumerate() {
        let population = &network.populations[index];
        let first = network.connections.partition_point(|c| c.target < index);
        let mut operands = Vec::new();
        let connections = network.connections_to(index).iter().enumerate();
        for ((at, connection), weights) in connections.zip(&integers.weights) {
            let location =
                fused_location(lowering.context, &connection.locations, population.location);
            let ticks = timing.ticks[first + at];
            let taken = taken(&mut builder, network, connection, weights, ticks, lowering)?;
            let op = table(network, connection, weights, integers, lowering)?;
            let events = events(lowering, &integers.shape)?;
            operands.push(builder.value(&op, &[taken], events, location)?);
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
                    "s2-output-delay",
                    "spikes leave when they do in the model",
                    format!(
                        "they leave {} steps earlier than in the model",
                        output.steps
                    ),
                )
                .at(&output.name)
                .why("a recording has no delay"),
            );
        }
    }
    Ok(())
}

/// The spikes that a connection takes: delayed, and for a kernel in its shape and pooled.
fn taken<'c, 'a>(
    builder: &mut Ops<'c, 'a>,
    network: &Network<'c>,
    connection: &Connection<'c>,
    weights: &Weights,
    ticks: usize,
    lowering: &Lowering<'c, '_, '_>,
) -> Result<Value<'c, 'a>, Finding> {
    let (source, shape) = (connection.source, network.source_shape(connection.source));
    let location = match connection.source {
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
    let wanted = match weights {
        Weights::Kernel(kernel) => kernel.taken().to_vec(),
        Weights::Columns(columns) => vec![columns.sources()],
    };
    let value = match wanted == shape {
        true => value,
        false => {
            let key = Key::Shaped(source, ticks, wanted.clone());
            match builder.known(&key) {
                Some(value) => value,
                None => {
                    let value = shaped(builder, value, shape, &wanted, location, lowering)?;
                    builder.define(key, value);
                    value
                }
            }
        }
    };
    let Weights::Kernel(kernel) = weights else {
        return Ok(value);
    };
    let Some((_, size)) = &kernel.pool else {
        return Ok(value);
    };
    let key = Key::Pooled(source, ticks, wanted, size.clone());
    if let Some(value) = builder.known(&key) {
        return Ok(value);
    }
    let pool = Op::Pool {
        kernel_size: size.clone(),
        stride: size.clone(),
        padding: vec![0; 2 * size.len()],
    };
    let r#type = spikes(lowering, &kernel.input)?;
    let location = fused_location(lowering.context, &connection.locations, location);
    let value = builder.value(&pool, &[value], r#type, location)?;
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
fn table<'c>(
    network: &Network<'c>,
    connection: &Connection<'c>,
    weights: &Weights,
    integers: &Integers,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<Op<'c>, Finding> {
    let name = &network.populations[connection.target].name;
    let source = network.source_name(connection.source);
    let key = format!("quant.{name}.{source}");
    let scale = Parameter::each(integers.factors.clone());
    let scale = scale.attribute(
        lowering.context,
        lowering.tensors,
        &format!("{key}.scale"),
        &[integers.factors.len()],
    );
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let mut integer = |unit: usize, weight: f64| {
        let factor = integers.factors[unit];
        let integer = integers.rounding.integer(weight, factor);
        pairs.push((weight * factor, f64::from(integer)));
        integer
    };
    let weight: Tensor = match weights {
        Weights::Columns(columns) => {
            let shape = (columns.targets(), columns.sources());
            let most = shape.0.saturating_mul(shape.1);
            if most > MOST_TABLE {
                return Err(Finding::error(
                    "s2-op",
                    "every op has a form on the chip",
                    format!(
                        "the connection from `{source}` is no convolution, and its table would have \
                         {most} weights"
                    ),
                )
                .at(name)
                .fix("connect the layers by a convolution, or make them smaller"));
            }
            let mut table = Array2::<i8>::zeros(shape);
            for source in 0..columns.sources() {
                for (target, weight) in columns.column(source) {
                    table[[*target as usize, source]] = integer(*target as usize, *weight);
                }
            }
            table.into_dyn().into()
        }
        Weights::Kernel(kernel) => {
            let of_channel = (kernel.weight.len() / kernel.weight.shape()[0].max(1)).max(1);
            let each = kernel.weight.iter().enumerate();
            let whole: Vec<i8> = each.map(|(n, w)| integer(n / of_channel, *w)).collect();
            let shape = ndarray::IxDyn(kernel.weight.shape());
            ArrayD::from_shape_vec(shape, whole)
                .map_err(|e| Finding::error("ir-shape", "a kernel has a shape", e.to_string()))?
                .into()
        }
    };
    let weight = lowering
        .tensors
        .attribute(lowering.context, &format!("{key}.weight"), weight);
    let relative_error = relative_error(pairs.into_iter());
    Ok(match weights {
        Weights::Columns(_) => Op::Linear {
            weight,
            shift: 0,
            scale,
            relative_error,
        },
        Weights::Kernel(kernel) => Op::Convolution {
            weight,
            stride: kernel.stride.clone(),
            padding: kernel.padding.clone(),
            dilation: kernel.dilation.clone(),
            groups: kernel.groups as i64,
            shift: 0,
            scale,
            relative_error,
        },
    })
}

fn neuron<'c>(name: &str, integers: &Integers, lowering: &mut Lowering<'c, '_, '_>) -> Op<'c> {
    let count = product(&integers.shape);
    let shape = &integers.shape;
    let mut floats = |of: &str, values: &[f32]| -> DenseTensor<'c> {
        let key = format!("quant.{name}.{of}");
        let uniform = values
            .split_first()
            .filter(|(first, rest)| rest.iter().all(|x| x == *first));
        if let Some((first, _)) = uniform
            && let Some(inline) =
                DenseTensor::inline(lowering.context, &Tensor::from(vec![*first]), shape)
        {
            return inline;
        }
        let tensor = ArrayD::from_shape_vec(ndarray::IxDyn(shape), values.to_vec());
        let tensor = tensor.map_or_else(|_| Tensor::from(values.to_vec()), Tensor::from);
        lowering.tensors.attribute(lowering.context, &key, tensor)
    };
    let set = |values: &[f32]| values.iter().any(|x| *x != 0.0);
    let [decay_excitatory, decay_inhibitory] = ["decay_excitatory", "decay_inhibitory"].map(|of| {
        let keeps = integers.synaptic.as_ref()?;
        Some(floats(of, keeps))
    });
    let decay_mem = floats("decay_mem", &integers.membrane);
    let bias = set(&integers.offset).then(|| floats("bias", &integers.offset));
    let threshold = floats("threshold", &integers.threshold);
    let (reset, v_reset) = match integers.reset {
        Reset::BySubtraction => (quant::Reset::Subtract, None),
        Reset::ToValue => {
            let v_reset = floats("v_reset", &integers.reset_value);
            (quant::Reset::Value, Some(v_reset))
        }
    };
    let v_initial = set(&integers.initial).then(|| floats("v_initial", &integers.initial));
    let scale = Parameter::each(integers.scale.clone());
    Op::FloatNeuron {
        decay_excitatory,
        decay_inhibitory,
        decay_mem,
        bias,
        threshold,
        reset,
        v_reset,
        v_initial,
        scale: scale.attribute(
            lowering.context,
            lowering.tensors,
            &format!("quant.{name}.scale"),
            &[count],
        ),
    }
}
