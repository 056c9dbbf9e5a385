//! A module of level `quant` as populations and connections; what the chip does not do is refused.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{DenseTensor, ValueId, node_name},
    quant::{Op, Reset, Signal},
    tensor::{Tensor, TensorStore},
};

use crate::spinnaker2::application;

/// What a population is.
pub enum Kind<'c> {
    /// An input whose elements have so many spikes in a step at most.
    Input(usize),
    /// Neurons.
    Neurons(Neurons<'c>),
}

/// The floats of a population: one value for all neurons or one for each.
pub struct Neurons<'c> {
    /// What currents of positive and negative weights keep, if they keep anything.
    pub currents: Option<[Vec<f32>; 2]>,
    /// What the membrane keeps.
    pub membrane: Vec<f32>,
    /// Added in each tick.
    pub offset: Vec<f32>,
    /// Reached by a neuron that spikes.
    pub threshold: Vec<f32>,
    /// The potential before the first tick.
    pub initial: Vec<f32>,
    /// What a spike does.
    pub reset: application::Reset,
    /// The potential after a spike that resets to a value.
    pub reset_value: Vec<f32>,
    /// Integer units for each unit of the model's potential.
    pub scale: DenseTensor<'c>,
}

/// An input or a population of neurons.
pub struct Population<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The number of elements.
    pub count: usize,
    /// What it is.
    pub kind: Kind<'c>,
}

/// The weights of a connection.
pub enum Weights {
    /// [target, source], row by row.
    Table(Vec<i16>),
    /// A convolution.
    Kernel(Box<Kernel>),
}

/// A convolution of level `quant`, with the pool before it.
pub struct Kernel {
    /// Weights [out channel, in channel of its group, ...], in this shape.
    pub weight: Vec<i16>,
    /// The shape of the weights.
    pub shape: Vec<usize>,
    /// Shapes of what it takes and gives, behind the pool.
    pub input: Vec<usize>,
    /// See `input`.
    pub output: Vec<usize>,
    /// Steps, zeros around, steps from tap to tap.
    pub stride: Vec<i64>,
    /// See `stride`.
    pub padding: Vec<i64>,
    /// See `stride`.
    pub dilation: Vec<i64>,
    /// Groups of channels.
    pub groups: usize,
    /// The shape before the pool, and how it pools.
    pub pool: Option<Pool>,
}

/// A pool by sums.
pub struct Pool {
    /// The shape of what it takes.
    pub input: Vec<usize>,
    /// The size of its windows.
    pub size: Vec<i64>,
    /// Steps.
    pub stride: Vec<i64>,
    /// Zeros around.
    pub padding: Vec<i64>,
}

/// All weights from one population to another in one table.
pub struct Connection<'c> {
    /// The population that sends, by index.
    pub source: usize,
    /// The population that receives, by index.
    pub target: usize,
    /// The ticks that a spike takes, 1 or more.
    pub ticks: usize,
    /// The weights.
    pub weights: Weights,
    /// RMS of the rounding error over RMS of the weights.
    pub relative_error: f64,
    /// The NIR node, as a location.
    pub location: Location<'c>,
}

/// What a module says.
#[derive(Default)]
pub struct Read<'c> {
    /// Populations in the order of the module.
    pub populations: Vec<Population<'c>>,
    /// Connections in the order of the module.
    pub connections: Vec<Connection<'c>>,
    /// Outputs: the NIR node as a location, and the population.
    pub outputs: Vec<(Location<'c>, usize)>,
}

/// Reads `ops`. What is not the chip's is an error finding, each op once.
pub fn read<'c>(
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    tensors: &TensorStore,
    findings: &mut Findings,
) -> Read<'c> {
    let mut reader = Reader {
        ops,
        tensors,
        makers: BTreeMap::new(),
        populations: BTreeMap::new(),
        read: Read::default(),
    };
    for (index, (operation, _)) in ops.iter().enumerate() {
        if let Ok(result) = operation.result(0) {
            reader
                .makers
                .insert(ValueId::from(Value::from(result)), index);
        }
    }
    for (index, (operation, _)) in ops.iter().enumerate() {
        if let Err(finding) = reader.population(index) {
            findings.push(finding.at(node_name(*operation)));
        }
    }
    for (index, (operation, op)) in ops.iter().enumerate() {
        let done = match op {
            Op::FloatNeuron { .. } => reader.connections(index),
            Op::Output {} => reader.output(index),
            _ => Ok(()),
        };
        if let Err(finding) = done {
            findings.push(finding.at(node_name(*operation)));
        }
    }
    reader.read
}

struct Reader<'c, 'a, 'o> {
    ops: &'o [(OperationRef<'c, 'a>, Op<'c>)],
    tensors: &'o TensorStore,
    makers: BTreeMap<ValueId, usize>,
    /// The population that an op is.
    populations: BTreeMap<usize, usize>,
    read: Read<'c>,
}

/// The way of spikes from a population to a table.
struct Way {
    population: usize,
    ticks: usize,
    pool: Option<Pool>,
}

fn refuse(code: &'static str, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding::error(code, rule, what)
}

fn shape(value: Value<'_, '_>) -> Vec<usize> {
    Signal::of(value.r#type()).map_or_else(Vec::new, |signal| signal.shape().to_vec())
}

impl<'c, 'a> Reader<'c, 'a, '_> {
    fn population(&mut self, index: usize) -> Result<(), Finding> {
        let (operation, op) = &self.ops[index];
        let kind = match op {
            Op::Input { max_spikes } => {
                let most = usize::try_from(*max_spikes)
                    .ok()
                    .filter(|most| (1..=64).contains(most));
                Kind::Input(most.ok_or_else(|| {
                    refuse(
                        "s2-input-spikes",
                        "an element of an input has 1 to 64 spikes in a step",
                        format!("this one has up to {max_spikes}"),
                    )
                })?)
            }
            Op::FloatNeuron { .. } => Kind::Neurons(self.neurons(op)?),
            Op::Neuron { .. } => {
                return Err(refuse(
                    "s2-arithmetic",
                    "the integers were made for this chip",
                    "it is a neuron with a state of integers",
                )
                .why("the applications have a state of 32-bit floats")
                .fix("run dt-to-quant for this chip"));
            }
            _ => return Ok(()),
        };
        let result = operation.result(0).map(Value::from);
        let count = result.map_or(0, |r| shape(r).iter().product());
        self.populations.insert(index, self.read.populations.len());
        self.read.populations.push(Population {
            name: node_name(*operation),
            location: operation.location(),
            count,
            kind,
        });
        Ok(())
    }

    fn neurons(&self, op: &Op<'c>) -> Result<Neurons<'c>, Finding> {
        let Op::FloatNeuron {
            decay_excitatory,
            decay_inhibitory,
            decay_mem,
            bias,
            threshold,
            reset,
            v_reset,
            v_initial,
            scale,
        } = op
        else {
            return Err(refuse("s2-arithmetic", "it is a neuron", "it is none"));
        };
        let floats = |tensor: &Option<DenseTensor<'c>>| match tensor {
            Some(tensor) => self.floats(*tensor),
            None => Ok(vec![0.0]),
        };
        let currents = match (decay_excitatory, decay_inhibitory) {
            (None, None) => None,
            _ => Some([floats(decay_excitatory)?, floats(decay_inhibitory)?]),
        };
        Ok(Neurons {
            currents,
            membrane: self.floats(*decay_mem)?,
            offset: floats(bias)?,
            threshold: self.floats(*threshold)?,
            initial: floats(v_initial)?,
            reset: match reset {
                Reset::Value => application::Reset::ToValue,
                Reset::Subtract | Reset::None => application::Reset::BySubtraction,
            },
            reset_value: floats(v_reset)?,
            scale: *scale,
        })
    }

    /// The floats of a tensor; one if they are equal.
    fn floats(&self, tensor: DenseTensor<'c>) -> Result<Vec<f32>, Finding> {
        if let Some(value) = tensor.splat() {
            return Ok(vec![value as f32]);
        }
        match self.tensors.resolve(tensor)? {
            Tensor::F32(values) => Ok(values.iter().copied().collect()),
            other => Err(refuse(
                "s2-arithmetic",
                "a neuron's parameters are 32-bit floats",
                format!("one is of type {}", other.element_type()),
            )),
        }
    }

    /// The integers of a weight with its shift.
    fn weights(&self, weight: DenseTensor<'c>, shift: i64) -> Result<Vec<i16>, Finding> {
        let tensor = self.tensors.resolve(weight)?;
        let whole: Option<Vec<i64>> = match &tensor {
            Tensor::I8(values) => Some(values.iter().map(|w| i64::from(*w)).collect()),
            Tensor::I16(values) => Some(values.iter().map(|w| i64::from(*w)).collect()),
            Tensor::I32(values) => Some(values.iter().map(|w| i64::from(*w)).collect()),
            Tensor::I64(values) => Some(values.iter().copied().collect()),
            Tensor::F32(_) | Tensor::F64(_) => None,
        };
        let shifted = whole.and_then(|whole| {
            let shift = u32::try_from(shift).ok().filter(|shift| *shift < 16)?;
            let each = whole.into_iter().map(|w| w.checked_mul(1 << shift));
            each.map(|w| i16::try_from(w?).ok())
                .collect::<Option<Vec<i16>>>()
        });
        shifted.ok_or_else(|| {
            refuse(
                "s2-weight-range",
                "a weight is from -127 to 127",
                format!(
                    "a table of type {} with shift {shift}",
                    tensor.element_type()
                ),
            )
        })
    }

    /// The population, delay and pool that a table's spikes come by.
    fn way(&self, value: Value<'c, '_>) -> Result<Way, Finding> {
        let mut id = ValueId::from(value);
        let (mut ticks, mut pool) = (0usize, None);
        for _ in 0..=self.ops.len() {
            let Some(&index) = self.makers.get(&id) else {
                break;
            };
            let (operation, op) = &self.ops[index];
            if let Some(population) = self.populations.get(&index) {
                return Ok(Way {
                    population: *population,
                    ticks,
                    pool,
                });
            }
            let Ok(operand) = operation.operand(0) else {
                break;
            };
            match op {
                Op::Reshape {} => {}
                Op::Register { steps } => {
                    ticks = ticks.saturating_add((*steps).max(0) as usize);
                }
                Op::Pool {
                    kernel_size,
                    stride,
                    padding,
                } if pool.is_none() => {
                    pool = Some(Pool {
                        input: shape(operand),
                        size: kernel_size.clone(),
                        stride: stride.clone(),
                        padding: padding.clone(),
                    });
                }
                _ => break,
            }
            id = ValueId::from(operand);
        }
        Err(refuse(
            "s2-op",
            "a table takes spikes of a population, delayed and pooled",
            "it takes something else",
        ))
    }

    fn connections(&mut self, neuron: usize) -> Result<(), Finding> {
        let Some(&target) = self.populations.get(&neuron) else {
            return Ok(());
        };
        let operands: Vec<_> = self.ops[neuron].0.operands().map(ValueId::from).collect();
        for operand in operands {
            let Some(&index) = self.makers.get(&operand) else {
                continue;
            };
            let (operation, op) = &self.ops[index];
            let taken = operation
                .operand(0)
                .map_err(|e| refuse("s2-op", "a table takes spikes", e.to_string()))?;
            let way = self.way(taken)?;
            let (weights, relative_error) = match op {
                Op::Linear {
                    weight,
                    shift,
                    scale: _,
                    relative_error,
                } if way.pool.is_none() => (
                    Weights::Table(self.weights(*weight, *shift)?),
                    *relative_error,
                ),
                Op::Convolution {
                    weight,
                    stride,
                    padding,
                    dilation,
                    groups,
                    shift,
                    scale: _,
                    relative_error,
                } => {
                    let kernel = Kernel {
                        weight: self.weights(*weight, *shift)?,
                        shape: weight.shape(),
                        input: shape(taken),
                        output: operation
                            .result(0)
                            .map_or_else(|_| Vec::new(), |r| shape(r.into())),
                        stride: stride.clone(),
                        padding: padding.clone(),
                        dilation: dilation.clone(),
                        groups: usize::try_from(*groups).unwrap_or(1),
                        pool: way.pool,
                    };
                    (Weights::Kernel(Box::new(kernel)), *relative_error)
                }
                _ => {
                    return Err(refuse(
                        "s2-op",
                        "a neuron takes tables and convolutions of spikes",
                        "it takes something else",
                    ));
                }
            };
            if way.ticks == 0 {
                return Err(refuse(
                    "s2-delay",
                    "a spike takes a tick at least",
                    format!(
                        "spikes of `{}` arrive in the tick in which they are sent",
                        self.read.populations[way.population].name
                    ),
                )
                .why("packets are taken in the tick after they were sent")
                .fix("put a `quant.register` of one step on the way"));
            }
            self.read.connections.push(Connection {
                source: way.population,
                target,
                ticks: way.ticks,
                weights,
                relative_error,
                location: operation.location(),
            });
        }
        Ok(())
    }

    fn output(&mut self, index: usize) -> Result<(), Finding> {
        let (operation, _) = &self.ops[index];
        let way = operation.operand(0).ok().map(|operand| self.way(operand));
        match way {
            Some(Ok(Way {
                population,
                ticks: 0,
                pool: None,
            })) => {
                self.read.outputs.push((operation.location(), population));
                Ok(())
            }
            _ => Err(refuse(
                "s2-output",
                "every output takes the spikes of one population, at once",
                "this output takes something else",
            )
            .why("what leaves the chip are recorded spikes")),
        }
    }
}
