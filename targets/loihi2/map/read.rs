//! A module of level `quant` as populations and connections; what the chip does not do is refused.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use ndarray::{ArrayD, IxDyn};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{DenseTensor, ValueId, node_name},
    quant::{Compare, Decay, EventTiming, MembraneOverflow, Op, Overflow, Reset, Rounding, Signal},
    tensor::{Tensor, TensorStore},
};
use nirc_passes::{Parameter, connections::Kernel};

use crate::loihi2::arithmetic::{CURRENT_RANGE, DECAY_BITS, MEMBRANE_RANGE, MOST_THRESHOLD, SHIFT};

/// Bits of the count that a spike from outside carries at most.
const MOST_MESSAGE_BITS: u8 = 16;

/// The numbers of a population, one for each neuron.
pub struct Neurons {
    /// Of 4096, what u loses in a step, less 1.
    pub du: Vec<i16>,
    /// Of 4096, what v loses in a step.
    pub dv: Vec<i16>,
    /// The mantissa of the threshold.
    pub threshold: Vec<i32>,
    /// Added to v in each step; empty for 0.
    pub bias: Vec<i64>,
    /// Integer units for each unit of the model's potential.
    pub scale: Parameter,
    /// The largest difference of a decay factor.
    pub decay_error: f64,
}

/// An input or a population of neurons.
pub struct Population<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// Channels, rows, columns; or elements.
    pub shape: Vec<usize>,
    /// `None` of an input.
    pub neurons: Option<Neurons>,
    /// Of an input, the bits of the count that a spike carries; 0 if it carries none.
    pub message_bits: u8,
}

/// The weights of a connection.
pub enum Weights {
    /// [target, source], row by row.
    Table(Vec<i16>),
    /// A convolution of two dimensions, with its integers.
    Kernel(Box<Kernel>),
}

/// All weights of a table from one population to another.
pub struct Connection<'c> {
    /// The NIR node.
    pub name: String,
    /// The NIR node, as a location.
    pub location: Location<'c>,
    /// The population that sends, by index.
    pub source: usize,
    /// The population that receives, by index.
    pub target: usize,
    /// The steps that a spike takes, 1 or more.
    pub steps: usize,
    /// The weights.
    pub weights: Weights,
    /// A sum of weights is shifted by it.
    pub exponent: i8,
    /// RMS of the rounding error over RMS of the weights.
    pub relative_error: f64,
}

/// What a module says.
#[derive(Default)]
pub struct Read<'c> {
    /// Populations in the order of the module.
    pub populations: Vec<Population<'c>>,
    /// Connections in the order of the module.
    pub connections: Vec<Connection<'c>>,
    /// Outputs: the NIR node, also as a location, and the population.
    pub outputs: Vec<(String, Location<'c>, usize)>,
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
            let id = ValueId::from(Value::from(result));
            reader.makers.insert(id, index);
        }
    }
    for (index, (operation, _)) in ops.iter().enumerate() {
        if let Err(finding) = reader.population(index) {
            findings.push(finding.at(node_name(*operation)));
        }
    }
    for (index, (operation, op)) in ops.iter().enumerate() {
        let done = match op {
            Op::Neuron { .. } => reader.connections(index),
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

fn refuse(code: &'static str, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding::error(code, rule, what)
}

fn shape(value: Value<'_, '_>) -> Vec<usize> {
    Signal::of(value.r#type()).map_or_else(Vec::new, |signal| signal.shape().to_vec())
}

/// A shape with one column where it has channels and rows alone; flat if it is neither that nor of three.
fn map_shape(shape: &[usize]) -> Vec<usize> {
    match *shape {
        [channels, rows] => vec![channels, rows, 1],
        [channels, rows, columns] => vec![channels, rows, columns],
        _ => vec![shape.iter().product()],
    }
}

impl<'c, 'a> Reader<'c, 'a, '_> {
    fn population(&mut self, index: usize) -> Result<(), Finding> {
        let (operation, op) = &self.ops[index];
        let result = operation.result(0).map(Value::from);
        let own = result.map_or_else(|_| Vec::new(), shape);
        let mut message_bits = 0;
        let neurons = match op {
            Op::Input { max_spikes } => {
                let bits = (1..=MOST_MESSAGE_BITS).find(|bits| *max_spikes == (1 << bits) - 1);
                message_bits = match bits {
                    Some(1) => 0,
                    Some(bits) => bits,
                    None => {
                        return Err(refuse(
                            "loihi2-input-spikes",
                            "an element of an input has 2^n - 1 spikes in a step at most, 1 to 2^16 - 1",
                            format!("this one has up to {max_spikes}"),
                        )
                        .fix("run dt-to-quant for this chip"));
                    }
                };
                None
            }
            Op::Neuron { .. } => Some(self.neurons(op, own.iter().product())?),
            Op::FloatNeuron { .. } | Op::Pool { .. } => {
                return Err(refuse(
                    "loihi2-arithmetic",
                    "the integers were made for this chip",
                    "there is no such op on it",
                )
                .fix("run dt-to-quant for this chip"));
            }
            _ => return Ok(()),
        };
        self.populations.insert(index, self.read.populations.len());
        self.read.populations.push(Population {
            name: node_name(*operation),
            location: operation.location(),
            shape: map_shape(&own),
            neurons,
            message_bits,
        });
        Ok(())
    }

    fn neurons(&self, op: &Op<'c>, count: usize) -> Result<Neurons, Finding> {
        let Op::Neuron {
            event_timing,
            decay,
            decay_syn,
            decay_mem,
            decay_bits,
            rounding,
            current_range,
            current_overflow,
            membrane_range,
            membrane_overflow,
            bias,
            compare,
            threshold,
            reset,
            v_reset,
            max_spikes,
            scale,
            decay_error,
        } = op
        else {
            return Err(refuse("loihi2-arithmetic", "it is a neuron", "it is none"));
        };
        let v_reset = match v_reset {
            Some(tensor) => self.whole(*tensor, count)?,
            None => Vec::new(),
        };
        let is_ours = *event_timing == EventTiming::AfterDecay
            && *decay == Decay::Multiply
            && *decay_bits == Some(DECAY_BITS)
            && *rounding == Some(Rounding::TowardZero)
            && *current_range == CURRENT_RANGE
            && *current_overflow == Overflow::Wrap
            && *membrane_range == MEMBRANE_RANGE
            && *membrane_overflow == MembraneOverflow::Saturate
            && *compare == Compare::Greater
            && *reset == Reset::Value
            && v_reset.iter().all(|v| *v == 0)
            && *max_spikes == 1;
        if !is_ours {
            return Err(refuse(
                "loihi2-arithmetic",
                "the integers were made for this chip",
                "the neuron's arithmetic is another one",
            )
            .why("the chip's neuron multiplies its states by 12-bit factors, and a spike sets v to 0")
            .fix("run dt-to-quant for this chip"));
        }
        let unit = 1 << SHIFT;
        let threshold = self.whole(*threshold, count)?;
        let most = MOST_THRESHOLD as i64 * unit;
        if let Some(value) = threshold
            .iter()
            .find(|t| **t % unit != 0 || !(0..=most).contains(*t))
        {
            return Err(refuse(
                "loihi2-threshold",
                "a threshold is a mantissa from 0 to 131071, shifted by 6",
                format!("one is {value}"),
            ));
        }
        let whole = 1 << DECAY_BITS;
        let factors = |tensor: DenseTensor<'c>, most: i64| -> Result<Vec<i16>, Finding> {
            let factors = self.whole(tensor, count)?;
            match factors.iter().find(|f| !(0..=whole).contains(*f)) {
                None => Ok(factors.into_iter().map(|f| (most - f) as i16).collect()),
                Some(factor) => Err(refuse(
                    "loihi2-decay-range",
                    "what a state keeps is from 0 to 4096",
                    format!("one keeps {factor}"),
                )),
            }
        };
        Ok(Neurons {
            du: factors(*decay_syn, whole - 1)?,
            dv: factors(*decay_mem, whole)?,
            threshold: threshold.into_iter().map(|t| (t / unit) as i32).collect(),
            bias: match bias {
                Some(bias) => self.whole(*bias, count)?,
                None => Vec::new(),
            },
            scale: Parameter::read(self.tensors, *scale)?,
            decay_error: *decay_error,
        })
    }

    /// The integers of a tensor, one for each of `count`.
    fn whole(&self, tensor: DenseTensor<'c>, count: usize) -> Result<Vec<i64>, Finding> {
        if let Some(value) = tensor.splat()
            && value.fract() == 0.0
        {
            return Ok(vec![value as i64; count]);
        }
        let values = integers(&self.tensors.resolve(tensor)?)?;
        match values.len() == count {
            true => Ok(values),
            false => Err(refuse(
                "loihi2-arithmetic",
                "a neuron has its parameters",
                format!("{} for {count} neurons", values.len()),
            )),
        }
    }

    /// The population and delay that a table's spikes come by.
    fn way(&self, value: Value<'c, '_>) -> Result<(usize, usize), Finding> {
        let mut id = ValueId::from(value);
        let mut steps = 0usize;
        for _ in 0..=self.ops.len() {
            let Some(&index) = self.makers.get(&id) else {
                break;
            };
            let (operation, op) = &self.ops[index];
            if let Some(population) = self.populations.get(&index) {
                return Ok((*population, steps));
            }
            let Ok(operand) = operation.operand(0) else {
                break;
            };
            match op {
                Op::Reshape {} => {}
                Op::Register { steps: own } => {
                    steps = steps.saturating_add((*own).max(0) as usize);
                }
                _ => break,
            }
            id = ValueId::from(operand);
        }
        Err(refuse(
            "loihi2-op",
            "a table takes spikes of an input or a population",
            "this one takes something else",
        ))
    }

    /// The tables of a neuron op.
    fn connections(&mut self, index: usize) -> Result<(), Finding> {
        let Some(&target) = self.populations.get(&index) else {
            // It has a finding.
            return Ok(());
        };
        for operand in self.ops[index].0.operands() {
            let made = self.makers.get(&ValueId::from(operand));
            let Some((operation, op)) = made.map(|index| &self.ops[*index]) else {
                continue;
            };
            let name = node_name(*operation);
            let taken = operation.operand(0).map_err(|_| {
                refuse("loihi2-op", "a table takes spikes", "this one takes none").at(&name)
            })?;
            let (source, steps) = self.way(taken).map_err(|f| f.at(&name))?;
            let (weights, shift, relative_error) = match op {
                Op::Linear {
                    weight,
                    shift,
                    relative_error,
                    scale: _,
                } => {
                    let table = self.weights(*weight).map_err(|f| f.at(&name))?.1;
                    (Weights::Table(table), *shift, *relative_error)
                }
                Op::Convolution {
                    weight,
                    stride,
                    padding,
                    dilation,
                    groups,
                    shift,
                    relative_error,
                    scale: _,
                } => {
                    let (shape_of_weight, weight) =
                        self.weights(*weight).map_err(|f| f.at(&name))?;
                    let result = operation.result(0).map(Value::from);
                    let output = result.map_or_else(|_| Vec::new(), shape);
                    let kernel = kernel(
                        (shape_of_weight, weight),
                        [shape(taken), output],
                        [stride.clone(), padding.clone(), dilation.clone()],
                        *groups,
                    );
                    let kernel = kernel.ok_or_else(|| {
                        refuse(
                            "loihi2-op",
                            "a convolution has one or two dimensions",
                            "this one has others",
                        )
                        .at(&name)
                    })?;
                    (Weights::Kernel(Box::new(kernel)), *shift, *relative_error)
                }
                _ => {
                    return Err(refuse(
                        "loihi2-op",
                        "a neuron takes weighted spikes",
                        "it takes something else",
                    )
                    .at(&name));
                }
            };
            self.read.connections.push(Connection {
                name,
                location: operation.location(),
                source,
                target,
                steps,
                weights,
                exponent: i8::try_from(shift - SHIFT).unwrap_or(i8::MAX),
                relative_error,
            });
        }
        Ok(())
    }

    /// The shape and integers of a weight.
    fn weights(&self, weight: DenseTensor<'c>) -> Result<(Vec<usize>, Vec<i16>), Finding> {
        let shape = weight.shape();
        if let Some(value) = weight.splat() {
            return Ok((shape.clone(), vec![value as i16; shape.iter().product()]));
        }
        let tensor = self.tensors.resolve(weight)?;
        let narrow = integers(&tensor)?.into_iter().map(i16::try_from);
        match narrow.collect::<Result<Vec<i16>, _>>() {
            Ok(narrow) => Ok((shape, narrow)),
            Err(_) => Err(refuse(
                "loihi2-weight-range",
                "weights are from -256 to 255",
                "one is beyond 16 bits",
            )),
        }
    }

    fn output(&mut self, index: usize) -> Result<(), Finding> {
        let (operation, _) = &self.ops[index];
        let taken = operation.operand(0).ok();
        let way = taken.and_then(|value| self.way(value).ok());
        match way {
            Some((population, 0)) if self.read.populations[population].neurons.is_some() => {
                let name = node_name(*operation);
                self.read
                    .outputs
                    .push((name, operation.location(), population));
                Ok(())
            }
            _ => Err(refuse(
                "loihi2-output",
                "every output takes the spikes of one population, when it sends them",
                "this output takes something else",
            )),
        }
    }
}

fn integers(tensor: &Tensor) -> Result<Vec<i64>, Finding> {
    match tensor {
        Tensor::I8(values) => Ok(values.iter().map(|w| i64::from(*w)).collect()),
        Tensor::I16(values) => Ok(values.iter().map(|w| i64::from(*w)).collect()),
        Tensor::I32(values) => Ok(values.iter().map(|w| i64::from(*w)).collect()),
        Tensor::I64(values) => Ok(values.iter().copied().collect()),
        Tensor::F32(_) | Tensor::F64(_) => Err(refuse(
            "loihi2-arithmetic",
            "weights and parameters are integers",
            "a table holds reals",
        )),
    }
}

/// A convolution of two dimensions; of one it has one column.
fn kernel(
    (mut shape, weight): (Vec<usize>, Vec<i16>),
    [input, output]: [Vec<usize>; 2],
    [mut stride, mut padding, mut dilation]: [Vec<i64>; 3],
    groups: i64,
) -> Option<Kernel> {
    match shape.len() {
        3 => {
            shape.push(1);
            stride.push(1);
            dilation.push(1);
            padding.extend([0, 0]);
        }
        4 => {}
        _ => return None,
    }
    let weight = weight.into_iter().map(f64::from).collect();
    Some(Kernel {
        weight: ArrayD::from_shape_vec(IxDyn(&shape), weight).ok()?,
        groups: usize::try_from(groups).ok()?,
        input: map_shape(&input),
        output: map_shape(&output),
        stride,
        padding,
        dilation,
        pool: None,
    })
}
