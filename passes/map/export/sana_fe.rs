//! Architecture and map as SANA-FE reads them (YAML, version 2.2): a simulator by others that prices a map.
//!
//! SANA-FE is told every connection, so this is for networks of some thousand neurons. It knows
//! nothing of weights here (they are 0, since neurons whose spikes are given take no current): every
//! neuron sends spikes that are given, and what is asked for is what messages and synapses cost.

use std::io::{self, Write};

use crate::map::{
    architecture::{Architecture, Prices},
    network::{Network, Rate},
    partition::{OUTSIDE, Partition},
    random::Random,
    routing::Placement,
};

/// Spikes of all neurons for some steps: each fires in a step with the probability that its rate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpikeTrains {
    /// The number of steps.
    pub steps: usize,
    /// The spikes come from it, and do not depend on the map.
    pub seed: u64,
}

/// Writes the architecture.
///
/// # Errors
///
/// What writing fails with.
pub fn architecture(architecture: &Architecture, out: &mut impl Write) -> io::Result<()> {
    let mesh = &architecture.mesh;
    let [width, height] = mesh.size();
    let (energy, latency) = (&architecture.energy, &architecture.latency);
    let (joules, seconds) = (Prices::value, Prices::value);
    writeln!(
        out,
        "architecture:\n  name: {}\n  attributes:\n    topology: mesh\n    width: {width}\n    height: \
         {height}\n    link_buffer_size: 16\n    sync_model: fixed\n    latency_sync: {:e}\n  tile:\n    \
         - name: tile[0..{}]\n      attributes:",
        name(&architecture.name),
        seconds(&latency.barrier),
        width as usize * height as usize - 1
    )?;
    for (direction, hop) in [
        ("north", [&energy.hop_y, &latency.hop_y]),
        ("east", [&energy.hop_x, &latency.hop_x]),
        ("south", [&energy.hop_y, &latency.hop_y]),
        ("west", [&energy.hop_x, &latency.hop_x]),
    ] {
        writeln!(out, "        energy_{direction}_hop: {:e}", joules(hop[0]))?;
        writeln!(
            out,
            "        latency_{direction}_hop: {:e}",
            seconds(hop[1])
        )?;
    }
    let neurons = architecture.most_neurons().max(1);
    writeln!(
        out,
        "      core:\n        - name: core[0..{}]\n          attributes:\n            buffer_position: \
         soma\n            buffer_inside_unit: false\n            max_neurons_supported: {neurons}\n          \
         axon_in:\n            - name: in\n              attributes:\n                energy_message_in: \
         {:e}\n                latency_message_in: {:e}\n          synapse:\n            - name: synapse\n              \
         attributes:\n                model: current_based\n                energy_process_spike: {:e}\n                \
         latency_process_spike: {:e}\n          dendrite:\n            - name: dendrite\n              attributes:\n                \
         model: accumulator\n                energy_update: 0.0\n                latency_update: 0.0\n          \
         soma:",
        mesh.cores_per_tile - 1,
        joules(&energy.packet_in),
        seconds(&latency.packet_in),
        joules(&energy.synapse),
        seconds(&latency.synapse)
    )?;
    let soma = |out: &mut dyn Write, name: String, model: &str, priced: bool| {
        let price = |p| if priced { Prices::value(p) } else { 0.0 };
        writeln!(
            out,
            "            - name: {name}\n              attributes:\n                model: {model}\n                \
             energy_access_neuron: 0.0\n                latency_access_neuron: 0.0\n                \
             energy_update_neuron: {:e}\n                latency_update_neuron: {:e}\n                \
             energy_spike_out: {:e}\n                latency_spike_out: {:e}",
            price(&energy.neuron),
            price(&latency.neuron),
            price(&energy.spike),
            price(&latency.spike)
        )
    };
    soma(out, "lif".into(), "leaky_integrate_fire", true)?;
    // As in SANA-FE's own architectures, a neuron whose spikes are given costs nothing itself.
    soma(out, format!("given[0..{}]", neurons - 1), "input", false)?;
    writeln!(
        out,
        "          axon_out:\n            - name: out\n              attributes:\n                \
         energy_message_out: {:e}\n                latency_message_out: {:e}",
        joules(&energy.packet_out),
        seconds(&latency.packet_out)
    )
}

/// Writes the network with its map. Populations that stand on no core are left out.
///
/// # Errors
///
/// What writing fails with.
pub fn network(
    network: &Network,
    chip: &Architecture,
    partition: &Partition,
    placement: &Placement,
    trains: SpikeTrains,
    out: &mut impl Write,
) -> io::Result<()> {
    let group = |index: usize| format!("p{index}_{}", name(&network.populations[index].name));
    let mut random = Random::new(trains.seed);
    writeln!(out, "network:\n  name: network\n  groups:")?;
    for (index, population) in network.populations.iter().enumerate() {
        if !population.placed {
            continue;
        }
        writeln!(
            out,
            "    - name: {}\n      attributes: []\n      neurons:",
            group(index)
        )?;
        for neuron in 0..population.neurons() {
            let rate = match &population.rate {
                Rate::Uniform(rate) => *rate,
                Rate::Each(rates) => rates.get(neuron as usize).map_or(0.0, |&r| f64::from(r)),
            };
            let train = (0..trains.steps).map(|_| if random.unit() < rate { "1" } else { "0" });
            let train: Vec<&str> = train.collect();
            writeln!(out, "        - {neuron}: [spikes: [{}]]", train.join(", "))?;
        }
    }
    writeln!(out, "  edges:")?;
    for projection in &network.projections {
        let ends = [projection.source, projection.target];
        let [source, target] = ends.map(|i| &network.populations[i]);
        if !source.placed {
            continue;
        }
        let [from, to] = ends.map(group);
        for neuron in 0..source.neurons() {
            let mut failed = Ok(());
            let structure = &projection.structure;
            structure.for_targets(neuron, source.extent, target.extent, |t| {
                if failed.is_ok() {
                    failed = writeln!(out, "    - {from}.{neuron} -> {to}.{t}: [weight: 0]");
                }
            });
            failed?;
        }
    }
    writeln!(out, "mappings:")?;
    let assignment = partition.assignment(network);
    let mut held = vec![0u32; partition.cores.len()];
    let mut at = 0;
    for (index, population) in network.populations.iter().enumerate() {
        if !population.placed {
            continue;
        }
        for neuron in 0..population.neurons() {
            let logical = assignment.get(at).copied().unwrap_or(OUTSIDE) as usize;
            at += 1;
            let (Some(unit), Some(&core)) = (held.get_mut(logical), placement.core.get(logical))
            else {
                continue;
            };
            let [x, y] = chip.mesh.tile_of(core);
            // SANA-FE numbers tiles column by column.
            let tile = x * chip.mesh.size()[1] + y;
            let within = core % chip.mesh.usable_cores.max(1) % chip.mesh.cores_per_tile.max(1);
            writeln!(
                out,
                "  - {}.{neuron}: [core: {tile}.{within}, soma: \"given[{unit}]\"]",
                group(index)
            )?;
            *unit += 1;
        }
    }
    Ok(())
}

/// A name without what YAML or SANA-FE would read as something else.
fn name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}
