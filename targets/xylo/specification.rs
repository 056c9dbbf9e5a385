//! The neutral specification: a Xylo network as integers, in no tool's format.
//!
//! It is what the quantiser produces, what the legaliser checks, what the chip model runs and what
//! every other file is made from. Values are held wider than any chip has them, so that a value
//! that does not fit can be named instead of wrapping.
//!
//! The keys of the JSON form are those of the dictionary that rockpool's Xylo mapper makes, and five
//! of ours: `format`, `chip`, `dt`, `has_bias`, `nodes`. The weights of hidden neurons always have a
//! synapse axis.

mod read;
mod shape;
mod write;

use ndarray::{Array2, Array3};

/// The version of the JSON form that this compiler writes and reads.
pub const FORMAT: i32 = 1;

/// What a range of ids is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Input channels.
    Input,
    /// Hidden neurons.
    Hidden,
    /// Readout neurons.
    Readout,
}

impl Role {
    /// The name in the JSON form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Hidden => "hidden",
            Self::Readout => "readout",
        }
    }
}

/// The ids that one NIR node became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRange {
    /// The NIR node, as a path.
    pub node: String,
    /// What its ids are.
    pub role: Role,
    /// The first id.
    pub first: usize,
    /// How many ids follow each other from there.
    pub count: usize,
}

/// A network in integers. `Nin` input channels, `NIEN` hidden neurons that inputs reach (the first
/// ones), `Nhid` hidden neurons, `NOEN` hidden neurons that readouts read (the last ones), `Nout`
/// readout neurons, `S` = 1 or 2 synapses a hidden neuron.
///
/// Equation of a state x with decay shift d: each step x loses `x >> d`, and at least one unit
/// towards zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Specification {
    /// The target or part number for which it was made.
    pub chip: Option<String>,
    /// The length of a step in seconds.
    pub dt: Option<f64>,
    /// `[Nin][NIEN][S]`, from channel to hidden neuron.
    pub weights_in: Array3<i32>,
    /// `[Nhid][Nhid][S]`, from source to target.
    pub weights_rec: Array3<i32>,
    /// `[NOEN][Nout]`; row r belongs to hidden neuron `Nhid - NOEN + r`.
    pub weights_out: Array2<i32>,
    /// `[Nhid]` decay shift of the membrane.
    pub dash_mem: Vec<i32>,
    /// `[Nhid]` decay shift of the first synapse.
    pub dash_syn: Vec<i32>,
    /// `[Nhid]` decay shift of the second synapse.
    pub dash_syn_2: Vec<i32>,
    /// `[Nout]` decay shift of the readout membrane.
    pub dash_mem_out: Vec<i32>,
    /// `[Nout]` decay shift of the readout synapse.
    pub dash_syn_out: Vec<i32>,
    /// `[Nhid]` firing threshold; a neuron spikes while `V >= threshold`.
    pub threshold: Vec<i32>,
    /// `[Nout]` firing threshold of the readouts.
    pub threshold_out: Vec<i32>,
    /// `[Nhid]` added to the membrane each step.
    pub bias: Vec<i32>,
    /// `[Nout]` added to the readout membrane each step.
    pub bias_out: Vec<i32>,
    /// Input weights count `2^shift` times.
    pub weight_shift_in: i32,
    /// Recurrent weights count `2^shift` times.
    pub weight_shift_rec: i32,
    /// Readout weights count `2^shift` times.
    pub weight_shift_out: i32,
    /// `[Nhid]` hidden neurons that receive this neuron's spikes as their own; at most one on chip.
    pub aliases: Vec<Vec<i32>>,
    /// Whether the bias circuit is on; `None`: on if any bias is not zero.
    pub has_bias: Option<bool>,
    /// Which NIR node owns which ids.
    pub nodes: Vec<NodeRange>,
}

impl Specification {
    /// A network without a connection whose neurons never spike: all weights, decays, biases and
    /// shifts 0, thresholds 32767, `NIEN = NOEN = Nhid`.
    pub fn silent(inputs: usize, hidden: usize, readouts: usize, synapses: usize) -> Self {
        Self {
            chip: None,
            dt: None,
            weights_in: Array3::zeros((inputs, hidden, synapses)),
            weights_rec: Array3::zeros((hidden, hidden, synapses)),
            weights_out: Array2::zeros((hidden, readouts)),
            dash_mem: vec![0; hidden],
            dash_syn: vec![0; hidden],
            dash_syn_2: vec![0; hidden],
            dash_mem_out: vec![0; readouts],
            dash_syn_out: vec![0; readouts],
            threshold: vec![i32::from(i16::MAX); hidden],
            threshold_out: vec![i32::from(i16::MAX); readouts],
            bias: vec![0; hidden],
            bias_out: vec![0; readouts],
            weight_shift_in: 0,
            weight_shift_rec: 0,
            weight_shift_out: 0,
            aliases: vec![Vec::new(); hidden],
            has_bias: None,
            nodes: Vec::new(),
        }
    }

    /// `Nin`.
    pub fn input_channels(&self) -> usize {
        self.weights_in.dim().0
    }

    /// `NIEN`, the number of hidden neurons that inputs reach.
    pub fn input_expansion(&self) -> usize {
        self.weights_in.dim().1
    }

    /// `Nhid`.
    pub fn hidden_neurons(&self) -> usize {
        self.weights_rec.dim().0
    }

    /// `NOEN`, the number of hidden neurons that readouts read.
    pub fn readout_expansion(&self) -> usize {
        self.weights_out.dim().0
    }

    /// `Nout`.
    pub fn readout_neurons(&self) -> usize {
        self.weights_out.dim().1
    }

    /// `S`, the number of synapses of a hidden neuron.
    pub fn synapses(&self) -> usize {
        self.weights_rec.dim().2
    }

    /// Whether any bias is not zero.
    pub fn any_bias(&self) -> bool {
        self.bias.iter().chain(&self.bias_out).any(|&b| b != 0)
    }

    /// Whether the bias circuit is on.
    pub fn bias_enabled(&self) -> bool {
        self.has_bias.unwrap_or_else(|| self.any_bias())
    }

    /// Whether any neuron has an alias.
    pub fn any_alias(&self) -> bool {
        self.aliases.iter().any(|targets| !targets.is_empty())
    }
}
