//! Cores that grow neuron by neuron, for populations whose connections are written out.

use std::collections::BinaryHeap;

use nirc_dialects::finding::Findings;

use super::{Problem, no_core_takes};
use crate::map::{
    cost,
    load::{CoreLoad, PopulationLoad, ProjectionLoad},
    partition::Part,
    structure::{Sparse, Structure},
    tile::{Tile, boxes, coordinates},
};

/// Sources that reach more neurons say nothing about which belong together.
const HUB: usize = 512;
/// No core.
const FREE: u32 = u32::MAX;

/// A population on cores that are filled one after the other, each time with the neuron that shares the
/// most sources with those that are there, or is connected with them (the greedy partitioner by overlap of
/// hyperedges of Ronzani and Silvano, arXiv 2601.16118).
///
/// # Errors
///
/// If a neuron fits no core.
pub fn grow(problem: &Problem<'_>, population: usize) -> Result<Vec<Vec<Part>>, Findings> {
    let network = problem.network;
    let own = &network.populations[population];
    let count = own.neurons() as usize;
    let mut incoming = Vec::new();
    for (index, projection) in network.into(population) {
        incoming.push(Incoming {
            index,
            sparse: match &projection.structure {
                Structure::Sparse(sparse) => Some(sparse.as_ref()),
                Structure::Separable(_) => None,
            },
            recurrent: projection.source == population,
            sources: network.populations[projection.source].neurons(),
            fan_in: projection.max_fan_in(),
            seen: match &projection.structure {
                Structure::Sparse(sparse) => vec![FREE; sparse.sources() as usize],
                Structure::Separable(_) => Vec::new(),
            },
        });
    }
    let mut core_of = vec![FREE; count];
    let mut score = vec![0u32; count];
    let mut scored: Vec<u32> = Vec::new();
    let mut core = 0;
    let mut next = 0;
    while next < count {
        if core_of[next] != FREE {
            next += 1;
            continue;
        }
        // A new core begins with the first neuron that is left.
        let mut heap: BinaryHeap<(u32, std::cmp::Reverse<u32>)> = BinaryHeap::new();
        heap.push((0, std::cmp::Reverse(next as u32)));
        let mut held = Held::new(population, own.extent[0], &incoming);
        let mut first_left = next;
        loop {
            let neuron = match heap.pop() {
                Some((was, std::cmp::Reverse(neuron))) => {
                    let current = score[neuron as usize] == was || held.neurons == 0;
                    if core_of[neuron as usize] != FREE || !current {
                        continue;
                    }
                    neuron
                }
                // Nobody is connected: the next one that is left.
                None => {
                    while first_left < count && core_of[first_left] != FREE {
                        first_left += 1;
                    }
                    if first_left == count {
                        break;
                    }
                    first_left as u32
                }
            };
            let mut more = held.clone();
            more.add(neuron, core, &incoming);
            if !cost::fits(problem.cost, network, &more.load()) {
                if held.neurons == 0 {
                    let start = coordinates(u64::from(neuron), own.extent);
                    let tile = Tile {
                        start,
                        end: start.map(|x| x + 1),
                    };
                    return Err(no_core_takes(problem, Part { population, tile }).into());
                }
                break;
            }
            held = more;
            core_of[neuron as usize] = core;
            for projection in &mut incoming {
                projection.take(neuron, core, |other, shared| {
                    if core_of[other as usize] == FREE {
                        let score = &mut score[other as usize];
                        if *score == 0 {
                            scored.push(other);
                        }
                        *score += shared;
                        heap.push((*score, std::cmp::Reverse(other)));
                    }
                });
            }
        }
        for neuron in scored.drain(..) {
            score[neuron as usize] = 0;
        }
        core += 1;
        problem
            .progress
            .report("growing", next as u64, count as u64);
    }
    let mut members: Vec<Vec<u64>> = vec![Vec::new(); core as usize];
    for (neuron, core) in core_of.iter().enumerate() {
        members[*core as usize].push(neuron as u64);
    }
    let parts = |neurons: Vec<u64>| {
        let tiles = boxes(&neurons, own.extent).into_iter();
        tiles.map(|tile| Part { population, tile }).collect()
    };
    Ok(members.into_iter().map(parts).collect())
}

/// A projection into the population.
struct Incoming<'i> {
    index: usize,
    sparse: Option<&'i Sparse>,
    recurrent: bool,
    sources: u64,
    fan_in: u64,
    /// The core that each source was last met by.
    seen: Vec<u32>,
}

impl Incoming<'_> {
    /// Calls `each` with the neurons that come nearer to a core by this neuron being on it, and by how much.
    fn take(&mut self, neuron: u32, core: u32, mut each: impl FnMut(u32, u32)) {
        let Some(sparse) = self.sparse else {
            return;
        };
        for &source in sparse.sources_of(neuron) {
            if std::mem::replace(&mut self.seen[source as usize], core) == core {
                continue;
            }
            let targets = sparse.targets_of(source);
            if targets.len() <= HUB {
                targets.iter().for_each(|&target| each(target, 1));
            }
            if self.recurrent {
                each(source, 1);
            }
        }
        if self.recurrent {
            let targets = sparse.targets_of(neuron);
            if targets.len() <= HUB {
                targets.iter().for_each(|&target| each(target, 1));
            }
        }
    }
}

/// What a core holds, counted as far as the order of neurons lets it be; never too little.
#[derive(Clone)]
struct Held {
    population: usize,
    channels: u32,
    neurons: u64,
    /// For each projection its index, axons and synapses.
    projections: Vec<(usize, u64, u64)>,
}

impl Held {
    fn new(population: usize, channels: u32, incoming: &[Incoming<'_>]) -> Self {
        Self {
            population,
            channels,
            neurons: 0,
            projections: incoming.iter().map(|i| (i.index, 0, 0)).collect(),
        }
    }

    fn add(&mut self, neuron: u32, core: u32, incoming: &[Incoming<'_>]) {
        self.neurons += 1;
        for (held, projection) in self.projections.iter_mut().zip(incoming) {
            match projection.sparse {
                Some(sparse) => {
                    let sources = sparse.sources_of(neuron);
                    let new = sources.iter();
                    let new = new.filter(|s| projection.seen[**s as usize] != core);
                    held.1 += new.count() as u64;
                    held.2 += sources.len() as u64;
                }
                None => {
                    held.1 = projection.sources.min(held.1 + projection.fan_in);
                    held.2 += projection.fan_in;
                }
            }
        }
    }

    fn load(&self) -> CoreLoad {
        let channels = self.neurons.min(u64::from(self.channels));
        let projections = self.projections.iter().filter(|p| p.2 > 0);
        CoreLoad {
            populations: vec![PopulationLoad {
                population: self.population,
                neurons: self.neurons,
                channels,
                tiles: 1,
            }],
            projections: projections
                .map(|&(projection, axons, synapses)| ProjectionLoad {
                    projection,
                    neurons: self.neurons,
                    axons,
                    synapses,
                    channels,
                })
                .collect(),
        }
    }
}
