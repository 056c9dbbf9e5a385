//! The cells of a core's memories.

use super::{ADDRESS, LAST_ADDRESS, MEMORY};
use crate::speck::{
    configuration::{Core, Tensor},
    memory::bits,
};

const KERNEL: u32 = 0x20;
const BIAS: u32 = 0x30;
const NEURON: u32 = 0x00;

pub(super) fn write(words: &mut Vec<u32>, layer: u32, core: &Core) {
    row(words, layer | KERNEL, kernel(&core.weights), 0xFF);
    let biases = core.biases.values.iter().copied();
    row(words, layer | BIAS, (0..).zip(biases), 0xFFFF);
    let neurons = neurons(&core.neurons_initial_value);
    row(words, layer | NEURON, neurons, 0xFFFF);
}

/// A row of writes: addresses, each with the low bits of its value.
fn row(words: &mut Vec<u32>, memory: u32, cells: impl Iterator<Item = (u32, i32)>, mask: u32) {
    words.push(MEMORY | memory);
    let mut last = None;
    for (address, value) in cells {
        last = Some(words.len());
        words.push(ADDRESS | address);
        words.push(value as u32 & mask);
    }
    match last {
        Some(last) => words[last] |= LAST_ADDRESS,
        // An empty array has no row.
        None => drop(words.pop()),
    }
}

fn extents<const N: usize>(tensor: &Tensor) -> [usize; N] {
    std::array::from_fn(|axis| tensor.shape.get(axis).copied().unwrap_or(0))
}

/// Weights by output feature, input feature, row and column; the array has columns before rows.
fn kernel(weights: &Tensor) -> impl Iterator<Item = (u32, i32)> {
    let [outputs, inputs, columns, rows] = extents(weights);
    let (feature, input) = (bits(outputs as u64), bits(inputs as u64));
    let places = (0..outputs * inputs)
        .flat_map(move |pair| (0..rows).flat_map(move |y| (0..columns).map(move |x| (pair, x, y))));
    places.filter_map(move |(pair, x, y)| {
        let (f, c) = (pair / inputs, pair % inputs);
        let place = (y * columns + x) << (feature + input) | f << input | c;
        let value = weights.values.get((pair * columns + x) * rows + y)?;
        Some((place as u32, *value))
    })
}

/// Neurons by feature, row and column.
fn neurons(values: &Tensor) -> impl Iterator<Item = (u32, i32)> {
    let [features, columns, rows] = extents(values);
    let (feature, column) = (bits(features as u64), bits(columns as u64));
    let places = (0..features)
        .flat_map(move |f| (0..rows).flat_map(move |y| (0..columns).map(move |x| (f, x, y))));
    places.filter_map(move |(f, x, y)| {
        let place = y << (column + feature) | x << feature | f;
        let value = values.values.get((f * columns + x) * rows + y)?;
        Some((place as u32, *value))
    })
}
