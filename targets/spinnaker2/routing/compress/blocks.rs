//! Many blocks of keys beside each other, for searches over all of them.

use multiversion::multiversion;

use super::super::table::KeyMask;

/// Blocks of keys, each with the class of its route; one array a field, so that a search takes many
/// in one instruction.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    key: Vec<u32>,
    mask: Vec<u32>,
    class: Vec<u32>,
}

impl Blocks {
    /// No blocks, and room for some.
    pub fn with_capacity(blocks: usize) -> Self {
        Self {
            key: Vec::with_capacity(blocks),
            mask: Vec::with_capacity(blocks),
            class: Vec::with_capacity(blocks),
        }
    }

    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn push(&mut self, keys: KeyMask, class: u32) {
        self.key.push(keys.key);
        self.mask.push(keys.mask);
        self.class.push(class);
    }

    pub fn keys(&self, i: usize) -> KeyMask {
        KeyMask {
            key: self.key[i],
            mask: self.mask[i],
        }
    }

    pub fn class(&self, i: usize) -> u32 {
        self.class[i]
    }

    pub fn set(&mut self, i: usize, keys: KeyMask) {
        self.key[i] = keys.key;
        self.mask[i] = keys.mask;
    }

    pub fn truncate(&mut self, len: usize) {
        self.key.truncate(len);
        self.mask.truncate(len);
        self.class.truncate(len);
    }

    /// Appends the blocks `range` of another list.
    pub fn extend(&mut self, from: &Self, range: std::ops::Range<usize>) {
        self.key.extend_from_slice(&from.key[range.clone()]);
        self.mask.extend_from_slice(&from.mask[range.clone()]);
        self.class.extend_from_slice(&from.class[range]);
    }

    /// All blocks, in order.
    pub fn iter(&self) -> impl Iterator<Item = (KeyMask, u32)> {
        (0..self.len()).map(|i| (self.keys(i), self.class[i]))
    }

    /// The first block from `from` on that meets `keys` and is of another class than `class`.
    pub fn first_foreign(&self, from: usize, keys: KeyMask, class: u32) -> Option<usize> {
        let found = search(
            &self.key[from..],
            &self.mask[from..],
            &self.class[from..],
            keys.key,
            keys.mask,
            class,
        );
        found.map(|i| from + i)
    }
}

/// How many blocks are taken together before a search looks whether one was found.
const LANES: usize = 16;

#[multiversion(targets("x86_64+avx2"))]
fn search(
    keys: &[u32],
    masks: &[u32],
    classes: &[u32],
    key: u32,
    mask: u32,
    class: u32,
) -> Option<usize> {
    let meets = |k: u32, m: u32, c: u32| ((k ^ key) & m & mask == 0) & (c != class);
    let (keys, keys_left) = keys.as_chunks::<LANES>();
    let (masks, masks_left) = masks.as_chunks::<LANES>();
    let (classes, classes_left) = classes.as_chunks::<LANES>();
    for (i, ((k, m), c)) in keys.iter().zip(masks).zip(classes).enumerate() {
        let mut any = false;
        for j in 0..LANES {
            any |= meets(k[j], m[j], c[j]);
        }
        if any {
            let found = (0..LANES).find(|&j| meets(k[j], m[j], c[j]));
            return found.map(|j| i * LANES + j);
        }
    }
    let done = keys.len() * LANES;
    let left = keys_left.iter().zip(masks_left).zip(classes_left);
    left.into_iter()
        .position(|((k, m), c)| meets(*k, *m, *c))
        .map(|i| done + i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_another_class_is_found_wherever_it_is() {
        for len in [1, 15, 16, 17, 40] {
            for at in 0..len {
                let mut blocks = Blocks::default();
                for i in 0..len {
                    let keys = KeyMask::new(if i == at { 7 } else { 8 + i as u32 }, !0);
                    blocks.push(keys, 1);
                }
                let seven = KeyMask::new(0, !7);
                for from in 0..=len {
                    let expected = (from <= at).then_some(at);
                    assert_eq!(blocks.first_foreign(from, seven, 0), expected);
                    assert_eq!(blocks.first_foreign(from, seven, 1), None);
                }
            }
        }
    }
}
