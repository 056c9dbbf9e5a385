//! What a Speck chip has: every limit and width, each with its source and how well it is known.
//!
//! The numbers of the three chips stand in [`crate::speck::chip_data`].

pub use super::chip_data::CHIPS;

/// How a number came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Seen by running the vendor's own code (samna 0.7.1.0).
    Verified,
    /// Read in the vendor's documentation or source.
    Documented,
    /// Concluded from a related chip; nobody has confirmed it.
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
pub struct Limit<T> {
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
        Self::new(value, source, Evidence::Verified)
    }

    /// Read in the vendor's documentation or source.
    pub const fn documented(value: T, source: &'static str) -> Self {
        Self::new(value, source, Evidence::Documented)
    }

    /// Concluded, not confirmed.
    pub const fn inferred(value: T, source: &'static str) -> Self {
        Self::new(value, source, Evidence::Inferred)
    }

    const fn new(value: T, source: &'static str, evidence: Evidence) -> Self {
        Self {
            value,
            source,
            evidence,
        }
    }

    /// Where the number comes from, as the reason of a finding.
    pub fn because(&self) -> String {
        format!("the limit is {}: {}", self.evidence.name(), self.source)
    }
}

/// The integers from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub low: i64,
    /// The largest.
    pub high: i64,
}

impl Range {
    /// Whether `value` lies within.
    pub const fn contains(self, value: i64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The memories of one core, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Words of 8 bits for weights.
    pub kernel: u64,
    /// Words of 16 bits for membrane potentials.
    pub neuron: u64,
    /// Words of 16 bits for biases.
    pub bias: u64,
}

/// The number of convolutional cores of every chip of the family.
pub const CORES: usize = 9;
/// The number of destinations of a core, and of the sensor's layer.
pub const DESTINATIONS: usize = 2;
/// The router's number of the readout. Source: the chip's datasheet of August 2023, 3.2.5.3.
pub const READOUT: i64 = 12;

/// One chip.
#[derive(Debug)]
pub struct Chip {
    /// The name of the target and of the chip in samna, e.g. `speck2f`.
    pub name: &'static str,
    /// The vendor's name, e.g. `Speck 2f`.
    pub part_number: &'static str,
    /// The memories of each core.
    pub memory: Limit<[Memory; CORES]>,
    /// Rows, and columns, of a core's input map.
    pub input_size: Limit<Range>,
    /// Rows, and columns, of a core's map of neurons, before pooling.
    pub output_size: Limit<Range>,
    /// Input features of a core, and output features of a core.
    pub features: Limit<Range>,
    /// The side of the square kernel.
    pub kernel_size: Limit<Range>,
    /// Strides, each axis its own.
    pub strides: Limit<&'static [i64]>,
    /// Rows or columns of zeros on both sides of an axis.
    pub padding: Limit<Range>,
    /// The sides of the square that a destination pools.
    pub pooling: Limit<&'static [i64]>,
    /// What a destination adds to the feature of an event.
    pub feature_shift: Limit<Range>,
    /// Whether the router takes the readout for a destination.
    pub routes_to_readout: Limit<bool>,
    /// Whether two sources may send to the same features of a core, which then adds them.
    pub sums_sources: Limit<bool>,
    /// Weights.
    pub weight: Limit<Range>,
    /// Biases, one for each output feature, added in each leak tick.
    pub bias: Limit<Range>,
    /// Membrane potentials.
    pub state: Limit<Range>,
    /// The threshold of a core.
    pub threshold_high: Limit<Range>,
    /// The bound below of the membrane potentials of a core, as the vendor's validator takes it.
    pub threshold_low: Limit<Range>,
    /// Whether the bound below must not be 0.
    pub threshold_low_bug: Limit<bool>,
    /// Rows, and columns, of the sensor.
    pub sensor_size: Limit<i64>,
    /// The sides of the rectangle that the sensor's layer pools.
    pub sensor_pooling: Limit<&'static [i64]>,
    /// Whether the sensor's layer crops what it has pooled; else it pools what it has cropped.
    pub crop_after_pooling: Limit<bool>,
    /// The side of the square that the noise filter looks at.
    pub filter_size: Limit<Range>,
    /// The readout's way to count classes.
    pub readout_configuration: Limit<Range>,
    /// The readout class of channel c of the last core is c / this + 1; channels between are lost.
    pub readout_channel_step: Limit<i64>,
    /// Classes that the readout tells apart.
    pub readout_classes: Limit<i64>,
    /// Whether cores can drop all but one in so many of their spikes.
    pub decimator: Limit<bool>,
    /// The cores that work on several neurons at once.
    pub parallel_cores: Limit<&'static [usize]>,
    /// Synaptic operations that each core can do in a second, if a number is public.
    pub synaptic_operations: Option<Limit<f64>>,
}

/// The chip of this target name (`speck2f`) or of the vendor's name.
pub fn lookup(name: &str) -> Option<&'static Chip> {
    CHIPS
        .iter()
        .find(|chip| chip.name == name || chip.part_number.eq_ignore_ascii_case(name))
}
