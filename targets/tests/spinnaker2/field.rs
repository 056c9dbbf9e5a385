//! Networks whose spikes were recorded on a chip, built from their description: a field of 20 x 20
//! neurons that excite their surroundings, and one neuron that inhibits all.
//!
//! Source: ngr-francesco/dynamic-neural-field-spinnaker2, three versions (8704a38, 8594ff7, 8df0e08) and
//! the recordings that were committed with them. Only the hashes of the recordings are here.

use ndarray::Array2;
use nirc_dialects::simulation::{Nodes, Record, Simulator};
use nirc_targets::spinnaker2::{
    application::{Application, Parameter, Reset},
    model::Model,
    network::{Network, Population, Projection, Synapses},
    rows::Rows,
    word::Synapse,
};
use sha2::{Digest, Sha256};

const SIDE: i64 = 20;
const NEURONS: usize = 400;
const TICKS: usize = 400;

/// What differs between the three versions.
struct Version {
    /// The last tick of input, exclusive, of the element that begins at this one.
    until: fn(usize) -> usize,
    /// Twice the variance of the excitation, and its strength.
    kernel: (f64, f64),
    field: Population,
    inhibition: Population,
    spikes: usize,
    hash: &'static str,
}

fn population(
    name: &str,
    count: usize,
    application: Application,
    reset: Reset,
    values: &[(Parameter, f32)],
) -> Population {
    let parameters = application.row().parameters.iter().map(|parameter| {
        let value = values.iter().find(|(p, _)| p == parameter);
        vec![value.map_or(0.0, |(_, value)| *value)]
    });
    Population {
        name: name.to_owned(),
        count,
        copies: 1,
        application,
        parameters: parameters.collect(),
        reset,
    }
}

/// The field whose synapses decay, and its inhibition.
fn filtered() -> (Population, Population) {
    let field = [
        (Parameter::Threshold, 10.0),
        (Parameter::AlphaDecay, 0.8),
        (Parameter::ExcitatoryDecay, 0.5),
        (Parameter::InhibitoryDecay, 0.2),
    ];
    let inhibition = [
        (Parameter::Threshold, 5.0),
        (Parameter::AlphaDecay, 1.0),
        (Parameter::Offset, 3.0),
    ];
    let (by, to) = (Reset::BySubtraction, Reset::ToValue);
    (
        population("pop1", NEURONS, Application::LifCurrExp, by, &field),
        population("global_inh", 1, Application::Lif, to, &inhibition),
    )
}

fn versions() -> [Version; 3] {
    let growing = |k: usize| (2 * k).min(TICKS);
    let (field, inhibition) = filtered();
    let lif = [(Parameter::Threshold, 5.0), (Parameter::AlphaDecay, 0.9)];
    let fast = [
        (Parameter::Threshold, 2.0),
        (Parameter::AlphaDecay, 1.0),
        (Parameter::Offset, 3.0),
    ];
    [
        Version {
            until: growing,
            kernel: (2.0, 3.0),
            field: field.clone(),
            inhibition: inhibition.clone(),
            spikes: 10_188,
            hash: "7d2709fd4f8fad6d6424952919560c9c4d382f3e3bd084f2f51dcf4e02b074a4",
        },
        Version {
            until: |k| k + 5,
            kernel: (2.0, 3.0),
            field,
            inhibition,
            spikes: 651,
            hash: "ee6c6bed42d91443345692b77f43f455817bc77538011e2673e24ba0cc610ee9",
        },
        Version {
            until: growing,
            kernel: (4.5, 6.0),
            field: population("pop1", NEURONS, Application::Lif, Reset::ToValue, &lif),
            inhibition: population("global_inh", 1, Application::Lif, Reset::ToValue, &fast),
            spikes: 20_722,
            hash: "11d94c4052240af84beae88fd4b08c2800786906ee77a07cb107b7046e2ce14f",
        },
    ]
}

fn synapse(target: usize, weight: i16) -> Synapse {
    Synapse {
        target: target as u32,
        weight,
        delay: 0,
    }
}

impl Version {
    fn network(&self) -> Network {
        let (spread, strength) = self.kernel;
        let row = |source: i64| {
            let mut row = Vec::new();
            for k in -3..=3 {
                for j in -3..=3 {
                    let square = (j * j + k * k) as f64;
                    let value = ((-square / spread).exp() - 0.4) / 0.5 * strength;
                    let target = (source + j + SIDE * k).rem_euclid(NEURONS as i64);
                    row.push(synapse(target as usize, value.round_ties_even() as i16));
                }
            }
            row
        };
        let projection = |source, target, rows| Projection {
            source,
            target,
            synapses: Synapses::Rows(rows),
        };
        let list = population("stim", NEURONS, Application::SpikeList, Reset::ToValue, &[]);
        Network {
            populations: vec![list, self.field.clone(), self.inhibition.clone()],
            projections: vec![
                projection(1, 1, Rows::new((0..NEURONS as i64).map(row))),
                projection(0, 1, Rows::new((0..NEURONS).map(|n| [synapse(n, 5)]))),
                projection(2, 1, Rows::new([(0..NEURONS).map(|n| synapse(n, -4))])),
            ],
            outputs: Vec::new(),
        }
    }

    fn input(&self) -> Array2<f32> {
        let mut input = Array2::zeros((TICKS, NEURONS));
        for k in 0..NEURONS - 1 {
            for tick in k..(self.until)(k).min(TICKS) {
                input[[tick, k]] = 1.0;
            }
        }
        input
    }
}

/// The lines `neuron,tick` of all spikes, by tick and neuron.
fn lines(spikes: &Array2<f64>) -> (usize, String) {
    let mut lines = String::new();
    let mut count = 0;
    for ((tick, neuron), spike) in spikes.indexed_iter() {
        if *spike > 0.0 {
            count += 1;
            lines += &format!("{neuron},{tick}\n");
        }
    }
    (count, lines)
}

#[test]
fn recorded_fields_have_the_same_spikes() {
    let record = Record {
        spikes: Nodes::All,
        ..Record::OUTPUTS
    };
    for version in versions() {
        let model = Model::new(&version.network());
        let run = model.run(&[version.input().view()], &record).unwrap();
        let (count, lines) = lines(&run.spikes["pop1"]);
        let digest: String = Sha256::digest(lines.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!((count, digest.as_str()), (version.spikes, version.hash));
    }
}
