//! The model of processing elements that are loaded with memory images, with the routers between them.
//!
//! A packet goes from its element through the multicast tables of the chips to elements, each of which
//! looks its key up by binary search in its master population table and takes the row that it finds.
//! So an error in keys, tables or images shows in the spikes.

use std::collections::BTreeMap;

use ndarray::ArrayView2;
use nirc_dialects::{
    finding::{Finding, Findings},
    simulation::{Record, Recording, Simulator, check_counts, check_inputs},
};
use serde::Deserialize;

use super::{
    network::listed,
    neurons::{Neurons, State},
    record::Recorder,
};
use crate::{
    File,
    spinnaker2::{
        application::{Application, Reset},
        emit::{
            ELEMENTS, TABLES,
            elements::{FORMAT, TABLES_FORMAT},
        },
        image::Image,
        network::Population,
        routing::{Chip, Core, Entry, KeyMask, Link, Machine, Mesh, Route, Table},
        word::Synapse,
    },
};

#[derive(Deserialize)]
struct Elements {
    format: String,
    system: String,
    populations: Vec<PopulationEntry>,
    outputs: Vec<OutputEntry>,
    elements: Vec<ElementEntry>,
}

#[derive(Deserialize)]
struct PopulationEntry {
    name: String,
    model: String,
    size: usize,
    copies: usize,
}

#[derive(Deserialize)]
struct OutputEntry {
    name: String,
    population: usize,
}

#[derive(Deserialize)]
struct ElementEntry {
    chip: [u16; 2],
    core: u16,
    population: usize,
    first: usize,
    count: usize,
    key: u32,
    image: Option<String>,
}

#[derive(Deserialize)]
struct Tables {
    format: String,
    tables: Vec<TableEntry>,
}

#[derive(Deserialize)]
struct TableEntry {
    chip: [u16; 2],
    entries: Vec<EntryEntry>,
}

#[derive(Deserialize)]
struct EntryEntry {
    key: u32,
    mask: u32,
    links: Vec<usize>,
    cores: Vec<usize>,
}

/// The rows that a packet finds, each with its element.
type Found = Vec<(usize, usize)>;

/// Loaded elements.
pub struct Machines {
    populations: Vec<Member>,
    elements: Vec<Element>,
    /// For each element and each of its neurons.
    found: Vec<Vec<Found>>,
    outputs: Vec<(String, usize)>,
}

struct Member {
    name: String,
    elements: usize,
    copies: usize,
    is_list: bool,
}

struct Element {
    population: usize,
    first: usize,
    count: usize,
    /// `None`: a spike list.
    neurons: Option<Neurons>,
    rows: Vec<(u32, Vec<Synapse>)>,
}

fn refuse(what: impl Into<String>) -> Finding {
    Finding::error(
        "s2-elements-file",
        "the files of the elements are as nirc writes them",
        what,
    )
}

impl Machines {
    /// The elements that files of the emitter load.
    ///
    /// # Errors
    ///
    /// Files that are missing or do not fit, elements without an image, and packets that get lost.
    pub fn load(files: &[File]) -> Result<Self, Findings> {
        let find = |name: &str| {
            let file = files.iter().find(|file| file.name == name);
            file.ok_or_else(|| refuse(format!("there is no file `{name}`")))
        };
        let read = |name: &str| find(name)?.as_text().map(str::to_owned);
        let described: Elements = serde_json::from_str(&read(ELEMENTS)?)
            .map_err(|error| refuse(format!("`{ELEMENTS}`: {error}")))?;
        let tables: Tables = serde_json::from_str(&read(TABLES)?)
            .map_err(|error| refuse(format!("`{TABLES}`: {error}")))?;
        if described.format != FORMAT || tables.format != TABLES_FORMAT {
            return Err(refuse("their formats are others").into());
        }
        let mut findings = Findings::new();
        let mut populations = Vec::new();
        let mut applications = Vec::new();
        for entry in &described.populations {
            let Some(application) = Application::from_word(&entry.model) else {
                findings.push(refuse(format!("there is no model `{}`", entry.model)));
                continue;
            };
            applications.push(application);
            populations.push(Member {
                name: entry.name.clone(),
                elements: entry.size / entry.copies.max(1),
                copies: entry.copies.max(1),
                is_list: application == Application::SpikeList,
            });
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let mut elements = Vec::new();
        for entry in &described.elements {
            match element(entry, &applications, &described.populations, &find) {
                Ok(element) => elements.push(element),
                Err(finding) => findings.push(finding),
            }
        }
        if described
            .outputs
            .iter()
            .any(|o| o.population >= populations.len())
        {
            findings.push(refuse("an output names a population that is not there"));
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let found = packets(&described, &tables, &elements)?;
        let outputs = described
            .outputs
            .into_iter()
            .map(|o| (o.name, o.population));
        Ok(Self {
            populations,
            elements,
            found,
            outputs: outputs.collect(),
        })
    }

    fn inputs(&self) -> impl Iterator<Item = (usize, &Member)> {
        let members = self.populations.iter().enumerate();
        members.filter(|(_, member)| member.is_list)
    }
}

/// An element with its image.
fn element<'f>(
    entry: &ElementEntry,
    applications: &[Application],
    populations: &[PopulationEntry],
    find: &impl Fn(&str) -> Result<&'f File, Finding>,
) -> Result<Element, Finding> {
    let Some(application) = applications.get(entry.population) else {
        return Err(refuse("an element names a population that is not there"));
    };
    let population = &populations[entry.population];
    let fits = entry
        .first
        .checked_add(entry.count)
        .is_some_and(|end| end <= population.size);
    if !fits {
        return Err(refuse(format!(
            "elements of `{}` have too many neurons",
            population.name
        )));
    }
    let mut element = Element {
        population: entry.population,
        first: entry.first,
        count: entry.count,
        neurons: None,
        rows: Vec::new(),
    };
    if *application == Application::SpikeList {
        return Ok(element);
    }
    let (Some(name), Some(word)) = (&entry.image, &application.row().word) else {
        return Err(Finding::error(
            "s2-no-image",
            "every element has a memory image",
            format!("those of `{}` have none", population.name),
        )
        .at(&population.name)
        .why(format!("the layout of `{application}` is not public"))
        .fix("compile with --map convolution=rows, or run the model `network`"));
    };
    let parameters = application.row().parameters.len();
    let image = Image::decode(&find(name)?.content, parameters, word.value)?;
    if image.neurons != entry.count || image.key != entry.key {
        return Err(refuse(format!(
            "`{name}` has other neurons or another key than its element"
        )));
    }
    let each = (0..parameters).map(|p| {
        let values = image.parameters.iter().skip(p);
        values.step_by(parameters.max(1)).copied().collect()
    });
    element.neurons = Some(Neurons::new(&Population {
        name: population.name.clone(),
        count: image.neurons,
        copies: 1,
        application: *application,
        parameters: each.collect(),
        reset: match image.reset_by_subtraction {
            true => Reset::BySubtraction,
            false => Reset::ToValue,
        },
    }));
    element.rows = image.rows;
    Ok(element)
}

/// Sends the packet of every neuron once through the tables; the rows that it finds.
fn packets(
    described: &Elements,
    tables: &Tables,
    elements: &[Element],
) -> Result<Vec<Vec<Found>>, Findings> {
    let machine = match described.system.as_str() {
        "spinnaker2" => Machine::chip(),
        "spinnaker2-48" => Machine::board(),
        other => return Err(refuse(format!("there is no system `{other}`")).into()),
    };
    let mut loaded: BTreeMap<Chip, Table> = BTreeMap::new();
    for table in &tables.tables {
        let entries: Option<Vec<Entry>> = table.entries.iter().map(entry).collect();
        let entries =
            entries.ok_or_else(|| refuse("a table names a link or core that is not there"))?;
        loaded.insert(Chip::new(table.chip[0], table.chip[1]), Table { entries });
    }
    let mesh = Mesh::new(&machine, &loaded);
    let place = |entry: &ElementEntry| Core {
        chip: Chip::new(entry.chip[0], entry.chip[1]),
        core: entry.core.wrapping_sub(1),
    };
    let places: BTreeMap<Core, usize> = described
        .elements
        .iter()
        .enumerate()
        .map(|(n, entry)| (place(entry), n))
        .collect();
    let mut findings = Findings::new();
    let mut found = Vec::with_capacity(elements.len());
    for entry in &described.elements {
        let name = &described.populations[entry.population].name;
        let mut of_neurons = Vec::with_capacity(entry.count);
        for neuron in 0..entry.count {
            let key = entry.key.wrapping_add(neuron as u32);
            let delivery = mesh.send(place(entry).chip, key);
            let mut rows = Vec::new();
            for core in &delivery.cores {
                // A packet for an element without a row for it is dropped there, as on the chip.
                let Some(element) = places.get(core) else {
                    findings.push(
                        refuse(format!(
                            "the packet {key:#x} reaches core {} without neurons",
                            core.core + 1
                        ))
                        .at(name),
                    );
                    continue;
                };
                let row = elements[*element]
                    .rows
                    .binary_search_by_key(&key, |(key, _)| *key);
                rows.extend(row.ok().map(|row| (*element, row)));
            }
            if !delivery.lost.is_empty() || !delivery.fallen.is_empty() || delivery.returned {
                findings.push(refuse(format!("the packet {key:#x} gets lost")).at(name));
            }
            of_neurons.push(rows);
        }
        found.push(of_neurons);
    }
    if findings.has_errors() {
        // One of each population says enough.
        let mut named = std::collections::BTreeSet::new();
        findings
            .0
            .retain(|finding| named.insert(finding.node.clone()));
        return Err(findings);
    }
    Ok(found)
}

fn entry(entry: &EntryEntry) -> Option<Entry> {
    let mut route = Route::NONE;
    for link in &entry.links {
        route = route.with_link(*Link::ALL.get(*link)?);
    }
    for core in &entry.cores {
        route = route.with_core(core.checked_sub(1)?)?;
    }
    Some(Entry {
        keys: KeyMask::new(entry.key, entry.mask),
        route,
    })
}

impl Simulator for Machines {
    fn inputs(&self) -> Vec<(&str, usize)> {
        let inputs = self.inputs();
        inputs
            .map(|(_, member)| (member.name.as_str(), member.elements))
            .collect()
    }

    fn populations(&self) -> Vec<&str> {
        let members = self.populations.iter().filter(|member| !member.is_list);
        members.map(|member| member.name.as_str()).collect()
    }

    fn thresholds(&self) -> BTreeMap<String, Vec<f64>> {
        let mut thresholds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for element in &self.elements {
            if let Some(neurons) = &element.neurons {
                let name = self.populations[element.population].name.clone();
                let own = neurons.thresholds().iter().map(|t| f64::from(*t));
                thresholds.entry(name).or_default().extend(own);
            }
        }
        thresholds
    }

    fn run(&self, inputs: &[ArrayView2<'_, f32>], record: &Record) -> Result<Recording, Findings> {
        let steps = check_inputs(&Simulator::inputs(self), inputs)?;
        inputs.iter().try_for_each(check_counts)?;
        let recorded = self.populations.iter().enumerate();
        let recorded = recorded.filter(|(_, member)| !member.is_list);
        let recorded = recorded.map(|(p, member)| (p, member.name.as_str(), member.elements));
        let outputs = self.outputs.iter();
        let outputs = outputs.map(|(name, p)| (*p, name.as_str(), self.populations[*p].elements));
        let mut recorder = Recorder::new(recorded, outputs, record, steps);
        let mut states: Vec<Option<State>> = self
            .elements
            .iter()
            .map(|element| element.neurons.as_ref().map(Neurons::rest))
            .collect();
        let mut spikes: Vec<Vec<u32>> = vec![Vec::new(); self.elements.len()];
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); self.populations.len()];
        for step in 0..steps {
            for (found, spikes) in self.found.iter().zip(&spikes) {
                for spike in spikes {
                    for (element, row) in &found[*spike as usize] {
                        if let Some(state) = &mut states[*element] {
                            state.receive(&self.elements[*element].rows[*row].1, step);
                        }
                    }
                }
            }
            for ((p, member), input) in self.inputs().zip(inputs) {
                lists[p].clear();
                listed(
                    input.row(step).iter().copied(),
                    member.copies,
                    &mut lists[p],
                );
            }
            for (index, element) in self.elements.iter().enumerate() {
                let own = &mut spikes[index];
                own.clear();
                match (&element.neurons, &mut states[index]) {
                    (Some(neurons), Some(state)) => neurons.tick(state, step, own),
                    _ => {
                        let list = lists[element.population].iter();
                        let first = element.first as u32;
                        let end = first + element.count as u32;
                        own.extend(
                            list.filter(|n| (first..end).contains(*n))
                                .map(|n| n - first),
                        );
                    }
                }
                let member = &self.populations[element.population];
                let all: Vec<u32> = own.iter().map(|n| n + element.first as u32).collect();
                recorder.spikes(element.population, step, &all, member.elements);
                if let Some(state) = &states[index] {
                    recorder.states(element.population, step, element.first, state);
                }
            }
        }
        Ok(recorder.finish())
    }
}
