//! A network as Loihi 2 holds it, in the terms of Lava's processes: populations of neurons of one
//! parameter set, and the synapses between them. It is what the files hold; see `netx` and `lava`.
//!
//! Elements are numbered in NIR's order (channel, row, column) everywhere; the files that have
//! another order are turned where they are written and read.
//!
//! Source of ranges and formulas: lava-nc 0.10.0, `proc/lif/models.py` (PyLifModelBitAcc),
//! `proc/{dense,sparse,conv}/models.py`, `utils/weightutils.py`.

mod check;
mod weights;

use std::sync::Arc;

use nirc_dialects::tensor::Tensor;

pub use self::weights::{effective_weight, integers};

/// The longest synaptic delay in steps, of 6 bits; netx takes [`MOST_DELAY_NETX`].
pub const MOST_DELAY: u8 = 63;
/// The longest delay that lava-dl's netx does not shorten (`netx/hdf5.py`).
pub const MOST_DELAY_NETX: u8 = 62;

/// A network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// In the order of the signal, where there is one.
    pub populations: Vec<Population>,
    /// In order; those to one population add up.
    pub connections: Vec<Connection>,
    /// The NIR inputs, in order.
    pub inputs: Vec<Input>,
    /// The NIR outputs, in order.
    pub outputs: Vec<Output>,
    /// Where everything stands, if it is placed.
    pub placement: Option<Placement>,
}

/// Neurons of one parameter set, one process of Lava; or the elements of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Unique in the network. The NIR node, unless this is a part of one.
    pub name: String,
    /// (channels, rows, columns) or (neurons).
    pub shape: Vec<usize>,
    /// `None`: spikes come from outside.
    pub neuron: Option<Neuron>,
    /// The NIR node of which this is a part; `None` if it is the whole node `name`.
    pub part: Option<Part>,
}

/// Which neurons of a NIR node a population holds: a node with several thresholds or decays is as
/// many populations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The NIR node.
    pub node: String,
    /// The neurons of the whole node.
    pub count: usize,
    /// The place in the node of each neuron of the population.
    pub elements: Arc<[u32]>,
}

/// What a population's neurons are.
#[derive(Clone, Debug, PartialEq)]
pub enum Neuron {
    /// Lava's LIF, with current-based synapses.
    Lif(Lif),
    /// Lava's GradedVec, a relay: sends the sum of a step's input as a payload where its magnitude
    /// is more than the threshold, and keeps nothing. For partial sums of a large fan-in.
    Relay {
        /// The threshold, 0 or more, in units of the payload.
        threshold: i32,
    },
}

/// Parameters of Lava's LIF. In each step, with a the sum of the synapses:
///
/// ```text
/// u = toward_zero(u (4096 - (du + 1)) / 4096) + (a << 6)      wraps in 24 bits
/// v = toward_zero(v (4096 - dv) / 4096) + u + bias            stays within +-(2^23 - 1)
/// spike and v = 0 where v > threshold << 6
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lif {
    /// Decay of the current: -1 (keeps all) to 4095 (keeps nothing).
    pub du: i16,
    /// Decay of the membrane: 0 (keeps all) to 4096 (keeps nothing).
    pub dv: i16,
    /// The threshold's mantissa, 0 to 131,071; and 131,072, which no membrane reaches.
    pub threshold: i32,
    /// What is added to v in each step; `None` is 0.
    pub bias: Option<Bias>,
    /// The current before the first step.
    pub u: i32,
    /// The membrane before the first step.
    pub v: i32,
}

/// A bias of mantissa << exponent, or >> -exponent towards minus infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bias {
    /// -4096 to 4095; one for each neuron, or one for each channel, the first dimension of the shape.
    pub mantissa: Arc<[i16]>,
    /// -7 to 7; one for all, or one for each mantissa. netx has 6.
    pub exponent: Arc<[i8]>,
}

/// Synapses from a population to one, which may be the same.
///
/// A spike of step t arrives at step t + 1 + delay. What arrives is the sum of weights x payload of the
/// spikes of one step and delay, then << or >> of the weight exponent, towards minus infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The NIR node of the weights, or a made name; unique among connections.
    pub name: String,
    /// The population that sends.
    pub source: usize,
    /// The population that receives.
    pub target: usize,
    /// Weights and their geometry.
    pub synapses: Synapses,
    /// -8 to 7; of a convolution 0, since Lava's convolution has none.
    pub weight_exponent: i8,
    /// 1 to 8 bits with sign (netx makes 0 and 9 of weights outside its safe range): a mixed weight of b bits is a multiple of 2^(9 - b) from -256 to
    /// 254, others of 2^(8 - b) up to 255. What is not is rounded toward minus infinity, as Lava does.
    /// A convolution takes weights as they are.
    pub weight_bits: u8,
    /// Which signs the weights have.
    pub sign_mode: SignMode,
    /// 0: a spike is 1. Otherwise its payload, of so many bits, multiplies the weight.
    pub message_bits: u8,
    /// Steps beside the one that every connection takes.
    pub delay: Delay,
}

/// Weights and their geometry.
#[derive(Clone, Debug, PartialEq)]
pub enum Synapses {
    /// Every element to every neuron.
    Dense {
        /// [target, source], i8, i16 or i32.
        weight: Tensor,
    },
    /// One kernel at all positions, as NIR's Conv2d: a correlation.
    Convolution(Convolution),
    /// Some elements to some neurons.
    Sparse(Sparse),
}

/// A convolution of the source's (channels, rows, columns) to the target's.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// [target channels, source channels of a group, rows, columns], i8, i16 or i32.
    pub weight: Tensor,
    /// Rows, columns.
    pub stride: [usize; 2],
    /// Rows, columns; on both sides.
    pub padding: [usize; 2],
    /// Rows, columns.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
}

/// Synapses one by one, ordered by source and then target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sparse {
    /// Where each source's synapses begin, and their number: sources + 1.
    pub starts: Arc<[u32]>,
    /// The target of each synapse; each once for a source.
    pub targets: Arc<[u32]>,
    /// The weight of each synapse.
    pub weights: Arc<[i16]>,
}

/// Which signs a connection's weights have (`utils/weightutils.py`, `SignMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignMode {
    /// Both: even, from -256 to 254.
    Mixed = 1,
    /// None negative: 0 to 255.
    Excitatory = 2,
    /// None positive: -255 to 0.
    Inhibitory = 3,
}

/// Steps that a spike waits beside the one that every connection takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The same for all synapses, 0 to [`MOST_DELAY`].
    Uniform(u8),
    /// One for each synapse, in the order of the weights: [target, source] of a dense connection, the
    /// synapses of a sparse one. A convolution has one for all.
    Each(Arc<[u8]>),
}

/// A NIR input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The NIR node.
    pub node: String,
    /// The population without neuron that stands for it.
    pub population: usize,
}

/// A NIR output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The NIR node.
    pub node: String,
    /// The population that it reads, or all parts of one node.
    pub populations: Vec<usize>,
    /// What it reads.
    pub signal: Signal,
}

/// What is read of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Its spikes.
    Spikes,
    /// Its membrane v, after reset.
    Membrane,
}

/// A network on cores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The chips that are used, from 0.
    pub chips: usize,
    /// In order of chip, core.
    pub cores: Vec<Core>,
}

/// A core and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// The chip, from 0.
    pub chip: usize,
    /// The core of the chip, from 0.
    pub core: usize,
    /// The neurons.
    pub blocks: Vec<Block>,
    /// What they take.
    pub words: Words,
}

/// Neurons of a population, in a box of (channels, rows, columns); of a population of one dimension
/// (neurons, 1, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The population.
    pub population: usize,
    /// The first channel, row and column.
    pub origin: [usize; 3],
    /// How many of each.
    pub size: [usize; 3],
}

/// What neurons take of a core, in the columns of Intel's compiler, in words of 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Input axons.
    pub axon_in: u64,
    /// Neuron groups: not words.
    pub neuron_groups: u64,
    /// Neurons.
    pub neurons: u64,
    /// Synaptic memory.
    pub synapses: u64,
    /// The map from neurons to output axons.
    pub axon_map: u64,
    /// Lists of output axons.
    pub axon_memory: u64,
}

impl Words {
    /// The words that share the core's memory.
    pub fn total(&self) -> u64 {
        self.axon_in + self.neurons + self.synapses + self.axon_map + self.axon_memory
    }
}

impl Population {
    /// The number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// (channels, rows, columns); (neurons, 1, 1) of one dimension.
    pub fn map(&self) -> [usize; 3] {
        match self.shape[..] {
            [channels, rows, columns] => [channels, rows, columns],
            _ => [self.count(), 1, 1],
        }
    }

    /// The NIR node, of which this may be a part.
    pub fn node(&self) -> &str {
        self.part.as_ref().map_or(&self.name, |part| &part.node)
    }

    /// The parameters, of a population of LIF neurons.
    pub fn lif(&self) -> Option<&Lif> {
        match &self.neuron {
            Some(Neuron::Lif(lif)) => Some(lif),
            _ => None,
        }
    }
}

impl Bias {
    /// What is added to v of each of `count` neurons in each step.
    pub fn effective(&self, count: usize) -> Vec<i32> {
        let each = self.mantissa.len().max(1);
        let neuron = |n: usize| {
            let channel = n / (count / each).max(1);
            let mantissa = self.mantissa.get(channel).copied().unwrap_or(0);
            let exponents = (self.exponent.get(channel)).or(self.exponent.first());
            let exponent = exponents.copied().unwrap_or(0);
            let mantissa = i32::from(mantissa);
            let shift = u32::from(exponent.unsigned_abs()).min(31);
            if exponent >= 0 {
                mantissa.wrapping_shl(shift)
            } else {
                mantissa >> shift
            }
        };
        (0..count).map(neuron).collect()
    }
}

impl Delay {
    /// The longest of them.
    pub fn most(&self) -> u8 {
        match self {
            Self::Uniform(delay) => *delay,
            Self::Each(delays) => delays.iter().copied().max().unwrap_or(0),
        }
    }
}

impl SignMode {
    /// The mode of weights from `low` to `high`, as Lava takes it if none is given.
    pub fn of(low: i64, high: i64) -> Self {
        if low >= 0 {
            Self::Excitatory
        } else if high <= 0 {
            Self::Inhibitory
        } else {
            Self::Mixed
        }
    }
}
