//! How many bytes a processing element takes, to the byte, from counts alone.

use super::{
    Records, Voltage,
    layout::{
        ALIGNMENT, ENTRY_WORDS, GLOBAL_WORDS, ORDER, ROUTING_HEADER_WORDS, ROW_HEADER_WORDS,
        Region, SPECIFICATION_WORDS, TABLE_INFO_WORDS, TIMER_WORDS,
    },
};
use crate::spinnaker2::chip_data::{MEMORY, RESERVED_ENTRY_BYTES};

const WORD: usize = 4;

/// What the bytes depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Neurons.
    pub neurons: usize,
    /// Parameters of a neuron.
    pub parameters: usize,
    /// Source neurons that have a synapse here.
    pub sources: usize,
    /// Words of all their rows, see [`row_words`].
    pub row_words: usize,
    /// Words of the target list.
    pub targets: usize,
    /// Ticks of a run.
    pub ticks: usize,
    /// What is recorded.
    pub record: Records,
    /// Whether an entry of the master population table is given 48 bytes, as py-spinnaker2 does.
    pub over_allocated: bool,
}

/// Words of a row of `synapses` synapses: the header, and half a word for each.
pub const fn row_words(synapses: usize) -> usize {
    ROW_HEADER_WORDS + synapses.div_ceil(2)
}

impl Counts {
    /// Bytes of a region, without what aligns the next one.
    pub fn region(&self, region: Region) -> usize {
        let ticks = self.ticks;
        let words = match region {
            Region::RoutingTable => ROUTING_HEADER_WORDS + self.targets,
            Region::TimerConfig => TIMER_WORDS,
            Region::GlobalParams => GLOBAL_WORDS,
            Region::MasterTableInfo => TABLE_INFO_WORDS,
            Region::MasterTable if self.over_allocated => {
                return self.sources * RESERVED_ENTRY_BYTES.value;
            }
            Region::MasterTable => self.sources * ENTRY_WORDS,
            Region::SynapseRows => self.row_words,
            Region::NeuronParams => self.neurons * self.parameters,
            Region::SpikeRecord if self.record.spikes => ticks * (2 + self.neurons.div_ceil(32)),
            Region::VoltageRecord => match self.record.voltage {
                Voltage::None => 0,
                Voltage::Every => ticks * (1 + self.neurons),
                Voltage::Last => 1 + self.neurons,
            },
            Region::TimeDone if self.record.time_done => ticks,
            Region::SpikeRecord | Region::TimeDone => 0,
            Region::Log => MEMORY.log_words.value,
        };
        words * WORD
    }

    /// Where each region begins, in bytes behind the beginning of the data specification, in the order
    /// of [`ORDER`], and where the last one ends.
    pub fn offsets(&self) -> ([usize; ORDER.len()], usize) {
        let mut at = (SPECIFICATION_WORDS * WORD).next_multiple_of(ALIGNMENT);
        let offsets = ORDER.map(|region| {
            let begin = at;
            at = (begin + self.region(region)).next_multiple_of(ALIGNMENT);
            begin
        });
        (offsets, at)
    }

    /// Bytes of all data.
    pub fn bytes(&self) -> usize {
        self.offsets().1
    }

    /// Whether the data fit a processing element.
    pub fn fits(&self) -> bool {
        self.bytes() <= MEMORY.budget()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every one of `sources` sources to every one of `neurons` neurons.
    fn all_to_all(sources: usize, neurons: usize, over_allocated: bool) -> Counts {
        Counts {
            neurons,
            parameters: 5,
            sources,
            row_words: sources * row_words(neurons),
            over_allocated,
            ..Counts::default()
        }
    }

    fn tables(counts: &Counts) -> usize {
        counts.region(Region::MasterTable) + counts.region(Region::SynapseRows)
    }

    /// The numbers that users of py-spinnaker2 met: bytes of table and rows for 512 sources.
    #[test]
    fn tables_take_what_is_known() {
        for (neurons, exact, reserved) in [
            (16, 28_672, 47_104),
            (32, 45_056, 63_488),
            (64, 77_824, 96_256),
        ] {
            assert_eq!(tables(&all_to_all(512, neurons, false)), exact);
            assert_eq!(tables(&all_to_all(512, neurons, true)), reserved);
        }
        assert_eq!(MEMORY.budget(), 67_328);
    }

    /// Layer `10` of the NIR paper's network, whose authors found 16 neurons by trying powers of two: with the
    /// spikes of a sample's 300 ticks and 48 bytes an entry, 16 fit and 32 do not. 30 are the most, and
    /// 46 with the bytes that are needed.
    #[test]
    fn the_papers_layer_10_fits_with_16_neurons() {
        let fits = |neurons: usize, over_allocated: bool| {
            let counts = Counts {
                ticks: 300,
                record: Records {
                    spikes: true,
                    ..Records::default()
                },
                ..all_to_all(512, neurons, over_allocated)
            };
            counts.fits()
        };
        assert!(fits(16, true) && !fits(32, true));
        let most = |over_allocated: bool| (1..=250).filter(|n| fits(*n, over_allocated)).max();
        assert_eq!((most(true), most(false)), (Some(30), Some(46)));
    }

    /// Records as the examples make them: 300 ticks of 250 neurons.
    #[test]
    fn records_take_what_is_known() {
        let counts = Counts {
            neurons: 250,
            ticks: 300,
            record: Records {
                spikes: true,
                voltage: Voltage::Every,
                time_done: true,
            },
            ..Counts::default()
        };
        assert_eq!(counts.region(Region::SpikeRecord), 4 * 300 * (8 + 2));
        assert_eq!(counts.region(Region::VoltageRecord), 4 * 300 * 251);
        assert_eq!(counts.region(Region::TimeDone), 4 * 300);
        assert_eq!(counts.region(Region::Log), 400);
        assert!(!counts.fits());
    }

    #[test]
    fn regions_follow_each_other() {
        let counts = all_to_all(3, 5, false);
        let (offsets, end) = counts.offsets();
        let mut last = 4 * 13;
        for (region, offset) in ORDER.iter().zip(offsets) {
            assert!(offset >= last && offset < last + ALIGNMENT, "{region}");
            last = offset + counts.region(*region);
        }
        assert!(end >= last && end < last + ALIGNMENT);
    }
}
