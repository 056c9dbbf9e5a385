//! Layers to cores against an exhaustive search.

use nirc_targets::speck::{
    chip::{self, CORES, Chip},
    map::{Need, Unit, Work, place},
};

use crate::random::{self, Random};

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

#[test]
fn placements_are_the_best_of_all() {
    let (mut placed, mut refused, mut split) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random(seed);
        let count = random.between(1, 5);
        let work = layers(&mut random, count);
        let ours = place(&work, speck2f(), false);
        match (ours, exhaustive(&work, speck2f())) {
            (Ok(ours), Some((cores, serial))) => {
                assert_eq!(
                    (ours.cost.cores, ours.cost.serial),
                    (cores, serial),
                    "seed {seed}"
                );
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
            (ours, theirs) => panic!("seed {seed}: {ours:?}, {theirs:?}"),
        }
    }
    eprintln!("{placed} placed, {split} of them split, {refused} refused");
    assert!(placed > 40 && split > 10 && refused > 20);
}
