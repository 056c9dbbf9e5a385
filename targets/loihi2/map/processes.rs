//! Populations of one parameter set each, as Lava's processes have them, and the synapses between them.

use std::{collections::BTreeMap, sync::Arc};

use melior::{Context, ir::Location};
use ndarray::Array2;
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::node_location,
    tensor::Tensor,
};
use nirc_passes::{Parameter, connections::Kernel};

use super::{
    forms::{bias, check_weights},
    read::{Connection, Neurons, Read, Weights},
    relays,
};
use crate::loihi2::{
    chip::MOST_FAN_IN,
    network::{
        self, Convolution, Delay, Input, Lif, MOST_DELAY_NETX, Network, Neuron, Output, Part,
        Population, Signal, Sparse, Synapses,
    },
};

/// Of a table with fewer weights that are not zero, in parts, they are held one by one.
const SPARSE: f64 = 0.1;
/// A convolution of more synapses than this is not written out.
const MOST_SYNAPSES: usize = 1 << 27;

/// A network with what does not belong to it.
pub struct Processes<'c> {
    context: &'c Context,
    /// The network.
    pub network: Network,
    /// The NIR node of each population.
    pub locations: Vec<Location<'c>>,
    /// Of each population's neurons; `None` of an input.
    pub scales: Vec<Option<Parameter>>,
    /// Of each population.
    pub decay_errors: Vec<f64>,
    /// The NIR node of each connection.
    pub connection_locations: Vec<Location<'c>>,
    /// Of each connection.
    pub relative_errors: Vec<f64>,
    /// The NIR node of each output.
    pub output_locations: Vec<Location<'c>>,
}

/// The parts of a population: for each the numbers of its neurons, `None` for all.
type Parts = Vec<(usize, Option<Arc<[u32]>>)>;

/// The processes of what was read; what has no form is an error finding.
pub fn processes<'c>(
    context: &'c Context,
    read: Read<'c>,
    findings: &mut Findings,
) -> Processes<'c> {
    let mut made = Processes {
        context,
        network: Network::default(),
        locations: Vec::new(),
        scales: Vec::new(),
        decay_errors: Vec::new(),
        connection_locations: Vec::new(),
        relative_errors: Vec::new(),
        output_locations: Vec::new(),
    };
    let shapes = shapes(&read);
    let mut parts: Vec<Parts> = Vec::new();
    for (population, shape) in read.populations.iter().zip(&shapes) {
        let count: usize = shape.iter().product();
        let groups = match &population.neurons {
            None => vec![None],
            Some(neurons) => groups(neurons, count),
        };
        let mut own = Parts::new();
        for elements in groups {
            let index = made.network.populations.len();
            let number = own.len();
            let result = population.neurons.as_ref().map(|neurons| {
                lif(neurons, elements.as_deref(), shape, count).map_err(|finding| {
                    findings.push(finding.at(&population.name));
                })
            });
            let neuron = match result {
                Some(Err(())) => continue,
                Some(Ok(lif)) => Some(Neuron::Lif(lif)),
                None => None,
            };
            made.network.populations.push(Population {
                name: match &elements {
                    None => population.name.clone(),
                    Some(_) => format!("{}:{number}", population.name),
                },
                shape: match &elements {
                    None => shape.clone(),
                    Some(elements) => vec![elements.len()],
                },
                neuron,
                part: elements.as_ref().map(|elements| Part {
                    node: population.name.clone(),
                    count,
                    elements: elements.clone(),
                }),
            });
            made.locations.push(population.location);
            let neurons = population.neurons.as_ref();
            made.scales.push(neurons.map(|neurons| match &elements {
                None => neurons.scale.clone(),
                Some(elements) => {
                    let each = elements.iter().map(|n| neurons.scale.get(*n as usize));
                    Parameter::each(each.collect())
                }
            }));
            made.decay_errors
                .push(neurons.map_or(0.0, |neurons| neurons.decay_error));
            own.push((index, elements));
        }
        if population.neurons.is_none() {
            made.network.inputs.push(Input {
                node: population.name.clone(),
                population: own[0].0,
            });
        }
        parts.push(own);
    }
    let mut names = BTreeMap::new();
    for connection in &read.connections {
        let bits = read.populations[connection.source].message_bits;
        if let Err(finding) = connect(connection, bits, &shapes, &parts, &mut names, &mut made) {
            findings.push(finding.at(&connection.name));
        }
    }
    for (node, location, population) in &read.outputs {
        let spikes = made.spikes(&parts[*population]);
        made.network.outputs.push(Output {
            node: node.clone(),
            populations: parts[*population].iter().map(|(index, _)| *index).collect(),
            signal: match spikes {
                true => Signal::Spikes,
                false => Signal::Membrane,
            },
        });
        made.output_locations.push(*location);
    }
    if !findings.has_errors()
        && let Err(wrong) = made.network.check()
    {
        findings.extend(wrong);
    }
    made
}

impl<'c> Processes<'c> {
    /// A location that names a node.
    pub fn node_location(&self, name: &str) -> Location<'c> {
        node_location(self.context, name)
    }

    /// Adds synapses that stand for a connection of the module.
    pub fn connect(&mut self, own: network::Connection, of: &Connection<'c>) {
        let name = match own.name == of.name {
            true => of.location,
            false => self.node_location(&own.name),
        };
        self.network.connections.push(own);
        self.connection_locations.push(name);
        self.relative_errors.push(of.relative_error);
    }

    /// Whether a neuron of these populations can reach its threshold.
    fn spikes(&self, parts: &Parts) -> bool {
        let mut each = parts.iter();
        each.any(|(index, _)| {
            let lif = self.network.populations[*index].lif();
            lif.is_none_or(|lif| {
                f64::from(lif.threshold) < crate::loihi2::arithmetic::MOST_THRESHOLD
            })
        })
    }
}

/// The shape of each population: as a convolution takes it, where its own is flat.
fn shapes(read: &Read<'_>) -> Vec<Vec<usize>> {
    let mut shapes: Vec<Vec<usize>> = read.populations.iter().map(|p| p.shape.clone()).collect();
    for connection in &read.connections {
        if let Weights::Kernel(kernel) = &connection.weights
            && shapes[connection.source].len() == 1
        {
            shapes[connection.source].clone_from(&kernel.input);
        }
    }
    shapes
}

/// The neurons of one parameter set each, in the order of the first of each.
fn groups(neurons: &Neurons, count: usize) -> Vec<Option<Arc<[u32]>>> {
    let mut order: Vec<Vec<u32>> = Vec::new();
    let mut of: BTreeMap<(i16, i16, i32), usize> = BTreeMap::new();
    for n in 0..count {
        let key = (neurons.du[n], neurons.dv[n], neurons.threshold[n]);
        let group = *of.entry(key).or_insert_with(|| {
            order.push(Vec::new());
            order.len() - 1
        });
        order[group].push(n as u32);
    }
    match order.len() {
        0 | 1 => vec![None],
        _ => order.into_iter().map(|group| Some(group.into())).collect(),
    }
}

fn lif(
    neurons: &Neurons,
    elements: Option<&[u32]>,
    shape: &[usize],
    count: usize,
) -> Result<Lif, Finding> {
    let first = elements.and_then(|e| e.first()).map_or(0, |n| *n as usize);
    let chosen = |n: usize| neurons.bias.get(n).copied().unwrap_or(0);
    let values: Vec<i64> = match elements {
        None => (0..count).map(chosen).collect(),
        Some(elements) => elements.iter().map(|n| chosen(*n as usize)).collect(),
    };
    let of = |values: &[i16]| values.get(first).copied().unwrap_or(0);
    // netx has one for each channel.
    let by_channel = match (elements, shape) {
        (None, [channels, rows, columns]) => {
            let area = rows * columns;
            let channel = |c: usize| values[c * area..(c + 1) * area].iter();
            let one = (0..*channels).all(|c| channel(c).all(|x| *x == values[c * area]));
            one.then(|| values.iter().step_by(area.max(1)).copied().collect())
        }
        _ => None,
    };
    let values = by_channel.unwrap_or(values);
    Ok(Lif {
        du: of(&neurons.du),
        dv: of(&neurons.dv),
        threshold: neurons.threshold.get(first).copied().unwrap_or(0),
        bias: bias(&values)?,
        u: 0,
        v: 0,
    })
}

/// Adds the synapses of a connection, between all parts of its populations.
fn connect<'c>(
    connection: &Connection<'c>,
    message_bits: u8,
    shapes: &[Vec<usize>],
    parts: &[Parts],
    names: &mut BTreeMap<String, usize>,
    made: &mut Processes<'c>,
) -> Result<(), Finding> {
    let delay = match connection.steps {
        0 => {
            return Err(Finding::error(
                "loihi2-delay",
                "a spike takes a step to its targets",
                "this connection takes none",
            )
            .fix(
                "let dt-to-quant for this chip choose the delays; `--quantizer lava` takes those of the model, \
                 which `--convention lava-fixed` makes",
            ));
        }
        steps if steps - 1 > usize::from(MOST_DELAY_NETX) => {
            return Err(Finding::error(
                "loihi2-delay",
                "a spike takes 63 steps at most",
                format!("this connection takes {steps}"),
            ));
        }
        steps => (steps - 1) as u8,
    };
    let (signs, bits) = check_weights(connection)?;
    let [source, target] = [connection.source, connection.target];
    let whole = parts[source].len() == 1 && parts[target].len() == 1;
    let sources: usize = shapes[source].iter().product();
    let targets: usize = shapes[target].iter().product();
    let mut add = |source: usize, target: usize, synapses: Synapses| {
        let count = names.entry(connection.name.clone()).or_insert(0);
        let name = match *count {
            0 => connection.name.clone(),
            n => format!("{}:{n}", connection.name),
        };
        *count += 1;
        made.network.connections.push(network::Connection {
            name,
            source,
            target,
            synapses,
            weight_exponent: connection.exponent,
            weight_bits: bits,
            sign_mode: signs,
            message_bits,
            delay: Delay::Uniform(delay),
        });
        made.connection_locations.push(connection.location);
        made.relative_errors.push(connection.relative_error);
    };
    // Synapses one by one, by source.
    let entries: Box<dyn Fn(usize) -> Vec<(u32, i16)>> = match &connection.weights {
        Weights::Table(table) => {
            let filled = table.iter().filter(|w| **w != 0).count();
            if whole && sources > MOST_FAN_IN / 2 && connection.steps > 1 && filled > 0 {
                let (from, to) = (parts[source][0].0, parts[target][0].0);
                relays::split(connection, [from, to], message_bits, made)?;
                return Ok(());
            }
            if filled as f64 >= SPARSE * table.len() as f64 {
                for (from, sources_of) in &parts[source] {
                    for (to, targets_of) in &parts[target] {
                        let all = |part: &Option<Arc<[u32]>>, count: usize| match part {
                            Some(part) => part.to_vec(),
                            None => (0..count as u32).collect(),
                        };
                        let rows = all(targets_of, targets);
                        let columns = all(sources_of, sources);
                        let at = |(i, j): (usize, usize)| {
                            table[rows[i] as usize * sources + columns[j] as usize]
                        };
                        let part = Array2::from_shape_fn((rows.len(), columns.len()), at);
                        let weight = Tensor::from(part.into_dyn());
                        add(*from, *to, Synapses::Dense { weight });
                    }
                }
                return Ok(());
            }
            Box::new(move |source| {
                let column = table
                    .iter()
                    .skip(source)
                    .step_by(sources.max(1))
                    .enumerate();
                let column = column.filter(|(_, w)| **w != 0);
                column.map(|(target, w)| (target as u32, *w)).collect()
            })
        }
        Weights::Kernel(kernel) => {
            if whole
                && connection.exponent == 0
                && kernel.input == shapes[source]
                && kernel.output == shapes[target]
                && let Some(convolution) = convolution(kernel)
            {
                let (from, to) = (parts[source][0].0, parts[target][0].0);
                add(from, to, Synapses::Convolution(convolution));
                return Ok(());
            }
            let columns = kernel.columns(MOST_SYNAPSES).ok_or_else(|| {
                Finding::error(
                    "loihi2-op",
                    "a convolution has one parameter set",
                    "its synapses one by one are too many",
                )
                .fix("give all neurons of the layer one time constant and threshold")
            })?;
            Box::new(move |source| {
                let column = columns.column(source).iter();
                let column = column.filter(|(_, w)| *w != 0.0);
                column.map(|(target, w)| (*target, *w as i16)).collect()
            })
        }
    };
    for (from, sources_of) in &parts[source] {
        for (to, targets_of) in &parts[target] {
            let mut place = vec![None; targets];
            match targets_of {
                None => (0..targets).for_each(|n| place[n] = Some(n as u32)),
                Some(part) => {
                    let numbered = part.iter().enumerate();
                    numbered.for_each(|(at, n)| place[*n as usize] = Some(at as u32));
                }
            }
            let (mut starts, mut found, mut weights) = (vec![0u32], Vec::new(), Vec::new());
            let mut of_source = |n: usize| {
                for (target, weight) in entries(n) {
                    if let Some(target) = place[target as usize] {
                        found.push(target);
                        weights.push(weight);
                    }
                }
                starts.push(found.len() as u32);
            };
            match sources_of {
                None => (0..sources).for_each(&mut of_source),
                Some(part) => part.iter().for_each(|n| of_source(*n as usize)),
            }
            if found.is_empty() {
                continue;
            }
            let sparse = Sparse {
                starts: starts.into(),
                targets: found.into(),
                weights: weights.into(),
            };
            add(*from, *to, Synapses::Sparse(sparse));
        }
    }
    Ok(())
}

fn convolution(kernel: &Kernel) -> Option<Convolution> {
    let pair = |values: &[i64]| -> Option<[usize; 2]> {
        let values: Vec<usize> = values
            .iter()
            .map(|v| usize::try_from(*v).ok())
            .collect::<Option<_>>()?;
        values.try_into().ok()
    };
    let padding = match kernel.padding.as_slice() {
        [top, bottom, left, right] if top == bottom && left == right => [*top, *left],
        _ => return None,
    };
    Some(Convolution {
        weight: kernel.weight.mapv(|w| w as i16).into(),
        stride: pair(&kernel.stride)?,
        padding: pair(&padding)?,
        dilation: pair(&kernel.dilation)?,
        groups: kernel.groups,
    })
}
