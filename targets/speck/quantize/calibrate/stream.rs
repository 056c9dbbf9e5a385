//! Events in their order, and one core that takes them.

use ndarray::Array2;

use crate::speck::{
    chip::Chip,
    configuration::{Core, Dimensions, Pair, Shape, Tensor},
    model::{Model, Observer},
    quantize::{
        build::unpooled,
        layer::Layer,
        network::{Network, Source},
        scale::Integers,
    },
};

/// A spike, at the place of its neuron or at a core's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The tick or event of the host that it follows from, counted over the sample.
    pub root: u32,
    /// The channel.
    pub feature: u16,
    /// The row.
    pub row: u8,
    /// The column.
    pub column: u8,
}

/// The root of each step's tick, which comes before the step's events.
pub struct Clock(Vec<u32>);

impl Clock {
    /// The step that a root belongs to, if it is not before step `from`.
    pub fn step(&self, root: u32, from: usize) -> usize {
        let later = self.0.get(from + 1..).unwrap_or_default();
        from + later.iter().take_while(|tick| **tick <= root).count()
    }
}

/// The element of an input that has an event, in place of channel, row and column.
fn element(root: u32, index: usize) -> Event {
    Event {
        root,
        feature: (index & 0xffff) as u16,
        row: (index >> 16 & 0xff) as u8,
        column: (index >> 24 & 0xff) as u8,
    }
}

fn index(event: &Event) -> usize {
    usize::from(event.feature) | usize::from(event.row) << 16 | usize::from(event.column) << 24
}

/// The events of the host: step by step, input by input, element by element, as the chip's model has them.
pub fn inputs(inputs: &[Array2<f32>]) -> (Clock, Vec<Vec<Event>>) {
    let mut events = vec![Vec::new(); inputs.len()];
    let mut ticks = Vec::new();
    let mut root = 0;
    for step in 0..inputs.first().map_or(0, Array2::nrows) {
        ticks.push(root);
        for (events, input) in events.iter_mut().zip(inputs) {
            for (at, count) in input.row(step).iter().enumerate() {
                for _ in 0..*count as u32 {
                    root += 1;
                    events.push(element(root, at));
                }
            }
        }
        root += 1;
    }
    (Clock(ticks), events)
}

/// The events at the input of a layer's core, from all sources; those of one root by source.
pub fn arriving<'e>(
    network: &Network<'_>,
    layer: &Layer<'_>,
    from: impl Fn(Source) -> &'e Vec<Event>,
) -> Vec<Event> {
    let mut all = Vec::new();
    let mut base = 0;
    for source in &layer.sources {
        let [channels, rows, columns] = source.input;
        let map = match source.source {
            Source::Input(input) => Some(unpooled(source, &network.inputs[input].shape)),
            Source::Population(_) => None,
        };
        all.extend(from(source.source).iter().filter_map(|event| {
            let (feature, row, column) = match map.as_deref() {
                Some(map) => {
                    let pixels = (map[1] * map[2]).max(1);
                    let at = index(event);
                    (at / pixels, at % pixels / map[2], at % map[2])
                }
                None => (event.feature.into(), event.row.into(), event.column.into()),
            };
            let (row, column) = (row / source.pool[0], column / source.pool[1]);
            (row < rows && column < columns).then_some(Event {
                root: event.root,
                feature: (base + feature) as u16,
                row: row as u8,
                column: column as u8,
            })
        }));
        base += channels;
    }
    if layer.sources.len() > 1 {
        all.sort_by_key(|event| event.root);
    }
    all
}

/// One core with a layer's integers.
pub struct Player {
    model: Model,
}

impl Player {
    /// The core that `integers` make.
    pub fn new(layer: &Layer<'_>, integers: &Integers, chip: &Chip) -> Self {
        Self {
            model: Model::of_core(&core(layer, integers), chip),
        }
    }

    /// The spikes of a sample, from rest.
    pub fn play(&self, arriving: &[Event], clock: &Clock) -> Vec<Event> {
        let mut model = self.model.clone();
        let mut spikes = Spikes::default();
        let mut arriving = arriving.iter().peekable();
        for (step, tick) in clock.0.iter().enumerate() {
            spikes.root = *tick;
            if model.leaks() {
                model.tick(&mut spikes);
            }
            let end = clock.0.get(step + 1).copied().unwrap_or(u32::MAX);
            while let Some(event) = arriving.next_if(|event| event.root < end) {
                spikes.root = event.root;
                let place = (event.feature, event.row, event.column);
                let (feature, row, column) = (place.0.into(), place.1.into(), place.2.into());
                model.inject(0, feature, row, column, &mut spikes);
            }
        }
        spikes.events
    }
}

#[derive(Default)]
struct Spikes {
    root: u32,
    events: Vec<Event>,
}

impl Observer for Spikes {
    fn spike(&mut self, _: usize, feature: usize, row: usize, column: usize) {
        self.events.push(Event {
            root: self.root,
            feature: feature as u16,
            row: row as u8,
            column: column as u8,
        });
    }
}

/// A whole layer as one core, whether or not a core of the chip can hold it.
fn core(layer: &Layer<'_>, integers: &Integers) -> Core {
    let [features, rows, columns] = layer.map;
    let side = layer.geometry.side;
    let inputs: usize = layer.sources.iter().map(|source| source.input[0]).sum();
    let input = layer.sources.first().map_or([0; 3], |source| source.input);
    let mut weights = Vec::with_capacity(features * inputs * side * side);
    for f in 0..features {
        for table in &integers.weights {
            for c in 0..table.shape()[1] {
                for x in 0..side {
                    weights.extend((0..side).map(|y| i32::from(table[[f, c, y, x]])));
                }
            }
        }
    }
    let size = |rows: usize, columns: usize| Pair::new(columns as i64, rows as i64);
    let [along_rows, along_columns] = layer.geometry.axes;
    Core {
        dimensions: Dimensions {
            padding: size(along_rows.padding, along_columns.padding),
            stride: size(along_rows.stride, along_columns.stride),
            kernel_size: side as i64,
            input: Shape {
                size: size(input[1], input[2]),
                features: inputs as i64,
            },
            output: Shape {
                size: size(rows, columns),
                features: features as i64,
            },
        },
        weights: Tensor {
            shape: vec![features, inputs, side, side],
            values: weights,
        },
        biases: Tensor {
            shape: vec![features],
            values: integers.bias.clone(),
        },
        neurons_initial_value: Tensor::zeros(&[features, columns, rows]),
        return_to_zero: layer.neuron.to_zero,
        leak_enable: integers.bias.iter().any(|b| *b != 0),
        threshold_high: integers.threshold.into(),
        threshold_low: integers.low.into(),
        ..Core::silent()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn roots_count_ticks_and_events_step_by_step() {
        let (clock, events) = inputs(&[
            array![[1.0, 0.0], [0.0, 0.0], [0.0, 2.0]],
            array![[1.0], [0.0], [1.0]],
        ]);
        assert_eq!(clock.0, [0, 3, 4]);
        let first: Vec<_> = events[0].iter().map(|e| (e.root, index(e))).collect();
        assert_eq!(first, [(1, 0), (5, 1), (6, 1)]);
        assert_eq!(events[1].iter().map(|e| e.root).collect::<Vec<_>>(), [2, 7]);
        let steps: Vec<_> = [0, 2, 3, 4, 7]
            .iter()
            .map(|root| clock.step(*root, 0))
            .collect();
        assert_eq!(steps, [0, 0, 1, 2, 2]);
    }

    #[test]
    fn large_inputs_keep_their_elements() {
        for at in [0, 65535, 65536, (1 << 24) + 5, u32::MAX as usize] {
            assert_eq!(index(&element(1, at)), at);
        }
    }
}
