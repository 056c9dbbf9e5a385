//! The files for a chip, from a module of level `hw` and nothing else.

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::{self, Op, ReadoutMode, Reset},
    ir::{self, DialectOp, node_name},
    tensor::{Tensor as Weights, TensorStore},
};

use super::{
    chip::{CORES, Chip},
    configuration::{
        Configuration, Core, Destination, Dimensions, DvsDestination, Pair, Shape, Tensor,
    },
    format::{self, Format},
    legal,
    loader::LOADER,
    placement::{Entry, InputPlace, OutputPlace, PartPlace, Placement, PopulationPlace},
    program,
};
use crate::File;

/// The name of the configuration.
pub(super) const CONFIGURATION: &str = "config.json";
/// The name of the file that knows the nodes.
pub(super) const PLACEMENT: &str = "placement.json";

/// How the configuration of a chip is written: what samna itself reads where that is known.
pub(super) fn format(chip: &Chip) -> Format {
    match chip.name {
        "speck2b" => Format::Cereal,
        _ => Format::Properties,
    }
}

/// The files of a module, placed on `chip`.
///
/// # Errors
///
/// All ops that cannot be read, tables that do not fit, and errors of [`legal::check`].
pub fn emit(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
    template: Option<&str>,
) -> Result<Vec<File>, Findings> {
    if template.is_some() {
        return Err(Finding::error(
            "speck-template",
            "a configuration is filled into samna's default by load_speck.py",
            "a template is given",
        )
        .fix("leave out --template: load_speck.py sets the configuration on your own samna's default")
        .into());
    }
    let (configuration, placement) = placed(chip, module, tensors)?;
    let findings = legal::check(&configuration, chip, &placement.nodes_by_core());
    if findings.has_errors() {
        return Err(findings);
    }
    let mut files = Vec::new();
    let format = format(chip);
    let words = (format == Format::Cereal).then(|| program::words(&configuration));
    let purpose = match format {
        Format::Cereal => "samna configuration, for from_json",
        Format::Properties => "configuration by samna's attribute names, for load_speck.py",
    };
    let text = format::write(configuration, format);
    files.push(File::text(CONFIGURATION, text, purpose));
    files.push(File::text(
        PLACEMENT,
        placement.write(),
        "which node is on which core, and where the host sends events",
    ));
    match words {
        Some(words) => files.push(File::text(
            "program.json",
            program::file(&words),
            "the 20-bit words that samna sends for the configuration",
        )),
        None => files.push(File::text(
            "load_speck.py",
            LOADER.to_owned(),
            "sets the configuration on the user's samna and validates",
        )),
    }
    Ok(files)
}

/// The configuration and the placement that a module says.
///
/// # Errors
///
/// All ops that cannot be read, and tables and places that do not fit the chip.
pub fn placed(
    chip: &Chip,
    module: OperationRef<'_, '_>,
    tensors: &TensorStore,
) -> Result<(Configuration, Placement), Findings> {
    let mut filling = Filling {
        chip,
        tensors,
        configuration: Configuration::silent(),
        placement: Placement {
            chip: chip.name.to_owned(),
            step: ir::module_attribute(module, hw::STEP),
            ..Placement::default()
        },
        taken: [false; CORES],
        routes: [0; CORES],
    };
    let mut findings = Findings::new();
    for operation in ir::operations(module) {
        let filled = Op::read(operation).and_then(|op| {
            let node = node_name(operation);
            filling.op(&node, &op).map_err(|finding| finding.at(node))
        });
        if let Err(finding) = filled {
            findings.push(finding);
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let Filling {
        configuration,
        mut placement,
        ..
    } = filling;
    if configuration.cores.iter().any(|core| core.leak_enable) {
        placement.slow_clock = placement.step.map(|step| 1.0 / step);
    }
    for population in &mut placement.populations {
        population.parts.sort_by_key(|part| part.first);
    }
    Ok((configuration, placement))
}

fn misfit(what: impl Into<String>) -> Finding {
    let rule = "what stands on the chip fits it";
    Finding::error("speck-table", rule, what)
}

/// A configuration that is being filled.
struct Filling<'f> {
    chip: &'f Chip,
    tensors: &'f TensorStore,
    configuration: Configuration,
    placement: Placement,
    taken: [bool; CORES],
    routes: [usize; CORES],
}

/// Numbers that the typed view has checked to be so many.
fn numbers<const N: usize>(list: &[i64]) -> Result<[usize; N], Finding> {
    let numbers: Option<Vec<usize>> = list.iter().map(|n| usize::try_from(*n).ok()).collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| misfit(format!("{list:?} is not {N} numbers from 0")))
}

fn columns_rows(list: &[i64]) -> Pair<i64> {
    match list {
        [rows, columns] => Pair::new(*columns, *rows),
        _ => Pair::new(0, 0),
    }
}

impl Filling<'_> {
    fn op(&mut self, node: &str, op: &Op<'_>) -> Result<(), Finding> {
        match op {
            Op::Chip { .. } => Ok(()),
            Op::Limit {
                synaptic_operations,
            } => {
                self.placement.synaptic_operations = Some(*synaptic_operations);
                Ok(())
            }
            Op::ConvolutionCore { .. } => self.convolution(node, op),
            Op::RelayCore { core, map } => self.relay(*core, map),
            Op::Route {
                core,
                target,
                channel_shift,
                pooling,
            } => {
                let index = self.core(*core)?;
                let destinations = &mut self.configuration.cores[index].destinations;
                let Some(free) = destinations.get_mut(self.routes[index]) else {
                    return Err(misfit(format!(
                        "core {core} has more routes than destinations"
                    )));
                };
                self.routes[index] += 1;
                *free = Destination {
                    layer: *target,
                    enable: true,
                    feature_shift: *channel_shift,
                    pooling: *pooling,
                };
                Ok(())
            }
            Op::HostEvents {
                core,
                channel_shift,
                map,
                pooling,
            } => {
                let entry = Entry {
                    core: self.core(*core)?,
                    channel_shift: numbers::<1>(&[*channel_shift])?[0],
                    map: numbers(map)?,
                    pooling: numbers(pooling)?,
                };
                self.input(node).host.push(entry);
                Ok(())
            }
            Op::Sensor { .. } => self.sensor(node, op),
            Op::Readout { mode, threshold } => {
                let readout = &mut self.configuration.readout;
                // As the vendor's examples do: one class a channel, no average, pins on.
                readout.enable = true;
                readout.readout_configuration_sel = 3;
                readout.low_pass_filter_disable = true;
                readout.readout_pin_monitor_enable = true;
                readout.output_mode_sel = match mode {
                    ReadoutMode::Threshold => 1,
                    ReadoutMode::Maximum => 3,
                };
                readout.threshold = *threshold;
                self.configuration.factory.io_sel = 24;
                Ok(())
            }
            Op::Result {
                population,
                pooling,
            } => {
                self.placement.outputs.push(OutputPlace {
                    node: node.to_owned(),
                    population: population.clone(),
                    pooling: numbers(pooling)?,
                });
                Ok(())
            }
            other => Err(misfit(format!(
                "`{}` is an op for another chip",
                other.name()
            ))),
        }
    }

    fn core(&self, core: i64) -> Result<usize, Finding> {
        let index = usize::try_from(core).ok().filter(|core| *core < CORES);
        index.ok_or_else(|| misfit(format!("{} has no core {core}", self.chip.name)))
    }

    /// A core that nothing else stands on.
    fn free_core(&mut self, core: i64) -> Result<usize, Finding> {
        let index = self.core(core)?;
        if std::mem::replace(&mut self.taken[index], true) {
            return Err(misfit(format!("two things stand on core {core}")));
        }
        Ok(index)
    }

    /// The place of an input.
    fn input(&mut self, node: &str) -> &mut InputPlace {
        let inputs = &mut self.placement.inputs;
        let known = inputs.iter().position(|input| input.node == node);
        let index = known.unwrap_or_else(|| {
            inputs.push(InputPlace {
                node: node.to_owned(),
                sensor: None,
                host: Vec::new(),
            });
            inputs.len() - 1
        });
        &mut inputs[index]
    }

    fn convolution(&mut self, node: &str, op: &Op<'_>) -> Result<(), Finding> {
        let Op::ConvolutionCore {
            core,
            first,
            step,
            input,
            output,
            stride,
            padding,
            weight,
            bias,
            threshold,
            threshold_low,
            reset,
            monitor,
            ..
        } = op
        else {
            return Ok(());
        };
        let index = self.free_core(*core)?;
        let (from, to): ([usize; 3], [usize; 3]) = (numbers(input)?, numbers(output)?);
        let weights = bytes(&self.tensors.resolve(*weight)?)?;
        let side = match *weights.shape.as_slice() {
            [f, c, rows, columns] if (f, c) == (to[0], from[0]) && rows == columns => rows,
            _ => {
                let shape = weights.shape_text();
                return Err(misfit(format!(
                    "weights {shape} for {input:?} to {output:?}"
                )));
            }
        };
        let biases = match bias {
            None => Tensor::zeros(&[to[0]]),
            Some(bias) => {
                let values = self.tensors.resolve(*bias)?.to_f64();
                let own: Vec<i32> = values.iter().map(|v| *v as i32).collect();
                match own.as_slice() {
                    [one] => Tensor {
                        shape: vec![to[0]],
                        values: vec![*one; to[0]],
                    },
                    several if several.len() == to[0] => Tensor {
                        shape: vec![to[0]],
                        values: own,
                    },
                    several => {
                        let (count, channels) = (several.len(), to[0]);
                        return Err(misfit(format!("{count} biases for {channels} channels")));
                    }
                }
            }
        };
        if *reset == Reset::None {
            return Err(misfit("a neuron without reset"));
        }
        let [first, step] = numbers(&[*first, *step])?;
        if step == 0 {
            return Err(misfit("a step of 0 channels"));
        }
        let count = to[0].div_ceil(step);
        let leak_enable = biases.values.iter().any(|b| *b != 0);
        let slot = &mut self.configuration.cores[index];
        let destinations = slot.destinations;
        *slot = Core {
            destinations,
            dimensions: Dimensions {
                padding: columns_rows(padding),
                stride: columns_rows(stride),
                kernel_size: side as i64,
                input: shape(from),
                output: shape(to),
            },
            weights: transposed(&weights, side),
            biases,
            neurons_initial_value: Tensor::zeros(&[to[0], to[2], to[1]]),
            return_to_zero: *reset == Reset::Value,
            leak_enable,
            threshold_high: *threshold,
            threshold_low: *threshold_low,
            monitor_enable: *monitor,
            ..Core::silent()
        };
        let part = PartPlace {
            core: index,
            first,
            count,
            step,
        };
        let populations = &mut self.placement.populations;
        let known = populations.iter_mut().find(|p| p.node == node);
        let end = first.saturating_add(count);
        match known {
            Some(population) => {
                if population.map[1..] != to[1..] {
                    return Err(misfit(
                        "two parts of a population with maps of other extents",
                    ));
                }
                population.map[0] = population.map[0].max(end);
                population.parts.push(part);
            }
            None => populations.push(PopulationPlace {
                node: node.to_owned(),
                map: [end, to[1], to[2]],
                parts: vec![part],
            }),
        }
        Ok(())
    }

    /// One weight of 1 from each channel to itself, and a threshold of 1.
    fn relay(&mut self, core: i64, map: &[i64]) -> Result<(), Finding> {
        let index = self.free_core(core)?;
        let map: [usize; 3] = numbers(map)?;
        if map[0] as i64 > self.chip.features.value.high {
            return Err(misfit(format!("a relay of {} channels", map[0])));
        }
        let mut weights = Tensor::zeros(&[map[0], map[0], 1, 1]);
        weights
            .values
            .iter_mut()
            .step_by(map[0] + 1)
            .for_each(|w| *w = 1);
        let slot = &mut self.configuration.cores[index];
        let destinations = slot.destinations;
        *slot = Core {
            destinations,
            dimensions: Dimensions {
                padding: Pair::new(0, 0),
                stride: Pair::new(1, 1),
                kernel_size: 1,
                input: shape(map),
                output: shape(map),
            },
            weights,
            biases: Tensor::zeros(&[map[0]]),
            neurons_initial_value: Tensor::zeros(&[map[0], map[2], map[1]]),
            threshold_high: 1,
            threshold_low: -1,
            ..Core::silent()
        };
        self.placement.relays.push(index);
        Ok(())
    }

    fn sensor(&mut self, node: &str, op: &Op<'_>) -> Result<(), Finding> {
        let Op::Sensor {
            targets,
            pooling,
            origin,
            size,
            merge,
            on,
            off,
            mirror_columns,
            mirror_rows,
            swap,
        } = op
        else {
            return Ok(());
        };
        let pooling: [usize; 2] = numbers(pooling)?;
        let (origin, size): ([usize; 2], [usize; 2]) = (numbers(origin)?, numbers(size)?);
        if pooling.contains(&0) || size.contains(&0) {
            return Err(misfit("a sensor with a pooling or an extent of 0"));
        }
        let dvs = &mut self.configuration.dvs;
        if targets.len() > dvs.destinations.len() {
            return Err(misfit(format!(
                "the sensor sends to {} cores",
                targets.len()
            )));
        }
        for (slot, target) in dvs.destinations.iter_mut().zip(targets) {
            *slot = DvsDestination {
                layer: *target,
                enable: true,
            };
        }
        // speck2e and speck2f crop what is pooled.
        let unit = if self.chip.crop_after_pooling.value {
            pooling
        } else {
            [1, 1]
        };
        let edge = |axis: usize, at: usize| (at / unit[axis]) as i64;
        dvs.origin = Pair::new(edge(0, origin[0]), edge(1, origin[1]));
        let end = |axis: usize| edge(axis, origin[axis].saturating_add(size[axis])) - 1;
        dvs.cut = Pair::new(end(0), end(1));
        dvs.pooling = Pair::new(pooling[0] as i64, pooling[1] as i64);
        (dvs.merge, dvs.on_channel, dvs.off_channel) = (*merge, *on, *off);
        dvs.mirror = Pair::new(*mirror_columns, *mirror_rows);
        dvs.mirror_diagonal = *swap;
        dvs.pass_sensor_events = true;
        let channels = if *merge { 1 } else { 2 };
        let map = [channels, size[1] / pooling[1], size[0] / pooling[0]];
        self.input(node).sensor = Some(map);
        Ok(())
    }
}

/// [channels, rows, columns] as the chip has it.
fn shape([channels, rows, columns]: [usize; 3]) -> Shape {
    Shape {
        size: Pair::new(columns as i64, rows as i64),
        features: channels as i64,
    }
}

/// Weights of 8 bits.
fn bytes(tensor: &Weights) -> Result<Tensor, Finding> {
    match tensor {
        Weights::I8(array) => Ok(Tensor {
            shape: array.shape().to_vec(),
            values: array.iter().map(|w| i32::from(*w)).collect(),
        }),
        other => Err(misfit(format!("weights of type {}", other.element_type()))),
    }
}

/// [f, c, y, x] as the chip has it: [f, c, x, y].
fn transposed(weights: &Tensor, side: usize) -> Tensor {
    let mut turned = weights.clone();
    let squares = weights.values.chunks_exact((side * side).max(1));
    for (to, from) in turned
        .values
        .chunks_exact_mut((side * side).max(1))
        .zip(squares)
    {
        for y in 0..side {
            for x in 0..side {
                to[x * side + y] = from[y * side + x];
            }
        }
    }
    turned
}
