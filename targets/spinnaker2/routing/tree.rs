//! The chips and links that a packet takes: a tree from its source chip to all target chips.
//!
//! Every target is reached by a shortest path, in hops, that the machine has: the tree is made from
//! the distances of a breadth-first search from the source, so missing chips and links are gone
//! around. Among the shortest paths to a target, the one is taken that leaves the tree as late as
//! possible; targets are added nearest first. That saves links and, what counts here, entries: chips
//! on a shared path see one route.
//!
//! Navaridas et al., "SpiNNaker: Enhanced multicast routing", Parallel Computing 45 (2015), join the
//! nearest chip of the tree as well, but allow detours.

use std::collections::{BTreeSet, VecDeque};

use super::{
    machine::{Chip, Machine},
    route::{Link, Route},
};

/// The links that a packet takes out of each chip of the tree, the source first. A chip without
/// links is a leaf.
pub type Tree = Vec<(Chip, Route)>;

/// Distances and paths from one source chip.
pub struct Paths<'a> {
    machine: &'a Machine,
    source: Chip,
    /// Of each place, the hops from the source.
    distance: Vec<Option<u32>>,
}

impl<'a> Paths<'a> {
    /// All shortest paths from a chip of the machine.
    pub fn new(machine: &'a Machine, source: Chip) -> Self {
        let mut distance = vec![None; machine.places()];
        let mut queue = VecDeque::new();
        if let Some(index) = machine.index(source) {
            distance[index] = Some(0);
            queue.push_back((source, 0));
        }
        while let Some((chip, hops)) = queue.pop_front() {
            for link in Link::ALL {
                let next = machine.neighbour(chip, link);
                let Some((next, index)) = next.and_then(|next| Some((next, machine.index(next)?)))
                else {
                    continue;
                };
                if distance[index].is_none() {
                    distance[index] = Some(hops + 1);
                    queue.push_back((next, hops + 1));
                }
            }
        }
        Self {
            machine,
            source,
            distance,
        }
    }

    /// The hops to a chip; `None` if no path leads there.
    pub fn distance(&self, chip: Chip) -> Option<u32> {
        self.machine
            .index(chip)
            .and_then(|index| self.distance[index])
    }

    /// The tree to some chips; `Err` names one that no path leads to.
    pub fn tree(&self, targets: &BTreeSet<Chip>) -> Result<Tree, Chip> {
        let mut nearest = Vec::new();
        for chip in targets {
            let hops = self.distance(*chip).ok_or(*chip)?;
            nearest.push((hops, *chip));
        }
        nearest.sort_unstable();
        let mut links: Vec<Option<Route>> = vec![None; self.machine.places()];
        if let Some(index) = self.machine.index(self.source) {
            links[index] = Some(Route::NONE);
        }
        for (_, target) in nearest {
            self.join(target, &mut links);
        }
        let source = links.get(self.machine.index(self.source).unwrap_or(usize::MAX));
        let source = source.map(|links| (self.source, links.unwrap_or_default()));
        let others = links.iter().enumerate().filter_map(|(index, links)| {
            let chip = self.machine.at(index);
            links
                .filter(|_| chip != self.source)
                .map(|links| (chip, links))
        });
        Ok(source.into_iter().chain(others).collect())
    }

    /// Adds the path to a target: backwards from it, level by level, to the nearest chip of the tree.
    fn join(&self, target: Chip, links: &mut [Option<Route>]) {
        let mut seen = vec![false; self.machine.places()];
        // Each chip with the link and the place in the list by which it goes on to the target.
        let mut queue: Vec<(Chip, Option<(Link, usize)>)> = vec![(target, None)];
        let mut at = 0;
        while let Some(&(chip, _)) = queue.get(at) {
            let Some(index) = self.machine.index(chip) else {
                return;
            };
            if links[index].is_some() {
                break;
            }
            let hops = self.distance[index];
            for back in Link::ALL {
                let previous = self.machine.neighbour(chip, back);
                let Some(place) = previous.and_then(|chip| self.machine.index(chip)) else {
                    continue;
                };
                let nearer = self.distance[place].map(|hops| hops + 1) == hops;
                if nearer && !seen[place] {
                    seen[place] = true;
                    queue.push((self.machine.at(place), Some((back.opposite(), at))));
                }
            }
            at += 1;
        }
        let mut step = queue.get(at).copied();
        while let Some((chip, onward)) = step {
            if let Some(index) = self.machine.index(chip) {
                let route = links[index].unwrap_or_default();
                links[index] = Some(match onward {
                    Some((link, _)) => route.with_link(link),
                    None => route,
                });
            }
            step = onward.and_then(|(_, next)| queue.get(next).copied());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every target is in the tree, by a path of as many hops as the mesh has between the chips.
    #[test]
    fn all_targets_are_reached_by_shortest_paths() {
        for machine in [Machine::board(), Machine::torus(6, 5), Machine::mesh(5, 5)] {
            let chips: Vec<Chip> = machine.chips().collect();
            for source in &chips {
                let paths = Paths::new(&machine, *source);
                for (i, step) in [(0, 7), (3, 5), (1, 3)] {
                    let targets: BTreeSet<Chip> =
                        chips.iter().copied().skip(i).step_by(step).collect();
                    let tree = paths.tree(&targets).unwrap();
                    let hops = walk(&machine, &tree);
                    for target in targets {
                        let expected = distance(&machine, *source, target);
                        let found = hops.iter().find(|(chip, _)| *chip == target);
                        assert_eq!(found.map(|(_, hops)| *hops), expected, "{target:?}");
                    }
                    assert_eq!(hops.len(), tree.len(), "every chip once");
                }
            }
        }
    }

    /// Chips of a tree with the hops to them, by following its links.
    fn walk(machine: &Machine, tree: &Tree) -> Vec<(Chip, u32)> {
        let mut reached = vec![(tree[0].0, 0)];
        let mut at = 0;
        while at < reached.len() {
            let (chip, hops) = reached[at];
            let (_, links) = tree.iter().find(|(c, _)| *c == chip).unwrap();
            for link in links.links() {
                reached.push((machine.neighbour(chip, link).unwrap(), hops + 1));
            }
            at += 1;
        }
        reached
    }

    /// By the formula for a hexagonal mesh, over all ways around a torus; a board has no holes, so
    /// the formula is right there too.
    fn distance(machine: &Machine, a: Chip, b: Chip) -> Option<u32> {
        let around = if machine.wraps() { -1..=1 } else { 0..=0 };
        let one = |dx: i32, dy: i32| {
            if dx.signum() == dy.signum() {
                dx.abs().max(dy.abs())
            } else {
                dx.abs() + dy.abs()
            }
        };
        let (width, height) = (i32::from(machine.width()), i32::from(machine.height()));
        let all = around.clone().flat_map(|u| {
            around.clone().map(move |v| {
                let dx = i32::from(b.x) - i32::from(a.x) + u * width;
                let dy = i32::from(b.y) - i32::from(a.y) + v * height;
                one(dx, dy)
            })
        });
        all.min().map(|hops| hops as u32)
    }

    #[test]
    fn missing_links_are_gone_around_or_told() {
        let machine = Machine::mesh(3, 1);
        let (west, east) = (Chip::new(0, 0), Chip::new(2, 0));
        let targets = BTreeSet::from([east]);
        assert_eq!(Paths::new(&machine, west).distance(east), Some(2));
        let cut = machine.without_chip(Chip::new(1, 0));
        assert_eq!(Paths::new(&cut, west).tree(&targets), Err(east));
        let around = Machine::mesh(3, 2).without_chip(Chip::new(1, 0));
        let paths = Paths::new(&around, west);
        assert_eq!(paths.distance(east), Some(3));
        let tree = paths.tree(&targets).unwrap();
        assert_eq!(walk(&around, &tree).last(), Some(&(east, 3)));
    }
}
