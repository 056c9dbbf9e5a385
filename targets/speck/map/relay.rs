//! Relays: layers that send on what others take, and what all layers need of a core.

use nirc_dialects::quant::Reset;

use super::{
    graph::{Need, Work},
    options::Settings,
    read::{From, Layer, Link, Network},
};
use crate::speck::chip::Chip;

impl<'c> Network<'c> {
    /// Puts a relay between the host and every layer that takes events of other layers too, unless it adds
    /// them up with those: samna asks that the sources on the chip have all channels of a core.
    pub fn relay_inputs(&mut self) {
        let mut known: Vec<(From, [usize; 3], [usize; 2], usize)> = Vec::new();
        for target in 0..self.layers.len() {
            let links = &self.layers[target].links;
            let chip: Vec<_> = (links.iter())
                .filter(|link| matches!(link.from, From::Layer(_)))
                .map(|link| link.base..link.base + link.sent[0])
                .collect();
            let alone = |link: &Link<'_>| {
                let covered = |channels: &std::ops::Range<usize>| {
                    channels.start <= link.base && link.base + link.sent[0] <= channels.end
                };
                matches!(link.from, From::Input(_)) && !chip.iter().any(covered)
            };
            let wanting: Vec<usize> = (0..links.len()).filter(|i| alone(&links[*i])).collect();
            if chip.is_empty() {
                continue;
            }
            for index in wanting {
                let link = &self.layers[target].links[index];
                let key = (link.from, link.sent, link.pool);
                let relay = known.iter().find(|k| (k.0, k.1, k.2) == key).map(|k| k.3);
                let relay = relay.unwrap_or_else(|| {
                    let relay = self.layers.len();
                    known.push((key.0, key.1, key.2, relay));
                    let layer = self.relay(target, index);
                    self.layers.push(layer);
                    relay
                });
                let [channels, rows, columns] = self.layers[relay].map;
                let link = &mut self.layers[target].links[index];
                (link.from, link.pool) = (From::Layer(relay), [1, 1]);
                link.sent = [channels, rows, columns];
            }
        }
    }

    /// The layers as the placement sees them.
    pub fn work(&self, settings: &Settings, chip: &Chip) -> Vec<Work> {
        self.layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                let [channels, rows, columns] = layer.map;
                let read_out = settings.readout.is_some()
                    && self.outputs.iter().any(|output| output.layer == index);
                let step = match read_out {
                    true => chip.readout_channel_step.value as u64,
                    false => 1,
                };
                let links = layer.links.iter();
                let sources = links.clone().filter_map(|link| match link.from {
                    From::Layer(source) => Some(source),
                    From::Input(_) => None,
                });
                let pool = self.relay_pool(index);
                let senses = settings.sensor.is_some()
                    && layer.links.iter().any(|l| matches!(l.from, From::Input(_)));
                Work {
                    name: layer.name.clone(),
                    channels: channels as u64,
                    need: Need {
                        inputs: layer.inputs as u64,
                        side: layer.side as u64,
                        rows: rows as u64,
                        columns: columns as u64,
                        step,
                    },
                    load: layer.operations() as f64,
                    sources: sources.collect(),
                    senses,
                    to_readout: read_out,
                    whole: read_out || layer.relays,
                    relay: Need {
                        inputs: channels as u64,
                        side: 1,
                        rows: (rows / pool) as u64,
                        columns: (columns / pool) as u64,
                        step: 1,
                    },
                }
            })
            .collect()
    }

    /// A layer that sends on what a link takes from an input.
    fn relay(&self, target: usize, index: usize) -> Layer<'c> {
        let (layer, link) = (&self.layers[target], &self.layers[target].links[index]);
        let [channels, rows, columns] = link.sent;
        let map = [
            channels,
            rows / link.pool[0].max(1),
            columns / link.pool[1].max(1),
        ];
        let (location, name) = match link.from {
            From::Input(input) => (self.inputs[input].location, self.inputs[input].name.clone()),
            From::Layer(_) => (layer.location, layer.name.clone()),
        };
        Layer {
            location,
            name,
            map,
            input: [map[1], map[2]],
            inputs: channels,
            links: vec![Link {
                base: 0,
                ..link.clone()
            }],
            side: 1,
            stride: [1, 1],
            padding: [0, 0],
            bias: None,
            threshold: 1,
            low: -1,
            reset: Reset::Subtract,
            scale: layer.scale,
            relays: true,
        }
    }

    /// The pooling that all who take the spikes of a layer share, which a relay's route can do; else 1.
    pub fn relay_pool(&self, layer: usize) -> usize {
        let links = self.layers.iter().flat_map(|l| &l.links);
        let mut pools = links
            .filter(|link| link.from == From::Layer(layer))
            .map(|link| link.pool[0]);
        let first = pools.next().unwrap_or(1);
        if pools.all(|pool| pool == first) {
            first
        } else {
            1
        }
    }
}
