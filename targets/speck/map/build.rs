//! The ops of level `hw` for placed units.

use std::collections::BTreeMap;

use melior::ir::{Location, Value};
use ndarray::{Array4, Axis, s};
use nirc_dialects::{
    finding::Finding,
    hw::Op,
    ir::{Builder, DenseTensor, body},
    tensor::Tensor,
};
use nirc_passes::{Lowering, Parameter};

use super::{
    Assignment, Unit,
    options::Settings,
    read::{From, Layer, Network},
};
use crate::speck::chip::{Chip, READOUT};

/// Where a unit stands and which channels it has.
#[derive(Clone, Copy)]
struct Part {
    core: i64,
    first: usize,
    count: usize,
}

/// A place that a layer's spikes have to reach.
#[derive(Clone, Copy)]
struct Target {
    core: i64,
    /// The channel that the layer's first channel has there.
    base: usize,
    pool: usize,
}

/// Appends the ops to the module, beside the old ones.
pub fn build<'c>(
    network: &Network<'c>,
    assignment: &Assignment,
    settings: &Settings,
    chip: &Chip,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<(), Finding> {
    let block = body(lowering.module)
        .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
    let unknown = Location::unknown(lowering.context);
    let mut builder: Builder<'c, '_, ()> = Builder::new(lowering.context, block);
    let mut emit = |op: &Op<'c>, location: Location<'c>| {
        let none: [Value<'c, '_>; 0] = [];
        builder.emit(op, &none, &[], location).map(drop)
    };
    let part = Op::Chip {
        part: chip.name.to_owned(),
    };
    emit(&part, unknown)?;
    if let Some(synaptic_operations) = settings.limit {
        emit(
            &Op::Limit {
                synaptic_operations,
            },
            unknown,
        )?;
    }
    let mut parts: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    let mut relays: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    for (unit, core) in &assignment.units {
        let core = *core as i64;
        match *unit {
            Unit::Part {
                layer,
                first,
                count,
            } => parts.entry(layer).or_default().push(Part {
                core,
                first: first as usize,
                count: count as usize,
            }),
            Unit::Relay { layer, .. } => relays.entry(layer).or_default().push(core),
        }
    }
    inputs(network, &parts, settings, &mut emit)?;
    for (index, layer) in network.layers.iter().enumerate() {
        let own = parts.get(&index).cloned().unwrap_or_default();
        let read_out =
            settings.readout.is_some() && network.outputs.iter().any(|o| o.layer == index);
        let step = if read_out {
            chip.readout_channel_step.value as usize
        } else {
            1
        };
        let is_output = network.outputs.iter().any(|o| o.layer == index);
        let monitor = is_output || settings.monitor_all;
        for (number, part) in own.iter().enumerate() {
            if layer.relays {
                let op = Op::RelayCore {
                    core: part.core,
                    map: layer.map.map(|n| n as i64).to_vec(),
                };
                emit(&op, layer.location)?;
                continue;
            }
            let number = (own.len() > 1).then_some(number);
            let op = core(layer, part, number, step, monitor, lowering)?;
            emit(&op, layer.location)?;
        }
        let mut targets = Vec::new();
        if read_out {
            targets.push(Target {
                core: READOUT,
                base: 0,
                pool: 1,
            });
        }
        for (consumer, other) in network.layers.iter().enumerate() {
            for link in other.links.iter().filter(|l| l.from == From::Layer(index)) {
                for part in parts.get(&consumer).into_iter().flatten() {
                    targets.push(Target {
                        core: part.core,
                        base: link.base,
                        pool: link.pool[0],
                    });
                }
            }
        }
        let own_relays = relays.get(&index).cloned().unwrap_or_default();
        let pool = network.relay_pool(index);
        for relay in &own_relays {
            let [channels, rows, columns] = layer.map;
            let map = [channels, rows / pool, columns / pool].map(|n| n as i64);
            let op = Op::RelayCore {
                core: *relay,
                map: map.to_vec(),
            };
            emit(&op, layer.location)?;
        }
        for route in routes(&own, &targets, &own_relays, pool) {
            emit(&route, layer.location)?;
        }
    }
    if let Some(mode) = settings.readout {
        let op = Op::Readout {
            mode,
            threshold: settings.readout_threshold,
        };
        emit(&op, unknown)?;
    }
    for output in &network.outputs {
        let op = Op::Result {
            population: network.layers[output.layer].name.clone(),
            pooling: output.pool.map(|p| p as i64).to_vec(),
        };
        emit(&op, output.location)?;
    }
    Ok(())
}

/// What the host or the sensor sends, and where.
fn inputs<'c>(
    network: &Network<'c>,
    parts: &BTreeMap<usize, Vec<Part>>,
    settings: &Settings,
    emit: &mut impl FnMut(&Op<'c>, Location<'c>) -> Result<(), Finding>,
) -> Result<(), Finding> {
    for (index, input) in network.inputs.iter().enumerate() {
        let mut entries = Vec::new();
        for (consumer, layer) in network.layers.iter().enumerate() {
            for link in layer.links.iter().filter(|l| l.from == From::Input(index)) {
                let cores = parts.get(&consumer).into_iter().flatten();
                entries.extend(cores.map(|part| (part.core, link)));
            }
        }
        let Some(sensor) = &settings.sensor else {
            for (core, link) in entries {
                let op = Op::HostEvents {
                    core,
                    channel_shift: link.base as i64,
                    map: link.sent.map(|n| n as i64).to_vec(),
                    pooling: link.pool.map(|n| n as i64).to_vec(),
                };
                emit(&op, input.location)?;
            }
            continue;
        };
        let refuse = |what: String, fix: &'static str| {
            let rule = "a model's input is what the sensor can send";
            Finding::error("speck-sensor-input", rule, what)
                .at(input.name.as_str())
                .fix(fix)
        };
        let Some((_, first)) = entries.first() else {
            continue;
        };
        let alike = entries
            .iter()
            .all(|(_, l)| (l.sent, l.pool, l.base) == (first.sent, first.pool, 0));
        if network.inputs.len() > 1 || !alike {
            return Err(refuse(
                "the sensor is one input, with one map and one pool for all that take it"
                    .to_owned(),
                "let the host send the events (--map input=host)",
            ));
        }
        let [channels, rows, columns] = first.sent;
        if channels > 2 {
            return Err(refuse(
                format!("it has {channels} channels; the sensor has 2, or 1 with both merged"),
                "train with the sensor's polarities as channels",
            ));
        }
        if sensor.swap && rows != columns {
            return Err(refuse(
                format!(
                    "{columns} columns and {rows} rows are to be swapped; samna takes squares only"
                ),
                "crop the input to a square, or leave out --map sensor-swap",
            ));
        }
        let pixel = [sensor.pooling.x, sensor.pooling.y];
        let pool = [first.pool[1] as i64, first.pool[0] as i64];
        let extents = [columns as i64 / pool[0], rows as i64 / pool[1]];
        let origin = [sensor.origin.x, sensor.origin.y];
        let total = [pixel[0] * pool[0], pixel[1] * pool[1]];
        if let Some(axis) = [0, 1].into_iter().find(|a| origin[*a] % pool[*a] != 0) {
            return Err(refuse(
                format!(
                    "its origin {origin:?} is no multiple of its pool {}",
                    pool[axis]
                ),
                "choose an origin that is",
            ));
        }
        let op = Op::Sensor {
            targets: entries.iter().map(|(core, _)| *core).collect(),
            pooling: total.to_vec(),
            origin: [origin[0] * pixel[0], origin[1] * pixel[1]].to_vec(),
            size: [extents[0] * total[0], extents[1] * total[1]].to_vec(),
            merge: channels == 1,
            on: sensor.on,
            off: sensor.off,
            mirror_columns: sensor.mirror.x,
            mirror_rows: sensor.mirror.y,
            swap: sensor.swap,
        };
        emit(&op, input.location)?;
    }
    Ok(())
}

/// The routes of a layer's parts and relays. With more targets than a core has destinations, the parts send
/// to the first and to a relay; each relay sends to one more and to the next relay.
fn routes<'c>(
    parts: &[Part],
    targets: &[Target],
    relays: &[i64],
    relay_pool: usize,
) -> Vec<Op<'c>> {
    let mut routes = Vec::new();
    let mut send = |core: i64, target: i64, shift: usize, pooling: usize| {
        routes.push(Op::Route {
            core,
            target,
            channel_shift: shift as i64,
            pooling: pooling as i64,
        });
    };
    let direct = match relays.first() {
        None => targets,
        Some(_) => targets.get(..1).unwrap_or_default(),
    };
    for part in parts {
        for target in direct {
            send(
                part.core,
                target.core,
                target.base + part.first,
                target.pool,
            );
        }
        if let Some(relay) = relays.first() {
            send(part.core, *relay, part.first, relay_pool);
        }
    }
    for (i, relay) in relays.iter().enumerate() {
        let last = i + 1 == relays.len();
        let own = if last {
            i + 1..targets.len()
        } else {
            i + 1..i + 2
        };
        for target in targets.get(own).unwrap_or_default() {
            send(
                *relay,
                target.core,
                target.base,
                target.pool / relay_pool.max(1),
            );
        }
        if let Some(next) = relays.get(i + 1) {
            send(*relay, *next, 0, 1);
        }
    }
    routes
}

/// A part of a layer as an op. `number` tells the parts of a split layer apart.
fn core<'c>(
    layer: &Layer<'c>,
    part: &Part,
    number: Option<usize>,
    step: usize,
    monitor: bool,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<Op<'c>, Finding> {
    let name = match number {
        Some(number) => format!("hw.{}.{number}", layer.name),
        None => format!("hw.{}", layer.name),
    };
    let channels = (part.count.max(1) - 1) * step + 1;
    let pixels = (layer.map[1] * layer.map[2]).max(1);
    let weight = weight(layer, part, step, &format!("{name}.weight"), lowering)?;
    let bias = match layer.bias {
        None => None,
        Some(bias) => {
            let all = Parameter::read(lowering.tensors, bias)?;
            let mut own = vec![0_i32; channels];
            for (i, bias) in own.iter_mut().step_by(step).enumerate() {
                *bias = all.get((part.first + i) * pixels) as i32;
            }
            let key = format!("{name}.bias");
            Some(
                lowering
                    .tensors
                    .attribute(lowering.context, &key, Tensor::from(own)),
            )
        }
    };
    let scale = Parameter::read(lowering.tensors, layer.scale)?;
    let scale = match scale.shared() {
        Some(one) => Parameter::uniform(one),
        None => Parameter::each(
            (0..part.count)
                .map(|i| scale.get((part.first + i) * pixels))
                .collect(),
        ),
    };
    let count = if scale.shared().is_some() {
        1
    } else {
        part.count
    };
    let key = format!("{name}.scale");
    let scale = scale.attribute(lowering.context, lowering.tensors, &key, &[count]);
    let events: usize = (layer.links.iter())
        .map(|link| link.sent.iter().product::<usize>())
        .sum();
    let strides = (layer.stride[0] * layer.stride[1]).max(1) as f64;
    let load = events as f64 * part.count as f64 * (layer.side * layer.side) as f64 / strides;
    let [_, rows, columns] = layer.map;
    Ok(Op::ConvolutionCore {
        core: part.core,
        first: part.first as i64,
        step: step as i64,
        input: [layer.inputs, layer.input[0], layer.input[1]]
            .map(|n| n as i64)
            .to_vec(),
        output: [channels, rows, columns].map(|n| n as i64).to_vec(),
        stride: layer.stride.to_vec(),
        padding: layer.padding.to_vec(),
        weight,
        bias,
        threshold: layer.threshold,
        threshold_low: layer.low,
        reset: layer.reset,
        monitor,
        scale,
        relative_error: layer.links.iter().map(|l| l.error).fold(0.0, f64::max),
        load,
    })
}

/// The weights of a part for all sources. Those of a whole layer with one source are not copied.
fn weight<'c>(
    layer: &Layer<'c>,
    part: &Part,
    step: usize,
    key: &str,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Result<DenseTensor<'c>, Finding> {
    let whole = part.count == layer.map[0] && step == 1;
    if let (true, [one]) = (whole, layer.links.as_slice()) {
        return Ok(one.weight);
    }
    let channels = (part.count.max(1) - 1) * step + 1;
    let mut all = Array4::<i8>::zeros((channels, layer.inputs, layer.side, layer.side));
    for link in &layer.links {
        let own = bytes(&lowering.tensors.resolve(link.weight)?)?;
        let own = own.slice(s![part.first..part.first + part.count, .., .., ..]);
        let inputs = link.base..link.base + link.sent[0];
        let mut target = all.slice_mut(s![..;step, inputs, .., ..]);
        for (mut to, from) in target.axis_iter_mut(Axis(0)).zip(own.axis_iter(Axis(0))) {
            to.assign(&from);
        }
    }
    Ok(lowering
        .tensors
        .attribute(lowering.context, key, all.into_dyn().into()))
}

/// Weights of 8 bits [output channel, input channel, row, column].
fn bytes(tensor: &Tensor) -> Result<Array4<i8>, Finding> {
    let misfit = |what: String| Finding::error("speck-form", "weights have 8 bits", what);
    let Tensor::I8(array) = tensor else {
        return Err(misfit(format!(
            "they are of type {}",
            tensor.element_type()
        )));
    };
    array
        .to_owned()
        .into_dimensionality()
        .map_err(|error| misfit(error.to_string()))
}
