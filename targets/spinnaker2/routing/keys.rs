//! Which keys each neuron sends.
//!
//! A key is `[population | slice | atom]`: every slice of a population has a block of 2^a keys, enough
//! for its largest slice, and the population 2^s of these, enough for all of its slices. Neuron n of
//! slice s sends `population + (s << a) + n`. Blocks of populations lie as [`cluster`](super::cluster)
//! arranges them, or in the order given.

use nirc_dialects::finding::{Finding, Findings};

use super::{
    cluster::{Item, arrange},
    table::KeyMask,
    traffic::Population,
};

/// The keys of one population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// All keys that are set aside for the population.
    pub population: KeyMask,
    /// The blocks of its slices; neuron n of a slice sends the n-th key of its block.
    pub slices: Vec<KeyMask>,
}

/// The least n with 2^n >= count.
fn bits(count: u64) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

fn atom_bits(population: &Population) -> u32 {
    let atoms = population.slices.iter().map(|slice| slice.atoms);
    bits(u64::from(atoms.max().unwrap_or(0)))
}

/// The keys of all populations. `crossings[p]` are the routes that population p takes, by chip, for
/// [`arrange`]; empty ones leave populations in their order, but for larger ones first.
///
/// # Errors
///
/// A finding if 32 bits are not enough.
pub fn allocate(
    populations: &[Population],
    crossings: Vec<Vec<(u32, u32)>>,
) -> Result<Vec<Keys>, Findings> {
    let item = |(population, crossings): (&Population, Vec<(u32, u32)>)| Item {
        bits: atom_bits(population) + bits(population.slices.len() as u64),
        crossings,
    };
    let items: Vec<Item> = populations.iter().zip(crossings).map(item).collect();
    let fits = items.iter().all(|item| item.bits <= 32);
    let first = fits.then(|| arrange(&items)).flatten();
    let first = first.ok_or_else(|| {
        Finding::error(
            "s2-route-keys",
            "all neurons have keys of 32 bits",
            format!(
                "{} populations, with sizes rounded up to powers of two, need more than 2^32 keys",
                populations.len()
            ),
        )
        .fix("use fewer neurons, or slices of equal size")
    })?;
    let keys = populations.iter().zip(&items).zip(first);
    let keys = keys.map(|((population, item), first)| {
        let atom_bits = atom_bits(population);
        let slice = |i: usize| block(first + ((i as u64) << atom_bits) as u32, atom_bits);
        Keys {
            population: block(first, item.bits),
            slices: (0..population.slices.len()).map(slice).collect(),
        }
    });
    Ok(keys.collect())
}

fn block(first: u32, bits: u32) -> KeyMask {
    KeyMask::new(first, u32::MAX.checked_shl(bits).unwrap_or(0))
}
