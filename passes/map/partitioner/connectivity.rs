//! The connectivity-minus-one metric of a partition that is changed vertex by vertex.

use crate::map::{hypergraph::Hypergraph, partition::OUTSIDE};

/// Vertices in parts, with the packets that follow: each spike of a source goes once to every part in
/// which it has a pin; to its own for the share `local` of a packet.
///
/// With T(s) the spikes of all sources of a set s and W(s, p) those of the sources in part p, the packets
/// are the sum over all sets s and all parts p with a pin of s of T(s) - (1 - local) W(s, p).
pub struct Connectivity<'g> {
    graph: &'g Hypergraph,
    /// The part of a packet that a local one saves.
    free: f64,
    part: Vec<u32>,
    /// T(s).
    total: Vec<f64>,
    /// For each set its parts, sorted: part, pins, W(s, p).
    entries: Vec<Vec<(u32, u32, f64)>>,
    /// For each vertex the sets it is in: set, whether it is a pin, its spikes as a source.
    offsets: Vec<u32>,
    incidence: Vec<(u32, bool, f64)>,
    /// For the parts that a vertex may move to: what that saves beside the part that all share.
    saved: Vec<f64>,
    touched: Vec<u32>,
    /// Entries that were looked at so far.
    pub looked: u64,
}

/// Sets with more parts do not say where a vertex could go; they still count in its gain.
const WIDE: usize = 48;
/// Parts whose gain is computed to the end.
const TRIED: usize = 4;

impl<'g> Connectivity<'g> {
    /// The vertices of a hypergraph in these parts.
    pub fn new(graph: &'g Hypergraph, part: Vec<u32>, parts: usize, local: f64) -> Self {
        let mut incident: Vec<(u32, u32, bool, f64)> = Vec::new();
        let mut total = Vec::with_capacity(graph.len());
        let mut entries = Vec::with_capacity(graph.len());
        for (index, set) in graph.sets().enumerate() {
            total.push(set.sources.iter().map(|s| s.spikes).sum());
            let mut of: Vec<(u32, u32, f64)> = Vec::new();
            let pins = set.pins.iter().map(|&v| (part[v as usize], 1, 0.0));
            let placed = || set.sources.iter().filter(|s| s.vertex != OUTSIDE);
            of.extend(pins);
            of.extend(placed().map(|s| (part[s.vertex as usize], 0, s.spikes)));
            of.sort_by_key(|e| e.0);
            let mut merged: Vec<(u32, u32, f64)> = Vec::new();
            for entry in of {
                match merged.last_mut() {
                    Some(last) if last.0 == entry.0 => {
                        last.1 += entry.1;
                        last.2 += entry.2;
                    }
                    _ => merged.push(entry),
                }
            }
            entries.push(merged);
            // Pins and sources are sorted: joined.
            let mut sources = placed().peekable();
            for &pin in set.pins {
                while let Some(source) = sources.next_if(|s| s.vertex < pin) {
                    incident.push((source.vertex, index as u32, false, source.spikes));
                }
                let own = sources.next_if(|s| s.vertex == pin);
                incident.push((pin, index as u32, true, own.map_or(0.0, |s| s.spikes)));
            }
            incident.extend(sources.map(|s| (s.vertex, index as u32, false, s.spikes)));
        }
        let mut offsets = vec![0u32; graph.vertices + 1];
        for entry in &incident {
            offsets[entry.0 as usize + 1] += 1;
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let mut next = offsets.clone();
        let mut incidence = vec![(0, false, 0.0); incident.len()];
        for (vertex, set, pin, spikes) in incident {
            let place = &mut next[vertex as usize];
            incidence[*place as usize] = (set, pin, spikes);
            *place += 1;
        }
        Self {
            graph,
            free: 1.0 - local,
            part,
            total,
            entries,
            offsets,
            incidence,
            saved: vec![0.0; parts],
            touched: Vec::new(),
            looked: 0,
        }
    }

    /// The packets in a step.
    pub fn packets(&self) -> f64 {
        let of = |(entries, total): (&Vec<(u32, u32, f64)>, &f64)| -> f64 {
            let reached = entries.iter().filter(|e| e.1 > 0);
            reached.map(|e| total - self.free * e.2).sum()
        };
        self.entries.iter().zip(&self.total).map(of).sum()
    }

    /// The part of each vertex.
    pub fn parts(&self) -> &[u32] {
        &self.part
    }

    /// The sets that a vertex is in.
    pub fn sets_of(&self, vertex: u32) -> &[(u32, bool, f64)] {
        let at = |i: usize| self.offsets[i] as usize;
        &self.incidence[at(vertex as usize)..at(vertex as usize + 1)]
    }

    /// The vertices of a set, pins and sources.
    pub fn vertices_of(&self, set: u32) -> impl Iterator<Item = u32> + use<'g> {
        let set = self.graph.set(set as usize);
        let sources = set.sources.iter().map(|s| s.vertex);
        let pins = set.pins.iter().copied();
        pins.chain(sources.filter(|&v| v != OUTSIDE))
    }

    /// Pins and sources of a set.
    pub fn size(&self, set: u32) -> usize {
        let set = self.graph.set(set as usize);
        set.pins.len() + set.sources.len()
    }

    fn entry(&self, set: u32, part: u32) -> (u32, f64) {
        let entries = &self.entries[set as usize];
        match entries.binary_search_by_key(&part, |e| e.0) {
            Ok(at) => (entries[at].1, entries[at].2),
            Err(_) => (0, 0.0),
        }
    }

    /// Packets that are saved if a vertex leaves its part.
    fn removal(&self, vertex: u32) -> f64 {
        let own = self.part[vertex as usize];
        let mut saved = 0.0;
        for &(set, pin, spikes) in self.sets_of(vertex) {
            let (pins, weight) = self.entry(set, own);
            if pin && pins == 1 {
                saved += self.total[set as usize] - self.free * weight;
            } else if pins > 0 {
                saved -= self.free * spikes;
            }
        }
        saved
    }

    /// Packets that are added if a vertex that is in no part comes into one.
    fn insertion(&self, vertex: u32, part: u32) -> f64 {
        let mut added = 0.0;
        for &(set, pin, spikes) in self.sets_of(vertex) {
            let (pins, weight) = self.entry(set, part);
            if pins > 0 {
                added -= self.free * spikes;
            } else if pin {
                added += self.total[set as usize] - self.free * (weight + spikes);
            }
        }
        added
    }

    /// Packets that are saved if a vertex moves to another part.
    pub fn gain(&self, vertex: u32, part: u32) -> f64 {
        if part == self.part[vertex as usize] {
            return 0.0;
        }
        self.removal(vertex) - self.insertion(vertex, part)
    }

    /// Of the parts that `may` take it, the one to which a vertex moves with the largest gain; none if no
    /// other part has to do with it.
    pub fn best(&mut self, vertex: u32, may: impl Fn(u32) -> bool) -> Option<(u32, f64)> {
        let own = self.part[vertex as usize];
        let mut wide = false;
        for at in self.offsets[vertex as usize]..self.offsets[vertex as usize + 1] {
            let (set, pin, spikes) = self.incidence[at as usize];
            let entries = &self.entries[set as usize];
            self.looked += 8 + entries.len().min(WIDE) as u64;
            if entries.len() > WIDE {
                wide = true;
                continue;
            }
            for &(part, pins, weight) in entries {
                let saves = match (pin, pins > 0) {
                    (true, true) => self.total[set as usize],
                    (true, false) => self.free * weight,
                    (false, true) => self.free * spikes,
                    (false, false) => continue,
                };
                if part == own {
                    continue;
                }
                let saved = &mut self.saved[part as usize];
                if *saved == 0.0 {
                    self.touched.push(part);
                }
                // Never back to 0, which says that a part was not met.
                *saved += saves.max(f64::MIN_POSITIVE);
            }
        }
        let mut best: [(f64, u32); TRIED] = [(f64::NEG_INFINITY, OUTSIDE); TRIED];
        for &part in &self.touched {
            let found = (self.saved[part as usize], part);
            let place = best
                .iter()
                .position(|b| found.0 > b.0 || (found.0 == b.0 && found.1 < b.1));
            if let Some(place) = place
                && may(part)
            {
                best[place..].rotate_right(1);
                best[place] = found;
            }
        }
        for part in self.touched.drain(..) {
            self.saved[part as usize] = 0.0;
        }
        let removal = self.removal(vertex);
        let tried = if wide { TRIED } else { 1 };
        let found = best.iter().take(tried).filter(|b| b.1 != OUTSIDE);
        found
            .map(|&(_, part)| (part, removal - self.insertion(vertex, part)))
            .reduce(|a, b| if b.1 > a.1 { b } else { a })
    }

    /// Moves a vertex.
    pub fn relocate(&mut self, vertex: u32, to: u32) {
        let from = std::mem::replace(&mut self.part[vertex as usize], to);
        if from == to {
            return;
        }
        for at in self.offsets[vertex as usize]..self.offsets[vertex as usize + 1] {
            let (set, pin, spikes) = self.incidence[at as usize];
            let entries = &mut self.entries[set as usize];
            if let Ok(at) = entries.binary_search_by_key(&from, |e| e.0) {
                let entry = &mut entries[at];
                entry.1 -= u32::from(pin);
                entry.2 -= spikes;
                if entry.1 == 0 && entry.2.abs() < 1e-12 {
                    entries.remove(at);
                }
            }
            match entries.binary_search_by_key(&to, |e| e.0) {
                Ok(at) => {
                    entries[at].1 += u32::from(pin);
                    entries[at].2 += spikes;
                }
                Err(at) => entries.insert(at, (to, u32::from(pin), spikes)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{
        random::Random,
        tests::networks::{network, partition},
    };

    #[test]
    fn gains_are_what_moves_save() {
        for seed in 0..200 {
            let random = &mut Random::new(seed);
            let network = network(random);
            let fine = partition(random, &network, 10);
            let grids = fine.grids(&network);
            let graph = Hypergraph::new(&network, &grids, fine.cores.len());
            let count = graph.vertices;
            let part: Vec<u32> = (0..count).map(|_| random.below(4) as u32).collect();
            let local = [0.0, 0.5, 1.0][random.below(3)];
            let mut state = Connectivity::new(&graph, part, 4, local);
            for _ in 0..30 {
                let vertex = random.below(count) as u32;
                let before = state.packets();
                let own = state.parts()[vertex as usize];
                let best = state.best(vertex, |_| true);
                if let Some((part, gain)) = best {
                    assert!(part != own, "seed {seed}");
                    let exact = state.gain(vertex, part);
                    assert!((gain - exact).abs() < 1e-9, "seed {seed}: {gain} {exact}");
                    for other in state.entries.iter().flatten().map(|e| e.0) {
                        let most = state.gain(vertex, other);
                        // Parts that have nothing to do with the vertex are not looked at.
                        assert!(other == own || most <= gain + 1e-9, "seed {seed}");
                    }
                }
                let to = random.below(4) as u32;
                let gain = state.gain(vertex, to);
                state.relocate(vertex, to);
                let saved = before - state.packets();
                assert!((gain - saved).abs() < 1e-9, "seed {seed}: {gain} {saved}");
                let again = Connectivity::new(&graph, state.parts().to_vec(), 4, local);
                assert!(
                    (again.packets() - state.packets()).abs() < 1e-9,
                    "seed {seed}"
                );
            }
        }
    }
}
