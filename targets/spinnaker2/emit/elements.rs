//! What stands on which processing element: placements, keys, memory images and multicast tables.
//!
//! The layout is from public sources and was not load-tested; every file says so.

use nirc_dialects::finding::Finding;
use serde_json::{Map, Value, json};

use super::{ELEMENTS, TABLES, numbers};
use crate::{
    File,
    spinnaker2::{
        chip::System,
        chip_data::MEMORY,
        grid::Element,
        images::{Loaded, images},
        map::estimate,
        placed::{Placed, Slice},
    },
};

/// What the element file is.
pub const FORMAT: &str = "nirc-spinnaker2-elements-1";
/// What the file of the tables is.
pub const TABLES_FORMAT: &str = "nirc-spinnaker2-routing-tables-1";
/// How well all of this is known.
pub const STATUS: &str = "layout from public sources, not load-tested";

/// The files.
pub fn files(system: &System, placed: &Placed) -> Result<Vec<File>, Finding> {
    let images = images(placed)?;
    let mut files = vec![
        File::text(
            ELEMENTS,
            elements(system, placed, &images),
            "placements, keys and a description of the memory images (not load-tested)",
        ),
        File::text(
            TABLES,
            tables(placed),
            "the multicast table of each chip (not load-tested)",
        ),
    ];
    files.extend(images.into_iter().map(|loaded| File {
        name: image_name(loaded.slice),
        content: loaded.encoded.bytes,
        purpose: "the memory of a processing element from its data specification on (not load-tested)",
    }));
    Ok(files)
}

/// The name of a slice's image.
fn image_name(slice: &Slice) -> String {
    let (x, y) = (slice.chip.x, slice.chip.y);
    format!("images/chip{x}-{y}-core{:03}.bin", slice.core)
}

fn elements(system: &System, placed: &Placed, images: &[Loaded<'_>]) -> String {
    let network = &placed.network;
    let populations = network.populations.iter().map(|population| {
        json!({
            "name": population.name,
            "model": population.application.word(),
            "size": population.count,
            "copies": population.copies,
        })
    });
    let populations: Vec<Value> = populations.collect();
    let mut images = images.iter().peekable();
    let slices = placed.slices.iter().map(|slice| {
        let own = images.next_if(|loaded| std::ptr::eq(loaded.slice, slice));
        entry(placed, slice, own)
    });
    let slices: Vec<Value> = slices.collect();
    let outputs = network.outputs.iter();
    let outputs: Vec<Value> = outputs
        .map(|(name, population)| json!({ "name": name, "population": population }))
        .collect();
    numbers::text(&json!({
        "format": FORMAT,
        "status": STATUS,
        "system": system.name,
        "step_seconds": placed.step,
        "ticks": placed.run.ticks,
        "tick_microseconds": placed.run.tick,
        "base_address": MEMORY.data.value,
        "end_address": MEMORY.end.value,
        "populations": populations,
        "outputs": outputs,
        "elements": slices,
    }))
}

fn entry(placed: &Placed, slice: &Slice, image: Option<&Loaded<'_>>) -> Value {
    let population = &placed.network.populations[slice.population];
    let row = population.application.row();
    let mut entry = Map::new();
    entry.insert("chip".into(), json!([slice.chip.x, slice.chip.y]));
    entry.insert("core".into(), json!(slice.core));
    if let Some(element) = Element::of_core(slice.core) {
        entry.insert("pe".into(), json!([element.x, element.y, element.pe]));
    }
    entry.insert("population".into(), json!(slice.population));
    entry.insert("first".into(), json!(slice.first));
    entry.insert("count".into(), json!(slice.count));
    entry.insert("key".into(), json!(slice.key));
    match (image, &row.word) {
        (Some(loaded), Some(word)) => {
            let synapses = loaded.image.rows.iter().map(|(_, row)| row.len()).sum();
            let (neurons, all) = estimate(slice.count, synapses);
            let microseconds = |seconds: f64| (seconds * 1e7).round() / 10.0;
            let regions = loaded.encoded.regions.iter();
            let regions =
                regions.map(|(region, address, bytes)| json!([region.word(), address, bytes]));
            entry.insert("image".into(), json!(image_name(slice)));
            entry.insert("bytes".into(), json!(loaded.encoded.bytes.len()));
            entry.insert("source_neurons".into(), json!(loaded.image.rows.len()));
            entry.insert("synapses".into(), json!(synapses));
            entry.insert(
                "estimated_tick_microseconds".into(),
                json!({ "silent": microseconds(neurons), "every_source_spikes": microseconds(all) }),
            );
            let parameters: Vec<&str> = row.parameters.iter().map(|p| p.word()).collect();
            entry.insert("parameters".into(), json!(parameters));
            let word = word.value;
            entry.insert(
                "synapse_word".into(),
                json!({ "weight": word.weight, "delay": word.delay, "type": 1, "target": word.target }),
            );
            entry.insert("regions".into(), regions.collect::<Vec<_>>().into());
        }
        _ => {
            entry.insert("image".into(), Value::Null);
            entry.insert(
                "why_no_image".into(),
                json!(format!(
                    "the layout of `{}` is not public",
                    population.application
                )),
            );
        }
    }
    entry.into()
}

fn tables(placed: &Placed) -> String {
    let tables = placed.tables.iter().map(|(chip, table)| {
        let entries = table.entries.iter().map(|entry| {
            let links: Vec<usize> = entry.route.links().map(|link| link.number()).collect();
            let cores: Vec<usize> = entry.route.cores().map(|core| core + 1).collect();
            json!({
                "key": entry.keys.key, "mask": entry.keys.mask, "links": links, "cores": cores,
            })
        });
        json!({ "chip": [chip.x, chip.y], "entries": entries.collect::<Vec<_>>() })
    });
    numbers::text(&json!({
        "format": TABLES_FORMAT,
        "status": STATUS,
        "order": "the first entry with packet & mask == key decides; links 0 to 5 are east, north-east, north, west, south-west, south; cores are ids 1 to 152",
        "tables": tables.collect::<Vec<_>>(),
    }))
}
