//! Random configurations: legal ones, and ones with something wrong.

#[path = "../../../dialects/random.rs"]
mod numbers;

use nirc_targets::speck::{
    chip::{CORES, Chip},
    configuration::{Configuration, Core, Destination, Dimensions, Pair, Shape, Tensor},
    memory,
};
pub use numbers::Random;

/// From `low` to `high`, both included.
pub fn integer(random: &mut Random, low: i64, high: i64) -> i64 {
    low + random.between(0, (high - low) as usize) as i64
}

pub fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.between(0, from.len() - 1)]
}

pub fn once_in(random: &mut Random, n: usize) -> bool {
    random.unit() * (n as f64) < 1.0
}

fn tensor(random: &mut Random, shape: &[usize], low: i64, high: i64) -> Tensor {
    let count = shape.iter().product();
    Tensor {
        shape: shape.to_vec(),
        values: (0..count)
            .map(|_| integer(random, low, high) as i32)
            .collect(),
    }
}

/// How large maps and kernels get, so that tests are fast.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub map: i64,
    pub features: i64,
    pub kernel: i64,
}

pub const SMALL: Sizes = Sizes {
    map: 14,
    features: 6,
    kernel: 5,
};

/// A layer for an input map, if one can be found that the core holds.
fn layer(
    random: &mut Random,
    chip: &Chip,
    core: usize,
    input: Shape,
    sizes: Sizes,
) -> Option<Core> {
    let kernel_size = integer(random, 1, sizes.kernel);
    let stride = Pair::new(
        pick(random, &[1, 1, 1, 2, 2, 4]),
        pick(random, &[1, 1, 1, 2, 2, 4]),
    );
    let padding = Pair::new(integer(random, 0, 3), integer(random, 0, 3));
    let extent = |i: i64, s: i64, p: i64| {
        let padded = i + 2 * p - kernel_size;
        (padded >= 0).then(|| padded / s + 1)
    };
    let size = Pair::new(
        extent(input.size.x, stride.x, padding.x)?,
        extent(input.size.y, stride.y, padding.y)?,
    );
    let output = Shape {
        size,
        features: integer(random, 1, sizes.features),
    };
    let counts = [output.features, input.features, kernel_size, size.x, size.y];
    let [f, c, k, x, y] = counts.map(|n| n as usize);
    let words = memory::words(c as u64, f as u64, k as u64, x as u64, y as u64);
    let fits = size.x <= 64 && size.y <= 64 && words.fits(&chip.memory.value[core]);
    if !fits {
        return None;
    }
    let leak_enable = once_in(random, 3);
    let threshold_high = integer(random, 1, 300);
    let mut weights = tensor(random, &[f, c, k, k], -60, 90);
    weights.values[0] = 1;
    Some(Core {
        dimensions: Dimensions {
            padding,
            stride,
            kernel_size,
            input,
            output,
        },
        weights,
        biases: if leak_enable {
            tensor(random, &[f], -20, 20)
        } else {
            Tensor::zeros(&[f])
        },
        neurons_initial_value: if once_in(random, 3) {
            tensor(random, &[f, x, y], -40, threshold_high - 1)
        } else {
            Tensor::zeros(&[f, x, y])
        },
        return_to_zero: once_in(random, 4),
        leak_enable,
        threshold_high,
        threshold_low: -integer(random, 1, 300),
        monitor_enable: once_in(random, 2),
        ..Core::silent()
    })
}

/// What a core sends to another, pooled.
fn sent(core: &Core, pooling: i64) -> Option<Shape> {
    let Shape { size, features } = core.dimensions.output;
    let size = Pair::new(size.x / pooling, size.y / pooling);
    (size.x > 0 && size.y > 0).then_some(Shape { size, features })
}

/// A legal network on some of the cores: chains, branches, concatenation, and sums where the chip has
/// them. The first core takes the host's events.
pub fn network(random: &mut Random, chip: &Chip, sizes: Sizes) -> Configuration {
    let mut configuration = Configuration::silent();
    let mut cores: Vec<usize> = (0..CORES).collect();
    for i in (1..CORES).rev() {
        cores.swap(i, random.between(0, i));
    }
    let wanted = random.between(1, 5);
    let mut placed: Vec<usize> = Vec::new();
    for core in cores {
        if placed.len() == wanted {
            break;
        }
        let mut sources: Vec<(usize, i64, i64)> = Vec::new();
        let mut input = Shape {
            size: Pair::new(integer(random, 1, sizes.map), integer(random, 1, sizes.map)),
            features: integer(random, 1, sizes.features),
        };
        let free = |core: usize, configuration: &Configuration| {
            configuration.cores[core]
                .destinations
                .iter()
                .any(|d| !d.enable)
        };
        let open: Vec<usize> = (placed.iter().copied())
            .filter(|core| free(*core, &configuration))
            .collect();
        if !placed.is_empty() {
            if open.is_empty() {
                break;
            }
            let first = pick(random, &open);
            let pooling = pick(random, &[1, 1, 2, 4]);
            let Some(shape) = sent(&configuration.cores[first], pooling) else {
                continue;
            };
            sources.push((first, pooling, 0));
            input = shape;
            // A second source, beside the first or added to it.
            for second in open.iter().copied().filter(|core| *core != first) {
                let same = sent(&configuration.cores[second], pooling);
                let Some(same) = same.filter(|s| s.size == input.size) else {
                    continue;
                };
                if chip.sums_sources.value && once_in(random, 2) {
                    sources.push((second, pooling, 0));
                    input.features = input.features.max(same.features);
                } else {
                    sources.push((second, pooling, input.features));
                    input.features += same.features;
                }
                break;
            }
        }
        let made = (0..10).find_map(|_| layer(random, chip, core, input, sizes));
        let Some(made) = made else { continue };
        configuration.cores[core] = made;
        for (source, pooling, feature_shift) in sources {
            let destinations = &mut configuration.cores[source].destinations;
            if let Some(destination) = destinations.iter_mut().find(|d| !d.enable) {
                *destination = Destination {
                    layer: core as i64,
                    enable: true,
                    feature_shift,
                    pooling,
                };
            }
        }
        placed.push(core);
    }
    configuration
}

/// Changes something about a configuration, mostly to what no chip has.
pub fn spoil(random: &mut Random, configuration: &mut Configuration) {
    let used: Vec<usize> = (0..CORES)
        .filter(|core| !configuration.cores[*core].is_unused())
        .collect();
    let index = if used.is_empty() {
        0
    } else {
        pick(random, &used)
    };
    let axis = once_in(random, 2);
    let other = integer(random, 0, 10);
    let core = &mut configuration.cores[index];
    let d = &mut core.dimensions;
    let destination = random.between(0, 1);
    let dvs = &mut configuration.dvs;
    let side = |pair: &mut Pair<i64>, value: i64| {
        *(if axis { &mut pair.x } else { &mut pair.y }) = value;
    };
    match random.between(0, 34) {
        0 => d.kernel_size = pick(random, &[1, 2, 3, 16, 17, 20]),
        1 => side(&mut d.stride, pick(random, &[0, 1, 2, 3, 4, 5, 8, 16])),
        2 => side(&mut d.padding, integer(random, 0, 10)),
        3 => side(&mut d.input.size, integer(random, 1, 140)),
        4 => side(&mut d.output.size, integer(random, 1, 70)),
        5 => d.input.features = integer(random, 1, 8),
        6 => d.output.features = integer(random, 1, 8),
        7 => core.threshold_high = pick(random, &[-5, 0, 1, 32767]),
        8 => core.threshold_low = pick(random, &[-32768, -1, 0, 1, 10]),
        9 => core.leak_enable = !core.leak_enable,
        10 => core.weights.values.iter_mut().for_each(|w| *w = 0),
        11 => drop(core.weights.values.pop()),
        12 => core.weights.values[0] = pick(random, &[-128, 127, 128, -129, 200]),
        13 => core.biases.values[0] = pick(random, &[32767, -32768, 32768, 40000]),
        14 => {
            core.biases.values.push(0);
            core.biases.shape[0] += 1;
        }
        15 => core.neurons_initial_value.values[0] = pick(random, &[32767, -32768, 40000, 301]),
        16 => {
            core.destinations[destination].layer = integer(random, 0, 14);
            core.destinations[destination].enable |= once_in(random, 2);
        }
        17 => core.destinations[destination].enable = !core.destinations[destination].enable,
        18 => core.destinations[destination].pooling = integer(random, 0, 9),
        19 => {
            core.destinations[destination].feature_shift =
                pick(random, &[0, 1, 2, 4, 1023, 1024, 5000]);
        }
        20 => {
            dvs.destinations[destination].enable = true;
            dvs.destinations[destination].layer = integer(random, 0, 8);
        }
        21 => dvs.destinations[destination].layer = integer(random, 0, 12),
        22 => side(&mut dvs.pooling, pick(random, &[0, 1, 2, 3, 4, 8])),
        23 => side(&mut dvs.cut, integer(random, 0, 140)),
        24 => {
            side(&mut dvs.origin, integer(random, 0, 140));
            side(&mut dvs.cut, pick(random, &[10, 60, 127]));
        }
        25 => side(
            &mut configuration.filter.filter_size,
            integer(random, 0, 10),
        ),
        26 => configuration.readout.readout_configuration_sel = integer(random, 0, 5),
        27 => configuration.readout.p2s_input_selection = integer(random, 0, 5),
        28 | 31..=34 => {
            // An input map that the sensor can send.
            dvs.destinations[0].enable = true;
            dvs.destinations[0].layer = index as i64;
            dvs.merge = d.input.features == 1;
            dvs.origin = Pair::new(other, other);
            dvs.cut = Pair::new(other + d.input.size.x - 1, other + d.input.size.y - 1);
            dvs.mirror_diagonal = once_in(random, 3);
            dvs.on_channel = once_in(random, 3);
            dvs.off_channel = once_in(random, 3);
        }
        29 | 30 => {
            // A core that sends to itself.
            let size = core.dimensions.output;
            let f = size.features as usize;
            let (leak_enable, biases) = (core.leak_enable, core.biases.clone());
            *core = Core {
                dimensions: Dimensions {
                    input: size,
                    output: size,
                    ..Core::silent().dimensions
                },
                weights: tensor(random, &[f, f, 1, 1], 1, 50),
                neurons_initial_value: core.neurons_initial_value.clone(),
                threshold_high: 60,
                threshold_low: -60,
                leak_enable,
                biases,
                ..Core::silent()
            };
            core.destinations[0].layer = index as i64;
            core.destinations[0].enable = true;
        }
        _ => {
            (dvs.on_channel, dvs.off_channel) = (once_in(random, 2), once_in(random, 2));
            dvs.merge = once_in(random, 2);
        }
    }
}
