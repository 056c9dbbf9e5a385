//! The numbers of the layout: one table of regions, words in front of them.

/// The first word of a data specification.
pub const MAGIC: u32 = 0xAD13_0AD6;
/// The second word: its version.
pub const VERSION: u32 = 0x0001_0000;
/// Words of the data specification: two, and a pointer to each region.
pub const SPECIFICATION_WORDS: usize = 2 + Region::ALL.len();
/// Regions begin at multiples of this. The layout asks for none, since it has pointers; this is ours.
pub const ALIGNMENT: usize = 16;
/// Words of an entry of the master population table: key, mask, address and length.
pub const ENTRY_WORDS: usize = 3;
/// Words before the synapses of a row: words of the plastic part, number of synapses, number of plastic
/// controls.
pub const ROW_HEADER_WORDS: usize = 3;
/// The longest row: an entry has 8 bits for the words of its row.
pub const MOST_ROW_WORDS: usize = 255;
/// The highest address that an entry holds, in 24 bits.
pub const MOST_ADDRESS: usize = (1 << 24) - 1;
/// The mask of an entry: one source neuron.
pub const ONE_KEY: u32 = u32::MAX;
/// Words of the region of global parameters: neurons, record spikes, record potentials (0, 1, or 2 for
/// the last), profiling, reset by subtraction, record times.
pub const GLOBAL_WORDS: usize = 6;
/// Words of the region of the timer: cycles of a tick, ticks.
pub const TIMER_WORDS: usize = 2;
/// Words before the target list: key, number of targets, its address.
pub const ROUTING_HEADER_WORDS: usize = 3;
/// Words of the region about the master population table: its address, number of entries.
pub const TABLE_INFO_WORDS: usize = 2;

nirc_dialects::keyword! {
    /// A region, in the order of the pointers.
    pub enum Region {
        /// Key and target list.
        RoutingTable = "ROUTING_TABLE",
        /// Length and number of ticks.
        TimerConfig = "TIMER_CONFIG",
        /// Counts and switches.
        GlobalParams = "GLOBAL_PARAMS",
        /// Where the master population table is.
        MasterTableInfo = "MPT_INFO",
        /// The master population table: for each source neuron, where its row is.
        MasterTable = "MPT",
        /// The rows of synapses.
        SynapseRows = "SYN_ROW",
        /// Parameters of the neurons.
        NeuronParams = "NEURON_PARAMS",
        /// Room for spikes.
        SpikeRecord = "SPIKE_RECORD",
        /// Room for potentials.
        VoltageRecord = "VOLTAGE_RECORD",
        /// Room for times.
        TimeDone = "TIME_DONE",
        /// Room for text.
        Log = "LOG",
    }
}

/// The regions in the order in which they are given memory.
pub const ORDER: [Region; 11] = [
    Region::NeuronParams,
    Region::RoutingTable,
    Region::TimerConfig,
    Region::GlobalParams,
    Region::MasterTableInfo,
    Region::MasterTable,
    Region::SynapseRows,
    Region::SpikeRecord,
    Region::VoltageRecord,
    Region::TimeDone,
    Region::Log,
];
