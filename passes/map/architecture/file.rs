//! Reading an architecture file.

use nirc_dialects::finding::{Finding, Findings};
use serde::Deserialize;

use super::{Architecture, Prices, Quantity};
use crate::map::{
    cost::{Resource, Sharing, StatedCost, Terms, WeightMemory},
    mesh::Mesh,
    objective::Weights,
};

/// The most cores of a system.
const MAX_CORES: u64 = 1 << 26;
/// The most tiles of a system, with cores or without.
const MAX_TILES: u64 = 1 << 26;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    summary: String,
    mesh: MeshTable,
    core: CoreTable,
    #[serde(default)]
    packets: PacketsTable,
    #[serde(default)]
    objective: ObjectiveTable,
    #[serde(default)]
    energy: PricesTable,
    #[serde(default)]
    latency: PricesTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeshTable {
    width: u32,
    height: u32,
    #[serde(default = "one")]
    cores_per_tile: u32,
    #[serde(default)]
    tiles: Vec<[u32; 2]>,
    usable_cores: Option<u32>,
    #[serde(default = "one_chip")]
    chips: [u32; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoreTable {
    #[serde(default)]
    sharing: SharingWord,
    #[serde(default)]
    resource: Vec<ResourceTable>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum SharingWord {
    #[default]
    Shared,
    Exclusive,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceTable {
    name: String,
    capacity: u64,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    neuron: u64,
    #[serde(default)]
    axon: u64,
    #[serde(default)]
    synapse: u64,
    #[serde(default)]
    population: u64,
    #[serde(default)]
    projection: u64,
    weights: Option<WeightsTable>,
    #[serde(default)]
    sum: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightsTable {
    word: u64,
    #[serde(default)]
    index: u64,
    #[serde(default)]
    header: u64,
    #[serde(default)]
    widths: Vec<u64>,
    #[serde(default)]
    shared_kernel: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PacketsTable {
    #[serde(default)]
    local: f64,
    #[serde(default = "yes")]
    multicast: bool,
}

impl Default for PacketsTable {
    fn default() -> Self {
        Self {
            local: 0.0,
            multicast: true,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ObjectiveTable {
    packet: f64,
    local_packet: f64,
    hop_x: f64,
    hop_y: f64,
    crossing: f64,
    max_link: f64,
    squares: f64,
}

impl Default for ObjectiveTable {
    fn default() -> Self {
        let weights = Weights::default();
        Self {
            packet: weights.packet,
            local_packet: weights.local_packet,
            hop_x: weights.hop_x,
            hop_y: weights.hop_y,
            crossing: weights.crossing,
            max_link: weights.max_link,
            squares: weights.squares,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PricesTable {
    synapse: Option<PriceTable>,
    neuron: Option<PriceTable>,
    spike: Option<PriceTable>,
    packet_out: Option<PriceTable>,
    packet_in: Option<PriceTable>,
    hop_x: Option<PriceTable>,
    hop_y: Option<PriceTable>,
    crossing: Option<PriceTable>,
    barrier: Option<PriceTable>,
    link: Option<PriceTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceTable {
    value: f64,
    source: String,
}

fn one() -> u32 {
    1
}

fn one_chip() -> [u32; 2] {
    [1, 1]
}

fn yes() -> bool {
    true
}

impl Architecture {
    /// Reads an architecture file (TOML; see `docs/mapping.md`). Each of `settings` replaces a value, by its
    /// dotted key: `("mesh.width", "5")`; the resource of a core by its name:
    /// `("core.resource.neurons.capacity", "512")`.
    ///
    /// # Errors
    ///
    /// What is wrong with the file or the settings.
    pub fn from_toml(text: &str, settings: &[(String, String)]) -> Result<Self, Findings> {
        let mut document: toml::Table =
            toml::from_str(text).map_err(|e| refuse(e.to_string().trim_end()))?;
        let mut findings = Findings::new();
        for (key, value) in settings {
            if let Err(what) = set(&mut document, key, value) {
                findings.push(refuse(what));
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        // A file without settings is read again from its text, so that an error names its line.
        let file: File = if settings.is_empty() {
            toml::from_str(text).map_err(|e| refuse(e.to_string().trim_end()))?
        } else {
            document
                .try_into()
                .map_err(|e: toml::de::Error| refuse(e.to_string().trim_end()))?
        };
        file.check(&mut findings);
        let cost = file.core.cost(&mut findings);
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(Self {
            name: file.name,
            summary: file.summary,
            mesh: file.mesh.mesh(),
            cost,
            local_packet: file.packets.local,
            multicast: file.packets.multicast,
            objective: Weights {
                packet: file.objective.packet,
                local_packet: file.objective.local_packet,
                hop_x: file.objective.hop_x,
                hop_y: file.objective.hop_y,
                crossing: file.objective.crossing,
                max_link: file.objective.max_link,
                squares: file.objective.squares,
            },
            energy: file.energy.prices(),
            latency: file.latency.prices(),
        })
    }
}

impl File {
    fn check(&self, findings: &mut Findings) {
        let mesh = &self.mesh;
        let tiles = u64::from(mesh.width) * u64::from(mesh.height);
        let chips = u64::from(mesh.chips[0]) * u64::from(mesh.chips[1]);
        if tiles == 0 || chips == 0 || mesh.cores_per_tile == 0 {
            findings.push(refuse("the mesh has no core"));
            return;
        }
        if tiles.saturating_mul(chips) > MAX_TILES {
            findings.push(refuse(format!("the mesh has more than {MAX_TILES} tiles")));
            return;
        }
        let named = match mesh.tiles.len() as u64 {
            0 => tiles,
            some => some,
        };
        let cores = named * u64::from(mesh.cores_per_tile);
        if mesh
            .usable_cores
            .is_some_and(|n| n == 0 || u64::from(n) > cores)
        {
            findings.push(refuse(format!(
                "usable_cores is not between 1 and {cores}, the cores of the tiles"
            )));
        }
        if cores.saturating_mul(chips) > MAX_CORES {
            findings.push(refuse(format!(
                "the system has more than {MAX_CORES} cores"
            )));
        }
        for tile in &mesh.tiles {
            if tile[0] >= mesh.width || tile[1] >= mesh.height {
                findings.push(refuse(format!("tile {tile:?} lies outside the mesh")));
            }
        }
        let mut sorted = mesh.tiles.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|w| w[0] == w[1]) {
            findings.push(refuse("a tile is named twice"));
        }
        if !(0.0..=1.0).contains(&self.packets.local) {
            findings.push(refuse(format!(
                "packets.local is {}, not between 0 (free) and 1 (as any packet)",
                self.packets.local
            )));
        }
        let objective = &self.objective;
        let weights = [
            objective.packet,
            objective.local_packet,
            objective.hop_x,
            objective.hop_y,
            objective.crossing,
            objective.max_link,
            objective.squares,
        ];
        if weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
            findings.push(refuse("a weight of the objective is no number from 0 up"));
        }
        for (table, prices) in [("energy", &self.energy), ("latency", &self.latency)] {
            for (name, price) in prices.all() {
                if price
                    .as_ref()
                    .is_some_and(|p| !p.value.is_finite() || p.value < 0.0)
                {
                    findings.push(refuse(format!("{table}.{name} is no number from 0 up")));
                }
            }
        }
    }
}

impl MeshTable {
    fn mesh(self) -> Mesh {
        let tiles = match self.tiles.len() as u32 {
            0 => self.width * self.height,
            some => some,
        };
        Mesh {
            width: self.width,
            height: self.height,
            cores_per_tile: self.cores_per_tile,
            tiles: self.tiles,
            usable_cores: self.usable_cores.unwrap_or(tiles * self.cores_per_tile),
            chips: self.chips,
        }
    }
}

impl CoreTable {
    fn cost(&self, findings: &mut Findings) -> StatedCost {
        if self.resource.is_empty() {
            findings.push(refuse(
                "the core has no resource: no neuron could be refused",
            ));
        }
        let names: Vec<&str> = self.resource.iter().map(|r| r.name.as_str()).collect();
        let mut resources = Vec::new();
        for (index, table) in self.resource.iter().enumerate() {
            if names[..index].contains(&table.name.as_str()) {
                findings.push(refuse(format!("resource `{}` is there twice", table.name)));
            }
            let mut sum = Vec::new();
            for name in &table.sum {
                match names[..index].iter().position(|known| known == name) {
                    Some(index) => sum.push(index),
                    None => findings.push(refuse(format!(
                        "resource `{}` sums `{name}`, which does not come before it",
                        table.name
                    ))),
                }
            }
            if table.weights.as_ref().is_some_and(|w| w.word == 0) {
                findings.push(refuse(format!("a word of `{}` has no bit", table.name)));
            }
            let resource = Resource {
                name: table.name.clone(),
                capacity: table.capacity,
                unit: table.unit.clone(),
                source: table.source.clone(),
            };
            let terms = Terms {
                neuron: table.neuron,
                axon: table.axon,
                synapse: table.synapse,
                population: table.population,
                projection: table.projection,
                weights: table.weights.as_ref().map(|w| WeightMemory {
                    word: w.word,
                    index: w.index,
                    header: w.header,
                    widths: w.widths.clone(),
                    shared_kernel: w.shared_kernel,
                }),
                sum,
            };
            resources.push((resource, terms));
        }
        let sharing = match self.sharing {
            SharingWord::Shared => Sharing::Shared,
            SharingWord::Exclusive => Sharing::Exclusive,
        };
        StatedCost::new(resources, sharing)
    }
}

impl PricesTable {
    fn all(&self) -> [(&'static str, &Option<PriceTable>); 10] {
        [
            ("synapse", &self.synapse),
            ("neuron", &self.neuron),
            ("spike", &self.spike),
            ("packet_out", &self.packet_out),
            ("packet_in", &self.packet_in),
            ("hop_x", &self.hop_x),
            ("hop_y", &self.hop_y),
            ("crossing", &self.crossing),
            ("barrier", &self.barrier),
            ("link", &self.link),
        ]
    }

    fn prices(self) -> Prices {
        let price = |table: Option<PriceTable>| {
            table.map(|t| Quantity {
                value: t.value,
                source: t.source,
            })
        };
        Prices {
            synapse: price(self.synapse),
            neuron: price(self.neuron),
            spike: price(self.spike),
            packet_out: price(self.packet_out),
            packet_in: price(self.packet_in),
            hop_x: price(self.hop_x),
            hop_y: price(self.hop_y),
            crossing: price(self.crossing),
            barrier: price(self.barrier),
            link: price(self.link),
        }
    }
}

/// Replaces the value of a dotted key; a table in an array is named by its `name`.
fn set(document: &mut toml::Table, key: &str, value: &str) -> Result<(), String> {
    // What is no number, list or the like is text.
    let parsed: toml::Table = toml::from_str(&format!("value = {value}"))
        .or_else(|_| toml::from_str(&format!("value = {value:?}")))
        .map_err(|e| format!("`{value}` of `{key}` is no TOML value: {e}"))?;
    let Some(value) = parsed.get("value") else {
        return Err(format!("`{value}` of `{key}` is no TOML value"));
    };
    let keys: Vec<&str> = key.split('.').collect();
    put(document, &keys, value.clone()).map_err(|at| format!("`{key}`: there is no table `{at}`"))
}

fn put<'k>(table: &mut toml::Table, keys: &[&'k str], value: toml::Value) -> Result<(), &'k str> {
    match keys {
        [] => Ok(()),
        [last] => {
            table.insert((*last).to_owned(), value);
            Ok(())
        }
        [first, rest @ ..] => {
            let next = table
                .entry(*first)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            match (next, rest) {
                (toml::Value::Table(inner), _) => put(inner, rest, value),
                (toml::Value::Array(items), [name, rest @ ..]) => items
                    .iter_mut()
                    .filter_map(toml::Value::as_table_mut)
                    .find(|t| t.get("name").and_then(toml::Value::as_str) == Some(name))
                    .ok_or(*name)
                    .and_then(|inner| put(inner, rest, value)),
                _ => Err(first),
            }
        }
    }
}

fn refuse(what: impl Into<String>) -> Finding {
    Finding::error(
        "map-architecture",
        "an architecture file has the tables that docs/mapping.md describes",
        what,
    )
}
