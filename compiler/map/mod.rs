//! `nirc map`: partition, placement and routing of a model on an architecture, with their metrics.

mod architecture;
mod assignment;
mod export;
mod model;
mod show;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::map::{
    Architecture, Map, Metrics, Network, PARTITIONERS, PLACERS, Partition, Partitioner,
    PlaceProblem, Placement, Placer, Problem, Progress, SpikeTrains, check, partition, place,
    refine_placed,
};

use crate::{
    arguments::{BriefLowering, Reading},
    output,
};

/// Arguments of `nirc map`.
#[derive(Args)]
pub struct Arguments {
    /// A NIR file, IR down to level dt, or a generated network: generate:KIND:NEURONS.
    model: PathBuf,
    /// The architecture: a TOML file (docs/mapping.md), or the name of one that comes with nirc.
    #[arg(long, value_name = "FILE|NAME")]
    arch: String,
    /// Replace a value of the architecture, e.g. mesh.width=5, core.resource.neurons.capacity=512.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// The partitioner, or an `.npy` file with a core number for each neuron.
    #[arg(long, value_name = "NAME|FILE", default_value = "refined")]
    partition: String,
    /// The placer.
    #[arg(long, value_name = "NAME", default_value = "force-directed", value_parser = placer)]
    place: &'static dyn Placer,
    /// Then move neurons between the placed cores while that lowers the architecture's objective.
    #[arg(long)]
    refine: bool,
    /// Run every partitioner with every placer, and print a table.
    #[arg(long)]
    compare: bool,
    /// Whatever is random comes from this number.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Use this many cores at most.
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
    /// Bits of a weight, sign included.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    weight_bits: u32,
    /// Leave out what inputs send: no packets, no input axons.
    #[arg(long)]
    without_inputs: bool,
    /// Spikes of each neuron in a step.
    #[arg(
        long,
        value_name = "SPIKES",
        default_value_t = 1.0,
        conflicts_with = "sources"
    )]
    rate: f64,
    /// Count the spikes of level dt on this input instead; as in `nirc run`.
    #[arg(long = "input", value_name = "[INPUT=]SOURCE")]
    sources: Vec<String>,
    /// Print one line for each map, with commas.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print the metrics as JSON.
    #[arg(long)]
    json: bool,
    /// Write the core of each neuron: `.npy`, one number each, population by population.
    #[arg(long, value_name = "FILE")]
    write_partition: Option<PathBuf>,
    /// Write the hypergraph over neurons in hMETIS's format, for other partitioners; their answer comes
    /// back by --partition FILE.npy.
    #[arg(long, value_name = "FILE")]
    write_hypergraph: Option<PathBuf>,
    /// Write architecture.yaml and network.yaml for the simulator SANA-FE into this folder.
    #[arg(long, value_name = "FOLDER")]
    sana_fe: Option<PathBuf>,
    /// Steps of the spikes that SANA-FE is given; their rate is that of each neuron.
    #[arg(long, value_name = "N", default_value_t = 20, requires = "sana_fe")]
    sana_fe_steps: usize,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    lowering: BriefLowering,
}

/// A map that was made, with how long it took.
pub struct Made {
    /// The partitioner's name, or the file's.
    pub partitioner: String,
    /// The placer's name.
    pub placer: &'static str,
    /// Whether partition and placement were refined together afterwards.
    pub refined: bool,
    /// What stands on each core.
    pub partition: Partition,
    /// Where each core stands.
    pub placement: Placement,
    /// Its numbers.
    pub metrics: Metrics,
    /// Seconds of partitioning.
    pub partition_seconds: f64,
    /// Seconds of placing, and of the refinement of both.
    pub place_seconds: f64,
}

/// Runs the command.
pub fn command(arguments: &Arguments) -> ExitCode {
    match execute(arguments) {
        Ok((text, findings)) => {
            output::print(&text);
            output::finish(&findings)
        }
        Err(findings) => output::finish(&findings),
    }
}

fn execute(arguments: &Arguments) -> Result<(String, Findings), Findings> {
    let architecture = architecture::read(&arguments.arch, &arguments.settings)?;
    let (network, mut findings) = model::read(arguments)?;
    if let Some(path) = &arguments.write_hypergraph {
        export::hypergraph(path, &network)?;
    }
    let partitions = if arguments.compare {
        PARTITIONERS.iter().map(|p| p.name().to_owned()).collect()
    } else {
        vec![arguments.partition.clone()]
    };
    let placers = match arguments.compare {
        true => PLACERS.to_vec(),
        false => vec![arguments.place],
    };
    let mut maps = Vec::new();
    for name in &partitions {
        match arguments.maps(name, &placers, &network, &architecture) {
            Ok(made) => maps.extend(made),
            // One algorithm that fails is a row less, not the end of a comparison.
            Err(found) if arguments.compare => findings.extend(found),
            Err(found) => return Err(found),
        }
    }
    if let (Some(path), Some(made)) = (&arguments.write_partition, maps.first()) {
        assignment::write(path, &made.partition.assignment(&network))?;
    }
    if let (Some(folder), Some(made)) = (&arguments.sana_fe, maps.first()) {
        let trains = SpikeTrains {
            steps: arguments.sana_fe_steps,
            seed: arguments.seed,
        };
        export::sana_fe(folder, &network, &architecture, made, trains)?;
    }
    let text = if arguments.json {
        show::json(&network, &architecture, &maps)
    } else if arguments.csv {
        show::csv(&maps)
    } else if arguments.compare {
        show::table(&maps)
    } else {
        show::full(&network, &architecture, &maps)
    };
    Ok((text, findings))
}

impl Arguments {
    /// The maps of one partition with each of the placers.
    fn maps(
        &self,
        name: &str,
        placers: &[&'static dyn Placer],
        network: &Network,
        architecture: &Architecture,
    ) -> Result<Vec<Made>, Findings> {
        let bar = Bar::new();
        let problem = Problem {
            network,
            architecture,
            cost: &architecture.cost,
            cores: self.cores.unwrap_or(architecture.mesh.cores()),
            seed: self.seed,
            progress: &bar,
        };
        let start = Instant::now();
        let partition = match partitioner(name) {
            Some(partitioner) => partition(partitioner, &problem)?,
            None => {
                let partition = assignment::read(name, network)?;
                check(&partition, &problem)?;
                partition
            }
        };
        let partition_seconds = start.elapsed().as_secs_f64();
        let grids = partition.grids(network);
        let graph = nirc_passes::map::Hypergraph::new(network, &grids, partition.cores.len());
        let mut made = Vec::new();
        for placer in placers {
            let start = Instant::now();
            let place_problem = PlaceProblem {
                graph: &graph,
                architecture,
                objective: &architecture.objective,
                seed: self.seed,
                progress: &bar,
            };
            let placement = place(*placer, &place_problem)?;
            let map = |partition: Partition, refined: bool| {
                let place_seconds = start.elapsed().as_secs_f64();
                let map = Map {
                    network,
                    architecture,
                    cost: &architecture.cost,
                    partition: &partition,
                    placement: &placement,
                };
                let metrics = match refined {
                    true => map.metrics(&map.graph()),
                    false => map.metrics(&graph),
                };
                Made {
                    partitioner: name.to_owned(),
                    placer: placer.name(),
                    refined,
                    partition,
                    placement: placement.clone(),
                    metrics,
                    partition_seconds,
                    place_seconds,
                }
            };
            // A comparison has the best of the plain maps refined as well.
            let last = self.compare && placer.name() == PLACERS[PLACERS.len() - 1].name();
            if !self.refine || self.compare {
                made.push(map(partition.clone(), false));
            }
            if self.refine || last {
                let objective = &architecture.objective;
                let refined = refine_placed(&problem, objective, &partition, &placement);
                check(&refined, &problem)?;
                made.push(map(refined, true));
            }
        }
        bar.0.finish_and_clear();
        Ok(made)
    }
}

/// The partitioner of this name.
fn partitioner(name: &str) -> Option<&'static dyn Partitioner> {
    PARTITIONERS.into_iter().find(|p| p.name() == name)
}

/// The placer of this name.
fn placer(name: &str) -> Result<&'static dyn Placer, String> {
    let found = PLACERS.into_iter().find(|p| p.name() == name);
    found.ok_or_else(|| {
        let names: Vec<_> = PLACERS.iter().map(|p| p.name()).collect();
        format!("it should be one of: {}", names.join(", "))
    })
}

/// `KEY=VALUE`.
fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it should be KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// The finding about an argument.
fn refuse(rule: &'static str, what: impl Into<String>) -> Finding {
    Finding::error("map-argument", rule, what)
}

/// A bar on standard error; nothing where that is no terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(1);
        if let Ok(style) =
            ProgressStyle::with_template("{msg:16} {bar:40} {percent:>3} %, {eta} left")
        {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn report(&self, stage: &str, done: u64, total: u64) {
        if self.0.message() != stage {
            self.0.set_message(stage.to_owned());
            self.0.reset_eta();
        }
        self.0.set_length(total.max(1));
        self.0.set_position(done);
    }
}
