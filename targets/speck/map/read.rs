//! The network that a module of level `quant` says, as far as the chip has a form for it.

use std::collections::BTreeMap;

use melior::ir::{Location, OperationRef, Value, ValueLike, operation::OperationLike};
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::{DenseTensor, ValueId, node_name},
    quant::{Compare, Decay, EventTiming, MembraneOverflow, Op, Overflow, Reset, Signal},
    tensor::{Tensor, TensorStore},
};

use crate::speck::{
    chip::Chip,
    quantize::{MAX_INPUT_SPIKES, MAX_SPIKES, WIDE},
};

/// An op with its typed view.
pub type Typed<'c, 'a> = (OperationRef<'c, 'a>, Op<'c>);

/// An input of the model.
pub struct Input<'c> {
    /// The node as a location.
    pub location: Location<'c>,
    /// The NIR node.
    pub name: String,
}

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    /// An input, by index.
    Input(usize),
    /// A layer, by index.
    Layer(usize),
}

/// The weights from one source.
#[derive(Clone)]
pub struct Link<'c> {
    /// Where events come from.
    pub from: From,
    /// What the source sends, before pooling [channels, rows, columns].
    pub sent: [usize; 3],
    /// Rows, columns that share an address.
    pub pool: [usize; 2],
    /// The channel of the core's input that its first channel has.
    pub base: usize,
    /// [output channel, input channel, row, column]
    pub weight: DenseTensor<'c>,
    /// RMS of the rounding error over RMS of the weights.
    pub error: f64,
}

/// A population with what reaches it.
pub struct Layer<'c> {
    /// The node as a location.
    pub location: Location<'c>,
    /// The NIR node.
    pub name: String,
    /// [channels, rows, columns] of neurons.
    pub map: [usize; 3],
    /// Rows, columns of what events address.
    pub input: [usize; 2],
    /// Input channels of all sources.
    pub inputs: usize,
    /// What reaches it.
    pub links: Vec<Link<'c>>,
    /// The side of the kernel.
    pub side: usize,
    /// Rows, columns.
    pub stride: [i64; 2],
    /// Rows, columns.
    pub padding: [i64; 2],
    /// Added in each tick, one for each neuron.
    pub bias: Option<DenseTensor<'c>>,
    /// The threshold.
    pub threshold: i64,
    /// The bound below.
    pub low: i64,
    /// The reset.
    pub reset: Reset,
    /// Integer units for each unit of the potential, one for each neuron.
    pub scale: DenseTensor<'c>,
    /// Whether it only sends on what it gets: each event of its one source is a spike.
    pub relays: bool,
}

/// An output of the model.
pub struct Output<'c> {
    /// The node as a location.
    pub location: Location<'c>,
    /// The layer whose spikes leave.
    pub layer: usize,
    /// Rows, columns that are summed.
    pub pool: [usize; 2],
}

/// Inputs, layers and outputs, in the order of the module.
pub struct Network<'c> {
    /// The inputs.
    pub inputs: Vec<Input<'c>>,
    /// The layers.
    pub layers: Vec<Layer<'c>>,
    /// The outputs.
    pub outputs: Vec<Output<'c>>,
}

/// Reads the network.
///
/// # Errors
///
/// All that the module says and the chip does not do.
pub fn read<'c>(
    ops: &[Typed<'c, '_>],
    chip: &Chip,
    tensors: &TensorStore,
) -> Result<Network<'c>, Findings> {
    let mut reader = Reader {
        ops,
        makers: BTreeMap::new(),
        sources: BTreeMap::new(),
        findings: Findings::new(),
    };
    let mut network = Network {
        inputs: Vec::new(),
        layers: Vec::new(),
        outputs: Vec::new(),
    };
    let (mut inputs, mut layers) = (0, 0);
    for (index, (operation, op)) in ops.iter().enumerate() {
        let Ok(result) = operation.result(0) else {
            continue;
        };
        reader
            .makers
            .insert(ValueId::from(Value::from(result)), index);
        match op {
            Op::Input { .. } => {
                reader.sources.insert(index, From::Input(inputs));
                inputs += 1;
            }
            Op::Neuron { .. } => {
                reader.sources.insert(index, From::Layer(layers));
                layers += 1;
            }
            _ => {}
        }
    }
    for (operation, op) in ops {
        match op {
            Op::Input { max_spikes } => {
                if *max_spikes != MAX_INPUT_SPIKES {
                    let what = format!("`max_spikes` is {max_spikes}, not {MAX_INPUT_SPIKES}");
                    reader.refuse(*operation, "speck-arithmetic", what);
                }
                network.inputs.push(Input {
                    location: operation.location(),
                    name: node_name(*operation),
                });
            }
            Op::Neuron { .. } => {
                if let Some(layer) = reader.layer(*operation, op, chip, tensors) {
                    network.layers.push(layer);
                }
            }
            Op::Output {} => {
                if let Some(output) = reader.output(*operation) {
                    network.outputs.push(output);
                }
            }
            Op::Register { steps } => {
                reader.refuse(
                    *operation,
                    "speck-delay",
                    format!("it holds for {steps} steps"),
                );
            }
            Op::Linear { .. } => {
                let what =
                    "it is no convolution; a fully connected layer is one over its whole map";
                reader.refuse(*operation, "speck-form", what.to_owned());
            }
            Op::FloatNeuron { .. } => {
                let what = "it is a neuron with a state of floats".to_owned();
                reader.refuse(*operation, "speck-arithmetic", what);
            }
            Op::Convolution { .. } | Op::Pool { .. } | Op::Reshape {} => {}
        }
    }
    if reader.findings.has_errors() {
        return Err(reader.findings);
    }
    Ok(network)
}

struct Reader<'c, 'a, 'o> {
    ops: &'o [Typed<'c, 'a>],
    makers: BTreeMap<ValueId, usize>,
    /// The ops that are inputs and layers.
    sources: BTreeMap<usize, From>,
    findings: Findings,
}

fn result_shape(operation: OperationRef<'_, '_>) -> Vec<usize> {
    let result = operation.result(0).map(Value::from);
    let signal = result.ok().and_then(|value| Signal::of(value.r#type()));
    signal.map(|s| s.shape().to_vec()).unwrap_or_default()
}

/// Three extents.
fn three(shape: &[usize]) -> Option<[usize; 3]> {
    shape.try_into().ok()
}

/// Where the spikes of a value come from, and how they were pooled on the way.
struct Traced {
    from: From,
    pool: [usize; 2],
    /// The shape before the pool.
    sent: Vec<usize>,
}

impl<'c> Reader<'c, '_, '_> {
    fn refuse(&mut self, operation: OperationRef<'_, '_>, code: &'static str, what: String) {
        let rule = "the integers are those of the chip";
        let finding = Finding::error(code, rule, what).at(node_name(operation));
        self.findings
            .push(finding.fix("run dt-to-quant for this chip"));
    }

    /// Follows spikes back over at most one pool, and reshapes.
    fn trace(&self, value: Value<'_, '_>) -> Option<Traced> {
        let mut index = *self.makers.get(&ValueId::from(value))?;
        let mut pool = None;
        let mut sent = None;
        for _ in 0..=self.ops.len() {
            if let Some(from) = self.sources.get(&index) {
                return Some(Traced {
                    from: *from,
                    pool: pool.unwrap_or([1, 1]),
                    sent: sent.unwrap_or_else(|| result_shape(self.ops[index].0)),
                });
            }
            let (operation, op) = &self.ops[index];
            sent.get_or_insert_with(|| result_shape(*operation));
            match op {
                Op::Reshape {} => {}
                Op::Pool {
                    kernel_size,
                    stride,
                    padding,
                } if pool.is_none() && kernel_size == stride && padding.iter().all(|p| *p == 0) => {
                    let sides: Vec<_> = kernel_size
                        .iter()
                        .map(|k| usize::try_from(*k).ok())
                        .collect::<Option<_>>()?;
                    pool = Some(<[usize; 2]>::try_from(sides).ok()?);
                    sent = None;
                }
                _ => return None,
            }
            index = *self
                .makers
                .get(&ValueId::from(operation.operand(0).ok()?))?;
        }
        None
    }

    fn output(&mut self, operation: OperationRef<'c, '_>) -> Option<Output<'c>> {
        let traced = operation
            .operand(0)
            .ok()
            .and_then(|value| self.trace(value));
        match traced {
            Some(Traced {
                from: From::Layer(layer),
                pool,
                ..
            }) => Some(Output {
                location: operation.location(),
                layer,
                pool,
            }),
            _ => {
                let what = "it takes something else than spikes of a population".to_owned();
                self.refuse(operation, "speck-form", what);
                None
            }
        }
    }

    fn layer(
        &mut self,
        operation: OperationRef<'c, '_>,
        op: &Op<'c>,
        chip: &Chip,
        tensors: &TensorStore,
    ) -> Option<Layer<'c>> {
        let Op::Neuron {
            bias,
            threshold,
            reset,
            membrane_range,
            scale,
            ..
        } = op
        else {
            return None;
        };
        if let Some(what) = other_arithmetic(op) {
            self.refuse(operation, "speck-arithmetic", what);
            return None;
        }
        let map = three(&result_shape(operation));
        let threshold = threshold.splat();
        let (Some(map), Some(threshold)) = (map, threshold) else {
            let what = "it has no map of channels, rows and columns with one threshold".to_owned();
            self.refuse(operation, "speck-form", what);
            return None;
        };
        let mut links = Vec::new();
        let mut geometry = None;
        for value in operation.operands() {
            match self.link(value, &mut geometry) {
                Some(link) => links.push(link),
                None => {
                    let what = "an operand is no convolution that a core has, or not with the same side, \
                                stride and padding as the others";
                    self.refuse(operation, "speck-form", what.to_owned());
                    return None;
                }
            }
        }
        let Some(geometry) = geometry else {
            self.refuse(operation, "speck-form", "nothing reaches it".to_owned());
            return None;
        };
        // The sensor cannot shift channels, so inputs come first.
        links.sort_by_key(|link| link.from);
        let inputs = bases(&mut links, chip, tensors);
        Some(Layer {
            location: operation.location(),
            name: node_name(operation),
            map,
            input: geometry.input,
            inputs,
            links,
            side: geometry.side,
            stride: geometry.stride,
            padding: geometry.padding,
            bias: *bias,
            threshold: threshold as i64,
            low: membrane_range.first().copied().unwrap_or(0),
            reset: *reset,
            scale: *scale,
            relays: false,
        })
    }

    /// The weights behind an operand of a neuron; all have one geometry.
    fn link(&self, value: Value<'c, '_>, geometry: &mut Option<Geometry>) -> Option<Link<'c>> {
        let (operation, op) = &self.ops[*self.makers.get(&ValueId::from(value))?];
        let Op::Convolution {
            weight,
            stride,
            padding,
            dilation,
            groups: 1,
            shift: 0,
            scale: _,
            relative_error,
        } = op
        else {
            return None;
        };
        let [_, channels, rows, columns] = <[usize; 4]>::try_from(weight.shape()).ok()?;
        let [top, bottom, left, right] = <[i64; 4]>::try_from(padding.as_slice()).ok()?;
        let traced = self.trace(operation.operand(0).ok()?)?;
        let sent = three(&traced.sent)?;
        let pooled = [
            sent[1] / traced.pool[0].max(1),
            sent[2] / traced.pool[1].max(1),
        ];
        let own = Geometry {
            side: rows,
            stride: <[i64; 2]>::try_from(stride.as_slice()).ok()?,
            padding: [top, left],
            input: pooled,
        };
        let fits = rows == columns
            && (top, left) == (bottom, right)
            && dilation == &[1, 1]
            && channels == sent[0]
            && *geometry.get_or_insert(own) == own;
        // A destination pools squares.
        let square = matches!(traced.from, From::Input(_)) || traced.pool[0] == traced.pool[1];
        (fits && square).then_some(Link {
            from: traced.from,
            sent,
            pool: traced.pool,
            base: 0,
            weight: *weight,
            error: *relative_error,
        })
    }
}

/// What the links of a layer share.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Geometry {
    side: usize,
    stride: [i64; 2],
    padding: [i64; 2],
    input: [usize; 2],
}

/// Gives each link its channels of the core's input; their number. Links with equal weights share them where
/// the chip adds up what two sources send to one channel.
fn bases(links: &mut [Link<'_>], chip: &Chip, tensors: &TensorStore) -> usize {
    let mut next = 0;
    for i in 0..links.len() {
        let (before, rest) = links.split_at_mut(i);
        let Some(link) = rest.first_mut() else { break };
        let same = |other: &&Link<'_>| {
            other.sent[0] == link.sent[0] && equal(other.weight, link.weight, tensors)
        };
        let shared = before.iter().find(same).filter(|_| chip.sums_sources.value);
        link.base = match shared {
            Some(other) => other.base,
            None => {
                let base = next;
                next += link.sent[0];
                base
            }
        };
    }
    next
}

/// Whether two weights are the same numbers.
fn equal(a: DenseTensor<'_>, b: DenseTensor<'_>, tensors: &TensorStore) -> bool {
    if a == b {
        return true;
    }
    let resolved: [Option<Tensor>; 2] = [a, b].map(|t| tensors.resolve(t).ok());
    matches!(&resolved, [Some(a), Some(b)] if a == b)
}

/// What of a neuron's arithmetic is not the chip's.
fn other_arithmetic(op: &Op<'_>) -> Option<String> {
    let Op::Neuron {
        event_timing,
        decay,
        decay_syn,
        decay_mem,
        decay_bits,
        rounding: _,
        current_range,
        current_overflow,
        membrane_range,
        membrane_overflow,
        bias: _,
        compare,
        threshold: _,
        reset,
        v_reset,
        max_spikes,
        scale: _,
        decay_error: _,
    } = op
    else {
        return None;
    };
    let keeps = *decay == Decay::Multiply
        && *decay_bits == Some(0)
        && decay_syn.splat() == Some(0.0)
        && decay_mem.splat() == Some(1.0)
        && *event_timing == EventTiming::AfterDecay;
    let wide = current_range == &[-WIDE, WIDE]
        && *current_overflow == Overflow::Saturate
        && membrane_range.get(1) == Some(&WIDE)
        && *membrane_overflow == MembraneOverflow::Saturate;
    let resets = match reset {
        Reset::Subtract => v_reset.is_none(),
        Reset::Value => v_reset.is_some_and(|v| v.splat() == Some(0.0)),
        Reset::None => false,
    };
    let wrong = [
        (
            keeps,
            "it does not keep its potential and forget its current",
        ),
        (wide, "its ranges are others"),
        (
            *compare == Compare::GreaterOrEqual,
            "it does not compare with `>=`",
        ),
        (resets, "its reset is neither to 0 nor by subtraction"),
        (
            *max_spikes == MAX_SPIKES,
            "its spikes in a step are bounded",
        ),
    ];
    let first = wrong.into_iter().find(|(right, _)| !right);
    first.map(|(_, what)| what.to_owned())
}
