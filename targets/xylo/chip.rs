//! What a Xylo chip has: every limit and width, each with its source and how well it is known.
//!
//! The numbers of the four chips stand in [`crate::xylo::chip_data`].

pub use super::chip_data::CHIPS;

/// How a number came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Seen by running the vendor's own code (samna 0.7.1 or xylosim 0.1.3).
    Verified,
    /// Read in the vendor's documentation or source.
    Documented,
    /// Concluded from a related chip or from a memory map; nobody has confirmed it.
    Inferred,
}

impl Evidence {
    /// `verified`, `documented` or `inferred`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Documented => "documented",
            Self::Inferred => "inferred",
        }
    }
}

/// A number of a chip, where it was read, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit<T = usize> {
    /// The number.
    pub value: T,
    /// Where it was read or seen.
    pub source: &'static str,
    /// How well it is known.
    pub evidence: Evidence,
}

impl<T> Limit<T> {
    /// Seen by running the vendor's code.
    pub const fn verified(value: T, source: &'static str) -> Self {
        let evidence = Evidence::Verified;
        Self {
            value,
            source,
            evidence,
        }
    }

    /// Read in the vendor's documentation or source.
    pub const fn documented(value: T, source: &'static str) -> Self {
        let evidence = Evidence::Documented;
        Self {
            value,
            source,
            evidence,
        }
    }

    /// Concluded, not confirmed.
    pub const fn inferred(value: T, source: &'static str) -> Self {
        let evidence = Evidence::Inferred;
        Self {
            value,
            source,
            evidence,
        }
    }
}

/// The integers from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub low: i32,
    /// The largest.
    pub high: i32,
}

impl Range {
    /// Whether `value` lies within.
    pub const fn contains(self, value: i32) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Which of the vendor's two update rules a chip follows; they differ where the membrane saturates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// SYNS61300: `V = sat(wrap(V - decay(V)) + I)`, no bias.
    V1,
    /// All later chips: the increment `I - decay(V)` is saturated before it is added to V.
    V2,
}

/// One part number.
#[derive(Debug)]
pub struct Chip {
    /// The name of the target, e.g. `xylo-audio-2`.
    pub name: &'static str,
    /// The vendor's part number, e.g. `SYNS61201`.
    pub part_number: &'static str,
    /// The Python package that configures it, e.g. `samna.xyloCore2`.
    pub samna_package: &'static str,
    /// The update rule.
    pub arithmetic: Limit<Arithmetic>,
    /// Most input channels.
    pub input_channels: Limit,
    /// Most hidden neurons.
    pub hidden_neurons: Limit,
    /// Most hidden neurons while the second synapse is on, where that is another number.
    pub hidden_neurons_with_synapse_2: Option<Limit>,
    /// Most readout neurons.
    pub readout_neurons: Limit,
    /// The number of readout neurons above which the vendor's tool warns.
    pub readout_neurons_advised: Option<Limit>,
    /// Synaptic states of a hidden neuron (a readout neuron has one on every chip).
    pub hidden_synapses: Limit,
    /// Inputs reach only the first so many hidden neurons; `None`: all of them.
    pub input_expansion: Option<Limit>,
    /// Readouts read only the last so many hidden neurons; `None`: the readout matrix has exactly
    /// one row for every hidden neuron.
    pub readout_expansion: Option<Limit>,
    /// Most recurrent targets of one hidden neuron.
    pub fan_out: Limit,
    /// Most recurrent connections in all.
    pub connections: Limit,
    /// Whether a connection that has a weight on the second synapse only takes a place in the
    /// lists that `fan_out` and `connections` bound.
    pub synapse_2_counts: Limit<bool>,
    /// Whether the vendor's tool drops a recurrent connection that has a weight on the second
    /// synapse only.
    pub drops_synapse_2_only: Limit<bool>,
    /// Weights of all three layers.
    pub weight: Limit<Range>,
    /// Thresholds of hidden and readout neurons.
    pub threshold: Limit<Range>,
    /// Decay shifts ("dash") of all states.
    pub dash: Limit<Range>,
    /// Shifts to the left of the weights of a layer.
    pub weight_shift: Limit<Range>,
    /// Membrane biases; `None`: the chip has none.
    pub bias: Option<Limit<Range>>,
    /// Alias targets of one hidden neuron.
    pub alias_targets: Limit,
    /// Whether readout neurons 2k and 2k+1 must have equal thresholds.
    pub readout_threshold_pairs: Limit<bool>,
    /// Whether the chip has a hibernation mode.
    pub hibernation: Limit<bool>,
    /// The register that sets the length of a step in real-time mode, in clock cycles.
    pub time_resolution_wrap: Limit<Range>,
}

impl Chip {
    /// Most hidden neurons with `synapses` synaptic states in use.
    pub fn hidden_neurons_for(&self, synapses: usize) -> Limit {
        match self.hidden_neurons_with_synapse_2 {
            Some(limit) if synapses > 1 => limit,
            _ => self.hidden_neurons,
        }
    }
}

/// The least value of a state. Source: xylosim 0.1.3,
/// XyloIAFNeuron.h; verified by running it.
pub const STATE_MIN: i32 = i16::MIN as i32;
/// The largest value of a state. Source: as [`STATE_MIN`].
pub const STATE_MAX: i32 = i16::MAX as i32;
/// The range of a state (synaptic current or membrane) of all chips.
pub const STATE_RANGE: [i64; 2] = [STATE_MIN as i64, STATE_MAX as i64];
/// Most events of one input channel in a step; more are lost. Source: xylosim 0.1.3,
/// XyloIAFNeuron.h:1-5; verified by running it.
pub const MAX_INPUT_EVENTS: u32 = 15;
/// Most spikes of a hidden neuron in a step. Source: as [`MAX_INPUT_EVENTS`].
pub const MAX_HIDDEN_EVENTS: u32 = 31;
/// Most spikes of a readout neuron in a step. Source: as [`MAX_INPUT_EVENTS`].
pub const MAX_READOUT_EVENTS: u32 = 1;

/// The chip with this target name (`xylo-audio-2`) or part number (`SYNS61201`).
pub fn lookup(name: &str) -> Option<&'static Chip> {
    CHIPS
        .iter()
        .find(|chip| chip.name == name || chip.part_number.eq_ignore_ascii_case(name))
}
