//! Layer after layer, neuron after neuron, core after core.

use nirc_dialects::finding::Findings;

use super::{Partitioner, Problem, fill::Filler, too_many_cores};
use crate::map::partition::Partition;

/// Neurons in one order, each core filled before the next is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequential(pub NeuronOrder);

/// The order of the neurons of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeuronOrder {
    /// Channel by channel, as NIR numbers them: (C, H, W).
    ChannelsFirst,
    /// Position by position, all channels of each: (H, W, C).
    ChannelsLast,
}

impl NeuronOrder {
    /// The axes, the slowest first.
    pub fn axes(self) -> [usize; 3] {
        match self {
            Self::ChannelsFirst => [0, 1, 2],
            Self::ChannelsLast => [1, 2, 0],
        }
    }
}

impl Partitioner for Sequential {
    fn name(&self) -> &'static str {
        match self.0 {
            NeuronOrder::ChannelsFirst => "sequential-chw",
            NeuronOrder::ChannelsLast => "sequential-hwc",
        }
    }

    fn description(&self) -> &'static str {
        match self.0 {
            NeuronOrder::ChannelsFirst => {
                "cores filled in NIR's order of neurons, channel by channel"
            }
            NeuronOrder::ChannelsLast => {
                "cores filled position by position, with all channels of each"
            }
        }
    }

    fn partition(&self, problem: &Problem<'_>) -> Result<Partition, Findings> {
        let mut filler = Filler::new(problem);
        let populations = &problem.network.populations;
        let mut findings = Findings::new();
        for (index, population) in populations.iter().enumerate() {
            if population.placed
                && let Err(found) = filler.population(index, self.0.axes())
            {
                findings.extend(found);
            }
            let done = index as u64 + 1;
            problem
                .progress
                .report("partition", done, populations.len() as u64);
        }
        let partition = Partition::new(filler.cores);
        if partition.used() > problem.cores {
            findings.push(too_many_cores(partition.used(), problem));
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(partition)
        }
    }
}
