//! From bytes to what a processing element holds, by the pointers in them.

use nirc_dialects::finding::Finding;

use super::{
    Image, Records, Voltage,
    layout::{
        ENTRY_WORDS, GLOBAL_WORDS, MAGIC, ROUTING_HEADER_WORDS, ROW_HEADER_WORDS, Region,
        SPECIFICATION_WORDS, TABLE_INFO_WORDS, TIMER_WORDS, VERSION,
    },
};
use crate::spinnaker2::{chip_data::MEMORY, word::SynapseWord};

/// Words of 32 bits at addresses of the element.
struct Memory<'b>(&'b [u8]);

impl Memory<'_> {
    /// `count` words from `address` on.
    fn words(&self, what: &str, address: usize, count: usize) -> Result<Vec<u32>, Finding> {
        let begin = address.checked_sub(MEMORY.data.value as usize);
        let end = count
            .checked_mul(4)
            .and_then(|bytes| begin?.checked_add(bytes));
        let bytes = begin
            .zip(end)
            .and_then(|(begin, end)| self.0.get(begin..end));
        let Some(bytes) = bytes.filter(|_| address.is_multiple_of(4)) else {
            return Err(refuse(format!(
                "{what}: {count} words at {address:#x} are not in the image"
            )));
        };
        let words = bytes.chunks_exact(4);
        let words = words.map(|word| word.iter().rev().fold(0, |x, b| x << 8 | u32::from(*b)));
        Ok(words.collect())
    }
}

impl Image {
    /// The image that `bytes` hold, with so many parameters of a neuron and synapse words of this
    /// form, neither of which stands in the bytes.
    ///
    /// # Errors
    ///
    /// What is not an image: a wrong magic number, a pointer out of it, a row that is not there.
    pub fn decode(bytes: &[u8], parameters: usize, word: SynapseWord) -> Result<Self, Finding> {
        let memory = Memory(bytes);
        let base = MEMORY.data.value as usize;
        let specification = memory.words("data specification", base, SPECIFICATION_WORDS)?;
        if specification[..2] != [MAGIC, VERSION] {
            return Err(refuse(format!(
                "it begins with {:#x}, {:#x} and not with {MAGIC:#x}, {VERSION:#x}",
                specification[0], specification[1]
            )));
        }
        let read = |region: Region, count: usize| {
            let address = specification[2 + region as usize] as usize;
            memory.words(region.word(), address, count)
        };
        let global = read(Region::GlobalParams, GLOBAL_WORDS)?;
        let neurons = global[0] as usize;
        let count = neurons.saturating_mul(parameters);
        let values = read(Region::NeuronParams, count)?;
        let timer = read(Region::TimerConfig, TIMER_WORDS)?;
        let routing = read(Region::RoutingTable, ROUTING_HEADER_WORDS)?;
        let targets = memory.words("targets", routing[2] as usize, routing[1] as usize)?;
        let info = read(Region::MasterTableInfo, TABLE_INFO_WORDS)?;
        let entries = (info[1] as usize).saturating_mul(ENTRY_WORDS);
        let table = memory.words(Region::MasterTable.word(), info[0] as usize, entries)?;
        let (mut rows, mut total) = (Vec::new(), 0usize);
        for entry in table.chunks_exact(ENTRY_WORDS) {
            let address = (entry[2] >> 8) as usize;
            let header = memory.words("row", address, ROW_HEADER_WORDS)?;
            // Behind the plastic words comes the part of fixed synapses.
            let fixed = address + 4 * (header[0] as usize + 1);
            let count = memory.words("row", fixed, 1)?[0] as usize;
            let words = memory.words("row", fixed + 8, count.div_ceil(2))?;
            total += 2 * count;
            if total > bytes.len() {
                return Err(refuse("rows of several keys share their memory".to_owned()));
            }
            let halves = words.iter().flat_map(|w| [*w as u16, (*w >> 16) as u16]);
            let synapses = halves.take(count).map(|half| word.decode(half));
            rows.push((entry[0], synapses.collect()));
        }
        Ok(Self {
            neurons,
            parameters: values.into_iter().map(f32::from_bits).collect(),
            reset_by_subtraction: global[4] != 0,
            key: routing[0],
            targets,
            timer_period: timer[0],
            ticks: timer[1],
            record: Records {
                spikes: global[1] != 0,
                voltage: match global[2] {
                    0 => Voltage::None,
                    1 => Voltage::Every,
                    _ => Voltage::Last,
                },
                time_done: global[5] != 0,
            },
            word,
            rows,
        })
    }
}

fn refuse(what: String) -> Finding {
    Finding::error("s2-image", "an image has the public layout", what)
}
