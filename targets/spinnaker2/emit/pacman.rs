//! Machine, placements and routing tables in PACMAN's JSON schemas, as an exchange with PACMAN.
//!
//! Source: `pacman/utilities/file_format_schemas` of spinnaker_pacman 1!7.4.1. Its schema of routing
//! tables bounds a route to 24 bits, which is SpiNNaker1's; a route here has 158.

use serde_json::{Value, json};

use super::numbers;
use crate::{
    File,
    spinnaker2::{
        chip::System,
        map::machine,
        placed::Placed,
        routing::{Link, Machine},
    },
};

const PURPOSE: &str = "for PACMAN, in its JSON schema (not load-tested)";
/// Memory beside the chip. SpiNNMachine 1!7.4.1, Spin2 versions: 1 GiB; nothing here uses it.
const SDRAM: u64 = 1 << 30;

/// The files.
pub fn files(system: &System, placed: &Placed) -> Vec<File> {
    let file = |name: &str, content: String| File::text(format!("pacman/{name}"), content, PURPOSE);
    vec![
        file("machine.json", numbers::text(&describe(system))),
        file("placements.json", numbers::text(&placements(placed))),
        file("routing_tables.json", tables(placed)),
    ]
}

fn describe(system: &System) -> Value {
    let machine: Machine = machine(system);
    let resources = json!({
        "sdram": SDRAM,
        "routerEntries": system.router_entries.value,
        "tags": [1, 2, 3, 4, 5, 6, 7],
        "monitors": 1,
        "virtual": false,
    });
    let chips = machine.chips().map(|chip| {
        let dead = Link::ALL
            .iter()
            .filter(|link| machine.neighbour(chip, **link).is_none());
        let dead: Vec<usize> = dead.map(|link| link.number()).collect();
        let details = json!({
            "cores": system.elements.value, "deadLinks": dead, "ethernet": [0, 0],
        });
        json!([chip.x, chip.y, details])
    });
    json!({
        "width": machine.width(),
        "height": machine.height(),
        "root": [0, 0],
        "ethernetResources": resources,
        "standardResources": resources,
        "chips": chips.collect::<Vec<_>>(),
    })
}

fn placements(placed: &Placed) -> Value {
    let each = placed.slices.iter().map(|slice| {
        let name = &placed.network.populations[slice.population].name;
        json!({
            "vertex_label": format!("{name}:{}:{}", slice.first, slice.first + slice.count - 1),
            "x": slice.chip.x, "y": slice.chip.y, "p": slice.core,
        })
    });
    each.collect::<Vec<_>>().into()
}

/// Written by hand: a route has more bits than a number of a JSON library.
fn tables(placed: &Placed) -> String {
    let tables: Vec<String> = placed
        .tables
        .iter()
        .map(|(chip, table)| {
            let entries: Vec<String> = table
                .entries
                .iter()
                .map(|entry| {
                    format!(
                        "    {{\"key\": {}, \"mask\": {}, \"defaultable\": false, \"spinnaker_route\": {}}}",
                        entry.keys.key,
                        entry.keys.mask,
                        numbers::decimal(entry.route.words())
                    )
                })
                .collect();
            format!(
                "  {{\"x\": {}, \"y\": {}, \"entries\": [\n{}\n  ]}}",
                chip.x,
                chip.y,
                entries.join(",\n")
            )
        })
        .collect();
    format!("[\n{}\n]\n", tables.join(",\n"))
}
