//! The layers to place, with what each needs of a core and where its events go.

use std::collections::BTreeMap;

use crate::speck::{
    chip::{CORES, Chip, DESTINATIONS, Memory},
    memory,
};

/// What a layer needs of a core for so many of its output channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Input channels, of all sources together.
    pub inputs: u64,
    /// The side of the kernel.
    pub side: u64,
    /// Rows of neurons.
    pub rows: u64,
    /// Columns of neurons.
    pub columns: u64,
    /// Channels of the core from one output channel to the next.
    pub step: u64,
}

impl Need {
    /// The channels of a core that so many output channels take.
    pub const fn channels(&self, count: u64) -> u64 {
        count.saturating_sub(1) * self.step + 1
    }

    /// The words for so many output channels.
    pub const fn words(&self, count: u64) -> Memory {
        let channels = self.channels(count);
        memory::words(self.inputs, channels, self.side, self.columns, self.rows)
    }
}

/// A layer as the placement sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The NIR node.
    pub name: String,
    /// Output channels.
    pub channels: u64,
    /// What it needs.
    pub need: Need,
    /// Synaptic operations for one output channel, if all that sends to it does so once.
    pub load: f64,
    /// The layers that it takes events from.
    pub sources: Vec<usize>,
    /// Whether it takes events of the sensor.
    pub senses: bool,
    /// Whether it takes one destination for the readout.
    pub to_readout: bool,
    /// Whether its channels have to stand on one core.
    pub whole: bool,
    /// What a relay of all its spikes needs, as they go on.
    pub relay: Need,
}

/// What stands on one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Output channels of a layer.
    Part {
        /// The layer.
        layer: usize,
        /// Its first output channel here.
        first: u64,
        /// How many.
        count: u64,
    },
    /// A relay of all spikes of a layer, the nth.
    Relay {
        /// The layer.
        layer: usize,
        /// Which of its relays.
        number: usize,
    },
}

/// The relays that each layer needs where layers have so many parts. A core has two destinations, and a
/// relay takes one of them for two of its own. `None` if the sensor sends to more cores than it can.
pub fn relays(work: &[Work], parts: &[usize]) -> Option<BTreeMap<usize, usize>> {
    let mut fan_out = vec![0; work.len()];
    let mut sensed = 0;
    for (layer, count) in work.iter().zip(parts) {
        layer
            .sources
            .iter()
            .for_each(|source| fan_out[*source] += count);
        sensed += usize::from(layer.senses) * count;
    }
    let with_readout = work.iter().zip(&mut fan_out);
    with_readout.for_each(|(layer, fan_out)| *fan_out += usize::from(layer.to_readout));
    let needed = fan_out.into_iter().enumerate();
    let needed = needed.map(|(layer, count)| (layer, count.saturating_sub(DESTINATIONS)));
    (sensed <= DESTINATIONS).then(|| needed.filter(|(_, count)| *count > 0).collect())
}

impl Unit {
    /// The words that it takes.
    pub fn words(&self, work: &[Work]) -> Memory {
        match self {
            Self::Part { layer, count, .. } => work[*layer].need.words(*count),
            Self::Relay { layer, .. } => work[*layer].relay.words(work[*layer].channels),
        }
    }

    /// Synaptic operations if all that sends to it does so once.
    pub fn load(&self, work: &[Work]) -> f64 {
        match self {
            Self::Part { layer, count, .. } => work[*layer].load * *count as f64,
            // One operation an event and channel.
            Self::Relay { layer, .. } => {
                let (work, need) = (&work[*layer], work[*layer].relay);
                (need.rows * need.columns * work.channels) as f64 * work.channels as f64
            }
        }
    }

    /// The cores that can hold it, as bits.
    pub fn cores(&self, work: &[Work], chip: &Chip) -> u16 {
        let words = self.words(work);
        let channels = match self {
            Self::Part { layer, count, .. } => work[*layer].need.channels(*count),
            Self::Relay { layer, .. } => work[*layer].channels,
        };
        if channels as i64 > chip.features.value.high {
            return 0;
        }
        let holds = |core: &usize| words.fits(&chip.memory.value[*core]);
        (0..CORES)
            .filter(holds)
            .fold(0, |bits, core| bits | 1 << core)
    }
}
