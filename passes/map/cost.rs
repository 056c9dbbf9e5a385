//! What neurons, axons and synapses cost on a core of a target.

use super::{load::CoreLoad, network::Network};

/// A resource of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The name, as the chip's makers have it.
    pub name: String,
    /// How much a core has.
    pub capacity: u64,
    /// What it is counted in.
    pub unit: String,
    /// Where the number comes from.
    pub source: String,
}

/// Who may stand together on a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Neurons of one population only.
    Exclusive,
    /// Neurons of any populations.
    Shared,
}

/// The capacities of a core, and what a load takes of them.
///
/// What a part of a load takes is never more than what the whole takes: the partitioners rely on it.
pub trait CostModel: Sync {
    /// The resources, in the order of [`CostModel::usage`].
    fn resources(&self) -> &[Resource];

    /// Writes how much of each resource `load` takes; `usage` has one place for each.
    fn usage(&self, network: &Network, load: &CoreLoad, usage: &mut [u64]);

    /// Who may stand together.
    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    /// Whether usage depends on projections, channels or tiles; if not, neurons and populations decide, and
    /// the rest of a load need not be counted.
    fn counts_connections(&self) -> bool {
        true
    }
}

/// How much of each resource a load takes.
pub fn usage(cost: &dyn CostModel, network: &Network, load: &CoreLoad) -> Vec<u64> {
    let mut usage = vec![0; cost.resources().len()];
    cost.usage(network, load, &mut usage);
    usage
}

/// Whether a load fits a core.
pub fn fits(cost: &dyn CostModel, network: &Network, load: &CoreLoad) -> bool {
    if cost.sharing() == Sharing::Exclusive && load.populations.len() > 1 {
        return false;
    }
    let usage = usage(cost, network, load);
    let resources = cost.resources().iter();
    resources.zip(&usage).all(|(r, &used)| used <= r.capacity)
}

/// A cost model as an architecture file states it: each resource is a sum of terms.
#[derive(Clone, Debug, Default)]
pub struct StatedCost {
    resources: Vec<Resource>,
    terms: Vec<Terms>,
    exclusive: bool,
}

/// What a resource is taken by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// For each neuron.
    pub neuron: u64,
    /// For each input axon: a source neuron of a projection.
    pub axon: u64,
    /// For each connection.
    pub synapse: u64,
    /// For each population with neurons here.
    pub population: u64,
    /// For each projection with synapses here.
    pub projection: u64,
    /// For the weights, in words.
    pub weights: Option<WeightMemory>,
    /// Other resources that are added up, by index; they come before this one.
    pub sum: Vec<usize>,
}

/// How weights lie in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightMemory {
    /// Bits of a word.
    pub word: u64,
    /// Bits of a synapse beside the weight, where synapses are lists.
    pub index: u64,
    /// Bits before a list.
    pub header: u64,
    /// The widths that a weight of a list can have, ascending; empty if any.
    pub widths: Vec<u64>,
    /// Whether the kernel of a convolution is held once for all positions on the core, each of its rows of
    /// output channels in chunks that are powers of two.
    pub shared_kernel: bool,
}

impl StatedCost {
    /// A model of resources with their terms. Sums refer to resources before them.
    pub fn new(resources: Vec<(Resource, Terms)>, sharing: Sharing) -> Self {
        let (resources, terms) = resources.into_iter().unzip();
        Self {
            resources,
            terms,
            exclusive: sharing == Sharing::Exclusive,
        }
    }
}

impl StatedCost {
    /// The smallest number of neurons that fills a resource by themselves; 2^20 if none does.
    pub fn most_neurons(&self) -> u64 {
        let resources = self.resources.iter().zip(&self.terms);
        let most = resources.filter(|(_, terms)| terms.neuron > 0);
        most.map(|(r, terms)| r.capacity / terms.neuron)
            .fold(1 << 20, u64::min)
    }
}

impl CostModel for StatedCost {
    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn usage(&self, network: &Network, load: &CoreLoad, usage: &mut [u64]) {
        for (index, terms) in self.terms.iter().enumerate() {
            let mut used = terms.neuron * load.neurons()
                + terms.axon * load.axons()
                + terms.synapse * load.synapses()
                + terms.population * load.populations.len() as u64
                + terms.projection * load.projections.len() as u64;
            if let Some(memory) = &terms.weights {
                used += memory.words(network, load);
            }
            used += terms.sum.iter().filter_map(|i| usage.get(*i)).sum::<u64>();
            if let Some(slot) = usage.get_mut(index) {
                *slot = used;
            }
        }
    }

    fn counts_connections(&self) -> bool {
        self.terms.iter().any(|terms| {
            terms.axon + terms.synapse + terms.projection > 0 || terms.weights.is_some()
        })
    }

    fn sharing(&self) -> Sharing {
        if self.exclusive {
            Sharing::Exclusive
        } else {
            Sharing::Shared
        }
    }
}

impl WeightMemory {
    /// Words for the weights of all projections of a load.
    pub fn words(&self, network: &Network, load: &CoreLoad) -> u64 {
        let of = |load: &super::load::ProjectionLoad| {
            let projection = &network.projections[load.projection];
            let bits = u64::from(projection.weight_bits);
            if self.shared_kernel && projection.structure.shares_weights() {
                let each = projection.structure.channels_in_group(load.channels);
                let groups = load.channels.div_ceil(each.max(1));
                groups * self.kernel_words(projection.max_fan_in(), each, bits)
            } else if projection.structure.is_dense() {
                load.axons * self.list_words(load.neurons, bits)
            } else {
                // Lists of different lengths: all their bits, and a word at most lost in each.
                let wide = (self.width(bits) + self.index) * load.synapses;
                (wide + self.header * load.axons).div_ceil(self.word) + load.axons
            }
        };
        load.projections.iter().map(of).sum()
    }

    /// Words of a list of `synapses` weights.
    pub fn list_words(&self, synapses: u64, bits: u64) -> u64 {
        (synapses * (self.width(bits) + self.index) + self.header).div_ceil(self.word)
    }

    /// Words of a kernel of `rows` rows (input channels times taps), each of `channels` output channels.
    pub fn kernel_words(&self, rows: u64, channels: u64, bits: u64) -> u64 {
        let chunk = |bit: u32| match channels >> bit & 1 {
            1 => ((1u64 << bit) * bits + self.header).div_ceil(self.word),
            _ => 0,
        };
        rows * (0..u64::BITS).map(chunk).sum::<u64>()
    }

    fn width(&self, bits: u64) -> u64 {
        let wide = self.widths.iter().find(|&&width| width >= bits);
        wide.copied().unwrap_or(bits)
    }
}
