//! Which application each population runs, and the relay populations that hold spikes back.
//!
//! A population whose spikes all come after one tick runs an application without delays, with weights
//! up to 127; one that a single convolution feeds can run `lif_conv2d`. With later spikes it runs an
//! application with delays, if its weights are within 15 and its delays within 8 ticks. Else relay
//! populations delay the spikes, 8 ticks each, and it runs one without delays.

use std::collections::BTreeMap;

use melior::ir::Location;
use ndarray::Array4;
use nirc_dialects::{
    finding::{Finding, Findings},
    ir::DenseTensor,
    window::Window,
};

use super::{
    options::Options,
    read::{self, Kind, Neurons, Weights},
};
use crate::spinnaker2::{
    application::{Application, Parameter, Reset},
    convolution::Convolution,
    network::{Network, Population, Projection, Synapses},
    rows::Rows,
    word::Synapse,
};

/// Ticks that an application with delays can hold a spike back, the first included.
const MOST_TICKS: usize = 8;

/// A network, with what is known of its parts from the module.
pub struct Assigned<'c> {
    /// The network.
    pub network: Network,
    /// The NIR node of each population.
    pub locations: Vec<Location<'c>>,
    /// The scale of each population that has one.
    pub scales: Vec<Option<DenseTensor<'c>>>,
    /// For each projection, the NIR node, and RMS of the rounding error over RMS of the weights.
    pub projections: Vec<(Location<'c>, f64)>,
    /// The NIR nodes of the outputs, and their populations.
    pub outputs: Vec<(Location<'c>, usize)>,
    /// The index of the first relay population; all after it are relays.
    pub first_relay: usize,
}

/// Chooses applications for what was read. What no application can is an error finding.
pub fn assign<'c>(
    read: read::Read<'c>,
    options: &Options,
    findings: &mut Findings,
) -> Assigned<'c> {
    let mut assigned = Assigned {
        network: Network::default(),
        locations: Vec::new(),
        scales: Vec::new(),
        projections: Vec::new(),
        outputs: read.outputs.clone(),
        first_relay: read.populations.len(),
    };
    let mut choices = Vec::new();
    for (index, population) in read.populations.iter().enumerate() {
        let own: Vec<&read::Connection<'_>> = read
            .connections
            .iter()
            .filter(|c| c.target == index)
            .collect();
        let (population, choice) = match &population.kind {
            Kind::Input(copies) => (list(population, *copies), Choice::Undelayed),
            Kind::Neurons(neurons) => {
                let single = own.iter().all(|c| match read.populations[c.source].kind {
                    Kind::Input(copies) => copies == 1,
                    Kind::Neurons(_) => true,
                });
                let choice = choose(neurons, &own, options.kernels && single);
                (neurons_of(population, neurons, choice), choice)
            }
        };
        choices.push(choice);
        assigned.network.populations.push(population);
    }
    for population in &read.populations {
        assigned.locations.push(population.location);
        assigned.scales.push(match &population.kind {
            Kind::Neurons(neurons) => Some(neurons.scale),
            Kind::Input(_) => None,
        });
    }
    let mut relays = Relays::default();
    for connection in read.connections {
        let choice = choices[connection.target];
        let source = match choice {
            Choice::Delayed => connection.source,
            _ => relays.source(&mut assigned, connection.source, connection.ticks - 1),
        };
        let delay = match choice {
            Choice::Delayed => connection.ticks - 1,
            _ => 0,
        };
        let copies = assigned.network.populations[connection.source].copies;
        let sources = read.populations[connection.source].count;
        let targets = read.populations[connection.target].count;
        let synapses = connection
            .weights
            .synapses(choice, sources, targets, copies, delay as u8);
        let Some(synapses) = synapses else {
            findings.push(
                Finding::error(
                    "ir-shape",
                    "a table fits its populations",
                    "the table of a connection does not",
                )
                .at(&read.populations[connection.target].name),
            );
            continue;
        };
        let largest = match &synapses {
            // All weights are 0.
            Synapses::Rows(rows) if rows.is_empty() => continue,
            Synapses::Rows(rows) => {
                let weights = rows.synapses().iter().map(|s| s.weight.unsigned_abs());
                i64::from(weights.max().unwrap_or(0))
            }
            Synapses::Convolution(_) => connection.weights.largest(),
        };
        let target = &assigned.network.populations[connection.target];
        let most = target.application.row().weight.value;
        if largest > most {
            findings.push(
                Finding::error(
                    "s2-weight-range",
                    "a weight is within the range of its application",
                    format!(
                        "one is {largest} in magnitude, `{}` has up to {most}",
                        target.application
                    ),
                )
                .at(&target.name)
                .why("the bits of a synapse word hold no more"),
            );
        }
        assigned.network.projections.push(Projection {
            source,
            target: connection.target,
            synapses,
        });
        assigned
            .projections
            .push((connection.location, connection.relative_error));
    }
    assigned
}

/// How a population takes its spikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// After one tick, with wide weights.
    Undelayed,
    /// With delays in its synapses.
    Delayed,
    /// Through kernels.
    Convolution,
}

/// How a population with these connections takes its spikes; through kernels only if `kernels`.
fn choose(neurons: &Neurons<'_>, connections: &[&read::Connection<'_>], kernels: bool) -> Choice {
    let ticks = connections.iter().map(|c| c.ticks).max().unwrap_or(1);
    let largest = connections
        .iter()
        .map(|c| c.weights.largest())
        .max()
        .unwrap_or(0);
    if ticks > 1 {
        let narrow = Application::Lif.row().weight.value;
        return match ticks <= MOST_TICKS && largest <= narrow {
            true => Choice::Delayed,
            false => Choice::Undelayed,
        };
    }
    match connections {
        [one] if kernels && neurons.currents.is_none() && one.weights.is_plain() => {
            Choice::Convolution
        }
        _ => Choice::Undelayed,
    }
}

/// A spike list for an input.
fn list(population: &read::Population<'_>, copies: usize) -> Population {
    Population {
        name: population.name.clone(),
        count: population.count.saturating_mul(copies),
        copies,
        application: Application::SpikeList,
        parameters: Vec::new(),
        reset: Reset::BySubtraction,
    }
}

fn neurons_of(
    population: &read::Population<'_>,
    neurons: &Neurons<'_>,
    choice: Choice,
) -> Population {
    let application = match (choice, &neurons.currents) {
        (Choice::Convolution, _) => Application::LifConv2d,
        (Choice::Undelayed, None) => Application::LifNoDelay,
        (Choice::Undelayed, Some(_)) => Application::LifCurrExpNoDelay,
        (Choice::Delayed, None) => Application::Lif,
        (Choice::Delayed, Some(_)) => Application::LifCurrExp,
    };
    let current = |which: usize| match &neurons.currents {
        Some(currents) => currents[which].clone(),
        None => vec![0.0],
    };
    let value = |parameter: &Parameter| match parameter {
        Parameter::Threshold => neurons.threshold.clone(),
        Parameter::AlphaDecay => neurons.membrane.clone(),
        Parameter::Offset => neurons.offset.clone(),
        Parameter::Initial => neurons.initial.clone(),
        Parameter::Reset => neurons.reset_value.clone(),
        Parameter::ExcitatoryDecay => current(0),
        Parameter::InhibitoryDecay => current(1),
        Parameter::Refractory => vec![0.0],
    };
    Population {
        name: population.name.clone(),
        count: population.count,
        copies: 1,
        application,
        parameters: application.row().parameters.iter().map(value).collect(),
        reset: neurons.reset,
    }
}

/// Relay populations by the population whose spikes they send on, and by their delay.
#[derive(Default)]
struct Relays(BTreeMap<(usize, usize), usize>);

impl Relays {
    /// The population that sends the spikes of `source` on after `ticks` ticks; made if need be.
    fn source(&mut self, assigned: &mut Assigned<'_>, source: usize, ticks: usize) -> usize {
        if ticks == 0 {
            return source;
        }
        if let Some(relay) = self.0.get(&(source, ticks)) {
            return *relay;
        }
        let own = (ticks - 1) % MOST_TICKS + 1;
        let before = self.source(assigned, source, ticks - own);
        let relay = assigned.network.populations.len();
        let first = &assigned.network.populations[source];
        let count = first.count;
        assigned.network.populations.push(Population {
            name: format!("{}.later{ticks}", first.name),
            count,
            copies: 1,
            application: Application::Lif,
            // A spike of weight 1 reaches the threshold and leaves nothing.
            parameters: [1.0, 0.0, 0.0, 0.0, 0.0].map(|value| vec![value]).to_vec(),
            reset: Reset::ToValue,
        });
        let one = |n: usize| Synapse {
            target: n as u32,
            weight: 1,
            delay: (own - 1) as u8,
        };
        assigned.network.projections.push(Projection {
            source: before,
            target: relay,
            synapses: Synapses::Rows(Rows::new((0..count).map(|n| [one(n)]))),
        });
        let location = assigned.locations[source];
        assigned.locations.push(location);
        assigned.scales.push(None);
        assigned.projections.push((location, 0.0));
        self.0.insert((source, ticks), relay);
        relay
    }
}

impl Weights {
    /// The largest magnitude.
    fn largest(&self) -> i64 {
        let weights = match self {
            Self::Table(weights) => weights,
            Self::Kernel(kernel) => &kernel.weight,
        };
        let largest = weights.iter().map(|w| w.unsigned_abs()).max();
        i64::from(largest.unwrap_or(0))
    }

    /// Whether `lif_conv2d` has it: two dimensions, no groups and no dilation, and strides and windows
    /// that are as wide as high, since it is not public which of its numbers is which.
    fn is_plain(&self) -> bool {
        let Self::Kernel(kernel) = self else {
            return false;
        };
        let square = |values: &[i64]| values.iter().all(|v| *v == values[0]);
        let pool = kernel.pool.as_ref().is_none_or(|pool| {
            pool.size == pool.stride && square(&pool.size) && pool.padding.iter().all(|p| *p == 0)
        });
        kernel.shape.len() == 4
            && kernel.groups == 1
            && kernel.dilation.iter().all(|d| *d == 1)
            && square(&kernel.stride)
            && pool
            && kernel.weight.iter().all(|w| i8::try_from(*w).is_ok())
    }

    /// The synapses from `sources` elements with `copies` neurons each to `targets` neurons; `None` if
    /// shapes do not fit.
    fn synapses(
        &self,
        choice: Choice,
        sources: usize,
        targets: usize,
        copies: usize,
        delay: u8,
    ) -> Option<Synapses> {
        if let (Choice::Convolution, Self::Kernel(kernel)) = (choice, self) {
            return kernel.convolution().map(Synapses::Convolution);
        }
        let row: Box<dyn Fn(usize) -> Vec<Synapse>> = match self {
            Self::Table(weights) => {
                if weights.len() != targets.checked_mul(sources)? {
                    return None;
                }
                Box::new(move |source| {
                    let column = weights.iter().skip(source).step_by(sources.max(1));
                    let set = column.enumerate().filter(|(_, weight)| **weight != 0);
                    let synapse = |(target, weight): (usize, &i16)| Synapse {
                        target: target as u32,
                        weight: *weight,
                        delay,
                    };
                    set.map(synapse).collect()
                })
            }
            Self::Kernel(kernel) => {
                let window = kernel.window()?;
                Box::new(move |source| kernel.row(&window, source, delay))
            }
        };
        let rows = (0..copies).flat_map(|_| (0..sources).map(&row));
        Some(Synapses::Rows(Rows::new(rows)))
    }
}

impl read::Kernel {
    fn window(&self) -> Option<Window> {
        Window::new(
            &self.input,
            &self.output,
            self.shape.get(2..)?,
            &self.stride,
            &self.padding,
            &self.dilation,
        )
    }

    /// The synapses of a source, before the pool.
    fn row(&self, window: &Window, source: usize, delay: u8) -> Vec<Synapse> {
        let (pixels, out_pixels) = window.pixels();
        let taps: usize = window.kernel.iter().product();
        let (out_channels, in_of_group) = (self.shape[0], self.shape[1].max(1));
        let out_of_group = out_channels / self.groups.max(1);
        let mut row: BTreeMap<u32, i32> = BTreeMap::new();
        let mut reach = |channel: usize, at: usize| {
            let first = channel / in_of_group * out_of_group;
            window.each(at, |position, tap| {
                for out in first..first + out_of_group {
                    let index = (out * in_of_group + channel % in_of_group) * taps + tap;
                    let weight = self.weight.get(index).copied().unwrap_or(0);
                    let target = (out * out_pixels + position) as u32;
                    *row.entry(target).or_default() += i32::from(weight);
                }
            });
        };
        match self
            .pool
            .as_ref()
            .and_then(|pool| Some((pool, pool.window(&self.input)?)))
        {
            None => reach(source / pixels.max(1), source % pixels.max(1)),
            Some((_, pool)) => {
                let area = pool.pixels().0.max(1);
                pool.each(source % area, |at, _| reach(source / area, at));
            }
        }
        let set = row.into_iter().filter(|(_, weight)| *weight != 0);
        let synapse = |(target, weight): (u32, i32)| Synapse {
            target,
            weight: i16::try_from(weight).unwrap_or(i16::MAX),
            delay,
        };
        set.map(synapse).collect()
    }

    /// The convolution as `lif_conv2d` has it.
    fn convolution(&self) -> Option<Convolution> {
        let [out, channels, rows, columns] = *self.shape.as_slice() else {
            return None;
        };
        let narrow: Option<Vec<i8>> = self.weight.iter().map(|w| i8::try_from(*w).ok()).collect();
        let weight = Array4::from_shape_vec((out, channels, rows, columns), narrow?).ok()?;
        let positive = |x: &i64| usize::try_from(*x).ok();
        let taken = self.pool.as_ref().map_or(&self.input, |pool| &pool.input);
        let pool = match &self.pool {
            Some(pool) => [positive(pool.size.first()?)?, positive(pool.size.get(1)?)?],
            None => [1, 1],
        };
        let padding: Option<Vec<usize>> = self.padding.iter().map(positive).collect();
        Some(Convolution {
            weight: weight
                .permuted_axes([1, 0, 2, 3])
                .as_standard_layout()
                .into_owned(),
            input: [*taken.get(1)?, *taken.get(2)?],
            pool,
            stride: [
                positive(self.stride.first()?)?,
                positive(self.stride.get(1)?)?,
            ],
            padding: padding?.try_into().ok()?,
        })
    }
}

impl read::Pool {
    fn window(&self, output: &[usize]) -> Option<Window> {
        let size: Vec<usize> = self.size.iter().map(|s| (*s).max(0) as usize).collect();
        let ones = vec![1; size.len()];
        Window::new(
            &self.input,
            output,
            &size,
            &self.stride,
            &self.padding,
            &ones,
        )
    }
}
