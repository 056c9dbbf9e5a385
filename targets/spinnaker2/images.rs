//! The memory images of a placed network.

use nirc_dialects::finding::Finding;

use super::{
    image::{Encoded, Image},
    placed::{Placed, Slice},
    word::Synapse,
};

/// An element's image.
#[derive(Clone, Debug)]
pub struct Loaded<'p> {
    /// Where it goes.
    pub slice: &'p Slice,
    /// What it holds.
    pub image: Image,
    /// Its bytes.
    pub encoded: Encoded,
}

/// The images of all slices whose application has a public layout, in order.
///
/// # Errors
///
/// What does not fit its memory.
pub fn images(placed: &Placed) -> Result<Vec<Loaded<'_>>, Finding> {
    let mut images = Vec::new();
    for population in 0..placed.network.populations.len() {
        images.extend(of_population(placed, population)?);
    }
    Ok(images)
}

fn of_population(placed: &Placed, index: usize) -> Result<Vec<Loaded<'_>>, Finding> {
    let population = &placed.network.populations[index];
    let row = population.application.row();
    let Some(word) = &row.word else {
        return Ok(Vec::new());
    };
    let slices: Vec<&Slice> = placed.slices_of(index).collect();
    let atoms = placed.atoms(index).max(1);
    let mut rows: Vec<Vec<(u32, Vec<Synapse>)>> = vec![Vec::new(); slices.len()];
    for projection in placed
        .network
        .projections
        .iter()
        .filter(|p| p.target == index)
    {
        let count = placed.network.populations[projection.source].count;
        let synapses = projection.synapses.rows(count);
        for sender in placed.slices_of(projection.source) {
            for n in 0..sender.count {
                let key = sender.key.wrapping_add(n as u32);
                for synapse in synapses.row(sender.first + n) {
                    let slice = synapse.target as usize / atoms;
                    let Some(rows) = rows.get_mut(slice) else {
                        continue;
                    };
                    let own = Synapse {
                        target: synapse.target - (slice * atoms) as u32,
                        ..*synapse
                    };
                    match rows.last_mut() {
                        Some((last, row)) if *last == key => row.push(own),
                        _ => rows.push((key, vec![own])),
                    }
                }
            }
        }
    }
    let mut images = Vec::new();
    for (slice, rows) in slices.into_iter().zip(rows) {
        let image = Image {
            neurons: slice.count,
            parameters: parameters(placed, index, slice),
            reset_by_subtraction: population.reset == super::application::Reset::BySubtraction,
            key: slice.key,
            targets: Vec::new(),
            timer_period: placed.run.tick,
            ticks: placed.run.ticks as u32,
            record: placed.records(index),
            word: word.value,
            rows: joined(rows),
        };
        let encoded = image.encode(placed.run.over_allocated);
        let encoded = encoded.map_err(|finding| finding.at(&population.name))?;
        images.push(Loaded {
            slice,
            image,
            encoded,
        });
    }
    Ok(images)
}

/// Rows by ascending key, those of one key as one.
fn joined(mut rows: Vec<(u32, Vec<Synapse>)>) -> Vec<(u32, Vec<Synapse>)> {
    rows.sort_by_key(|(key, _)| *key);
    let mut joined: Vec<(u32, Vec<Synapse>)> = Vec::with_capacity(rows.len());
    for (key, row) in rows {
        match joined.last_mut() {
            Some((last, known)) if *last == key => known.extend(row),
            _ => joined.push((key, row)),
        }
    }
    joined
}

/// The parameters of a slice, neuron by neuron.
fn parameters(placed: &Placed, index: usize, slice: &Slice) -> Vec<f32> {
    let parameters = &placed.network.populations[index].parameters;
    let of = |neuron: usize| {
        parameters.iter().map(move |values| {
            let value = values.get(neuron).or(values.first());
            value.copied().unwrap_or(0.0)
        })
    };
    (slice.first..slice.first + slice.count)
        .flat_map(of)
        .collect()
}
