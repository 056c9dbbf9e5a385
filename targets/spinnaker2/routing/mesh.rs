//! Packets on their way through the tables of a machine.
//!
//! [`Mesh::send`] follows one packet. [`Mesh::check`] follows the packets of all neurons, blocks of keys
//! at a time: a table splits a block only where it treats its keys differently, so the check holds for
//! every key and costs little more than one packet a slice.
//!
//! A packet without an entry is lost, as nothing is known about default routing on SpiNNaker2.

use std::collections::BTreeMap;

use nirc_dialects::finding::{Finding, Findings};

use super::{
    exact::routes,
    keys::Keys,
    machine::{Chip, Core, Machine},
    table::{KeyMask, Table},
    traffic::Population,
};

/// A machine with loaded tables.
pub struct Mesh<'a> {
    machine: &'a Machine,
    tables: &'a BTreeMap<Chip, Table>,
}

/// Where a packet went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The cores that got it, once for each time that they did, in order.
    pub cores: Vec<Core>,
    /// Chips where no entry matched.
    pub lost: Vec<Chip>,
    /// Links that it should have left by and that lead nowhere, by their chip.
    pub fallen: Vec<Chip>,
    /// The most links to any core.
    pub hops: u32,
    /// All links that it crossed.
    pub crossings: u32,
    /// Whether it came to a chip for the second time; it was not followed from there.
    pub returned: bool,
}

/// What the packets of all neurons, each sent once, do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets sent.
    pub packets: u64,
    /// Packets that cores got.
    pub deliveries: u64,
    /// Links crossed by all packets.
    pub crossings: u64,
    /// The most links from a sender to a target.
    pub hops: u32,
}

impl<'a> Mesh<'a> {
    /// A machine with the tables of its chips.
    pub const fn new(machine: &'a Machine, tables: &'a BTreeMap<Chip, Table>) -> Self {
        Self { machine, tables }
    }

    /// Sends one packet from a core of a chip.
    pub fn send(&self, from: Chip, key: u32) -> Delivery {
        let sent = self.send_block(from, KeyMask::new(key, u32::MAX));
        sent.into_iter().next().map(|(_, d)| d).unwrap_or_default()
    }

    /// Sends all packets of a block; the disjoint parts of it that went the same way, with their
    /// way.
    pub fn send_block(&self, from: Chip, keys: KeyMask) -> Vec<(KeyMask, Delivery)> {
        // A part of the block: what is known of it, and the chips that it is still to enter.
        let mut parts = vec![(keys, Delivery::default(), vec![(from, 0)], vec![from])];
        let mut done = Vec::new();
        while let Some((keys, delivery, mut ahead, seen)) = parts.pop() {
            let Some((chip, hops)) = ahead.pop() else {
                done.push((keys, sorted(delivery)));
                continue;
            };
            let empty = Table::default();
            let table = self.tables.get(&chip).unwrap_or(&empty);
            for (keys, route) in routes(table, keys) {
                let (mut delivery, mut ahead, mut seen) =
                    (delivery.clone(), ahead.clone(), seen.clone());
                let Some(route) = route else {
                    delivery.lost.push(chip);
                    parts.push((keys, delivery, ahead, seen));
                    continue;
                };
                for core in route.cores() {
                    let core = core as u16;
                    delivery.cores.push(Core { chip, core });
                    delivery.hops = delivery.hops.max(hops);
                }
                for link in route.links() {
                    match self.machine.neighbour(chip, link) {
                        None => delivery.fallen.push(chip),
                        Some(next) => {
                            delivery.crossings += 1;
                            if seen.contains(&next) {
                                delivery.returned = true;
                            } else {
                                seen.push(next);
                                ahead.push((next, hops + 1));
                            }
                        }
                    }
                }
                parts.push((keys, delivery, ahead, seen));
            }
        }
        done.sort_unstable_by_key(|(keys, _)| *keys);
        done
    }

    /// Sends the packets of all neurons; each must get to exactly its targets.
    ///
    /// # Errors
    ///
    /// A finding for each part of a slice whose packets do not.
    pub fn check(&self, populations: &[Population], keys: &[Keys]) -> Result<Summary, Findings> {
        let (mut summary, mut findings) = (Summary::default(), Findings::new());
        for (population, keys) in populations.iter().zip(keys) {
            for (slice, block) in population.slices.iter().zip(&keys.slices) {
                let mut targets = slice.targets.clone();
                targets.sort_unstable();
                for used in used_blocks(*block, slice.atoms) {
                    for (keys, delivery) in self.send_block(slice.core.chip, used) {
                        let right = delivery.cores == targets
                            && delivery.lost.is_empty()
                            && delivery.fallen.is_empty()
                            && !delivery.returned;
                        if !right {
                            let found = wrong(&population.name, keys, &targets, &delivery);
                            findings.push(found);
                        }
                        summary.packets += keys.size();
                        summary.deliveries += keys.size() * delivery.cores.len() as u64;
                        summary.crossings += keys.size() * u64::from(delivery.crossings);
                        summary.hops = summary.hops.max(delivery.hops);
                    }
                }
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(summary)
    }
}

fn sorted(mut delivery: Delivery) -> Delivery {
    delivery.cores.sort_unstable();
    delivery.lost.sort_unstable();
    delivery.fallen.sort_unstable();
    delivery
}

/// The first `count` keys of a block of consecutive keys, as blocks.
fn used_blocks(block: KeyMask, count: u32) -> Vec<KeyMask> {
    let mut blocks = Vec::new();
    let mut first = block.key;
    let mut left = count;
    while left > 0 {
        let bits = 31 - left.leading_zeros();
        blocks.push(KeyMask::new(first, u32::MAX << bits));
        first = first.wrapping_add(1 << bits);
        left -= 1 << bits;
    }
    blocks
}

fn wrong(name: &str, keys: KeyMask, targets: &[Core], delivery: &Delivery) -> Finding {
    let core = |core: &Core| format!("({}, {}, {})", core.chip.x, core.chip.y, core.core);
    let mut what = Vec::new();
    let mut say = |verb: &str, cores: Vec<&Core>| {
        if !cores.is_empty() {
            let names: Vec<String> = cores.into_iter().map(core).collect();
            what.push(format!("{verb} {}", names.join(" ")));
        }
    };
    let got = |core: &Core| delivery.cores.binary_search(core).is_ok();
    let meant = |core: &Core| targets.binary_search(core).is_ok();
    say("miss", targets.iter().filter(|c| !got(c)).collect());
    say(
        "reach",
        delivery.cores.iter().filter(|c| !meant(c)).collect(),
    );
    let twice = delivery.cores.windows(2).filter(|w| w[0] == w[1]);
    say("reach twice", twice.map(|w| &w[0]).collect());
    let mut say_chips = |verb: &str, chips: &[Chip]| {
        let names = chips.iter().map(|chip| format!("({}, {})", chip.x, chip.y));
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            what.push(format!("{verb} {}", names.join(" ")));
        }
    };
    say_chips("match no entry on", &delivery.lost);
    say_chips("leave the machine from", &delivery.fallen);
    if delivery.returned {
        what.push("come to a chip twice".to_owned());
    }
    Finding::error(
        "s2-route-wrong",
        "every packet reaches exactly its targets",
        format!(
            "packets {:#010x} to {:#010x} {}",
            keys.first(),
            keys.last(),
            what.join(", ")
        ),
    )
    .at(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_blocks_are_the_first_keys() {
        for count in 1..=64 {
            let blocks = used_blocks(KeyMask::new(192, !63), count);
            for key in 0..256 {
                let within = blocks.iter().filter(|block| block.matches(key)).count();
                assert_eq!(within, usize::from((192..192 + count).contains(&key)));
            }
        }
    }
}
