//! Layers to cores against an exhaustive search.

use nirc_targets::speck::{
    chip::{self, CORES, Chip},
    map::{Need, Unit, Work, place},
};

use crate::{
    random::{self, Random},
    samna::cases,
};

pub fn speck2f() -> &'static Chip {
    chip::lookup("speck2f").unwrap()
}

/// A random chain of layers, some of them too large for most cores.
fn layers(random: &mut Random, count: usize) -> Vec<Work> {
    (0..count)
        .map(|layer| {
            let size = random::pick(random, &[1, 4, 16, 32, 64]);
            let channels = random::pick(random, &[1, 4, 10, 16, 40, 128]);
            let inputs = random::pick(random, &[1, 8, 64, 128, 200]);
            Work {
                name: format!("l{layer}"),
                channels,
                need: Need {
                    inputs,
                    side: random::pick(random, &[1, 3, 5]),
                    rows: size,
                    columns: size,
                    step: 1,
                },
                load: random.between(1, 9) as f64,
                sources: if layer == 0 {
                    Vec::new()
                } else {
                    vec![layer - 1]
                },
                senses: false,
                to_readout: false,
                whole: false,
                relay: Need {
                    inputs: channels,
                    side: 1,
                    rows: size,
                    columns: size,
                    step: 1,
                },
            }
        })
        .collect()
}

/// All ways to stand units on cores, one after the other: the least serial load, if there is a way.
fn search(units: &[Unit], work: &[Work], taken: u16, chip: &Chip) -> Option<f64> {
    let Some((unit, rest)) = units.split_first() else {
        return Some(0.0);
    };
    let words = unit.words(work);
    let mut best: Option<f64> = None;
    for core in (0..CORES).filter(|core| taken >> core & 1 == 0) {
        let has = chip.memory.value[core];
        if words.kernel > has.kernel || words.neuron > has.neuron || words.bias > has.bias {
            continue;
        }
        if let Some(below) = search(rest, work, taken | 1 << core, chip) {
            let own = if core < 2 { 0.0 } else { unit.load(work) };
            best = Some(best.map_or(below + own, |best: f64| best.min(below + own)));
        }
    }
    best
}

/// All ways to split layers into equal parts or parts of 2^n, and all ways to place those: the fewest cores,
/// then the least serial load.
fn exhaustive(work: &[Work], chip: &Chip) -> Option<(usize, f64)> {
    fn sizes(channels: u64, parts: u64) -> Vec<Vec<u64>> {
        let equal: Vec<u64> = (0..parts)
            .map(|p| channels / parts + u64::from(p < channels % parts))
            .collect();
        let mut power = 1;
        while power * parts < channels {
            power *= 2;
        }
        let mut rounded = Vec::new();
        let mut left = channels;
        while left > 0 {
            rounded.push(power.min(left));
            left -= power.min(left);
        }
        let mut all = vec![equal];
        if rounded.len() as u64 == parts && rounded != all[0] {
            all.push(rounded);
        }
        all
    }
    fn ways(
        work: &[Work],
        layer: usize,
        units: &mut Vec<Unit>,
        parts: &mut Vec<usize>,
        found: &mut dyn FnMut(&[Unit], &[usize]),
    ) {
        if layer == work.len() {
            found(units, parts);
            return;
        }
        for count in 1..=work[layer].channels.min(9) {
            if units.len() + count as usize + work.len() - layer - 1 > CORES {
                break;
            }
            for sizes in sizes(work[layer].channels, count) {
                let before = units.len();
                let mut first = 0;
                for count in sizes {
                    units.push(Unit::Part {
                        layer,
                        first,
                        count,
                    });
                    first += count;
                }
                parts.push(count as usize);
                ways(work, layer + 1, units, parts, found);
                parts.pop();
                units.truncate(before);
            }
        }
    }
    let mut best: Option<(usize, f64)> = None;
    ways(
        work,
        0,
        &mut Vec::new(),
        &mut Vec::new(),
        &mut |units, parts| {
            // In a chain a layer sends to all parts of the next, and a relay is needed for each beyond two.
            let mut all = units.to_vec();
            for (layer, parts) in parts.iter().enumerate().skip(1) {
                for number in 0..parts.saturating_sub(2) {
                    let layer = layer - 1;
                    all.push(Unit::Relay { layer, number });
                }
            }
            let more = best.as_ref().is_some_and(|best| all.len() > best.0);
            if all.len() > CORES || more {
                return;
            }
            if let Some(serial) = search(&all, work, 0, chip) {
                let cost = (all.len(), serial);
                if best.as_ref().is_none_or(|best| cost < *best) {
                    best = Some(cost);
                }
            }
        },
    );
    best
}

/// The fewest cores of any that hold all channels of each layer together, however they are split, with the
/// relays of a chain. All ways to deal out cores are tried; those of one kind are alike.
fn fewest(work: &[Work], chip: &Chip) -> Option<usize> {
    const KINDS: [&[usize]; 4] = [&[0, 1, 2], &[3, 4], &[5, 6], &[7, 8]];
    fn holds(work: &[Work], layer: usize, kind: usize, chip: &Chip) -> u64 {
        let fits = |count: &u64| {
            let unit = Unit::Part {
                layer,
                first: 0,
                count: *count,
            };
            unit.words(work).fits(&chip.memory.value[KINDS[kind][0]])
        };
        (1..=work[layer].channels).take_while(fits).count() as u64
    }
    // Whether relays of these layers find cores.
    fn relayed(work: &[Work], relays: &[usize], free: [usize; 4], chip: &Chip) -> bool {
        let Some((layer, rest)) = relays.split_first() else {
            return true;
        };
        let unit = Unit::Relay {
            layer: *layer,
            number: 0,
        };
        (0..4).any(|kind| {
            let mut free = free;
            let has = chip.memory.value[KINDS[kind][0]];
            free[kind] > 0 && unit.words(work).fits(&has) && {
                free[kind] -= 1;
                relayed(work, rest, free, chip)
            }
        })
    }
    struct Search<'a> {
        work: &'a [Work],
        chip: &'a Chip,
        holds: Vec<[u64; 4]>,
        best: Option<usize>,
    }
    fn deal(search: &mut Search<'_>, layer: usize, free: [usize; 4], relays: &mut Vec<usize>) {
        let used = CORES - free.iter().sum::<usize>();
        if layer == search.work.len() {
            let cores = used + relays.len();
            let better = cores <= CORES && search.best.is_none_or(|best| cores < best);
            if better && relayed(search.work, relays, free, search.chip) {
                search.best = Some(cores);
            }
            return;
        }
        let (holds, channels) = (search.holds[layer], search.work[layer].channels);
        for code in 0..256_usize {
            let count = [0, 2, 4, 6].map(|at| code >> at & 3);
            if (0..4).any(|kind| count[kind] > free[kind]) {
                continue;
            }
            let cores: usize = count.iter().sum();
            let room: u64 = (0..4).map(|kind| count[kind] as u64 * holds[kind]).sum();
            let useless = (0..4).any(|kind| count[kind] > 0 && holds[kind] == 0);
            if cores == 0 || useless || room < channels || cores as u64 > channels {
                continue;
            }
            let before = relays.len();
            if layer > 0 {
                relays.resize(before + cores.saturating_sub(2), layer - 1);
            }
            let left = [0, 1, 2, 3].map(|kind| free[kind] - count[kind]);
            deal(search, layer + 1, left, relays);
            relays.truncate(before);
        }
    }
    let holds =
        (0..work.len()).map(|layer| [0, 1, 2, 3].map(|kind| holds(work, layer, kind, chip)));
    let mut search = Search {
        work,
        chip,
        holds: holds.collect(),
        best: None,
    };
    deal(&mut search, 0, KINDS.map(<[usize]>::len), &mut Vec::new());
    search.best
}

/// Whatever fits in any way is placed, and on the fewest cores; what is not placed fits in no way.
#[test]
fn what_fits_is_placed() {
    let (mut placed, mut refused, mut uneven) = (0, 0, 0);
    for seed in 0..cases(100, 300) as u64 {
        let mut random = Random(seed + 1000);
        let count = random.between(1, 4);
        let mut work = layers(&mut random, count);
        for layer in &mut work {
            // Layers that take several of the larger cores.
            if random::once_in(&mut random, 2) {
                layer.channels = random::pick(&mut random, &[96, 200, 384, 700, 1024]);
                layer.need.inputs = random::pick(&mut random, &[4, 8, 12, 16]);
                (layer.need.rows, layer.need.columns) = (2, 2);
                layer.relay = Need {
                    inputs: layer.channels,
                    side: 1,
                    ..layer.need
                };
            }
        }
        let ours = place(&work, speck2f(), false);
        let fewest = fewest(&work, speck2f());
        let cores = ours.as_ref().ok().map(|ours| ours.cost.cores);
        assert_eq!(cores, fewest, "seed {seed}: {ours:?}");
        let Ok(ours) = ours else {
            refused += 1;
            continue;
        };
        placed += 1;
        for (layer, own) in work.iter().enumerate() {
            let mut counts = Vec::new();
            for (unit, core) in &ours.units {
                assert!(unit.words(&work).fits(&speck2f().memory.value[*core]));
                if let Unit::Part {
                    layer: of,
                    first,
                    count,
                } = unit
                    && *of == layer
                {
                    assert_eq!(*first, counts.iter().sum::<u64>());
                    counts.push(*count);
                }
            }
            assert_eq!(counts.iter().sum::<u64>(), own.channels);
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            uneven += usize::from(most > &(least + 1));
        }
    }
    eprintln!("{placed} placed, {uneven} layers in unequal parts, {refused} refused");
    assert!(placed > 40 && refused > 15 && uneven > 10);
}

#[test]
fn placements_are_the_best_of_all() {
    let (mut placed, mut refused, mut split, mut better) = (0, 0, 0, 0);
    for seed in 0..cases(60, 150) as u64 {
        let mut random = Random(seed);
        let count = random.between(1, 5);
        let work = layers(&mut random, count);
        let ours = place(&work, speck2f(), false);
        match (ours, exhaustive(&work, speck2f())) {
            (Ok(ours), Some((cores, serial))) => {
                // Parts of other sizes may be better still.
                let cost = (ours.cost.cores, ours.cost.serial);
                assert!(cost <= (cores, serial), "seed {seed}: {cost:?}");
                better += usize::from(cost < (cores, serial));
                placed += 1;
                split += usize::from(cores > count);
                let mut used = [false; CORES];
                for (unit, core) in &ours.units {
                    assert!(unit.words(&work).fits(&speck2f().memory.value[*core]));
                    assert!(!std::mem::replace(&mut used[*core], true));
                }
            }
            (Err(findings), None) => {
                assert!(findings.has_errors());
                refused += 1;
            }
            (Ok(_), None) => better += 1,
            (ours, theirs) => panic!("seed {seed}: {ours:?}, {theirs:?}"),
        }
    }
    eprintln!("{placed} placed, {split} of them split, {better} better, {refused} refused");
    assert!(better < placed / 4);
    assert!(placed > 20 && split > 5 && refused > 10);
}
