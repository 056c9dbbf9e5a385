//! Which neurons stand on which core of which chip, by the mapping engine.

use std::sync::Arc;

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::map::{
    self, CoreLoad, Extent, Hypergraph, PlaceProblem, Problem, Projection, Silent, Structure, Taps,
    built_in,
};

use super::{cost::Cost, options::Options};
use crate::loihi2::{
    chip::System,
    network::{Block, Convolution, Core, Network, Placement, Synapses, Words},
};

/// The name of the architecture in the mapping engine.
const ARCHITECTURE: &str = "loihi2";

/// What helps where cores are too few.
const LARGER: &str = "choose a larger system (loihi2-8, loihi2-32), more cores of a chip (--map cores=128), or \
                      a smaller network";

/// Puts all neurons of `network` onto cores of `system`.
///
/// # Errors
///
/// What fits no core, and a network of more cores than there are.
pub fn place(system: &System, network: &Network, options: &Options) -> Result<Placement, Findings> {
    let [columns, rows] = system.grid;
    let mut settings = vec![("mesh.chips".to_owned(), format!("[{columns},{rows}]"))];
    if let Some(cores) = options.cores {
        settings.push(("mesh.usable_cores".to_owned(), cores.to_string()));
    }
    let architecture = built_in(ARCHITECTURE, &settings).ok_or_else(|| {
        Findings::from(Finding::error(
            "loihi2-architecture",
            "the mapping engine knows the chip",
            format!("it has no architecture `{ARCHITECTURE}`"),
        ))
    })??;
    let logical = engine_network(network)?;
    let cost = Cost::new(&architecture.cost);
    let problem = Problem {
        network: &logical,
        architecture: &architecture,
        cost: &cost,
        cores: architecture.mesh.cores(),
        seed: options.seed,
        progress: &Silent,
    };
    let partition = map::partition(options.partitioner, &problem).map_err(|findings| {
        let mut said = Findings::new();
        said.extend(
            findings
                .iter()
                .cloned()
                .map(|finding| match finding.code.as_ref() {
                    "map-cores" => finding.fix(LARGER),
                    _ => finding,
                }),
        );
        said
    })?;
    let grids = partition.grids(&logical);
    let graph = Hypergraph::new(&logical, &grids, partition.cores.len());
    let places = map::place(
        options.placer,
        &PlaceProblem {
            graph: &graph,
            architecture: &architecture,
            objective: &architecture.objective,
            seed: options.seed,
            progress: &Silent,
        },
    )?;
    let of_chip = architecture.mesh.usable_cores;
    let mut cores: Vec<Core> = partition
        .cores
        .iter()
        .zip(&places.core)
        .map(|(parts, core)| {
            let load = CoreLoad::new(&logical, parts);
            let usage = map::usage(&cost, &logical, &load);
            Core {
                chip: (core / of_chip) as usize,
                core: (core % of_chip) as usize,
                blocks: parts
                    .iter()
                    .map(|part| Block {
                        population: part.population,
                        origin: part.tile.start.map(|x| x as usize),
                        size: part.tile.size().map(|x| x as usize),
                    })
                    .collect(),
                words: words(&cost, &usage),
            }
        })
        .collect();
    cores.sort_by_key(|core| (core.chip, core.core));
    Ok(Placement {
        chips: cores.last().map_or(0, |core| core.chip + 1),
        cores,
    })
}

fn words(cost: &dyn map::CostModel, usage: &[u64]) -> Words {
    let of = |name: &str| {
        let resources = cost.resources().iter().zip(usage);
        let mut named = resources.filter(|(r, _)| r.name == name);
        named.next().map_or(0, |(_, used)| *used)
    };
    Words {
        axon_in: of("AxonIn"),
        neuron_groups: of("NeuronGr"),
        neurons: of("Neurons"),
        synapses: of("SynMem"),
        axon_map: of("AxonMap"),
        axon_memory: of("AxonMem"),
    }
}

fn extent([c, h, w]: [usize; 3]) -> Result<Extent, Finding> {
    match [u32::try_from(c), u32::try_from(h), u32::try_from(w)] {
        [Ok(c), Ok(h), Ok(w)] => Ok([c, h, w]),
        _ => Err(Finding::error(
            "loihi2-size",
            "a population's sides are numbered in 32 bits",
            format!("one is {c} x {h} x {w}"),
        )),
    }
}

/// The network as the mapping engine takes it.
fn engine_network(network: &Network) -> Result<map::Network, Finding> {
    let mut made = map::Network::default();
    for population in &network.populations {
        let extent = extent(population.map())?;
        made.populations.push(map::Population {
            placed: population.neuron.is_some(),
            ..map::Population::new(&population.name, extent)
        });
    }
    for connection in &network.connections {
        let [source, target] =
            [connection.source, connection.target].map(|p| made.populations[p].extent);
        let structure = match &connection.synapses {
            Synapses::Dense { .. } => Some(Structure::dense(source, target)),
            Synapses::Convolution(convolution) => structure(convolution, source, target),
            Synapses::Sparse(sparse) => map::Sparse::new(
                sparse.starts.iter().map(|s| u64::from(*s)).collect(),
                sparse.targets.to_vec(),
                map_size(target),
            )
            .map(|sparse| Structure::Sparse(Arc::new(sparse))),
        };
        let structure = structure.ok_or_else(|| {
            Finding::error(
                "loihi2-network",
                "synapses fit their populations",
                "they do not",
            )
            .at(&connection.name)
        })?;
        let bits = u32::from(connection.weight_bits);
        made.projections.push(Projection::new(
            &connection.name,
            connection.source,
            connection.target,
            structure,
            bits,
        ));
    }
    Ok(made)
}

fn map_size([c, h, w]: Extent) -> u32 {
    c.saturating_mul(h).saturating_mul(w)
}

fn structure(convolution: &Convolution, source: Extent, target: Extent) -> Option<Structure> {
    let kernel = convolution.weight.shape();
    let taps = |d: usize| -> Option<Taps> {
        Some(Taps {
            kernel: u32::try_from(*kernel.get(d + 2)?).ok()?,
            stride: u32::try_from(convolution.stride[d]).ok()?,
            padding: u32::try_from(convolution.padding[d]).ok()?,
            dilation: u32::try_from(convolution.dilation[d]).ok()?,
        })
    };
    let groups = u32::try_from(convolution.groups).ok()?;
    Structure::convolution(source, target, groups, taps(0)?, taps(1)?)
}
