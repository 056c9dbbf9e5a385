//! Random machines, networks and tables.

use nirc_targets::spinnaker2::routing::{
    Chip, Core, Entry, KeyMask, Link, Machine, Population, Route, Slice, Table,
};

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    /// A number below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        self.between(0, below - 1)
    }

    /// From `low` to `high`, both included.
    pub fn signed(&mut self, low: i64, high: i64) -> i64 {
        low + self.between(0, (high - low) as usize) as i64
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.between(1, n) == 1
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.between(0, of.len() - 1)]
    }
}

/// A machine, often with something missing, all of whose chips are connected.
pub fn machine(random: &mut Random) -> Machine {
    let sizes = |random: &mut Random| (random.between(1, 6) as u16, random.between(1, 6) as u16);
    let mut machine = match random.between(0, 4) {
        0 => Machine::chip(),
        1 => Machine::board(),
        2 => {
            let (width, height) = sizes(random);
            Machine::mesh(width, height)
        }
        _ => {
            let (width, height) = sizes(random);
            Machine::torus(width, height)
        }
    };
    for _ in 0..random.between(0, 6) {
        let chips: Vec<Chip> = machine.chips().collect();
        let chip = random.pick(&chips);
        let less = match random.between(0, 2) {
            0 => machine.clone().without_chip(chip),
            1 => machine.clone().without_link(chip, random.pick(&Link::ALL)),
            _ => machine.clone().without_core(Core {
                chip,
                core: random.between(0, 151) as u16,
            }),
        };
        if is_connected(&less) {
            machine = less;
        }
    }
    machine
}

fn is_connected(machine: &Machine) -> bool {
    let chips: Vec<Chip> = machine.chips().collect();
    let Some(first) = chips.first() else {
        return false;
    };
    let mut reached = vec![*first];
    let mut at = 0;
    while at < reached.len() {
        for link in Link::ALL {
            if let Some(next) = machine.neighbour(reached[at], link)
                && !reached.contains(&next)
            {
                reached.push(next);
            }
        }
        at += 1;
    }
    reached.len() == chips.len()
}

fn core(random: &mut Random, machine: &Machine, chips: &[Chip]) -> Core {
    loop {
        let core = Core {
            chip: random.pick(chips),
            core: random.between(0, 151) as u16,
        };
        if machine.has_core(core) {
            return core;
        }
    }
}

/// Populations on any cores. Slices of a population have the same targets, or not.
pub fn populations(random: &mut Random, machine: &Machine, most: usize) -> Vec<Population> {
    let chips: Vec<Chip> = machine.chips().collect();
    let targets = |random: &mut Random| {
        let count = if random.once_in(12) {
            0
        } else {
            random.between(1, 9)
        };
        let mut cores: Vec<Core> = (0..count).map(|_| core(random, machine, &chips)).collect();
        cores.sort_unstable();
        cores.dedup();
        cores
    };
    let count = random.between(1, most);
    let population = |i| {
        let largest = random.between(1, 300);
        let alike = random.once_in(2).then(|| targets(random));
        let slices = (0..random.between(1, 7)).map(|_| Slice {
            core: core(random, machine, &chips),
            atoms: random.between(1, largest) as u32,
            targets: alike.clone().unwrap_or_else(|| targets(random)),
        });
        Population {
            name: format!("population {i}"),
            slices: slices.collect(),
        }
    };
    (0..count).map(population).collect()
}

/// A table of up to `most` entries over `bits` bits of key and the bits below.
pub fn table(random: &mut Random, bits: u32, most: usize) -> Table {
    let routes = random.between(1, 12);
    let below = random.between(0, 4) as u32;
    // Entries cut off a random tree of blocks, or anywhere.
    let overlapping = random.once_in(4);
    let mut entries: Vec<Entry> = Vec::new();
    let mut tries = 0;
    let wanted = random.between(1, most);
    while entries.len() < wanted && tries < 10 * most {
        tries += 1;
        let wild = (0..random.between(0, 3)).fold(0, |wild, _| {
            let bit = random.between(0, bits as usize - 1);
            wild | 1u32 << bit
        });
        let mask = !(wild << below) & (u32::MAX << below);
        let key = (random.between(0, (1 << bits) - 1) as u32) << below;
        let keys = KeyMask::new(key, mask);
        if !overlapping && entries.iter().any(|entry| entry.keys.meets(keys)) {
            continue;
        }
        // Few routes are common, most are rare.
        let route = random.between(0, routes) * random.between(0, routes) / routes.max(1);
        let route = Route::NONE.with_core(route * 7 % 152).unwrap();
        entries.push(Entry { keys, route });
    }
    if random.once_in(2) {
        entries.sort_unstable();
    }
    Table { entries }
}
