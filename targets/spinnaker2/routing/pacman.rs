//! PACMAN's JSON files: `machine.json`, `placements.json` and `routing_tables.json`, as its schemas of
//! version 7.4.1 have them.
//!
//! PACMAN numbers the cores of a chip from 1 and has a monitor of its own as core 0, so core c here is
//! core c + 1 there, and bit 7 + c of a route. The schema of routing tables still allows routes of 24
//! bits only, as SpiNNaker 1 has them: files that name a core beyond 16 do not pass it, though PACMAN
//! reads and writes such. [`routing_tables`] says when that is so.

use std::{collections::BTreeMap, fmt::Write};

use nirc_dialects::finding::Finding;
use serde_json::{Value, json};

use super::{
    limits::{CORES, ENTRIES, LINKS},
    machine::{Chip, Machine},
    route::{Link, Route},
    table::Table,
    traffic::Population,
};

/// The bits of a route that the schema allows.
const SCHEMA_BITS: usize = 24;

/// Memory beside the cores that SpiNNMachine 7.4.1 gives a SpiNNaker2 chip, in bytes.
const SDRAM: u64 = 1 << 30;

/// The tags of a chip with a network connection (SpiNNMachine 7.4.1, version 248).
const TAGS: [u32; 7] = [1, 2, 3, 4, 5, 6, 7];

/// The machine. `address` is the IP address of chip (0, 0), which PACMAN takes for the one with the
/// network connection of each board.
///
/// # Errors
///
/// A finding if cores are missing: the file has only their number for each chip.
pub fn machine(machine: &Machine, address: &str) -> Result<String, Finding> {
    if let Some(core) = machine
        .dead_cores()
        .iter()
        .find(|core| machine.has(core.chip))
    {
        return Err(Finding::error(
            "s2-pacman-core",
            "PACMAN's machine file says how many cores a chip has, not which",
            format!(
                "core {} of chip ({}, {}) is missing",
                core.core, core.chip.x, core.chip.y
            ),
        )
        .fix("tell PACMAN by its setting `down_cores`"));
    }
    let chip = |chip: Chip| {
        let dead: Vec<usize> = Link::ALL
            .into_iter()
            .filter(|link| machine.neighbour(chip, *link).is_none())
            .map(Link::number)
            .collect();
        let mut details = json!({ "cores": CORES + 1, "ethernet": [0, 0] });
        if !dead.is_empty() {
            details["deadLinks"] = json!(dead);
        }
        if chip == Chip::new(0, 0) {
            details["ipAddress"] = json!(address);
        }
        json!([chip.x, chip.y, details])
    };
    let resources = |tags: &[u32]| json!({ "monitors": 1, "routerEntries": ENTRIES, "sdram": SDRAM, "tags": tags });
    let file = json!({
        "width": machine.width(),
        "height": machine.height(),
        "root": [0, 0],
        "ethernetResources": resources(&TAGS),
        "standardResources": resources(&[]),
        "chips": machine.chips().map(chip).collect::<Vec<Value>>(),
    });
    Ok(file.to_string())
}

/// Where each slice is, under PACMAN's kind of label: `name(first:last)`.
pub fn placements(populations: &[Population]) -> String {
    let mut all = Vec::new();
    for population in populations {
        let mut first = 0u64;
        for slice in &population.slices {
            let next = first + u64::from(slice.atoms);
            all.push(json!({
                "vertex_label": format!("{}({first}:{})", population.name, next.saturating_sub(1)),
                "x": slice.core.chip.x,
                "y": slice.core.chip.y,
                "p": slice.core.core + 1,
            }));
            first = next;
        }
    }
    Value::Array(all).to_string()
}

/// The tables, with a warning if they do not pass PACMAN's schema. No entry is marked as one that
/// default routing stands for.
pub fn routing_tables(tables: &BTreeMap<Chip, Table>) -> (String, Option<Finding>) {
    let mut text = String::from("[");
    let mut wide = 0;
    for (i, (chip, table)) in tables.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        _ = write!(
            text,
            "{comma}\n{{\"x\":{},\"y\":{},\"entries\":[",
            chip.x, chip.y
        );
        for (i, entry) in table.entries.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let (keys, route) = (entry.keys, entry.route);
            wide += usize::from(route.cores().any(|core| LINKS + 1 + core >= SCHEMA_BITS));
            _ = write!(
                text,
                "{comma}\n{{\"key\":{},\"mask\":{},\"defaultable\":false,\"spinnaker_route\":{}}}",
                keys.key,
                keys.mask,
                decimal(route)
            );
        }
        text.push_str("]}");
    }
    text.push_str("]\n");
    let warning = (wide > 0).then(|| {
        Finding::warning(
            "s2-pacman-route",
            "PACMAN's schema allows routes to cores 0 to 16 only",
            format!("{wide} entries lead to other cores"),
        )
        .why("its limit is that of SpiNNaker 1; PACMAN itself reads and writes longer routes")
        .fix("do not validate the file, or lift the limit in the schema")
    });
    (text, warning)
}

/// A route in PACMAN's numbering of cores, in decimal.
fn decimal(route: Route) -> String {
    let mut words = [0u64; 3];
    let links = route.links().map(Link::number);
    for bit in links.chain(route.cores().map(|core| LINKS + 1 + core)) {
        words[bit / 64] |= 1 << (bit % 64);
    }
    // Digits by long division, nineteen at a time.
    const STEP: u128 = 10_000_000_000_000_000_000;
    let mut parts = Vec::new();
    while words != [0; 3] {
        let mut rest = 0u128;
        for word in words.iter_mut().rev() {
            let value = rest << 64 | u128::from(*word);
            *word = (value / STEP) as u64;
            rest = value % STEP;
        }
        parts.push(rest);
    }
    let mut text = parts.pop().unwrap_or(0).to_string();
    for part in parts.iter().rev() {
        _ = write!(text, "{part:019}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_whole_numbers() {
        assert_eq!(decimal(Route::NONE), "0");
        let links = Route::NONE.with_link(Link::East).with_link(Link::South);
        assert_eq!(decimal(links), "33");
        let core = |core| decimal(Route::NONE.with_core(core).unwrap());
        assert_eq!(core(0), "128");
        // 2^64, 2^126 and 2^158, and that with zeros inside.
        assert_eq!(core(57), "18446744073709551616");
        assert_eq!(core(119), "85070591730234615865843651857942052864");
        assert_eq!(
            core(151),
            "365375409332725729550921208179070754913983135744"
        );
        // 10^19 = 2^19 * 5^19 has a part of nineteen zeros.
        let bits = (0..64).filter(|bit| 10_000_000_000_000_000_000u64 >> bit & 1 == 1);
        let route = bits.fold(Route::NONE, |route, bit| route.with_core(bit - 7).unwrap());
        assert_eq!(decimal(route), "10000000000000000000");
    }
}
