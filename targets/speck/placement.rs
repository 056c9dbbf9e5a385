//! Which NIR node stands where on the chip: what the host needs beside the configuration.

use std::collections::BTreeSet;

use nirc_dialects::finding::{Finding, Findings};
use serde::{Deserialize, Serialize};

use super::{
    chip::{CORES, Chip},
    configuration::{Configuration, Shape},
    legal::{self, Nodes},
};

/// The file `placement.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The chip.
    pub chip: String,
    /// What a step of the model stands for, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<f64>,
    /// The rate of the slow clock in Hz that adds the biases once a step; absent without biases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slow_clock: Option<f64>,
    /// Synaptic operations that a core can do in a second, as the user said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub synaptic_operations: Option<f64>,
    /// The model's inputs.
    pub inputs: Vec<InputPlace>,
    /// The model's populations.
    pub populations: Vec<PopulationPlace>,
    /// The cores that relay spikes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub relays: Vec<usize>,
    /// The model's outputs.
    pub outputs: Vec<OutputPlace>,
}

/// An input of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputPlace {
    /// The NIR node.
    pub node: String,
    /// The input as channels, rows, columns, if the sensor is it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sensor: Option<[usize; 3]>,
    /// Where the host sends its events, each of them to all of these.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub host: Vec<Entry>,
}

/// A core that takes events of the host: an element at channel, row and column of `map` is the event
/// channel + `channel_shift`, row / `pooling[0]`, column / `pooling[1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The core.
    pub core: usize,
    /// Added to the channel.
    pub channel_shift: usize,
    /// Channels, rows, columns.
    pub map: [usize; 3],
    /// Rows, columns that share an address.
    pub pooling: [usize; 2],
}

/// A population of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PopulationPlace {
    /// The NIR node.
    pub node: String,
    /// Channels, rows, columns.
    pub map: [usize; 3],
    /// The cores that have its channels.
    pub parts: Vec<PartPlace>,
}

/// Channels of a population on a core: the population's channel `first` + i is the core's channel i `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPlace {
    /// The core.
    pub core: usize,
    /// The first channel.
    pub first: usize,
    /// The number of channels.
    pub count: usize,
    /// Channels of the core from one to the next.
    pub step: usize,
}

/// An output of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputPlace {
    /// The NIR node.
    pub node: String,
    /// The population whose spikes leave.
    pub population: String,
    /// Rows, columns whose spikes are to be added up; the host sees them before pooling.
    pub pooling: [usize; 2],
}

impl Placement {
    /// What a configuration says by itself: each core is a population, and one that no other sends to is an
    /// input too.
    pub fn of(configuration: &Configuration, chip: &Chip) -> Self {
        let mut placement = Self {
            chip: chip.name.to_owned(),
            ..Self::default()
        };
        let extent = |value: i64| usize::try_from(value).unwrap_or(0);
        let map = |shape: Shape| [shape.features, shape.size.y, shape.size.x].map(extent);
        let reached = legal::reached(configuration);
        for (index, core) in configuration.cores.iter().enumerate() {
            if core.is_unused() && !reached[index] {
                continue;
            }
            let (node, output) = (format!("core{index}"), map(core.dimensions.output));
            if !reached[index] {
                placement.inputs.push(InputPlace {
                    node: node.clone(),
                    sensor: None,
                    host: vec![Entry {
                        core: index,
                        channel_shift: 0,
                        map: map(core.dimensions.input),
                        pooling: [1, 1],
                    }],
                });
            }
            if core.monitor_enable {
                placement.outputs.push(OutputPlace {
                    node: node.clone(),
                    population: node.clone(),
                    pooling: [1, 1],
                });
            }
            placement.populations.push(PopulationPlace {
                node,
                map: output,
                parts: vec![PartPlace {
                    core: index,
                    first: 0,
                    count: output[0],
                    step: 1,
                }],
            });
        }
        placement
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        // Nothing in it can fail to be written: no map has keys that are not strings.
        serde_json::to_string_pretty(self).map_or_else(|_| String::new(), |text| text + "\n")
    }

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Text that is no placement, and places that no chip has.
    pub fn read(text: &str) -> Result<Self, Findings> {
        let rule = "a placement says where nodes are on the chip";
        let refuse = |what: String| Finding::error("speck-placement", rule, what);
        let placement: Self = serde_json::from_str(text)
            .map_err(|error| refuse(format!("it cannot be read: {error}")))?;
        let mut findings = Findings::new();
        let parts = placement.populations.iter().flat_map(|p| &p.parts);
        let cores = parts
            .clone()
            .map(|p| p.core)
            .chain(placement.relays.iter().copied());
        let entries = placement.inputs.iter().flat_map(|i| &i.host);
        for core in cores.chain(entries.clone().map(|e| e.core)) {
            if core >= CORES {
                findings.push(refuse(format!("there is no core {core}")));
            }
        }
        for population in &placement.populations {
            let within = |p: &PartPlace| {
                let end = p.first.checked_add(p.count);
                p.step > 0 && end.is_some_and(|end| end <= population.map[0])
            };
            if !population.parts.iter().all(within) || product(&population.map).is_none() {
                findings.push(refuse(format!(
                    "`{}` has parts beyond its map",
                    population.node
                )));
            }
        }
        let pools = entries.map(|e| e.pooling);
        let pools = pools.chain(placement.outputs.iter().map(|o| o.pooling));
        if pools.flatten().any(|p| p == 0) {
            findings.push(refuse("a pooling is 0".to_owned()));
        }
        for input in &placement.inputs {
            let counts: Vec<_> = (input.sensor.iter())
                .chain(input.host.iter().map(|entry| &entry.map))
                .map(product)
                .collect();
            let first = counts.first().copied().flatten();
            if first.is_none() || counts.iter().any(|count| *count != first) {
                let what = format!(
                    "the maps of `{}` have different numbers of elements",
                    input.node
                );
                findings.push(refuse(what));
            }
        }
        if findings.has_errors() {
            Err(findings)
        } else {
            Ok(placement)
        }
    }

    /// The cores in use, in order.
    pub fn cores(&self) -> BTreeSet<usize> {
        let parts = self.populations.iter().flat_map(|p| &p.parts);
        parts
            .map(|p| p.core)
            .chain(self.relays.iter().copied())
            .collect()
    }

    /// The NIR node of each core.
    pub fn nodes_by_core(&self) -> Nodes {
        let mut nodes = Nodes::default();
        for population in &self.populations {
            for part in &population.parts {
                if let Some(node) = nodes.get_mut(part.core) {
                    *node = Some(population.node.clone());
                }
            }
        }
        nodes
    }
}

/// The number of elements, if it is a reasonable one.
fn product(map: &[usize; 3]) -> Option<usize> {
    const MOST: usize = 1 << 24;
    let count = map
        .iter()
        .try_fold(1_usize, |n, extent| n.checked_mul(*extent));
    count.filter(|count| *count <= MOST)
}
