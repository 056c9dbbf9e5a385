//! From what a processing element holds to bytes.

use nirc_dialects::finding::Finding;

use super::{
    Image, Voltage,
    layout::{
        MAGIC, MOST_ADDRESS, MOST_ROW_WORDS, ONE_KEY, ORDER, ROUTING_HEADER_WORDS, Region, VERSION,
    },
    size::{Counts, row_words},
};
use crate::spinnaker2::{chip_data::MEMORY, word::Synapse};

/// The bytes of an image from the data specification on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// All bytes; the first is at the address of [`MEMORY`]'s data.
    pub bytes: Vec<u8>,
    /// Each region with its address and its bytes, in the order of the pointers.
    pub regions: Vec<(Region, usize, usize)>,
}

/// Little-endian words at an address.
struct Words {
    bytes: Vec<u8>,
    at: usize,
}

impl Words {
    fn push(&mut self, word: u32) {
        if let Some(place) = self.bytes.get_mut(self.at..self.at + 4) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.at += 4;
    }
}

impl Image {
    /// What the bytes depend on.
    pub fn counts(&self, over_allocated: bool) -> Counts {
        Counts {
            neurons: self.neurons,
            parameters: self.parameters.len() / self.neurons.max(1),
            sources: self.rows.len(),
            row_words: self.rows.iter().map(|(_, row)| row_words(row.len())).sum(),
            targets: self.targets.len(),
            ticks: self.ticks as usize,
            record: self.record,
            over_allocated,
        }
    }

    /// The bytes. With `over_allocated`, the master population table has the room that py-spinnaker2
    /// gives it.
    ///
    /// # Errors
    ///
    /// What does not fit: the memory, a row, a synapse, keys that do not ascend.
    pub fn encode(&self, over_allocated: bool) -> Result<Encoded, Finding> {
        let counts = self.counts(over_allocated);
        let (offsets, end) = counts.offsets();
        if end > MEMORY.budget() {
            return Err(refuse(format!(
                "its data take {end} bytes, there are {}",
                MEMORY.budget()
            )));
        }
        if !self.rows.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(refuse("the keys of rows do not ascend".to_owned()));
        }
        let base = MEMORY.data.value as usize;
        let address = |region: Region| {
            let index = ORDER.iter().position(|r| *r == region).unwrap_or(0);
            base + offsets[index]
        };
        let mut words = Words {
            bytes: vec![0; end],
            at: 0,
        };
        words.push(MAGIC);
        words.push(VERSION);
        for region in Region::ALL {
            words.push(address(*region) as u32);
        }
        let begin = |words: &mut Words, region| words.at = address(region) - base;
        begin(&mut words, Region::NeuronParams);
        self.parameters.iter().for_each(|p| words.push(p.to_bits()));
        begin(&mut words, Region::RoutingTable);
        words.push(self.key);
        words.push(self.targets.len() as u32);
        words.push((address(Region::RoutingTable) + 4 * ROUTING_HEADER_WORDS) as u32);
        self.targets.iter().for_each(|target| words.push(*target));
        begin(&mut words, Region::TimerConfig);
        words.push(self.timer_period);
        words.push(self.ticks);
        begin(&mut words, Region::GlobalParams);
        words.push(self.neurons as u32);
        words.push(u32::from(self.record.spikes));
        words.push(match self.record.voltage {
            Voltage::None => 0,
            Voltage::Every => 1,
            Voltage::Last => 2,
        });
        words.push(0);
        words.push(u32::from(self.reset_by_subtraction));
        words.push(u32::from(self.record.time_done));
        begin(&mut words, Region::MasterTableInfo);
        words.push(address(Region::MasterTable) as u32);
        words.push(self.rows.len() as u32);
        let [table, rows] = [Region::MasterTable, Region::SynapseRows].map(|r| address(r) - base);
        self.rows(&mut words, table, rows)?;
        let region = |region: &Region| (*region, address(*region), counts.region(*region));
        Ok(Encoded {
            bytes: words.bytes,
            regions: Region::ALL.iter().map(region).collect(),
        })
    }

    /// The master population table and the rows, at these offsets.
    fn rows(&self, words: &mut Words, table: usize, rows: usize) -> Result<(), Finding> {
        let (mut entry, mut begin) = (table, rows);
        for (key, row) in &self.rows {
            let length = row_words(row.len());
            let address = MEMORY.data.value as usize + begin;
            if length > MOST_ROW_WORDS || address > MOST_ADDRESS {
                return Err(refuse(format!(
                    "the row of key {key:#x} has {length} words; an entry holds {MOST_ROW_WORDS}"
                )));
            }
            words.at = entry;
            words.push(*key);
            words.push(ONE_KEY);
            words.push((address << 8 | length) as u32);
            entry = words.at;
            words.at = begin;
            words.push(0);
            words.push(row.len() as u32);
            words.push(0);
            for pair in row.chunks(2) {
                let low = self.synapse(*key, pair.first())?;
                let high = self.synapse(*key, pair.get(1))?;
                words.push(low | high << 16);
            }
            begin = words.at;
        }
        Ok(())
    }

    fn synapse(&self, key: u32, synapse: Option<&Synapse>) -> Result<u32, Finding> {
        let Some(synapse) = synapse else {
            return Ok(0);
        };
        let word = self.word.encode(*synapse);
        let word = word.filter(|_| (synapse.target as usize) < self.neurons);
        word.map(u32::from).ok_or_else(|| {
            refuse(format!(
                "a synapse of key {key:#x} has weight {}, delay {} and target {}, which its word does \
                 not hold",
                synapse.weight, synapse.delay, synapse.target
            ))
        })
    }
}

fn refuse(what: String) -> Finding {
    Finding::error(
        "s2-image",
        "a processing element's data fit its memory",
        what,
    )
}
