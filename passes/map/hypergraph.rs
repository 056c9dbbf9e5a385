//! The hypergraph over boxes of neurons, or over cores.
//!
//! Neurons of a population that reach the same vertices share a set of pins, so a dense layer has one
//! set however many neurons it has, and a convolution one set a position at most. This is exact: no
//! neuron's hyperedge is changed by it.

use std::collections::HashMap;

use super::{
    axis::Axis,
    cuts::Cuts,
    network::Network,
    partition::{Grid, OUTSIDE},
    structure::{Sparse, Structure},
    tile::{Tile, coordinates},
};

/// Sources that reach the same vertices, grouped.
#[derive(Clone, Debug, Default)]
pub struct Hypergraph {
    /// The number of vertices.
    pub vertices: usize,
    pin_offsets: Vec<usize>,
    pins: Vec<u32>,
    source_offsets: Vec<usize>,
    sources: Vec<Source>,
    /// For each set of pins, the population that its sources are of.
    populations: Vec<u32>,
}

/// Neurons of one vertex that reach one set of pins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// The vertex, or [`OUTSIDE`].
    pub vertex: u32,
    /// The number of neurons.
    pub neurons: u32,
    /// Their spikes in a step.
    pub spikes: f64,
}

/// A set of pins with its sources.
#[derive(Clone, Copy, Debug)]
pub struct PinSet<'h> {
    /// The vertices that are reached, sorted.
    pub pins: &'h [u32],
    /// Who reaches them, one entry a vertex, sorted by vertex.
    pub sources: &'h [Source],
    /// The population that the sources are of.
    pub population: usize,
}

impl Hypergraph {
    /// The hypergraph over the owners in `grids`, one grid for each population, of `vertices` owners.
    pub fn new(network: &Network, grids: &[Grid], vertices: usize) -> Self {
        let mut builder = Builder::new(vertices);
        for index in 0..network.populations.len() {
            let sparse = network
                .out_of(index)
                .any(|(_, p)| matches!(p.structure, Structure::Sparse(_)));
            if sparse {
                builder.neuron_by_neuron(network, grids, index);
            } else {
                builder.box_by_box(network, grids, index);
            }
            builder.finish_population();
        }
        builder.graph
    }

    /// The number of sets of pins.
    pub fn len(&self) -> usize {
        self.populations.len()
    }

    /// Whether no vertex reaches any.
    pub fn is_empty(&self) -> bool {
        self.populations.is_empty()
    }

    /// The number of pins of all sets.
    pub fn pin_count(&self) -> usize {
        self.pins.len()
    }

    /// A set of pins.
    pub fn set(&self, index: usize) -> PinSet<'_> {
        PinSet {
            pins: &self.pins[self.pin_offsets[index]..self.pin_offsets[index + 1]],
            sources: &self.sources[self.source_offsets[index]..self.source_offsets[index + 1]],
            population: self.populations[index] as usize,
        }
    }

    /// All sets of pins.
    pub fn sets(&self) -> impl Iterator<Item = PinSet<'_>> {
        (0..self.len()).map(|index| self.set(index))
    }

    /// The hypergraph over groups of vertices: vertex v becomes `group[v]`, of `groups`.
    pub fn contract(&self, group: &[u32], groups: usize) -> Self {
        let mut builder = Builder::new(groups);
        let mut population = None;
        let grouped = |vertex: u32| group.get(vertex as usize).copied().unwrap_or(OUTSIDE);
        for set in self.sets() {
            if population.is_some_and(|p| p != set.population) {
                builder.finish_population();
            }
            population = Some(set.population);
            builder.pins.clear();
            builder.pins.extend(set.pins.iter().map(|&v| grouped(v)));
            let index = builder.take_pins(set.population as u32);
            for source in set.sources {
                builder.add(index, grouped(source.vertex), source.neurons, source.spikes);
            }
        }
        builder.finish_population();
        builder.graph
    }
}

/// Makes a hypergraph, population by population.
struct Builder {
    graph: Hypergraph,
    /// Sets of the population that is being made, by their hash.
    known: HashMap<u64, Vec<u32>>,
    /// Sources of the population that is being made, with their sets.
    found: Vec<(u32, Source)>,
    /// The pins of the set that is being made.
    pins: Vec<u32>,
}

impl Builder {
    fn new(vertices: usize) -> Self {
        Self {
            graph: Hypergraph {
                vertices,
                pin_offsets: vec![0],
                source_offsets: vec![0],
                ..Hypergraph::default()
            },
            known: HashMap::new(),
            found: Vec::new(),
            pins: Vec::new(),
        }
    }

    /// The set with the pins that were gathered, in any order and with repetitions.
    fn take_pins(&mut self, population: u32) -> u32 {
        self.pins.sort_unstable();
        self.pins.dedup();
        if self.pins.last() == Some(&OUTSIDE) {
            self.pins.pop();
        }
        // FNV-1a over words: it only finds candidates, which are then compared.
        let hash = self
            .pins
            .iter()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, &pin| {
                (hash ^ u64::from(pin)).wrapping_mul(0x0100_0000_01b3)
            });
        let candidates = self.known.entry(hash).or_default();
        let graph = &mut self.graph;
        for &index in candidates.iter() {
            let i = index as usize;
            if graph.pins[graph.pin_offsets[i]..graph.pin_offsets[i + 1]] == self.pins[..] {
                return index;
            }
        }
        let index = graph.populations.len() as u32;
        candidates.push(index);
        graph.pins.extend_from_slice(&self.pins);
        graph.pin_offsets.push(graph.pins.len());
        graph.populations.push(population);
        index
    }

    fn add(&mut self, set: u32, vertex: u32, neurons: u32, spikes: f64) {
        if let Some((last, source)) = self.found.last_mut()
            && *last == set
            && source.vertex == vertex
        {
            source.neurons += neurons;
            source.spikes += spikes;
            return;
        }
        let source = Source {
            vertex,
            neurons,
            spikes,
        };
        self.found.push((set, source));
    }

    /// Sorts the sources into their sets.
    fn finish_population(&mut self) {
        self.known.clear();
        // Stable: sums of spikes have one order.
        self.found
            .sort_by_key(|(set, source)| (*set, source.vertex));
        let graph = &mut self.graph;
        let mut at = self.found.iter().peekable();
        for set in graph.source_offsets.len() - 1..graph.populations.len() {
            let first = graph.sources.len();
            while let Some((_, source)) = at.next_if(|(of, _)| *of as usize == set) {
                match graph.sources[first..].last_mut() {
                    Some(last) if last.vertex == source.vertex => {
                        last.neurons += source.neurons;
                        last.spikes += source.spikes;
                    }
                    _ => graph.sources.push(*source),
                }
            }
            graph.source_offsets.push(graph.sources.len());
        }
        self.found.clear();
    }

    /// A population all of whose projections are products of axes: coordinates that reach the same
    /// intervals are one class, axis by axis.
    fn box_by_box(&mut self, network: &Network, grids: &[Grid], index: usize) {
        let population = &network.populations[index];
        let own = &grids[index];
        let mut axes: Vec<(&[Axis; 3], &Grid)> = Vec::new();
        for (_, projection) in network.out_of(index) {
            if let Structure::Separable(relation) = &projection.structure {
                axes.push((relation, &grids[projection.target]));
            }
        }
        if axes.is_empty() {
            return;
        }
        let sides = [0, 1, 2].map(|axis| Side::new(&axes, own, axis));
        let mut made: HashMap<[u32; 3], u32> = HashMap::new();
        let mut start = [0; 3];
        for c in &sides[0].runs {
            start[1] = 0;
            for h in &sides[1].runs {
                start[2] = 0;
                for w in &sides[2].runs {
                    let tile = Tile {
                        start,
                        end: [c.end, h.end, w.end],
                    };
                    start[2] = w.end;
                    let key = [c.class, h.class, w.class];
                    let set = match made.get(&key) {
                        Some(set) => *set,
                        None => {
                            self.pins.clear();
                            for (p, (_, grid)) in axes.iter().enumerate() {
                                let [c, h, w] = [0, 1, 2].map(|axis| {
                                    let side = &sides[axis];
                                    side.reached(p, key[axis])
                                });
                                for &c in c {
                                    for &h in h {
                                        for &w in w {
                                            self.pins.push(grid.at([c, h, w]));
                                        }
                                    }
                                }
                            }
                            let set = self.take_pins(index as u32);
                            made.insert(key, set);
                            set
                        }
                    };
                    let owner = own.at([c.own, h.own, w.own]);
                    self.add(set, owner, tile.neurons() as u32, population.spikes(&tile));
                }
                start[1] = h.end;
            }
            start[0] = c.end;
        }
    }

    /// A population with connections that are written out.
    fn neuron_by_neuron(&mut self, network: &Network, grids: &[Grid], index: usize) {
        let population = &network.populations[index];
        let mut outgoing: Vec<(&Structure, &Grid, [u32; 3])> = Vec::new();
        for (_, p) in network.out_of(index) {
            let target = network.populations[p.target].extent;
            outgoing.push((&p.structure, &grids[p.target], target));
        }
        for neuron in 0..population.neurons() {
            self.pins.clear();
            let at = coordinates(neuron, population.extent);
            for (structure, grid, extent) in &outgoing {
                match structure {
                    Structure::Sparse(sparse) => self.reach(sparse, neuron as u32, grid, *extent),
                    Structure::Separable(_) => {
                        structure.for_targets(neuron, population.extent, *extent, |target| {
                            self.pins.push(grid.owner_of(coordinates(target, *extent)));
                        });
                    }
                }
            }
            let set = self.take_pins(index as u32);
            let tile = Tile {
                start: at,
                end: at.map(|x| x + 1),
            };
            let owner = grids[index].owner_of(at);
            self.add(set, owner, 1, population.spikes(&tile));
        }
    }

    fn reach(&mut self, sparse: &Sparse, neuron: u32, grid: &Grid, extent: [u32; 3]) {
        let targets = sparse.targets_of(neuron).iter();
        let owners = targets.map(|&t| grid.owner_of(coordinates(u64::from(t), extent)));
        self.pins.extend(owners);
    }
}

/// One axis of a source: runs of coordinates that have one owner interval and one class.
struct Side {
    runs: Vec<Run>,
    /// For each class and projection the intervals that are reached.
    reached: Vec<Vec<Vec<u32>>>,
}

struct Run {
    end: u32,
    own: u32,
    class: u32,
}

impl Side {
    fn new(axes: &[(&[Axis; 3], &Grid)], own: &Grid, axis: usize) -> Self {
        let classes: Vec<_> = axes
            .iter()
            .map(|(relation, grid)| relation[axis].classes(&grid.cuts[axis]))
            .collect();
        let length = own.cuts[axis].ends().last().copied().unwrap_or(0);
        let ends = classes.iter().flat_map(|c| c.runs.iter().map(|run| run.0));
        let all = Cuts::new(ends.chain(own.cuts[axis].ends().iter().copied()), length);
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut reached = Vec::new();
        let mut at = vec![0; classes.len()];
        let mut runs = Vec::with_capacity(all.len());
        let mut start = 0;
        for &end in all.ends() {
            for (at, class) in at.iter_mut().zip(&classes) {
                while class.runs.get(*at).is_some_and(|run| run.0 <= start) {
                    *at += 1;
                }
            }
            let key: Vec<u32> = at
                .iter()
                .zip(&classes)
                .map(|(at, class)| class.runs.get(*at).map_or(0, |run| run.1))
                .collect();
            let class = match known.get(&key) {
                Some(class) => *class,
                None => {
                    let class = reached.len() as u32;
                    let lists = key.iter().zip(&classes);
                    reached.push(
                        lists
                            .map(|(k, c)| c.intervals.get(*k as usize).cloned().unwrap_or_default())
                            .collect(),
                    );
                    known.insert(key, class);
                    class
                }
            };
            runs.push(Run {
                end,
                own: own.cuts[axis].find(start),
                class,
            });
            start = end;
        }
        Self { runs, reached }
    }

    /// The intervals of the target of projection `p` that a class reaches.
    fn reached(&self, p: usize, class: u32) -> &[u32] {
        let class = self.reached.get(class as usize);
        class
            .and_then(|lists| lists.get(p))
            .map_or(&[], Vec::as_slice)
    }
}
