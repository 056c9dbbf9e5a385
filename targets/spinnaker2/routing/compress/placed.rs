//! Blocks of keys that each have a place in a list, which changes often.

use multiversion::multiversion;

use super::super::table::KeyMask;

/// The place of what comes after all entries.
pub const END: u32 = u32::MAX - 1;

/// The place of what is in the list no more.
pub const GONE: u32 = u32::MAX;

/// Blocks in any order, with class and place; one array a field, so that a search takes many in one
/// instruction. Places are 0 to n - 1 without holes, and [`END`] and [`GONE`].
#[derive(Clone, Debug, Default)]
pub struct Placed {
    key: Vec<u32>,
    mask: Vec<u32>,
    class: Vec<u32>,
    pub place: Vec<u32>,
}

impl Placed {
    /// No blocks, and room for some.
    pub fn with_capacity(blocks: usize) -> Self {
        Self {
            key: Vec::with_capacity(blocks),
            mask: Vec::with_capacity(blocks),
            class: Vec::with_capacity(blocks),
            place: Vec::with_capacity(blocks),
        }
    }

    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn push(&mut self, keys: KeyMask, class: u32, place: u32) {
        self.key.push(keys.key);
        self.mask.push(keys.mask);
        self.class.push(class);
        self.place.push(place);
    }

    pub fn keys(&self, i: usize) -> KeyMask {
        KeyMask {
            key: self.key[i],
            mask: self.mask[i],
        }
    }

    pub fn set_keys(&mut self, i: usize, keys: KeyMask) {
        self.key[i] = keys.key;
        self.mask[i] = keys.mask;
    }

    pub fn class(&self, i: usize) -> u32 {
        self.class[i]
    }

    /// Whether a block of another class with a place of `from` or later meets `keys`. What is gone
    /// counts too.
    pub fn meets_foreign(&self, keys: KeyMask, class: u32, from: u32) -> bool {
        meets_foreign(
            [&self.key, &self.mask, &self.class, &self.place],
            [keys.key, keys.mask, class, from],
        )
    }

    /// The first place of `from` or later of a block of another class that meets `keys`; [`END`] or
    /// later if there is none.
    pub fn first_foreign(&self, keys: KeyMask, class: u32, from: u32) -> u32 {
        first_foreign(
            [&self.key, &self.mask, &self.class, &self.place],
            [keys.key, keys.mask, class, from],
        )
    }

    /// Adds to `found` the blocks of another class before `place` that meet `keys`.
    pub fn foreign_before(&self, keys: KeyMask, class: u32, place: u32, found: &mut Vec<u32>) {
        foreign_before(
            [&self.key, &self.mask, &self.class, &self.place],
            [keys.key, keys.mask, class, place],
            found,
        );
    }
}

/// How many blocks are taken together.
const LANES: usize = 16;

#[multiversion(targets("x86_64+avx2"))]
fn meets_foreign(blocks: [&Vec<u32>; 4], than: [u32; 4]) -> bool {
    let [key, mask, class, from] = than;
    let meets =
        |k: u32, m: u32, c: u32, p: u32| ((k ^ key) & m & mask == 0) & (c != class) & (p >= from);
    let [(kl, k), (ml, m), (cl, c), (pl, p)] = blocks.map(|field| field.as_rchunks::<LANES>());
    for (((k, m), c), p) in k.iter().zip(m).zip(c).zip(p).rev() {
        let mut any = false;
        for j in 0..LANES {
            any |= meets(k[j], m[j], c[j], p[j]);
        }
        if any {
            return true;
        }
    }
    let left = kl.iter().zip(ml).zip(cl).zip(pl);
    left.into_iter()
        .any(|(((k, m), c), p)| meets(*k, *m, *c, *p))
}

#[multiversion(targets("x86_64+avx2"))]
fn first_foreign(blocks: [&Vec<u32>; 4], than: [u32; 4]) -> u32 {
    let [key, mask, class, from] = than;
    let place = |k: u32, m: u32, c: u32, p: u32| {
        let counts = ((k ^ key) & m & mask == 0) & (c != class) & (p >= from);
        if counts { p } else { END }
    };
    let [(k, kl), (m, ml), (c, cl), (p, pl)] = blocks.map(|field| field.as_chunks::<LANES>());
    let mut first = [END; LANES];
    for (((k, m), c), p) in k.iter().zip(m).zip(c).zip(p) {
        for j in 0..LANES {
            first[j] = first[j].min(place(k[j], m[j], c[j], p[j]));
        }
    }
    let left = kl.iter().zip(ml).zip(cl).zip(pl);
    let left = left.map(|(((k, m), c), p)| place(*k, *m, *c, *p));
    left.chain(first).fold(END, u32::min)
}

#[multiversion(targets("x86_64+avx2"))]
fn foreign_before(blocks: [&Vec<u32>; 4], than: [u32; 4], found: &mut Vec<u32>) {
    let [key, mask, class, before] = than;
    let meets =
        |k: u32, m: u32, c: u32, p: u32| ((k ^ key) & m & mask == 0) & (c != class) & (p < before);
    let [(k, kl), (m, ml), (c, cl), (p, pl)] = blocks.map(|field| field.as_chunks::<LANES>());
    for (i, (((k, m), c), p)) in k.iter().zip(m).zip(c).zip(p).enumerate() {
        let mut any = false;
        for j in 0..LANES {
            any |= meets(k[j], m[j], c[j], p[j]);
        }
        if any {
            let all = (0..LANES).filter(|&j| meets(k[j], m[j], c[j], p[j]));
            found.extend(all.map(|j| (i * LANES + j) as u32));
        }
    }
    let done = k.len() * LANES;
    for (j, (((k, m), c), p)) in kl.iter().zip(ml).zip(cl).zip(pl).enumerate() {
        if meets(*k, *m, *c, *p) {
            found.push((done + j) as u32);
        }
    }
}

/// Takes the places `gone` out, which become [`GONE`], and makes room before `new`; all three are
/// counted as before.
#[multiversion(targets("x86_64+avx2"))]
pub fn shift(places: &mut [u32], gone: [u32; 2], new: u32) {
    let [a, b] = gone;
    for place in places {
        let p = *place;
        let moved = p
            .wrapping_sub((p > a) as u32)
            .wrapping_sub((p > b) as u32)
            .wrapping_add((p >= new) as u32);
        let kept = if p >= END { p } else { moved };
        *place = if (p == a) | (p == b) { GONE } else { kept };
    }
}

/// Adds, for each of the blocks `others`, how many wildcards the smallest block has that contains it
/// and `keys`.
#[multiversion(targets("x86_64+avx2+popcnt"))]
pub fn wildcards(keys: KeyMask, blocks: &Placed, others: &[u32], found: &mut Vec<u32>) {
    let wildcards = |other: &u32| {
        let (key, mask) = (blocks.key[*other as usize], blocks.mask[*other as usize]);
        (mask & keys.mask & !(key ^ keys.key)).count_zeros()
    };
    found.extend(others.iter().map(wildcards));
}
