//! The network file of [`super::emit::bundle`], read back.

use ndarray::Array4;
use nirc_dialects::finding::{Finding, Findings};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    application::{Application, Reset},
    convolution::Convolution,
    emit::bundle::FORMAT,
    network::{Network, Population, Projection, Synapses},
    rows::Rows,
    word::Synapse,
};

#[derive(Deserialize)]
struct File {
    format: String,
    populations: Vec<PopulationEntry>,
    projections: Vec<ProjectionEntry>,
    outputs: Vec<OutputEntry>,
}

#[derive(Deserialize)]
struct PopulationEntry {
    name: String,
    size: usize,
    model: String,
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    copies: Option<usize>,
}

#[derive(Deserialize)]
struct ProjectionEntry {
    pre: String,
    post: String,
    #[serde(default)]
    connections: Option<Vec<[i64; 4]>>,
    #[serde(default)]
    weights: Option<Vec<Vec<Vec<Vec<i8>>>>>,
    #[serde(default)]
    conv_params: Option<ConvolutionEntry>,
}

#[derive(Deserialize)]
struct ConvolutionEntry {
    in_height: usize,
    in_width: usize,
    stride_x: usize,
    stride_y: usize,
    pool_x: usize,
    pool_y: usize,
    pad_top: usize,
    pad_bottom: usize,
    pad_left: usize,
    pad_right: usize,
}

#[derive(Deserialize)]
struct OutputEntry {
    name: String,
    population: String,
}

/// The network that a file holds.
///
/// # Errors
///
/// What is not such a file, and what does not fit.
pub fn read(text: &str) -> Result<Network, Findings> {
    let file: File = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    if file.format != FORMAT {
        return Err(refuse(format!("its format is `{}`, not `{FORMAT}`", file.format)).into());
    }
    let mut network = Network::default();
    let mut findings = Findings::new();
    for entry in &file.populations {
        match population(entry) {
            Ok(population) => network.populations.push(population),
            Err(finding) => findings.push(finding.at(&entry.name)),
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let index = |name: &str| {
        let found = network.populations.iter().position(|p| p.name == name);
        found.ok_or_else(|| refuse(format!("there is no population `{name}`")))
    };
    let mut projections = Vec::new();
    for entry in file.projections {
        let source = index(&entry.pre)?;
        let target = index(&entry.post)?;
        let counts = [source, target].map(|p| network.populations[p].count);
        projections.push(Projection {
            source,
            target,
            synapses: synapses(entry, counts)?,
        });
    }
    for entry in &file.outputs {
        let population = index(&entry.population)?;
        network.outputs.push((entry.name.clone(), population));
    }
    network.projections = projections;
    Ok(network)
}

fn refuse(what: impl Into<String>) -> Finding {
    Finding::error("s2-network", "a network file is as nirc writes it", what)
}

fn population(entry: &PopulationEntry) -> Result<Population, Finding> {
    let application = Application::from_word(&entry.model)
        .ok_or_else(|| refuse(format!("there is no model `{}`", entry.model)))?;
    let values = |name: &str| -> Result<Vec<f32>, Finding> {
        let number = |value: &Value| value.as_f64().map(|x| x as f32);
        let values = match entry.params.get(name) {
            Some(Value::Array(each)) => each.iter().map(number).collect(),
            Some(one) => number(one).map(|x| vec![x]),
            None => None,
        };
        values
            .filter(|values: &Vec<f32>| values.len() == 1 || values.len() == entry.size)
            .ok_or_else(|| refuse(format!("`{name}` is not a number, or one for each neuron")))
    };
    let parameters = application.row().parameters.iter();
    let parameters: Result<Vec<_>, Finding> = parameters.map(|p| values(p.word())).collect();
    let reset = match entry.params.get("reset").and_then(Value::as_str) {
        Some(word) => {
            Reset::from_word(word).ok_or_else(|| refuse(format!("there is no reset `{word}`")))?
        }
        None => Reset::BySubtraction,
    };
    Ok(Population {
        name: entry.name.clone(),
        count: entry.size,
        copies: entry.copies.unwrap_or(1).max(1),
        application,
        parameters: parameters?,
        reset,
    })
}

fn synapses(entry: ProjectionEntry, [sources, targets]: [usize; 2]) -> Result<Synapses, Finding> {
    let misfit = || {
        refuse(format!(
            "a connection of `{}` to `{}` does not fit",
            entry.pre, entry.post
        ))
    };
    if let Some(connections) = &entry.connections {
        let each = connections.iter().map(|[source, target, weight, delay]| {
            let source = u32::try_from(*source)
                .ok()
                .filter(|s| (*s as usize) < sources)?;
            let synapse = Synapse {
                target: u32::try_from(*target)
                    .ok()
                    .filter(|t| (*t as usize) < targets)?,
                weight: i16::try_from(*weight).ok()?,
                delay: u8::try_from(*delay).ok()?,
            };
            Some((source, synapse))
        });
        let list: Option<Vec<_>> = each.collect();
        return Ok(Synapses::Rows(Rows::sorted(
            sources,
            &list.ok_or_else(misfit)?,
        )));
    }
    let (Some(weights), Some(p)) = (&entry.weights, &entry.conv_params) else {
        return Err(refuse(
            "a projection has connections, or weights and conv_params",
        ));
    };
    let extents = (
        weights.len(),
        weights.first().map_or(0, Vec::len),
        weights.first().and_then(|w| w.first()).map_or(0, Vec::len),
        weights
            .first()
            .and_then(|w| w.first()?.first())
            .map_or(0, Vec::len),
    );
    let flat = weights
        .iter()
        .flatten()
        .flatten()
        .flatten()
        .copied()
        .collect();
    let convolution = Convolution {
        weight: Array4::from_shape_vec(extents, flat).map_err(|_| misfit())?,
        input: [p.in_height, p.in_width],
        pool: [p.pool_x, p.pool_y],
        stride: [p.stride_x, p.stride_y],
        padding: [p.pad_top, p.pad_bottom, p.pad_left, p.pad_right],
    };
    if convolution.sources() != sources || convolution.targets() != targets {
        return Err(misfit());
    }
    Ok(Synapses::Convolution(convolution))
}
