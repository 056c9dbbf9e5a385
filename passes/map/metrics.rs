//! What a map costs. `docs/mapping.md` defines each number and says whose it is.

use serde::Serialize;

use super::{
    architecture::{Architecture, Prices},
    cost::{self, CostModel},
    hypergraph::Hypergraph,
    load::CoreLoad,
    network::{Network, Rate},
    partition::{OUTSIDE, Partition},
    routing::{Placement, Routes, route},
    structure::Structure,
};

/// The numbers of a map, in a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// Cores that hold neurons.
    pub cores: usize,
    /// Neurons on cores.
    pub neurons: u64,
    /// Connections into them.
    pub synapses: u64,
    /// For each spike, the other cores that it reaches.
    pub remote_packets: f64,
    /// For each spike, the cores that it reaches, its own included.
    pub packets: f64,
    /// For each spike from outside, the cores that it reaches.
    pub input_packets: f64,
    /// Connections whose ends stand on different cores.
    pub cut_synapses: u64,
    /// The most different sources of a core, its own neurons and inputs included.
    pub max_axons: u64,
    /// Links that packets take if each core is sent its own.
    pub hops: f64,
    /// Links that packets take if they split where their paths part.
    pub multicast_hops: f64,
    /// The most packets on a link, with the architecture's kind of packets.
    pub max_link_load: f64,
    /// The variance of the packets on a link.
    pub link_load_variance: f64,
    /// The mean latency of a packet, in seconds; none if the architecture has no latencies.
    pub mean_latency: Option<f64>,
    /// The largest latency of a packet, in seconds.
    pub max_latency: Option<f64>,
    /// A bound of the duration of a step, in seconds, and what sets it.
    pub step_bound: Option<(f64, &'static str)>,
    /// Joules, or what unit the architecture has; none if it has no energies.
    pub energy: Option<Energy>,
    /// Of each resource of a core.
    pub resources: Vec<Utilisation>,
}

/// Energy in a step by what takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Energy {
    /// Synapses that spikes pass.
    pub synapse: f64,
    /// Neurons that are updated, and their spikes.
    pub soma: f64,
    /// Packets and their ways.
    pub network: f64,
}

impl Energy {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.synapse + self.soma + self.network
    }
}

/// How much of a resource is used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Utilisation {
    /// The name.
    pub name: String,
    /// What it is counted in.
    pub unit: String,
    /// What a core has.
    pub capacity: u64,
    /// The most that a core uses.
    pub max: u64,
    /// What a core that holds neurons uses on average.
    pub mean: f64,
    /// The cores of which no resource is used to a larger part than this one.
    pub binding_cores: usize,
}

/// A map whose numbers are asked for.
#[derive(Clone, Copy)]
pub struct Map<'m> {
    /// The network.
    pub network: &'m Network,
    /// The chip or system.
    pub architecture: &'m Architecture,
    /// What neurons and synapses cost on it.
    pub cost: &'m dyn CostModel,
    /// What stands on each core.
    pub partition: &'m Partition,
    /// Where each core stands.
    pub placement: &'m Placement,
}

impl Map<'_> {
    /// The hypergraph over its cores.
    pub fn graph(&self) -> Hypergraph {
        let grids = self.partition.grids(self.network);
        Hypergraph::new(self.network, &grids, self.partition.cores.len())
    }

    /// All numbers; `graph` is the map's.
    pub fn metrics(&self, graph: &Hypergraph) -> Metrics {
        let mut metrics = Metrics {
            cores: self.partition.used(),
            neurons: self.network.neurons(),
            synapses: self.network.synapses(),
            ..Metrics::default()
        };
        packets(graph, &mut metrics);
        metrics.cut_synapses = metrics.synapses - self.local_synapses();
        let mesh = &self.architecture.mesh;
        let own = route(graph, self.placement, mesh, self.architecture.multicast);
        let other = route(graph, self.placement, mesh, !self.architecture.multicast);
        let (split, single) = match self.architecture.multicast {
            true => (&own, &other),
            false => (&other, &own),
        };
        metrics.hops = single.hops();
        metrics.multicast_hops = split.hops();
        metrics.max_link_load = own.max_load();
        metrics.link_load_variance = own.load_variance(mesh);
        let loads: Vec<CoreLoad> = self
            .partition
            .cores
            .iter()
            .map(|parts| CoreLoad::new(self.network, parts))
            .collect();
        metrics.resources = self.utilisation(&loads);
        self.latency(graph, &mut metrics);
        let events = self.events();
        metrics.step_bound = self.step_bound(&metrics, &events, graph);
        metrics.energy = self.energy(&metrics, &own, &events);
        metrics
    }

    /// Connections whose ends stand on the same core.
    fn local_synapses(&self) -> u64 {
        let network = self.network;
        let mut local = 0;
        let sparse = |p: &&super::network::Projection| matches!(p.structure, Structure::Sparse(_));
        for parts in &self.partition.cores {
            for part in parts {
                for (_, projection) in network.into(part.population) {
                    if sparse(&projection) {
                        continue;
                    }
                    let source = network.populations[projection.source].extent;
                    let target = network.populations[projection.target].extent;
                    for from in parts.iter().filter(|p| p.population == projection.source) {
                        let ends = ((&from.tile, source), (&part.tile, target));
                        local += projection.structure.synapses_between(ends.0, ends.1);
                    }
                }
            }
        }
        let written_out = network.projections.iter().filter(|p| sparse(p));
        let mut grids = Vec::new();
        for projection in written_out {
            let Structure::Sparse(sparse) = &projection.structure else {
                continue;
            };
            if grids.is_empty() {
                grids = self.partition.grids(network);
            }
            let ends = [projection.source, projection.target];
            let [source, target] = ends.map(|i| (network.populations[i].extent, &grids[i]));
            let owner = |(extent, grid): (_, &super::partition::Grid), neuron: u32| {
                grid.owner_of(super::tile::coordinates(u64::from(neuron), extent))
            };
            for from in 0..sparse.sources() {
                let own = owner(source, from);
                if own != OUTSIDE {
                    let targets = sparse.targets_of(from).iter();
                    local += targets.filter(|t| owner(target, **t) == own).count() as u64;
                }
            }
        }
        local
    }

    fn utilisation(&self, loads: &[CoreLoad]) -> Vec<Utilisation> {
        let resources = self.cost.resources();
        let mut rows: Vec<Utilisation> = resources
            .iter()
            .map(|resource| Utilisation {
                name: resource.name.clone(),
                unit: resource.unit.clone(),
                capacity: resource.capacity,
                max: 0,
                mean: 0.0,
                binding_cores: 0,
            })
            .collect();
        let mut used = 0;
        for load in loads.iter().filter(|load| !load.populations.is_empty()) {
            used += 1;
            let usage = cost::usage(self.cost, self.network, load);
            let mut binding = None;
            for (index, (row, &amount)) in rows.iter_mut().zip(&usage).enumerate() {
                row.max = row.max.max(amount);
                row.mean += amount as f64;
                let part = amount as f64 / row.capacity.max(1) as f64;
                if binding.is_none_or(|(_, most)| part > most) {
                    binding = Some((index, part));
                }
            }
            if let Some(row) = binding.and_then(|(index, _)| rows.get_mut(index)) {
                row.binding_cores += 1;
            }
        }
        for row in &mut rows {
            row.mean /= f64::from(used.max(1));
        }
        rows
    }

    fn latency(&self, graph: &Hypergraph, metrics: &mut Metrics) {
        let prices = &self.architecture.latency;
        if !prices.any() {
            return;
        }
        let mesh = &self.architecture.mesh;
        let ends = Prices::value(&prices.packet_out) + Prices::value(&prices.packet_in);
        let (x, y) = (Prices::value(&prices.hop_x), Prices::value(&prices.hop_y));
        let crossing = prices.crossing.as_ref().map(|q| q.value);
        let (mut sum, mut count, mut most) = (0.0, 0.0, 0.0f64);
        for set in graph.sets() {
            for source in set.sources.iter().filter(|s| s.vertex != OUTSIDE) {
                for &pin in set.pins.iter().filter(|&&pin| pin != source.vertex) {
                    let cores = [source.vertex, pin].map(|v| self.placement.core[v as usize]);
                    let hops = mesh.hops(cores[0], cores[1]);
                    let mut time = ends + f64::from(hops[0]) * x + f64::from(hops[1]) * y;
                    if let Some(price) = crossing {
                        let [a, b] = cores.map(|core| mesh.chip_of(core));
                        let columns = mesh.chips[0].max(1);
                        let over_x = (a % columns).abs_diff(b % columns);
                        let over_y = (a / columns).abs_diff(b / columns);
                        time += f64::from(over_x) * (price - x) + f64::from(over_y) * (price - y);
                    }
                    sum += time * source.spikes;
                    count += source.spikes;
                    most = most.max(time);
                }
            }
        }
        metrics.mean_latency = Some(if count > 0.0 { sum / count } else { 0.0 });
        metrics.max_latency = Some(most);
    }

    /// Spikes and synaptic events of each core.
    fn events(&self) -> Vec<Events> {
        let network = self.network;
        let mut events = Vec::with_capacity(self.partition.cores.len());
        for parts in &self.partition.cores {
            let mut core = Events::default();
            for part in parts {
                let population = &network.populations[part.population];
                core.neurons += part.tile.neurons() as f64;
                core.spikes += population.spikes(&part.tile);
                for (_, projection) in network.into(part.population) {
                    let source = &network.populations[projection.source];
                    core.synaptic += match &source.rate {
                        Rate::Uniform(rate) => {
                            let into = projection
                                .structure
                                .synapses_into(&part.tile, population.extent);
                            rate * into as f64
                        }
                        Rate::Each(rates) => weighted(projection, part, network, rates),
                    };
                }
            }
            events.push(core);
        }
        events
    }

    fn step_bound(
        &self,
        metrics: &Metrics,
        events: &[Events],
        graph: &Hypergraph,
    ) -> Option<(f64, &'static str)> {
        let prices = &self.architecture.latency;
        if !prices.any() {
            return None;
        }
        let most = |of: fn(&Events) -> f64| events.iter().map(of).fold(0.0, f64::max);
        let terms = [
            (
                "neurons",
                most(|e| e.neurons) * Prices::value(&prices.neuron),
            ),
            (
                "synapses",
                most(|e| e.synaptic) * Prices::value(&prices.synapse),
            ),
            ("spikes", most(|e| e.spikes) * Prices::value(&prices.spike)),
            (
                "packets in",
                max_packets_in(graph) * Prices::value(&prices.packet_in),
            ),
            ("links", metrics.max_link_load * Prices::value(&prices.link)),
            ("barrier", Prices::value(&prices.barrier)),
        ];
        terms
            .into_iter()
            .map(|(name, time)| (time, name))
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
    }

    fn energy(&self, metrics: &Metrics, routes: &Routes, events: &[Events]) -> Option<Energy> {
        let prices = &self.architecture.energy;
        if !prices.any() {
            return None;
        }
        let sum = |of: fn(&Events) -> f64| events.iter().map(of).sum::<f64>();
        let local = (metrics.packets - metrics.remote_packets) * self.architecture.local_packet;
        let (x, y) = (Prices::value(&prices.hop_x), Prices::value(&prices.hop_y));
        // A crossing is priced in place of a hop, of which direction it may be.
        let crossing = prices
            .crossing
            .as_ref()
            .map_or(0.0, |q| q.value - (x + y) / 2.0);
        Some(Energy {
            synapse: sum(|e| e.synaptic) * Prices::value(&prices.synapse),
            soma: sum(|e| e.neurons) * Prices::value(&prices.neuron)
                + sum(|e| e.spikes) * Prices::value(&prices.spike),
            network: (metrics.remote_packets + local) * Prices::value(&prices.packet_out)
                + (metrics.remote_packets + metrics.input_packets + local)
                    * Prices::value(&prices.packet_in)
                + routes.hops_x * x
                + routes.hops_y * y
                + routes.crossings * crossing,
        })
    }
}

/// What happens on a core in a step.
#[derive(Clone, Copy, Debug, Default)]
struct Events {
    neurons: f64,
    spikes: f64,
    synaptic: f64,
}

/// Spikes of each source times its connections into a part.
fn weighted(
    projection: &super::network::Projection,
    part: &super::partition::Part,
    network: &Network,
    rates: &[f32],
) -> f64 {
    let target = network.populations[part.population].extent;
    let source = network.populations[projection.source].extent;
    let rate = |index: usize| rates.get(index).map_or(0.0, |&r| f64::from(r));
    match &projection.structure {
        Structure::Sparse(sparse) => part
            .tile
            .indices(target)
            .flat_map(|t| sparse.sources_of(t as u32))
            .map(|&s| rate(s as usize))
            .sum(),
        Structure::Separable(axes) => {
            // How often each source coordinate is used, axis by axis.
            let used = [0, 1, 2].map(|axis| {
                let mut used = std::collections::BTreeMap::new();
                for t in part.tile.along(axis) {
                    axes[axis].for_sources(t, |s| *used.entry(s).or_insert(0.0) += 1.0);
                }
                used
            });
            let [_, height, width] = source.map(|n| n as usize);
            let mut sum = 0.0;
            for (&c, times_c) in &used[0] {
                for (&h, times_h) in &used[1] {
                    for (&w, times_w) in &used[2] {
                        let index = (c as usize * height + h as usize) * width + w as usize;
                        sum += rate(index) * times_c * times_h * times_w;
                    }
                }
            }
            sum
        }
    }
}

fn packets(graph: &Hypergraph, metrics: &mut Metrics) {
    let mut axons = vec![0u64; graph.vertices];
    for set in graph.sets() {
        let neurons: u64 = set.sources.iter().map(|s| u64::from(s.neurons)).sum();
        for &pin in set.pins {
            axons[pin as usize] += neurons;
        }
        for source in set.sources {
            let reached = set.pins.len() as f64;
            if source.vertex == OUTSIDE {
                metrics.input_packets += source.spikes * reached;
                continue;
            }
            let own = set.pins.binary_search(&source.vertex).is_ok();
            metrics.packets += source.spikes * reached;
            metrics.remote_packets += source.spikes * (reached - f64::from(u8::from(own)));
        }
    }
    metrics.max_axons = axons.into_iter().max().unwrap_or(0);
}

fn max_packets_in(graph: &Hypergraph) -> f64 {
    let mut packets = vec![0.0f64; graph.vertices];
    for set in graph.sets() {
        let spikes: f64 = set.sources.iter().map(|s| s.spikes).sum();
        for &pin in set.pins {
            packets[pin as usize] += spikes;
        }
    }
    packets.into_iter().fold(0.0, f64::max)
}
