//! The network that is mapped: from a file, with its traffic.

use std::sync::Arc;

use nirc_dialects::{
    dt,
    finding::{Finding, Findings, Severity},
    ir::{self, IrContext},
    simulation::{Nodes, Record, Simulator, run_samples},
};
use nirc_passes::{
    RunOptions,
    map::{self, Network, Rate, ReadOptions},
    run,
};

use super::{Arguments, refuse};
use crate::{load::load, output, samples};

/// Reads the model, lowers it to level dt, and makes its network.
///
/// # Errors
///
/// All that is wrong with the model, or with the input whose spikes are counted.
pub fn read(arguments: &Arguments) -> Result<(Network, Findings), Findings> {
    if !(arguments.rate.is_finite() && arguments.rate >= 0.0) {
        let rule = "a rate is a finite number from 0 up";
        return Err(refuse(rule, format!("{}", arguments.rate)).into());
    }
    if let Some(network) = generated(arguments)? {
        return Ok((network, Findings::new()));
    }
    let context = IrContext::new()?;
    let mut program = load(&context, &arguments.model, arguments.reading.mode())?;
    let level = program.level().unwrap_or_default();
    let steps = arguments.lowering.settings().steps(&level, "dt", None)?;
    run(&context, &mut program, &steps, &RunOptions::default())?;
    let options = ReadOptions {
        weight_bits: arguments.weight_bits,
        rate: arguments.rate,
        ..ReadOptions::default()
    };
    let (mut network, found) = map::read(&program, &options)?;
    let mut findings = std::mem::take(&mut program.findings);
    if arguments.sources.is_empty() {
        // What the file leaves open changes when neurons spike, not who reaches whom.
        findings.0.retain(|f| f.severity == Severity::Error);
    }
    findings.extend(found);
    if !arguments.sources.is_empty() {
        let step = ir::module_attribute::<f64>(program.module.as_operation(), dt::STEP);
        let simulation = dt::Simulation::<f32>::new(&program)?;
        findings.extend(count(&mut network, &simulation, &arguments.sources, step)?);
    }
    if arguments.without_inputs {
        network = network.without_inputs();
    }
    Ok((network, findings))
}

/// The network of `generate:KIND:NEURONS`; none if the model is a file.
fn generated(arguments: &Arguments) -> Result<Option<Network>, Findings> {
    let Some(text) = arguments
        .model
        .to_str()
        .and_then(|m| m.strip_prefix("generate:"))
    else {
        return Ok(None);
    };
    let asked = text.split_once(':');
    let asked = asked.and_then(|(kind, count)| {
        // 1e6 is a number of neurons, too.
        let count = count.parse().ok().or_else(|| {
            let count: f64 = count.parse().ok()?;
            (count.fract() == 0.0 && (0.0..=1e10).contains(&count)).then_some(count as u64)
        })?;
        map::generate(kind, count, arguments.seed)
    });
    let Some(network) = asked else {
        let kinds: Vec<_> = map::GENERATED.iter().map(|(kind, _)| *kind).collect();
        let rule = "a generated network is generate:KIND:NEURONS";
        return Err(refuse(rule, format!("`generate:{text}`"))
            .fix(format!("the kinds are {}", kinds.join(", ")))
            .into());
    };
    if !arguments.sources.is_empty() {
        let rule = "spikes are counted where neurons have parameters";
        return Err(refuse(rule, "a generated network has none").into());
    }
    network.check()?;
    let mut network = network.with_rate(arguments.rate);
    for projection in &mut network.projections {
        projection.weight_bits = arguments.weight_bits;
    }
    Ok(Some(network))
}

/// Runs the samples, and gives each neuron its spikes in a step, on average.
fn count(
    network: &mut Network,
    simulation: &dyn Simulator,
    sources: &[String],
    step: Option<f64>,
) -> Result<Findings, Findings> {
    let inputs = simulation.inputs();
    let read = samples::read(sources, &inputs, step)?;
    let record = Record {
        spikes: Nodes::All,
        states: Nodes::None,
    };
    let bar = output::progress(read.samples.len());
    let recordings = run_samples(simulation, &read.views(), &record, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let steps: usize = read
        .samples
        .iter()
        .filter_map(|s| Some(s.first()?.nrows()))
        .sum();
    for population in &mut network.populations {
        let mut sums = vec![0.0f64; population.neurons() as usize];
        let mut add = |row: &mut dyn Iterator<Item = f64>| {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        };
        if let Some(input) = inputs.iter().position(|(name, _)| *name == population.name) {
            for sample in &read.samples {
                for row in sample[input].rows() {
                    add(&mut row.iter().map(|&x| f64::from(x.abs())));
                }
            }
        } else {
            let mut recorded = false;
            for recording in &recordings {
                if let Some(spikes) = recording.spikes.get(&population.name) {
                    recorded = true;
                    for row in spikes.rows() {
                        add(&mut row.iter().copied());
                    }
                }
            }
            if !recorded {
                return Err(Finding::error(
                    "map-traffic",
                    "the traffic of a population is its spikes",
                    "it has no threshold, so it has none",
                )
                .at(&*population.name)
                .fix("give a rate instead of an input (--rate)")
                .into());
            }
        }
        let rates = sums.iter().map(|sum| (sum / steps.max(1) as f64) as f32);
        population.rate = Rate::Each(Arc::from_iter(rates));
    }
    Ok(read.findings)
}
