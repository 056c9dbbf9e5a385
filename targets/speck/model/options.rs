//! What the public documents leave open.

nirc_dialects::keyword! {
    /// In which order the neurons under a kernel are visited, and so spike.
    pub enum Visiting {
        /// Feature by feature, each row by row.
        FeatureRowColumn = "feature-row-column",
        /// Row by row, column by column, all features of a place together.
        RowColumnFeature = "row-column-feature",
    }
}

nirc_dialects::keyword! {
    /// Which of the events that wait is next.
    pub enum Arbitration {
        /// All that follows from an event comes before the next event.
        DepthFirst = "depth-first",
        /// The event that has waited longest.
        BreadthFirst = "breadth-first",
        /// Every core has a queue; the cores take turns, by number.
        RoundRobin = "round-robin",
    }
}

nirc_dialects::keyword! {
    /// What happens to a potential that leaves 16 bits.
    pub enum Overflow {
        /// It stays at the bound.
        Saturate = "saturate",
        /// It comes back in at the other bound.
        Wrap = "wrap",
    }
}

nirc_dialects::keyword! {
    /// Whether a neuron can spike in a leak tick.
    pub enum LeakSpikes {
        /// It does, as at an event.
        Yes = "leak-spikes",
        /// It waits for the next event.
        No = "leak-silent",
    }
}

/// What the public documents leave open, each as one of its possible answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The order of the neurons that one event reaches.
    pub visiting: Visiting,
    /// The order of events.
    pub arbitration: Arbitration,
    /// Sums of more than 16 bits.
    pub overflow: Overflow,
    /// Spikes in leak ticks.
    pub leak_spikes: LeakSpikes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            visiting: Visiting::FeatureRowColumn,
            arbitration: Arbitration::DepthFirst,
            overflow: Overflow::Saturate,
            leak_spikes: LeakSpikes::Yes,
        }
    }
}

impl Options {
    /// The options that differ from the default in these words, e.g. `breadth-first`, joined by commas.
    /// `None` if a word is no option's.
    pub fn parse(words: &str) -> Option<Self> {
        let mut options = Self::default();
        for word in words.split(',').filter(|word| !word.is_empty()) {
            if let Some(visiting) = Visiting::from_word(word) {
                options.visiting = visiting;
            } else if let Some(arbitration) = Arbitration::from_word(word) {
                options.arbitration = arbitration;
            } else if let Some(overflow) = Overflow::from_word(word) {
                options.overflow = overflow;
            } else {
                options.leak_spikes = LeakSpikes::from_word(word)?;
            }
        }
        Some(options)
    }

    /// All words that [`Options::parse`] knows.
    pub fn words() -> Vec<&'static str> {
        let visiting = Visiting::ALL.iter().map(|w| w.word());
        let arbitration = Arbitration::ALL.iter().map(|w| w.word());
        let overflow = Overflow::ALL.iter().map(|w| w.word());
        let leak = LeakSpikes::ALL.iter().map(|w| w.word());
        visiting
            .chain(arbitration)
            .chain(overflow)
            .chain(leak)
            .collect()
    }
}

impl Visiting {
    /// A spike as a number that grows in the order of visits: 10 bits of feature, 6 of row, 6 of column.
    #[inline]
    pub(super) fn key(self, feature: usize, row: u8, column: u8) -> u32 {
        let (feature, row, column) = (feature as u32, u32::from(row), u32::from(column));
        match self {
            Self::FeatureRowColumn => feature << 12 | row << 6 | column,
            Self::RowColumnFeature => row << 16 | column << 10 | feature,
        }
    }

    /// Feature, row and column of [`Visiting::key`].
    #[inline]
    pub(super) fn place(self, key: u32) -> (usize, usize, usize) {
        let bits = |at: u32, width: u32| (key >> at & ((1 << width) - 1)) as usize;
        match self {
            Self::FeatureRowColumn => (bits(12, 10), bits(6, 6), bits(0, 6)),
            Self::RowColumnFeature => (bits(0, 10), bits(16, 6), bits(10, 6)),
        }
    }
}
