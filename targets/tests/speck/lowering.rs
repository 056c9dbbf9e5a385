//! `dt-to-quant`: what is exact, and what is refused by which name.

use ndarray::Array2;
use nirc_dialects::finding::Severity;
use nirc_passes::{Approximation, Approximations, QuantizeOptions};

use crate::{
    lower::{Levels, Wanted, errors, levels, lower, record},
    random::{self, Random},
    text::{Convolution, Neuron, Text, Value, dense, uniform},
};

/// Numbers that stay whole when they are divided by 4 and by 2.
fn weights(random: &mut Random, count: usize) -> Vec<f64> {
    (0..count)
        .map(|_| 8.0 * random::integer(random, -6, 9) as f64)
        .collect()
}

/// A number for each channel, for all elements.
fn channels(shape: &[usize], values: &[f64]) -> String {
    let pixels: usize = shape.iter().skip(1).product();
    let all: Vec<f64> = (values.iter())
        .flat_map(|v| std::iter::repeat_n(*v, pixels))
        .collect();
    dense(shape, &all)
}

fn convolution(random: &mut Random, input: &[usize]) -> Option<Convolution> {
    let groups = if input[0].is_multiple_of(2) && random::once_in(random, 4) {
        2
    } else {
        1
    };
    let convolution = Convolution {
        shape: [
            groups * random.between(1, 3),
            input[0],
            random.between(1, 4),
            random.between(1, 4),
        ],
        stride: [0; 2].map(|_| random::pick(random, &[1, 1, 2, 4])),
        padding: [0; 4].map(|_| random::integer(random, 0, 1)),
        groups,
        dilation: random::pick(random, &[1, 1, 1, 2]),
    };
    convolution.output(input).map(|_| convolution)
}

/// A random linear map from spikes to a current, and whether padding after it would stand between two.
fn path(text: &mut Text, random: &mut Random, from: &Value, node: &str) -> Option<Value> {
    let mut x = from.clone();
    let is_map = x.shape.len() == 3 && x.shape[1] > 1 && x.shape[2] > 1;
    if is_map && random::once_in(random, 2) {
        let kind = random::pick(random, &["sum", "average"]);
        x = text.pool(&x, kind, 2, 2, &format!("{node}.pool"));
    }
    if random::once_in(random, 3) {
        let factors: Vec<f64> = (0..x.shape[0])
            .map(|_| random::pick(random, &[1.0, 2.0, -1.0]))
            .collect();
        x = text.scale(&x, &channels(&x.shape, &factors), &format!("{node}.scale"));
    }
    if x.shape.len() < 3 || random::once_in(random, 4) {
        let count = x.shape.iter().product();
        let flat = text.reshape(&x, &[count], &format!("{node}.flatten"));
        let outputs = random.between(1, 5);
        let table = weights(random, outputs * count);
        return Some(text.linear(&flat, outputs, &table, &format!("{node}.fc")));
    }
    let c = convolution(random, &x.shape)?;
    let count = c.shape.iter().product::<usize>() / c.groups;
    let table = weights(random, count);
    let y = text.convolution(&x, &c, &table, &format!("{node}.conv"));
    let pools = y.shape[1] >= 2 && y.shape[2] >= 2 && c.stride.iter().all(|s| *s <= 2);
    if pools && random::once_in(random, 4) {
        return Some(text.pool(&y, "sum", 2, 2, &format!("{node}.after")));
    }
    Some(y)
}

/// A random network of which all numbers are whole on the chip.
fn network(random: &mut Random) -> Option<(String, usize)> {
    let mut text = Text::new();
    let shape = [
        random.between(1, 2),
        random.between(5, 9),
        random.between(5, 9),
    ];
    let mut values = vec![text.input(&shape, "in")];
    let mut used = [0; 6];
    for layer in 0..random.between(1, 4) {
        let node = format!("p{layer}");
        let free: Vec<usize> = (0..values.len())
            .filter(|v| *v == 0 || used[*v] < 2)
            .collect();
        // Mostly the last one, so that networks get deep.
        let source = if random::once_in(random, 4) {
            random::pick(random, &free)
        } else {
            *free.last()?
        };
        let source_value = values[source].clone();
        let mut x = path(&mut text, random, &source_value, &node)?;
        used[source] += 1;
        if random::once_in(random, 3) {
            let other = random::pick(random, &free);
            let from = values[other].clone();
            for attempt in 0..8 {
                let node = format!("{node}.{attempt}");
                let Some(y) = path(&mut text, random, &from, &node) else {
                    continue;
                };
                if y.shape == x.shape {
                    x = text.sum(&[&x, &y], &format!("{node}.sum"));
                    used[other] += 1;
                    break;
                }
            }
        }
        if let [f, ..] = *x.shape.as_slice()
            && random::once_in(random, 3)
        {
            let bias: Vec<f64> = (0..f)
                .map(|_| 8.0 * random::integer(random, -3, 4) as f64)
                .collect();
            x = text.bias(&x, &dense(&[f], &bias), &format!("{node}.bias"));
        }
        let each = |random: &mut Random, of: &[f64]| -> Vec<f64> {
            (0..x.shape[0]).map(|_| random::pick(random, of)).collect()
        };
        let (gain, threshold) = (each(random, &[1.0, 2.0]), each(random, &[64.0, 128.0]));
        let equal = threshold.iter().all(|t| *t == threshold[0]);
        let neuron = Neuron {
            gain: channels(&x.shape, &gain),
            threshold: channels(&x.shape, &threshold),
            to_zero: random::once_in(random, 4),
            low: (equal && random::once_in(random, 3)).then_some(-threshold[0]),
            changes: Vec::new(),
        };
        values.push(text.neuron(&x, &neuron, &node));
    }
    let last = values.last()?.clone();
    text.output(&last, "out");
    Some((text.finish(), shape.iter().product()))
}

pub fn events(random: &mut Random, steps: usize, elements: usize) -> Array2<f32> {
    Array2::from_shape_simple_fn((steps, elements), || {
        if random::once_in(random, 5) {
            random.between(1, 2) as f32
        } else {
            0.0
        }
    })
}

/// That two simulators give the same spikes in every step, and how many.
pub fn same(a: &Levels, of: [&str; 2], input: &Array2<f32>, name: &str) -> f64 {
    let run = |level: &str| match level {
        "dt" => record(&*a.dt, input),
        "quant" => record(&*a.quant, input),
        variant => record(&*a.model("speck2f", variant), input),
    };
    let (x, y) = (run(of[0]), run(of[1]));
    assert!(!x.spikes.is_empty());
    for (node, spikes) in &x.spikes {
        let other = &y.spikes[node];
        let first = spikes
            .indexed_iter()
            .zip(other)
            .position(|((_, a), b)| a != b);
        assert_eq!(first, None, "{name}: `{node}` of {of:?}");
    }
    for (node, output) in &x.outputs {
        assert_eq!(
            output, &y.outputs[node],
            "{name}: output `{node}` of {of:?}"
        );
    }
    x.spikes.values().map(|s| s.sum()).sum()
}

/// Pools, means, factors, groups, kernels that are not square, padding on one side, fully connected layers,
/// gains and thresholds by channel, biases: with whole numbers nothing is lost in integers, and nothing on
/// the chip but that it works event by event, which its model in steps does not.
#[test]
fn whole_numbers_are_exact_at_all_levels() {
    let (mut total, mut refused, mut ran, mut exact, mut subtracting) = (0.0, 0, 0, 0, 0);
    for seed in 0..400 {
        let mut random = Random(seed);
        let Some((text, elements)) = network(&mut random) else {
            continue;
        };
        let made = match levels(&text, "speck2f", &Wanted::default()) {
            Ok(made) => made,
            Err(findings) => {
                // Mostly padding between a convolution and the pool behind it, or a layer that cannot spike.
                for (code, _) in errors(&findings) {
                    let expected = [
                        "speck-two-kernels",
                        "speck-stride",
                        "speck-padding",
                        "speck-weights-zero",
                        "speck-pool",
                        "speck-sources-differ",
                        "speck-strides-differ",
                        "speck-kernel-size",
                        "speck-dilation",
                    ];
                    assert!(expected.contains(&code.as_str()), "seed {seed}: {findings}");
                }
                refused += 1;
                continue;
            }
        };
        let name = format!("seed {seed}");
        let input = events(&mut random, 30, elements);
        // Sums of several paths may be too large for whole numbers of 8 bits.
        if made.exact {
            total += same(&made, ["dt", "quant"], &input, &name);
            exact += 1;
        }
        if !text.contains("\"value\"") {
            same(&made, ["quant", "sinabs"], &input, &name);
            subtracting += 1;
        }
        ran += 1;
    }
    eprintln!(
        "{ran} ran, {exact} exact, {subtracting} without reset to 0, {refused} refused, {total} spikes"
    );
    assert!(exact > 180 && subtracting > 80 && total > 50_000.0);
}

/// Networks that were compiled for speck2b, as the archive and the words.
pub fn compiled(count: usize) -> Vec<(String, String, String)> {
    let mut made = Vec::new();
    for seed in 1000.. {
        if made.len() == count {
            break;
        }
        let mut random = Random(seed);
        let Some((text, _)) = network(&mut random) else {
            continue;
        };
        if let Ok(levels) = levels(&text, "speck2b", &Wanted::default()) {
            let file = |name: &str| levels.file(name).to_owned();
            made.push((
                format!("seed {seed}"),
                file("config.json"),
                file("program.json"),
            ));
        }
    }
    made
}

/// A convolution and a neuron, changed.
fn single(shape: &[usize], c: &Convolution, neuron: impl FnOnce(&[usize]) -> Neuron) -> String {
    let mut text = Text::new();
    let input = text.input(shape, "in");
    let count = c.shape.iter().product::<usize>() / c.groups;
    let table: Vec<f64> = (0..count).map(|i| (i % 7) as f64 - 2.0).collect();
    let current = text.convolution(&input, c, &table, "conv");
    let neuron = neuron(&current.shape);
    let spikes = text.neuron(&current, &neuron, "if");
    text.output(&spikes, "out");
    text.finish()
}

#[track_caller]
fn refused(text: &str, expected: &[(&str, &str)]) {
    let (findings, _) = lower(text, "speck2f", &["dt-to-quant"], &Wanted::default());
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, node)| (code.to_string(), node.to_string()))
        .collect();
    assert_eq!(errors(&findings), expected, "{findings}");
    let fixes = findings.iter().filter(|f| f.severity == Severity::Error);
    for finding in fixes {
        assert!(!finding.fix.is_empty(), "{finding}");
    }
}

const C: fn() -> Convolution = || Convolution::square(4, 2, 3, 1, 1);

#[test]
fn neurons_that_the_chip_has_not() {
    let of = |change: fn(&[usize]) -> Neuron| single(&[2, 8, 8], &C(), change);
    // CubaLIF: a synaptic current, and a leak.
    refused(
        &of(|s| {
            Neuron::of(s, 1.0)
                .with("alpha", uniform(s, 0.9))
                .with("beta", uniform(s, 0.8))
        }),
        &[("speck-synapse", "if"), ("speck-leak", "if")],
    );
    refused(
        &of(|s| Neuron::of(s, 1.0).with("beta", uniform(s, 0.9))),
        &[("speck-leak", "if")],
    );
    refused(
        &of(|s| {
            Neuron {
                to_zero: true,
                ..Neuron::of(s, 1.0)
            }
            .with("v_reset", uniform(s, 0.25))
        }),
        &[("speck-reset-value", "if")],
    );
    refused(
        &of(|s| {
            let count: usize = s.iter().product();
            let each: Vec<f64> = (0..count).map(|i| 1.0 + (i % 3) as f64).collect();
            Neuron {
                threshold: dense(s, &each),
                ..Neuron::of(s, 1.0)
            }
        }),
        &[("speck-position-threshold", "if")],
    );
    refused(&of(|s| Neuron::of(s, 0.0)), &[("speck-threshold", "if")]);
    refused(
        &of(|s| Neuron::of(s, 1.0).with("reset", "\"none\"")),
        &[("speck-neuron", "if")],
    );
    refused(
        &of(|s| Neuron::of(s, 1.0).with("v_initial", uniform(s, 0.5))),
        &[("speck-initial", "if")],
    );
}

#[test]
fn geometry_that_the_chip_has_not() {
    let of = |shape: &[usize], c: &Convolution| single(shape, c, |s| Neuron::of(s, 1.0));
    let dilated = Convolution { dilation: 8, ..C() };
    refused(&of(&[2, 20, 20], &dilated), &[("speck-dilation", "conv")]);
    refused(
        &of(&[2, 9, 9], &Convolution::square(4, 2, 3, 3, 0)),
        &[("speck-stride", "if")],
    );
    refused(
        &of(&[2, 20, 20], &Convolution::square(1, 2, 17, 1, 0)),
        &[("speck-kernel-size", "if")],
    );
    refused(
        &of(&[2, 66, 66], &C()),
        &[("speck-map-size", "if"), ("speck-map-size", "if")],
    );
    refused(
        &of(&[2, 8, 8], &Convolution::square(4, 2, 3, 1, 9)),
        &[("speck-padding", "if")],
    );
}

#[test]
fn recurrence_and_delays() {
    let mut text = Text::new();
    let input = text.input(&[3], "in");
    let current = text.linear(&input, 3, &[1.0; 9], "fc");
    // The register's operand is defined below.
    let later = Value {
        name: "%back".to_owned(),
        shape: vec![3],
        spikes: true,
    };
    let back = text.linear(&later, 3, &[1.0; 9], "rec");
    let sum = text.sum(&[&current, &back], "sum");
    let spikes = text.neuron(&sum, &Neuron::of(&[3], 1.0), "if");
    let register = text.register(&spikes, 1.0, "if");
    text.output(&spikes, "out");
    let text = text
        .finish()
        .replace(&format!("{} =", register.name), "%back =");
    refused(&text, &[("speck-recurrence", "if")]);

    let mut text = Text::new();
    let input = text.input(&[3], "in");
    let late = text.register(&input, 2.0, "delay");
    let a = text.linear(&input, 3, &[1.0; 9], "fc");
    let b = text.linear(&late, 3, &[1.0; 9], "fc2");
    let sum = text.sum(&[&a, &b], "sum");
    let spikes = text.neuron(&sum, &Neuron::of(&[3], 1.0), "if");
    text.output(&spikes, "out");
    refused(&text.finish(), &[("speck-delay", "if")]);
}

#[test]
fn what_ends_without_neurons() {
    let mut text = Text::new();
    let input = text.input(&[2, 4, 4], "in");
    let current = text.convolution(&input, &C(), &[1.0; 72], "conv");
    text.output(&current, "out");
    refused(
        &text.finish(),
        &[("speck-output", "out"), ("speck-empty", "")],
    );
}

#[test]
fn a_leak_can_be_left_out() {
    let text = single(&[2, 8, 8], &C(), |s| {
        Neuron::of(s, 20.0).with("beta", uniform(s, 0.99))
    });
    let wanted = Wanted {
        quantize: QuantizeOptions {
            approximate: Approximations::NONE.with(Approximation::Leak),
            ..QuantizeOptions::default()
        },
        ..Wanted::default()
    };
    let made = levels(&text, "speck2f", &wanted).map_err(|f| f.to_string());
    let made = made.unwrap_or_else(|f| panic!("{f}"));
    let warning = made
        .findings
        .iter()
        .find(|f| f.code == "speck-leak-approximated");
    let warning = warning.expect("a warning");
    assert!(warning.why.contains("1.000 %"), "{warning}");
    assert!(warning.why.contains("69.0 steps"), "{warning}");
}
