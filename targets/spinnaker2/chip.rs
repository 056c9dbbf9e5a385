//! What a SpiNNaker2 system has: every number with its source and how well it is known.
//!
//! The numbers stand in [`super::chip_data`], those of the applications in [`super::application`].

/// How a number came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It explains spikes that were recorded on a chip.
    Validated,
    /// Read in a public source: documentation, example, or program.
    Documented,
    /// Concluded from other numbers; nobody has confirmed it.
    Inferred,
    /// A rate or a time that was measured elsewhere under other conditions; only for estimates.
    Estimate,
}

impl Evidence {
    /// `validated`, `documented`, `inferred` or `estimate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validated => "validated",
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Estimate => "estimate",
        }
    }
}

/// A number, where it was read, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<T = usize> {
    /// The number.
    pub value: T,
    /// Where it was read.
    pub source: &'static str,
    /// How well it is known.
    pub evidence: Evidence,
}

impl<T> Known<T> {
    /// It explains spikes of a chip.
    pub const fn validated(value: T, source: &'static str) -> Self {
        Self {
            value,
            source,
            evidence: Evidence::Validated,
        }
    }

    /// Read in a public source.
    pub const fn documented(value: T, source: &'static str) -> Self {
        Self {
            value,
            source,
            evidence: Evidence::Documented,
        }
    }

    /// Concluded, not confirmed.
    pub const fn inferred(value: T, source: &'static str) -> Self {
        Self {
            value,
            source,
            evidence: Evidence::Inferred,
        }
    }

    /// For estimates only.
    pub const fn estimate(value: T, source: &'static str) -> Self {
        Self {
            value,
            source,
            evidence: Evidence::Estimate,
        }
    }
}

/// A chip of the family, and how many of them a board has.
#[derive(Debug)]
pub struct System {
    /// The name of the target.
    pub name: &'static str,
    /// Which board it is.
    pub part_number: &'static str,
    /// Chips on the board.
    pub chips: Known,
    /// Chips of the board as a hexagonal torus of so many columns and rows.
    pub columns_and_rows: Known<[usize; 2]>,
    /// The processing elements of a chip.
    pub elements: Known,
    /// Those of them that py-spinnaker2 uses.
    pub usable_elements: Known,
    /// Entries of a chip's multicast router.
    pub router_entries: Known,
    /// Links to other chips.
    pub links: Known,
}

/// The memory of a processing element as an application divides it, in bytes.
#[derive(Debug)]
pub struct Memory {
    /// All of a processing element.
    pub total: Known,
    /// Of it, for code.
    pub code: Known,
    /// Where the data specification begins.
    pub data: Known<u32>,
    /// Where heap and stack begin: data end here.
    pub end: Known<u32>,
    /// Words of the log.
    pub log_words: Known,
}

impl Memory {
    /// What data may take, in bytes.
    pub const fn budget(&self) -> usize {
        (self.end.value - self.data.value) as usize
    }
}

/// What times are estimated with.
#[derive(Debug)]
pub struct Rates {
    /// The fastest clock of a processing element, in Hz.
    pub clock: Known<f64>,
    /// Synaptic events that a processing element takes in a second.
    pub synaptic_events: Known<f64>,
    /// Neurons of a chip that are updated in a tick of 1 ms.
    pub neurons_a_millisecond: Known<f64>,
    /// The tick that py-spinnaker2's examples run with, in seconds.
    pub usual_tick: Known<f64>,
}
