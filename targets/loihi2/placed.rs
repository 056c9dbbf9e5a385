//! A network on cores: what a module of level `hw` says.

use std::{collections::BTreeMap, sync::Arc};

use melior::ir::OperationRef;
use nirc_dialects::{
    finding::{Finding, Findings},
    hw::{self, Op, ProbeSignal},
    ir::{self, DenseTensor, DialectOp, node_name},
    tensor::{Tensor, TensorStore},
};
use nirc_passes::Parameter;

use super::{
    map::{RELAY_BITS, connection_form},
    network::{
        Bias, Block, Connection, Convolution, Core, Delay, Input, Lif, Network, Neuron, Output,
        Part, Placement, Population, Signal, Sparse, Synapses, Words,
    },
};

/// A network on cores, with what the files do not hold.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// The network.
    pub network: Network,
    /// Integer units for each unit of the model's potential, of each population; `None` of an input.
    pub scales: Vec<Option<Parameter>>,
    /// The largest difference of a decay factor, of each population.
    pub decay_errors: Vec<f64>,
    /// RMS of the rounding error over RMS of the weights, of each connection.
    pub relative_errors: Vec<f64>,
    /// Bits of the count that spikes of an input carry.
    pub message_bits: BTreeMap<usize, u8>,
    /// What a step stands for, in seconds.
    pub step: Option<f64>,
}

impl Placed {
    /// What `module` says.
    ///
    /// # Errors
    ///
    /// All ops that cannot be read or do not fit each other.
    pub fn read(module: OperationRef<'_, '_>, tensors: &TensorStore) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let mut placed = Self {
            step: ir::module_attribute(module, hw::STEP),
            ..Self::default()
        };
        placed.network.placement = Some(Placement::default());
        for operation in ir::operations(module) {
            let name = node_name(operation);
            let done = Op::read(operation).and_then(|op| placed.take(&name, &op, tensors));
            if let Err(finding) = done {
                findings.push(finding.at(name));
            }
        }
        if let Some(placement) = &mut placed.network.placement {
            placement.cores.sort_by_key(|core| (core.chip, core.core));
            placement.chips = placement.cores.last().map_or(0, |core| core.chip + 1);
        }
        placed.name_parts();
        if findings.has_errors() {
            return Err(findings);
        }
        placed.network.check()?;
        Ok(placed)
    }

    fn take(&mut self, name: &str, op: &Op<'_>, tensors: &TensorStore) -> Result<(), Finding> {
        match op {
            Op::Chip { .. } => {}
            Op::SpikeSource {
                id,
                shape,
                message_bits,
            } => {
                let population = self.population(name, *id, shape, None, None)?;
                self.network.inputs.push(Input {
                    node: name.to_owned(),
                    population,
                });
                self.scales.push(None);
                self.decay_errors.push(0.0);
                self.message_bits.insert(population, narrow(*message_bits)?);
            }
            Op::Lif {
                id,
                shape,
                du,
                dv,
                threshold,
                bias,
                bias_exponent,
                elements,
                node_count,
                scale,
                decay_error,
            } => {
                let bias = match (bias, bias_exponent) {
                    (Some(bias), Some(exponent)) => Some(Bias {
                        mantissa: each(*bias, tensors)?,
                        exponent: each(*exponent, tensors)?,
                    }),
                    _ => None,
                };
                let lif = Lif {
                    du: narrow(*du)?,
                    dv: narrow(*dv)?,
                    threshold: narrow(*threshold)?,
                    bias,
                    u: 0,
                    v: 0,
                };
                let part = match elements {
                    None => None,
                    Some(elements) => Some(Part {
                        node: name.to_owned(),
                        count: count(*node_count)?,
                        elements: each(*elements, tensors)?,
                    }),
                };
                self.population(name, *id, shape, Some(Neuron::Lif(lif)), part)?;
                self.scales.push(Some(Parameter::read(tensors, *scale)?));
                self.decay_errors.push(*decay_error);
            }
            Op::Relay {
                id,
                shape,
                threshold,
            } => {
                let neuron = Neuron::Relay {
                    threshold: narrow(*threshold)?,
                };
                let population = self.population(name, *id, shape, Some(neuron), None)?;
                self.scales.push(None);
                self.decay_errors.push(0.0);
                self.message_bits.insert(population, RELAY_BITS);
            }
            Op::DenseSynapses {
                source,
                target,
                weight,
                exponent,
                delay,
                relative_error,
            } => {
                let weight = tensors.resolve(*weight)?;
                let form = whole(&weight)?;
                let synapses = Synapses::Dense { weight };
                self.connect(name, [*source, *target], synapses, &form, *exponent, *delay)?;
                self.relative_errors.push(*relative_error);
            }
            Op::ConvolutionSynapses {
                source,
                target,
                weight,
                stride,
                padding,
                dilation,
                groups,
                delay,
                relative_error,
            } => {
                let weight = tensors.resolve(*weight)?;
                let form = whole(&weight)?;
                let synapses = Synapses::Convolution(Convolution {
                    weight,
                    stride: numbers(stride)?,
                    padding: numbers(padding)?,
                    dilation: numbers(dilation)?,
                    groups: count(*groups)?,
                });
                self.connect(name, [*source, *target], synapses, &form, 0, *delay)?;
                self.relative_errors.push(*relative_error);
            }
            Op::SparseSynapses {
                source,
                target,
                first,
                neuron,
                weight,
                exponent,
                delay,
                relative_error,
            } => {
                let form = whole(&tensors.resolve(*weight)?)?;
                let synapses = Synapses::Sparse(Sparse {
                    starts: each(*first, tensors)?,
                    targets: each(*neuron, tensors)?,
                    weights: each(*weight, tensors)?,
                });
                self.connect(name, [*source, *target], synapses, &form, *exponent, *delay)?;
                self.relative_errors.push(*relative_error);
            }
            Op::Probe {
                populations,
                signal,
            } => {
                let populations: Result<Vec<usize>, Finding> =
                    populations.iter().map(|p| count(*p)).collect();
                self.network.outputs.push(Output {
                    node: name.to_owned(),
                    populations: populations?,
                    signal: match signal {
                        ProbeSignal::Spikes => Signal::Spikes,
                        ProbeSignal::Membrane => Signal::Membrane,
                    },
                });
            }
            Op::Block {
                population,
                chip,
                core,
                origin,
                size,
                words,
            } => {
                let block = Block {
                    population: count(*population)?,
                    origin: numbers(origin)?,
                    size: numbers(size)?,
                };
                let place = (count(*chip)?, count(*core)?);
                self.stand(block, place, numbers(words)?);
            }
            _ => return Err(misfit("it is an op of another chip")),
        }
        Ok(())
    }

    fn population(
        &mut self,
        name: &str,
        id: i64,
        shape: &[i64],
        neuron: Option<Neuron>,
        part: Option<Part>,
    ) -> Result<usize, Finding> {
        let index = self.network.populations.len();
        if count(id)? != index {
            return Err(misfit("populations are numbered in their order"));
        }
        let shape: Result<Vec<usize>, Finding> = shape.iter().map(|s| count(*s)).collect();
        self.network.populations.push(Population {
            name: name.to_owned(),
            shape: shape?,
            neuron,
            part,
        });
        Ok(index)
    }

    /// Populations and connections have names of their own: those that share one are numbered.
    fn name_parts(&mut self) {
        let mut numbers = BTreeMap::new();
        for population in &mut self.network.populations {
            if population.part.is_some() {
                let number = numbers.entry(population.name.clone()).or_insert(0usize);
                population.name = format!("{}:{number}", population.name);
                *number += 1;
            }
        }
        let mut numbers = BTreeMap::new();
        for connection in &mut self.network.connections {
            let number = numbers.entry(connection.name.clone()).or_insert(0usize);
            if *number > 0 {
                connection.name = format!("{}:{number}", connection.name);
            }
            *number += 1;
        }
    }

    fn connect(
        &mut self,
        name: &str,
        [source, target]: [i64; 2],
        synapses: Synapses,
        weights: &[i64],
        exponent: i64,
        delay: i64,
    ) -> Result<(), Finding> {
        let (source, target) = (count(source)?, count(target)?);
        let message_bits = self.message_bits.get(&source).copied().unwrap_or(0);
        let (sign_mode, weight_bits) = connection_form(weights)
            .ok_or_else(|| misfit("its weights have no form of eight bits"))?;
        self.network.connections.push(Connection {
            name: name.to_owned(),
            source,
            target,
            synapses,
            weight_exponent: narrow(exponent)?,
            weight_bits,
            sign_mode,
            message_bits,
            delay: Delay::Uniform(narrow(delay)?),
        });
        Ok(())
    }

    fn stand(&mut self, block: Block, (chip, core): (usize, usize), words: [usize; 6]) {
        let Some(placement) = &mut self.network.placement else {
            return;
        };
        let cores = &mut placement.cores;
        let known = cores
            .iter_mut()
            .rev()
            .find(|c| (c.chip, c.core) == (chip, core));
        let [
            axon_in,
            neuron_groups,
            neurons,
            synapses,
            axon_map,
            axon_memory,
        ] = words.map(|w| w as u64);
        match known {
            Some(known) => known.blocks.push(block),
            None => cores.push(Core {
                chip,
                core,
                blocks: vec![block],
                words: Words {
                    axon_in,
                    neuron_groups,
                    neurons,
                    synapses,
                    axon_map,
                    axon_memory,
                },
            }),
        }
    }
}

fn misfit(what: impl Into<String>) -> Finding {
    Finding::error("loihi2-hw", "the ops of level hw fit each other", what)
}

fn count(value: i64) -> Result<usize, Finding> {
    usize::try_from(value).map_err(|_| misfit(format!("a count is {value}")))
}

fn narrow<T: TryFrom<i64>>(value: i64) -> Result<T, Finding> {
    T::try_from(value).map_err(|_| misfit(format!("{value} is too large")))
}

fn numbers<const N: usize>(values: &[i64]) -> Result<[usize; N], Finding> {
    let each: Result<Vec<usize>, Finding> = values.iter().map(|v| count(*v)).collect();
    each?
        .try_into()
        .map_err(|_| misfit(format!("{values:?} should be {N} numbers")))
}

fn whole(tensor: &Tensor) -> Result<Vec<i64>, Finding> {
    Ok(match tensor {
        Tensor::I8(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I16(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I32(values) => values.iter().map(|v| i64::from(*v)).collect(),
        Tensor::I64(values) => values.iter().copied().collect(),
        Tensor::F32(_) | Tensor::F64(_) => return Err(misfit("a table holds reals")),
    })
}

fn each<T: TryFrom<i64>>(
    tensor: DenseTensor<'_>,
    tensors: &TensorStore,
) -> Result<Arc<[T]>, Finding> {
    let whole = whole(&tensors.resolve(tensor)?)?;
    whole.into_iter().map(narrow).collect()
}
