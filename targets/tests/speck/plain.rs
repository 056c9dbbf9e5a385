//! The chip's model against a plain one: the datasheet's sentences, one neuron at a time.

use std::collections::VecDeque;

use nirc_targets::speck::{
    chip::{self, CORES},
    configuration::{Configuration, Core},
    model::{Model, Observer, Options},
};

use crate::random::{self, Random, SMALL};

/// [feature][row][column]
pub type Map = Vec<Vec<Vec<i64>>>;

pub struct Plain<'c> {
    cores: &'c [Core],
    pub v: Vec<Map>,
    pub spikes: Vec<Vec<[usize; 3]>>,
    /// Spikes so far, for the decimator.
    counts: Vec<u32>,
    depth: bool,
    wrap: bool,
    leak_spikes: bool,
}

impl<'c> Plain<'c> {
    pub fn new(
        configuration: &'c Configuration,
        depth: bool,
        wrap: bool,
        leak_spikes: bool,
    ) -> Self {
        let map = |core: &Core| {
            let (f, size) = (core.dimensions.output.features, core.dimensions.output.size);
            let start = &core.neurons_initial_value.values;
            let at = |f, x, y| i64::from(start[((f * size.x + x) * size.y + y) as usize]);
            let row = |f, y| (0..size.x).map(|x| at(f, x, y)).collect();
            let rows = |f| (0..size.y).map(|y| row(f, y)).collect();
            (0..f).map(rows).collect()
        };
        Self {
            cores: &configuration.cores,
            v: configuration.cores.iter().map(map).collect(),
            spikes: vec![Vec::new(); CORES],
            counts: vec![0; CORES],
            depth,
            wrap,
            leak_spikes,
        }
    }

    /// Adds to one neuron; whether it spikes.
    fn add(&mut self, core: usize, [f, y, x]: [usize; 3], add: i64, may_spike: bool) -> bool {
        let settings = &self.cores[core];
        let v = &mut self.v[core][f][y][x];
        let sum = *v + add;
        let sum = if self.wrap {
            i64::from(sum as i16)
        } else {
            sum.clamp(-32768, 32767)
        };
        *v = sum.max(settings.threshold_low);
        if !may_spike || *v < settings.threshold_high {
            return false;
        }
        if settings.return_to_zero {
            *v = 0;
        } else {
            *v -= settings.threshold_high;
        }
        self.spikes[core].push([f, y, x]);
        true
    }

    /// The events that a spike becomes.
    fn sends(&mut self, core: usize, [f, y, x]: [usize; 3]) -> Vec<(usize, [usize; 3])> {
        let settings = &self.cores[core];
        self.counts[core] += 1;
        if !self.counts[core].is_multiple_of(settings.decimation().unwrap()) {
            return Vec::new();
        }
        let destinations = settings.destinations.iter().filter(|d| d.enable);
        let events = destinations.map(|d| {
            let p = d.pooling as usize;
            (
                d.layer as usize,
                [f + d.feature_shift as usize, y / p, x / p],
            )
        });
        let within = |(target, [_, y, x]): &(usize, [usize; 3])| {
            let size = self.cores[*target].dimensions.input.size;
            (*y as i64) < size.y && (*x as i64) < size.x
        };
        events.filter(within).collect()
    }

    fn event(&mut self, core: usize, [c, row, column]: [usize; 3]) -> Vec<(usize, [usize; 3])> {
        let d = self.cores[core].dimensions;
        let mut sent = Vec::new();
        for f in 0..d.output.features {
            for y in 0..d.output.size.y {
                for x in 0..d.output.size.x {
                    let ky = row as i64 + d.padding.y - y * d.stride.y;
                    let kx = column as i64 + d.padding.x - x * d.stride.x;
                    if !(0..d.kernel_size).contains(&ky) || !(0..d.kernel_size).contains(&kx) {
                        continue;
                    }
                    let k = d.kernel_size;
                    let at = ((f * d.input.features + c as i64) * k + kx) * k + ky;
                    let weight = self.cores[core].weights.values[at as usize].into();
                    let place = [f, y, x].map(|i| i as usize);
                    if self.add(core, place, weight, true) {
                        sent.extend(self.sends(core, place));
                    }
                }
            }
        }
        sent
    }

    fn drain(&mut self, mut waiting: VecDeque<(usize, [usize; 3])>) {
        while let Some((core, event)) = waiting.pop_front() {
            let sent = self.event(core, event);
            if self.depth {
                sent.into_iter().rev().for_each(|e| waiting.push_front(e));
            } else {
                waiting.extend(sent);
            }
        }
    }

    /// An event from the host, and all that follows.
    pub fn event_at(&mut self, core: usize, event: [usize; 3]) {
        self.drain(VecDeque::from([(core, event)]));
    }

    fn tick(&mut self) {
        let mut waiting = VecDeque::new();
        for core in (0..CORES).filter(|core| self.cores[*core].leak_enable) {
            let d = self.cores[core].dimensions.output;
            for f in 0..d.features as usize {
                for y in 0..d.size.y as usize {
                    for x in 0..d.size.x as usize {
                        let bias = self.cores[core].biases.values[f].into();
                        if self.add(core, [f, y, x], bias, self.leak_spikes) {
                            waiting.extend(self.sends(core, [f, y, x]));
                        }
                    }
                }
            }
        }
        self.drain(waiting);
    }
}

struct Spikes(Vec<Vec<[usize; 3]>>);

impl Observer for Spikes {
    fn spike(&mut self, core: usize, feature: usize, row: usize, column: usize) {
        self.0[core].push([feature, row, column]);
    }
}

#[test]
fn random_networks_run_as_in_the_plain_model() {
    let chip = chip::lookup("speck2f").unwrap();
    let mut total = 0;
    for seed in 0..120 {
        let mut random = Random(seed);
        let mut network = random::network(&mut random, chip, SMALL);
        let used: Vec<usize> = (0..CORES)
            .filter(|c| !network.cores[*c].is_unused())
            .collect();
        let core = &mut network.cores[random::pick(&mut random, &used)];
        core.output_decimator_enable = random::once_in(&mut random, 4);
        core.output_decimator_interval = random::integer(&mut random, 0, 3);
        let (depth, wrap, leak) = (seed % 2 == 0, seed % 5 == 0, seed % 3 != 0);
        let words = format!(
            "{},{},{}",
            if depth {
                "depth-first"
            } else {
                "breadth-first"
            },
            if wrap { "wrap" } else { "saturate" },
            if leak { "leak-spikes" } else { "leak-silent" }
        );
        if wrap {
            // So that sums leave 16 bits.
            network.cores[used[0]].threshold_high = 32767;
            network.cores[used[0]]
                .neurons_initial_value
                .values
                .fill(32760);
        }
        let mut plain = Plain::new(&network, depth, wrap, leak);
        let mut model = Model::new(&network, chip, Options::parse(&words).unwrap()).unwrap();
        let mut spikes = Spikes(vec![Vec::new(); CORES]);
        for step in 0..40 {
            if step % 5 == 0 {
                plain.tick();
                model.tick(&mut spikes);
            }
            let entry = random::pick(&mut random, &used);
            let input = network.cores[entry].dimensions.input;
            let event = [input.features, input.size.y, input.size.x]
                .map(|n| random.between(0, n as usize - 1));
            plain.event_at(entry, event);
            model.inject(entry, event[0], event[1], event[2], &mut spikes);
        }
        assert!(plain.spikes == spikes.0, "seed {seed}, {words}: spikes");
        for (core, map) in plain.v.iter().enumerate() {
            for (f, rows) in map.iter().enumerate() {
                for (y, row) in rows.iter().enumerate() {
                    for (x, v) in row.iter().enumerate() {
                        let ours = i64::from(model.v(core, f, y, x));
                        assert_eq!(ours, *v, "seed {seed}: core {core}, neuron {f} {y} {x}");
                    }
                }
            }
        }
        total += spikes.0.iter().map(Vec::len).sum::<usize>();
    }
    assert!(total > 10_000, "{total} spikes");
}
