//! What `nirc map` prints.

use std::fmt::Write as _;

use nirc_passes::map::{Architecture, Network, Prices, Rate};
use serde_json::json;

use super::Made;

/// The columns of a comparison: name, and the number as text.
fn columns(made: &Made) -> Vec<(&'static str, String)> {
    let m = &made.metrics;
    let seconds = |s: f64| format!("{s:.3}");
    let mut columns = vec![
        ("partition", made.partitioner.clone()),
        ("placement", placement(made)),
        ("cores", m.cores.to_string()),
        ("remote packets", number(m.remote_packets)),
        ("packets", number(m.packets)),
        ("cut synapses", m.cut_synapses.to_string()),
        ("max axons", m.max_axons.to_string()),
        ("hops", number(m.hops)),
        ("multicast hops", number(m.multicast_hops)),
        ("max link", number(m.max_link_load)),
    ];
    if let Some(energy) = m.energy {
        columns.push(("energy", number(energy.total())));
        columns.push(("network energy", number(energy.network)));
    }
    if let Some((bound, _)) = m.step_bound {
        columns.push(("step bound (s)", number(bound)));
    }
    columns.push(("partition (s)", seconds(made.partition_seconds)));
    columns.push(("place (s)", seconds(made.place_seconds)));
    columns
}

fn placement(made: &Made) -> String {
    match made.refined {
        true => format!("{}, refined", made.placer),
        false => made.placer.to_owned(),
    }
}

/// A number, whole if it is, else with six digits.
fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        format!("{x}")
    } else if (1e-3..1e7).contains(&x.abs()) {
        format!("{x:.4}")
    } else {
        format!("{x:.5e}")
    }
}

/// A table with a row for each map.
pub fn table(maps: &[Made]) -> String {
    let mut text = String::new();
    for (index, made) in maps.iter().enumerate() {
        let columns = columns(made);
        if index == 0 {
            let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
            let _ = writeln!(text, "| {} |", names.join(" | "));
            let _ = writeln!(text, "|{}", " --- |".repeat(names.len()));
        }
        let values: Vec<_> = columns.into_iter().map(|(_, value)| value).collect();
        let _ = writeln!(text, "| {} |", values.join(" | "));
    }
    text
}

/// The same with commas.
pub fn csv(maps: &[Made]) -> String {
    let mut text = String::new();
    for (index, made) in maps.iter().enumerate() {
        let columns = columns(made);
        if index == 0 {
            let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
            let _ = writeln!(text, "{}", names.join(","));
        }
        let values: Vec<_> = columns.into_iter().map(|(_, value)| value).collect();
        let quoted = values.iter().map(|v| match v.contains(',') {
            true => format!("\"{v}\""),
            false => v.clone(),
        });
        let _ = writeln!(text, "{}", quoted.collect::<Vec<_>>().join(","));
    }
    text
}

/// Everything about one map.
pub fn full(network: &Network, architecture: &Architecture, maps: &[Made]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}: {}\n", architecture.name, architecture.summary);
    let _ = writeln!(
        text,
        "| population | channels, rows, columns | neurons | on cores | spikes a step |"
    );
    let _ = writeln!(text, "| --- | --- | --- | --- | --- |");
    for population in &network.populations {
        let spikes = match &population.rate {
            Rate::Uniform(rate) => rate * population.neurons() as f64,
            Rate::Each(rates) => rates.iter().map(|&r| f64::from(r)).sum(),
        };
        let [c, h, w] = population.extent;
        let placed = if population.placed { "yes" } else { "no" };
        let _ = writeln!(
            text,
            "| {} | {c}, {h}, {w} | {} | {placed} | {} |",
            population.name,
            population.neurons(),
            number(spikes)
        );
    }
    let _ = writeln!(text, "\n| projection | from | to | structure | synapses |");
    let _ = writeln!(text, "| --- | --- | --- | --- | --- |");
    for projection in &network.projections {
        let ends = [projection.source, projection.target].map(|i| &network.populations[i].name);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            projection.name,
            ends[0],
            ends[1],
            projection.structure.word(),
            projection.structure.synapses()
        );
    }
    for made in maps {
        let _ = writeln!(text);
        metrics(&mut text, architecture, made);
    }
    text
}

fn metrics(text: &mut String, architecture: &Architecture, made: &Made) {
    let m = &made.metrics;
    let _ = writeln!(
        text,
        "| metric | {} + {} |\n| --- | --- |",
        made.partitioner,
        placement(made)
    );
    let mut rows = vec![
        ("cores", m.cores.to_string()),
        ("neurons", m.neurons.to_string()),
        ("synapses", m.synapses.to_string()),
        (
            "packets to other cores (connectivity - 1)",
            number(m.remote_packets),
        ),
        ("packets, local ones included", number(m.packets)),
        ("packets from outside", number(m.input_packets)),
        ("cut synapses", m.cut_synapses.to_string()),
        ("input axons of a core, at most", m.max_axons.to_string()),
        ("hops, each core its own packet", number(m.hops)),
        ("hops, multicast trees", number(m.multicast_hops)),
        ("load of a link, at most", number(m.max_link_load)),
        ("variance of the loads", number(m.link_load_variance)),
    ];
    if let (Some(mean), Some(most)) = (m.mean_latency, m.max_latency) {
        rows.push(("latency of a packet, mean (s)", number(mean)));
        rows.push(("latency of a packet, at most (s)", number(most)));
    }
    if let Some((bound, by)) = m.step_bound {
        rows.push(("bound of a step (s)", format!("{} ({by})", number(bound))));
    }
    if let Some(energy) = m.energy {
        rows.push(("energy of a step, estimate (J)", number(energy.total())));
        rows.push(("  synapses", number(energy.synapse)));
        rows.push(("  somas", number(energy.soma)));
        rows.push(("  network", number(energy.network)));
    }
    rows.push(("partitioning (s)", format!("{:.4}", made.partition_seconds)));
    rows.push(("placing (s)", format!("{:.4}", made.place_seconds)));
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let _ = writeln!(
        text,
        "\n| resource | of a core | most | mean | binds on cores |"
    );
    let _ = writeln!(text, "| --- | --- | --- | --- | --- |");
    for row in &m.resources {
        let part = |x: f64| format!("{:.2} %", 100.0 * x / row.capacity.max(1) as f64);
        let _ = writeln!(
            text,
            "| {} | {} {} | {} ({}) | {:.1} ({}) | {} |",
            row.name,
            row.capacity,
            row.unit,
            row.max,
            part(row.max as f64),
            row.mean,
            part(row.mean),
            row.binding_cores
        );
    }
    let prices = [
        ("energy", &architecture.energy),
        ("latency", &architecture.latency),
    ];
    if prices.iter().any(|(_, p)| p.any()) {
        let _ = writeln!(text, "\n| price | value | source |\n| --- | --- | --- |");
    }
    for (table, prices) in prices {
        for (name, quantity) in prices.all() {
            if let Some(quantity) = quantity {
                let _ = writeln!(
                    text,
                    "| {table}.{name} | {:e} | {} |",
                    Prices::value(&Some(quantity.clone())),
                    quantity.source
                );
            }
        }
    }
}

/// Everything as JSON: the maps with their metrics, and what stands on each core.
pub fn json(network: &Network, architecture: &Architecture, maps: &[Made]) -> String {
    let maps: Vec<_> = maps
        .iter()
        .map(|made| {
            let cores: Vec<_> = made
                .partition
                .cores
                .iter()
                .enumerate()
                .map(|(logical, parts)| {
                    let core = made.placement.core.get(logical).copied().unwrap_or(0);
                    let parts: Vec<_> = parts
                        .iter()
                        .map(|part| {
                            json!({
                                "population": network.populations[part.population].name,
                                "start": part.tile.start,
                                "end": part.tile.end,
                            })
                        })
                        .collect();
                    json!({
                        "core": core,
                        "tile": architecture.mesh.tile_of(core),
                        "parts": parts,
                    })
                })
                .collect();
            json!({
                "partition": made.partitioner,
                "placement": made.placer,
                "refined": made.refined,
                "partition_seconds": made.partition_seconds,
                "place_seconds": made.place_seconds,
                "metrics": made.metrics,
                "cores": cores,
            })
        })
        .collect();
    let document = json!({ "architecture": architecture.name, "maps": maps });
    format!("{document}\n")
}
