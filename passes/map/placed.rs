//! A placement that is changed step by step, with the traffic that follows.

use super::{
    hypergraph::Hypergraph,
    mesh::{Direction, Mesh},
    objective::Traffic,
    partition::OUTSIDE,
    routing::Tree,
};

/// Vertices of a hypergraph on the tiles of a mesh. Several may stand on one tile. The loads of the links
/// follow each change exactly.
pub struct Placed<'p> {
    graph: &'p Hypergraph,
    mesh: &'p Mesh,
    multicast: bool,
    /// For each vertex its core; packets between vertices on the same core take no link.
    core: Vec<u32>,
    tile: Vec<[u32; 2]>,
    /// Packets that begin at one vertex and go to one set: set, vertex, spikes.
    flows: Vec<(u32, u32, f64)>,
    /// For each vertex the flows in which it takes part.
    flow_offsets: Vec<u32>,
    flows_of: Vec<u32>,
    load: Vec<f64>,
    largest: Largest,
    traffic: Traffic,
    /// Pins and links that were looked at so far: a measure of time that is the same on every machine.
    work: u64,
    /// Changes since the last mark: link and load before.
    journal: Vec<(u32, f64)>,
    before: Traffic,
    moved: Vec<(u32, u32)>,
    // Held again and again.
    stamp: Vec<u32>,
    time: u32,
    affected: Vec<u32>,
    tree: Tree,
    reached: Vec<u32>,
    destinations: Vec<[u32; 2]>,
    links: Vec<u32>,
}

impl<'p> Placed<'p> {
    /// The vertices of `graph` on these cores.
    pub fn new(graph: &'p Hypergraph, mesh: &'p Mesh, multicast: bool, core: Vec<u32>) -> Self {
        let mut flows = Vec::new();
        for (index, set) in graph.sets().enumerate() {
            for source in set.sources {
                if source.vertex != OUTSIDE && source.spikes > 0.0 && !set.pins.is_empty() {
                    flows.push((index as u32, source.vertex, source.spikes));
                }
            }
        }
        let members = |flow: &(u32, u32, f64)| {
            let pins = graph.set(flow.0 as usize).pins.iter().copied();
            let source = flow.1;
            pins.filter(move |&pin| pin != source).chain([source])
        };
        let mut flow_offsets = vec![0u32; graph.vertices + 1];
        for vertex in flows.iter().flat_map(members) {
            flow_offsets[vertex as usize + 1] += 1;
        }
        for i in 1..flow_offsets.len() {
            flow_offsets[i] += flow_offsets[i - 1];
        }
        let mut next = flow_offsets.clone();
        let mut flows_of = vec![0; flow_offsets.last().copied().unwrap_or(0) as usize];
        for (index, flow) in flows.iter().enumerate() {
            for vertex in members(flow) {
                flows_of[next[vertex as usize] as usize] = index as u32;
                next[vertex as usize] += 1;
            }
        }
        let tile = core.iter().map(|&core| mesh.tile_of(core)).collect();
        let mut placed = Self {
            graph,
            mesh,
            multicast,
            core,
            tile,
            stamp: vec![0; flows.len()],
            flows,
            flow_offsets,
            flows_of,
            load: vec![0.0; mesh.links()],
            largest: Largest::new(mesh.links()),
            traffic: Traffic::default(),
            work: 0,
            journal: Vec::new(),
            before: Traffic::default(),
            moved: Vec::new(),
            time: 0,
            affected: Vec::new(),
            tree: Tree::default(),
            reached: Vec::new(),
            destinations: Vec::new(),
            links: Vec::new(),
        };
        for flow in 0..placed.flows.len() as u32 {
            placed.send(flow, 1.0);
        }
        placed.traffic.max_link = placed.largest.get();
        placed.keep();
        placed
    }

    /// The traffic as it is.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Pins and links that were looked at so far.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// The core of each vertex.
    pub fn cores(&self) -> &[u32] {
        &self.core
    }

    /// The number of flows in which a vertex takes part.
    pub fn degree(&self, vertex: u32) -> usize {
        let at = |i: usize| self.flow_offsets.get(i).copied().unwrap_or(0) as usize;
        at(vertex as usize + 1) - at(vertex as usize)
    }

    /// Puts vertices onto other cores, all at once. [`Placed::undo`] takes it back until [`Placed::keep`].
    pub fn relocate(&mut self, moves: &[(u32, u32)]) {
        self.time += 1;
        self.affected.clear();
        for &(vertex, _) in moves {
            let at = |i: usize| self.flow_offsets[i] as usize;
            for &flow in &self.flows_of[at(vertex as usize)..at(vertex as usize + 1)] {
                let stamp = &mut self.stamp[flow as usize];
                if *stamp != self.time {
                    *stamp = self.time;
                    self.affected.push(flow);
                }
            }
        }
        let affected = std::mem::take(&mut self.affected);
        for &flow in &affected {
            self.send(flow, -1.0);
        }
        for &(vertex, core) in moves {
            self.moved.push((vertex, self.core[vertex as usize]));
            self.core[vertex as usize] = core;
            self.tile[vertex as usize] = self.mesh.tile_of(core);
        }
        for &flow in &affected {
            self.send(flow, 1.0);
        }
        self.affected = affected;
        self.traffic.max_link = self.largest.get();
    }

    /// Takes back all changes since the last [`Placed::keep`].
    pub fn undo(&mut self) {
        while let Some((link, load)) = self.journal.pop() {
            self.load[link as usize] = load;
            self.largest.set(link as usize, load);
        }
        while let Some((vertex, core)) = self.moved.pop() {
            self.core[vertex as usize] = core;
            self.tile[vertex as usize] = self.mesh.tile_of(core);
        }
        self.traffic = self.before;
    }

    /// Makes all changes last.
    pub fn keep(&mut self) {
        self.journal.clear();
        self.moved.clear();
        self.before = self.traffic;
    }

    /// Adds the packets of a flow to the links, `sign` times.
    fn send(&mut self, flow: u32, sign: f64) {
        let (set, source, spikes) = self.flows[flow as usize];
        let amount = sign * spikes;
        let own = self.core[source as usize];
        let from = self.tile[source as usize];
        self.reached.clear();
        let mut last = OUTSIDE;
        for &pin in self.graph.set(set as usize).pins {
            let core = self.core[pin as usize];
            // Vertices of one core often follow one another.
            if core != last {
                last = core;
                self.reached.push(core);
            }
        }
        self.work += self.graph.set(set as usize).pins.len() as u64;
        self.reached.sort_unstable();
        self.reached.dedup();
        self.destinations.clear();
        for &core in self.reached.iter() {
            if core == own {
                self.traffic.local_packets += amount;
            } else {
                self.traffic.packets += amount;
                let tile = self.mesh.tile_of(core);
                if tile != from {
                    self.destinations.push(tile);
                }
            }
        }
        if self.destinations.is_empty() {
            return;
        }
        self.links.clear();
        let (mesh, links, traffic) = (self.mesh, &mut self.links, &mut self.traffic);
        let mut take = |at: [u32; 2], direction: Direction| {
            links.push(mesh.link(at, direction) as u32);
            match direction {
                Direction::East | Direction::West => traffic.hops_x += amount,
                Direction::North | Direction::South => traffic.hops_y += amount,
            }
            if mesh.chips != [1, 1] && mesh.crosses(at, direction) {
                traffic.crossings += amount;
            }
        };
        if self.multicast {
            self.tree.links(from, &self.destinations, &mut take);
        } else {
            for &to in &self.destinations {
                self.tree.links(from, &[to], &mut take);
            }
        }
        self.work += 2 * self.links.len() as u64;
        for &link in &self.links {
            let load = &mut self.load[link as usize];
            self.journal.push((link, *load));
            let new = *load + amount;
            self.traffic.squares += new * new - *load * *load;
            *load = new;
            self.largest.set(link as usize, new);
        }
    }
}

/// The largest of many numbers that change one by one: a tree of the larger of two.
struct Largest {
    tree: Vec<f64>,
    leaves: usize,
}

impl Largest {
    fn new(count: usize) -> Self {
        let leaves = count.next_power_of_two();
        Self {
            tree: vec![0.0; 2 * leaves],
            leaves,
        }
    }

    fn set(&mut self, index: usize, value: f64) {
        let mut at = self.leaves + index;
        self.tree[at] = value;
        while at > 1 {
            at /= 2;
            let larger = self.tree[2 * at].max(self.tree[2 * at + 1]);
            if self.tree[at] == larger {
                break;
            }
            self.tree[at] = larger;
        }
    }

    fn get(&self) -> f64 {
        self.tree.get(1).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{
        random::Random,
        routing::{Placement, route},
        tests::networks::{network, partition, placement},
    };

    #[test]
    fn traffic_follows_every_change() {
        for seed in 0..150 {
            let random = &mut Random::new(seed);
            let network = network(random);
            let partition = partition(random, &network, 6);
            let (architecture, start) = placement(random, partition.cores.len());
            let grids = partition.grids(&network);
            let graph = Hypergraph::new(&network, &grids, partition.cores.len());
            let mesh = &architecture.mesh;
            let mut placed = Placed::new(&graph, mesh, architecture.multicast, start.core);
            for _ in 0..20 {
                let before = placed.cores().to_vec();
                let moves: Vec<(u32, u32)> = (0..1 + random.below(2))
                    .map(|_| {
                        let vertex = random.below(graph.vertices) as u32;
                        (vertex, random.below(mesh.cores()) as u32)
                    })
                    .collect();
                placed.relocate(&moves);
                if random.below(2) == 0 {
                    placed.undo();
                    assert_eq!(placed.cores(), before);
                } else {
                    placed.keep();
                }
                // Vertices that share a core are one: a graph of the cores says what they send.
                let cores = mesh.cores();
                let merged = graph.contract(placed.cores(), cores);
                let identity = Placement {
                    core: (0..cores as u32).collect(),
                };
                let routes = route(&merged, &identity, mesh, architecture.multicast);
                let close = |a: f64, b: f64| {
                    assert!(
                        (a - b).abs() < 1e-6 * (1.0 + b.abs()),
                        "seed {seed}: {a} {b}"
                    );
                };
                let traffic = placed.traffic();
                let mut packets = [0.0; 2];
                for set in merged.sets() {
                    for source in set.sources.iter().filter(|s| s.vertex != OUTSIDE) {
                        let own = set.pins.contains(&source.vertex);
                        let remote = set.pins.len() - usize::from(own);
                        packets[0] += source.spikes * remote as f64;
                        packets[1] += source.spikes * f64::from(u8::from(own));
                    }
                }
                close(traffic.packets, packets[0]);
                close(traffic.local_packets, packets[1]);
                close(traffic.hops_x, routes.hops_x);
                close(traffic.hops_y, routes.hops_y);
                close(traffic.crossings, routes.crossings);
                close(traffic.max_link, routes.max_load());
                close(traffic.squares, routes.load.iter().map(|x| x * x).sum());
            }
        }
    }
}
