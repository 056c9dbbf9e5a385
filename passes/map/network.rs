//! What is mapped: populations and the connections between them.

use std::sync::{Arc, OnceLock};

use nirc_dialects::finding::{Finding, Findings};

use super::{
    structure::Structure,
    tile::{Extent, Tile, volume},
};

/// A network of populations. One hyperedge belongs to each neuron: from it to all neurons that it
/// reaches. None of them is written out.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The populations, in the order of the signal.
    pub populations: Vec<Population>,
    /// The connections between them. Ends stay as they are once [`Network::into`] or [`Network::out_of`]
    /// was called; more may be added.
    pub projections: Vec<Projection>,
    index: OnceLock<Index>,
}

/// For each population the projections out of it and into it.
#[derive(Clone, Debug, Default)]
struct Index {
    projections: usize,
    out_of: Lists,
    into: Lists,
}

#[derive(Clone, Debug, Default)]
struct Lists {
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// The numbers of the items of each of `count` groups, in order.
    fn new(count: usize, groups: impl Iterator<Item = usize> + Clone) -> Self {
        let mut offsets = vec![0u32; count + 1];
        for group in groups.clone() {
            if let Some(slot) = offsets.get_mut(group + 1) {
                *slot += 1;
            }
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let mut next = offsets.clone();
        let mut items = vec![0; offsets.last().copied().unwrap_or(0) as usize];
        for (item, group) in groups.enumerate() {
            let Some(place) = next.get_mut(group).filter(|_| group < count) else {
                continue;
            };
            if let Some(slot) = items.get_mut(*place as usize) {
                *slot = item as u32;
            }
            *place += 1;
        }
        Self { offsets, items }
    }

    fn get(&self, group: usize) -> &[u32] {
        let at = |i: usize| self.offsets.get(i).copied().unwrap_or(0) as usize;
        self.items.get(at(group)..at(group + 1)).unwrap_or_default()
    }
}

/// Neurons of one layer, or the elements of an input.
#[derive(Clone, Debug)]
pub struct Population {
    /// The name of the NIR node.
    pub name: String,
    /// Channels, rows, columns.
    pub extent: Extent,
    /// Whether its neurons stand on cores. An input that comes from outside does not, but what it sends
    /// takes input axons.
    pub placed: bool,
    /// Spikes of a neuron in a step.
    pub rate: Rate,
}

/// Spikes of a neuron in a step, from 0 up.
#[derive(Clone, Debug)]
pub enum Rate {
    /// The same for all.
    Uniform(f64),
    /// For each neuron, in the order of their numbers.
    Each(Arc<[f32]>),
}

/// Connections from one population to another.
#[derive(Clone, Debug)]
pub struct Projection {
    /// The name of the NIR nodes that make it.
    pub name: String,
    /// The index of the source population.
    pub source: usize,
    /// The index of the target population.
    pub target: usize,
    /// Who reaches whom.
    pub structure: Structure,
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    fan_in: OnceLock<u64>,
}

impl Projection {
    /// Connections between the populations of these indices.
    pub fn new(
        name: impl Into<String>,
        source: usize,
        target: usize,
        structure: Structure,
        weight_bits: u32,
    ) -> Self {
        Self {
            name: name.into(),
            source,
            target,
            structure,
            weight_bits,
            fan_in: OnceLock::new(),
        }
    }

    /// The largest number of connections into one neuron. Counted once.
    pub fn max_fan_in(&self) -> u64 {
        *self.fan_in.get_or_init(|| self.structure.max_fan_in())
    }
}

impl Population {
    /// A population that stands on cores, with a spike of each neuron in each step.
    pub fn new(name: impl Into<String>, extent: Extent) -> Self {
        Self {
            name: name.into(),
            extent,
            placed: true,
            rate: Rate::Uniform(1.0),
        }
    }

    /// The number of neurons.
    pub fn neurons(&self) -> u64 {
        volume(self.extent)
    }

    /// Spikes in a step of all neurons in a tile.
    pub fn spikes(&self, tile: &Tile) -> f64 {
        match &self.rate {
            Rate::Uniform(rate) => rate * tile.neurons() as f64,
            Rate::Each(rates) => tile
                .runs(self.extent)
                .filter_map(|run| rates.get(run.start as usize..run.end as usize))
                .flatten()
                .map(|&rate| f64::from(rate))
                .sum(),
        }
    }
}

impl Network {
    /// From its populations and the projections between them.
    pub fn new(populations: Vec<Population>, projections: Vec<Projection>) -> Self {
        Self {
            populations,
            projections,
            index: OnceLock::new(),
        }
    }

    /// The number of neurons that stand on cores.
    pub fn neurons(&self) -> u64 {
        let placed = self.populations.iter().filter(|p| p.placed);
        placed.map(Population::neurons).sum()
    }

    /// The number of connections.
    pub fn synapses(&self) -> u64 {
        self.projections
            .iter()
            .map(|p| p.structure.synapses())
            .sum()
    }

    /// The projections into a population.
    pub fn into(&self, target: usize) -> impl Iterator<Item = (usize, &Projection)> {
        self.listed(
            move |index| index.into.get(target),
            move |p: &Projection| p.target == target,
        )
    }

    /// The projections out of a population.
    pub fn out_of(&self, source: usize) -> impl Iterator<Item = (usize, &Projection)> {
        self.listed(
            move |index| index.out_of.get(source),
            move |p: &Projection| p.source == source,
        )
    }

    fn listed<'n>(
        &'n self,
        list: impl Fn(&'n Index) -> &'n [u32],
        holds: impl Fn(&Projection) -> bool,
    ) -> impl Iterator<Item = (usize, &'n Projection)> {
        let index = self.index.get_or_init(|| {
            let count = self.populations.len();
            Index {
                projections: self.projections.len(),
                out_of: Lists::new(count, self.projections.iter().map(|p| p.source)),
                into: Lists::new(count, self.projections.iter().map(|p| p.target)),
            }
        });
        // Those that were added since are looked through.
        let known = index.projections.min(self.projections.len());
        let (old, new) = self.projections.split_at(known);
        let listed = list(index).iter();
        let listed = listed.filter_map(|&i| Some((i as usize, old.get(i as usize)?)));
        let added = new.iter().enumerate().map(move |(i, p)| (known + i, p));
        listed.chain(added.filter(move |(_, p)| holds(p)))
    }

    /// Leaves out the populations that stand on no core, and what they send.
    pub fn without_inputs(&self) -> Self {
        let mut index = vec![None; self.populations.len()];
        let mut populations = Vec::new();
        for (i, population) in self.populations.iter().enumerate() {
            if population.placed {
                index[i] = Some(populations.len());
                populations.push(population.clone());
            }
        }
        let moved = |i: usize| index.get(i).copied().flatten();
        let projections = self.projections.iter().filter_map(|p| {
            Some(Projection {
                source: moved(p.source)?,
                target: moved(p.target)?,
                ..p.clone()
            })
        });
        Self::new(populations, projections.collect())
    }

    /// Gives every population the same rate.
    pub fn with_rate(mut self, rate: f64) -> Self {
        for population in &mut self.populations {
            population.rate = Rate::Uniform(rate);
        }
        self
    }

    /// Checks what every other part of the engine relies on.
    ///
    /// # Errors
    ///
    /// Each population or projection that is unsound.
    pub fn check(&self) -> Result<(), Findings> {
        let mut findings = Findings::new();
        let refuse = |what: String| {
            Finding::error(
                "map-network",
                "a network has at most 2^32 - 1 neurons in a population, and connections that fit its populations",
                what,
            )
        };
        for population in &self.populations {
            let neurons = population
                .extent
                .iter()
                .try_fold(1u64, |n, &x| n.checked_mul(u64::from(x)));
            match neurons {
                Some(neurons) if (1..=u64::from(u32::MAX)).contains(&neurons) => {}
                _ => findings.push(
                    refuse(format!("its extent is {:?}", population.extent)).at(&*population.name),
                ),
            }
            let sound = |rate: f64| rate.is_finite() && rate >= 0.0;
            let rates_fit = match &population.rate {
                Rate::Uniform(rate) => sound(*rate),
                Rate::Each(rates) => {
                    Some(rates.len() as u64) == neurons
                        && rates.iter().all(|&r| sound(f64::from(r)))
                }
            };
            if !rates_fit {
                findings.push(
                    refuse("its rates are not one finite number from 0 up for each neuron".into())
                        .at(&*population.name),
                );
            }
        }
        for projection in &self.projections {
            let ends = [projection.source, projection.target].map(|i| self.populations.get(i));
            let [Some(source), Some(target)] = ends else {
                findings.push(refuse("its ends are no populations".into()).at(&*projection.name));
                continue;
            };
            if !projection.structure.fits(source.extent, target.extent) {
                let ends = (source.extent, target.extent);
                findings.push(
                    refuse(format!(
                        "it does not lead from {:?} to {:?}",
                        ends.0, ends.1
                    ))
                    .at(&*projection.name),
                );
            }
            if !target.placed {
                findings.push(
                    refuse(format!("its target `{}` stands on no core", target.name))
                        .at(&*projection.name),
                );
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(())
        }
    }
}
