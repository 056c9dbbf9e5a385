//! An order of keys in which neighbours go the same way.
//!
//! Every population needs a block of keys, a power of two. Two blocks side by side make one entry on
//! each chip that both cross by the same route, so blocks are paired, then pairs are paired, and so on:
//! always the two first that have most (chip, route) in common. On a chip where they have none in
//! common, either route may yet be that of a larger block with the other's as an exception; this is
//! how Draves et al. (INFOCOM 1999) make the shortest table of prefixes. A chip that one of the two
//! does not cross costs nothing.

use rustc_hash::FxHashMap;

/// What needs a block of keys.
pub struct Item {
    /// The block has 2^bits keys.
    pub bits: u32,
    /// The routes it takes, each with its chip: (chip, route).
    pub crossings: Vec<(u32, u32)>,
}

/// Partners that a block is compared with for each of its crossings.
const PARTNERS: usize = 64;

struct Cluster {
    bits: u32,
    /// Sorted; of a chip, all routes that would serve a part of the block best.
    crossings: Vec<(u32, u32)>,
    /// Items with the offset of their keys.
    items: Vec<(usize, u64)>,
}

/// The first key of each item; a multiple of its size. `None` if 32 bits are not enough.
pub fn arrange(items: &[Item]) -> Option<Vec<u32>> {
    let mut clusters: Vec<Cluster> = items
        .iter()
        .enumerate()
        .map(|(i, item)| {
            let mut crossings = item.crossings.clone();
            crossings.sort_unstable();
            crossings.dedup();
            Cluster {
                bits: item.bits,
                crossings,
                items: vec![(i, 0)],
            }
        })
        .collect();
    let apart = lay_out(&clusters, items.len());
    let least = items.iter().map(|item| item.bits).min().unwrap_or(0);
    for bits in least..32 {
        let before = clusters.len();
        clusters = pair_up(clusters, bits);
        if clusters.len() == before && clusters.iter().all(|cluster| cluster.bits <= bits) {
            break;
        }
    }
    // Pairs of blocks of unequal size waste keys.
    lay_out(&clusters, items.len()).or(apart)
}

/// Pairs the clusters of up to 2^bits keys that have crossings in common.
fn pair_up(clusters: Vec<Cluster>, bits: u32) -> Vec<Cluster> {
    let mut in_common: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let mut crossing: Vec<((u32, u32), u32)> = Vec::new();
    for (i, cluster) in clusters.iter().enumerate() {
        if cluster.bits <= bits {
            let of = |c: &(u32, u32)| (*c, i as u32);
            crossing.extend(cluster.crossings.iter().map(of));
        }
    }
    crossing.sort_unstable();
    for same in crossing.chunk_by(|a, b| a.0 == b.0) {
        for (i, (_, a)) in same.iter().enumerate() {
            for (_, b) in same[i + 1..].iter().take(PARTNERS) {
                *in_common.entry((*a, *b)).or_insert(0) += 1;
            }
        }
    }
    let mut pairs: Vec<(u32, (u32, u32))> = in_common
        .into_iter()
        .map(|(pair, count)| (u32::MAX - count, pair))
        .collect();
    pairs.sort_unstable();

    let mut clusters: Vec<Option<Cluster>> = clusters.into_iter().map(Some).collect();
    let mut paired = Vec::new();
    for (_, (a, b)) in pairs {
        let (a, b) = (a as usize, b as usize);
        if let (Some(_), Some(_)) = (&clusters[a], &clusters[b])
            && let (Some(a), Some(b)) = (clusters[a].take(), clusters[b].take())
        {
            paired.push(join(a, b));
        }
    }
    paired.extend(clusters.into_iter().flatten());
    // By the first item, so that what is not alike stays in the order in which it came.
    paired.sort_by_key(|cluster| cluster.items.iter().map(|(i, _)| *i).min());
    paired
}

/// Two clusters as halves of one.
fn join(a: Cluster, b: Cluster) -> Cluster {
    let half = a.bits.max(b.bits);
    let mut items = a.items;
    items.extend(b.items.iter().map(|(i, offset)| (*i, offset + (1 << half))));
    let mut crossings = Vec::with_capacity(a.crossings.len() + b.crossings.len());
    let chip = |of: &[(u32, u32)]| of.first().map_or(u32::MAX, |(chip, _)| *chip);
    let (mut left, mut right) = (a.crossings.as_slice(), b.crossings.as_slice());
    while !left.is_empty() || !right.is_empty() {
        let here = chip(left).min(chip(right));
        let of_here = |of: &[(u32, u32)]| of.partition_point(|(chip, _)| *chip == here);
        let (l, r) = (of_here(left), of_here(right));
        let (routes_l, routes_r) = (&left[..l], &right[..r]);
        let common = routes_l.iter().filter(|c| routes_r.contains(c));
        let start = crossings.len();
        crossings.extend(common.copied());
        if crossings.len() == start {
            crossings.extend_from_slice(routes_l);
            crossings.extend_from_slice(routes_r);
            crossings[start..].sort_unstable();
        }
        (left, right) = (&left[l..], &right[r..]);
    }
    Cluster {
        bits: half + 1,
        crossings,
        items,
    }
}

/// The first key of each item with the clusters one after the other, largest first.
fn lay_out(clusters: &[Cluster], items: usize) -> Option<Vec<u32>> {
    let mut order: Vec<&Cluster> = clusters.iter().collect();
    order.sort_by_key(|cluster| std::cmp::Reverse(cluster.bits));
    let mut first = vec![0; items];
    let mut next: u64 = 0;
    for cluster in order {
        for (item, offset) in &cluster.items {
            first[*item] = u32::try_from(next + offset).ok()?;
        }
        next += 1 << cluster.bits;
    }
    (next <= 1 << 32).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bits: u32, crossings: &[(u32, u32)]) -> Item {
        Item {
            bits,
            crossings: crossings.to_vec(),
        }
    }

    #[test]
    fn blocks_are_aligned_and_disjoint() {
        let mut random = 7u64;
        let mut pick = |n: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 33) % n
        };
        for count in [1, 2, 3, 50, 300] {
            let items: Vec<Item> = (0..count)
                .map(|_| {
                    let crossings: Vec<(u32, u32)> =
                        (0..3).map(|_| (pick(5) as u32, pick(4) as u32)).collect();
                    item(pick(9) as u32, &crossings)
                })
                .collect();
            let first = arrange(&items).unwrap();
            let mut blocks: Vec<(u64, u64)> = first
                .iter()
                .zip(&items)
                .map(|(first, item)| (u64::from(*first), 1 << item.bits))
                .collect();
            for (first, size) in &blocks {
                assert_eq!(first % size, 0);
            }
            blocks.sort_unstable();
            for pair in blocks.windows(2) {
                assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:?}");
            }
        }
    }

    #[test]
    fn alike_populations_are_neighbours() {
        let items: Vec<Item> = (0..16)
            .map(|i| item(4, &[(0, i % 4), (1, i % 2)]))
            .collect();
        let first = arrange(&items).unwrap();
        for route in 0..4usize {
            let alike: Vec<u32> = (0..4).map(|i| first[4 * i + route] / 64).collect();
            assert!(alike.iter().all(|block| *block == alike[0]), "{first:?}");
        }
    }

    #[test]
    fn what_does_not_fit_into_32_bits_is_refused() {
        assert!(arrange(&[item(31, &[]), item(31, &[])]).is_some());
        assert!(arrange(&[item(31, &[]), item(31, &[]), item(0, &[])]).is_none());
        assert!(arrange(&[item(31, &[(0, 0)]), item(2, &[(0, 0)]), item(30, &[])]).is_some());
    }
}
