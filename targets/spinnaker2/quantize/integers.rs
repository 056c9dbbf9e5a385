//! The integers of a population, and its floats in integer units.

use melior::ir::OperationRef;
use nirc_dialects::{dt::Op, finding::Finding, tensor::Tensor};
use nirc_passes::{
    Lowering, Parameter, QuantizeOptions, Quantizer,
    connections::{Kernel, Matrix, Network, Source, Timing, product},
};

use super::{
    importer,
    neuron::Analysed,
    scale::{self, Weights},
};
use crate::spinnaker2::application::{Application, Reset};

/// A population with all its numbers as the chip has them.
pub struct Integers {
    /// The shape of its events: that of its kernels, or flat.
    pub shape: Vec<usize>,
    /// The weights of each connection, in the order of the network's connections to it, before scaling.
    pub weights: Vec<Weights>,
    /// What a weight is multiplied by, for each neuron or channel.
    pub factors: Vec<f64>,
    /// How weights become integers.
    pub rounding: Rounding,
    /// What currents keep, if they keep anything.
    pub synaptic: Option<Vec<f32>>,
    /// What the membrane keeps.
    pub membrane: Vec<f32>,
    /// Reached by a neuron that spikes.
    pub threshold: Vec<f32>,
    /// Added in each tick.
    pub offset: Vec<f32>,
    /// The potential before the first tick.
    pub initial: Vec<f32>,
    /// What a spike does.
    pub reset: Reset,
    /// The potential after a spike that resets to a value.
    pub reset_value: Vec<f32>,
    /// Integer units for each unit of the model's potential, for each neuron.
    pub scale: Vec<f64>,
}

/// How a scaled weight becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, of at most this magnitude.
    Nearest(i64),
    /// As the importer does, in 32 bits or not.
    Importer { single: bool },
}

impl Rounding {
    /// The integer of `weight` times `factor`.
    pub fn integer(self, weight: f64, factor: f64) -> i8 {
        match self {
            Self::Nearest(largest) => scale::integer(weight, factor, largest),
            Self::Importer { single } => importer::integer(weight, factor, single),
        }
    }
}

/// Sums of a ring are exact in 32-bit floats below this.
const MOST_SUM: f64 = (1 << 24) as f64;
/// Relay populations of as many neurons fit two processing elements.
const FEW_RELAYS: usize = 500;

/// The integers of population `index`; `None` after an error finding.
#[allow(clippy::too_many_arguments)]
pub fn population<'c>(
    network: &Network<'c>,
    index: usize,
    analysed: &Analysed,
    timing: &Timing,
    counts: &[usize],
    ops: &[(OperationRef<'c, '_>, Op<'c>)],
    options: &QuantizeOptions,
    lowering: &mut Lowering<'c, '_, '_>,
) -> Option<Integers> {
    let population = &network.populations[index];
    let (name, count) = (population.name.as_str(), population.count());
    let connections = network.connections_to(index);
    let (shape, weights) = forms(network, index, &analysed.gain)?;
    let units = match weights.first() {
        Some(Weights::Kernel(kernel)) => kernel.weight.shape()[0],
        _ => count,
    };
    let gain = scale::units(&analysed.gain, units, count)?;
    let ticks = &timing.ticks[network.connections.partition_point(|c| c.target < index)..];
    let most_ticks = ticks
        .iter()
        .take(connections.len())
        .copied()
        .max()
        .unwrap_or(1);
    let relays: usize = connections
        .iter()
        .zip(ticks)
        .map(|(c, ticks)| {
            let copies = match c.source {
                Source::Input(input) => counts[input],
                Source::Population(_) => 1,
            };
            product(network.source_shape(c.source)) * copies * (ticks - 1).div_ceil(8)
        })
        .sum();
    let narrow = most_ticks > 1 && most_ticks <= 8 && relays > FEW_RELAYS.max(count);
    let application = match narrow {
        true => Application::Lif,
        false => Application::LifNoDelay,
    };
    let largest = application.row().weight.value;
    let (scales, factors, rounding) = match options.quantizer {
        Quantizer::PySpinnaker2 => {
            let single = connections
                .iter()
                .all(|c| c.ops.iter().all(|op| is_single(&ops[*op].1, lowering)));
            let scale = importer::scale(importer::largest(&weights), single);
            let scales: Vec<f64> = gain.iter().map(|gain| scale / gain).collect();
            (scales, vec![scale; units], Rounding::Importer { single })
        }
        quantizer => {
            let scales = match quantizer {
                Quantizer::Global => scale::shared(&weights, &gain, largest),
                _ => scale::each(&weights, &gain, largest),
            };
            let factors = scales.iter().zip(&gain).map(|(s, g)| s * g).collect();
            (scales, factors, Rounding::Nearest(largest))
        }
    };
    let each = |n: usize| scales[n * units / count.max(1)];
    let scale: Vec<f64> = (0..count).map(each).collect();
    let scaled = |parameter: &Parameter| -> Vec<f64> {
        (0..count).map(|n| parameter.get(n) * scale[n]).collect()
    };
    let plain = |parameter: &Parameter| -> Vec<f32> {
        (0..count).map(|n| parameter.get(n) as f32).collect()
    };
    let single = |values: Vec<f64>| -> Vec<f32> { values.into_iter().map(|x| x as f32).collect() };
    let imported = options.quantizer == Quantizer::PySpinnaker2;
    let (threshold, offset) = (scaled(&analysed.threshold), scaled(&analysed.offset));
    let membrane = plain(&analysed.membrane);
    let initial = match imported {
        true => vec![0.0; count],
        false => {
            let initial = scaled(&analysed.initial);
            let held = held_back(&initial, &offset, &threshold, &membrane, timing.late[index]);
            held.unwrap_or_else(|(neuron, ticks)| {
                lowering.findings.push(
                    Finding::warning(
                        "s2-bias-early",
                        "a bias begins when the first spikes can arrive",
                        format!(
                            "the bias begins {ticks} steps before them, at neuron {neuron} and maybe others"
                        ),
                    )
                    .at(name)
                    .why("no first potential makes up for it without a spike"),
                );
                initial
            })
        }
    };
    let threshold: Vec<f32> = threshold
        .into_iter()
        .map(|threshold| match analysed.strict && !imported {
            // For 32-bit floats, V > T is V >= the next number above T.
            true => above(threshold),
            false => threshold as f32,
        })
        .collect();
    let integers = Integers {
        shape,
        factors,
        rounding,
        synaptic: analysed.synaptic.as_ref().map(plain),
        membrane,
        threshold,
        offset: single(offset),
        initial: single(initial),
        reset: analysed.reset,
        reset_value: match imported {
            true => vec![0.0; count],
            false => single(scaled(&analysed.reset_value)),
        },
        scale,
        weights,
    };
    let findings = &mut *lowering.findings;
    let all = [
        &integers.threshold,
        &integers.offset,
        &integers.initial,
        &integers.reset_value,
        &integers.membrane,
    ];
    if !all
        .iter()
        .all(|values| values.iter().all(|x| x.is_finite()))
        || !integers.factors.iter().all(|x| x.is_finite())
    {
        findings.push(
            Finding::error(
                "ir-not-finite",
                "weights and parameters are finite numbers",
                "a parameter is not a finite 32-bit float in units of the integer weights",
            )
            .at(name)
            .fix("bring weights and parameters into a common range"),
        );
        return None;
    }
    check_sums(network, index, &integers, counts, findings)?;
    Some(integers)
}

/// Whether the weights of an op are 32-bit floats, as far as it has weights.
fn is_single(op: &Op<'_>, lowering: &Lowering<'_, '_, '_>) -> bool {
    let weight = match op {
        Op::Linear { weight } | Op::Convolution { weight, .. } => weight,
        _ => return true,
    };
    matches!(lowering.tensors.resolve(*weight), Ok(Tensor::F32(_)))
}

/// The weights of all connections in one form: kernels that give the same shape, with one gain for
/// each channel; else by source.
fn forms(
    network: &Network<'_>,
    index: usize,
    gain: &Parameter,
) -> Option<(Vec<usize>, Vec<Weights>)> {
    let population = &network.populations[index];
    let count = population.count();
    let connections = network.connections_to(index);
    let kernels: Option<Vec<&Kernel>> = connections
        .iter()
        .map(|c| match &c.matrix {
            Matrix::Kernel(kernel) => Some(&**kernel),
            _ => None,
        })
        .collect();
    if let Some(kernels) = kernels
        && let Some(first) = kernels.first()
        && kernels.iter().all(|k| k.output == first.output)
        && scale::units(gain, first.weight.shape()[0], count).is_some()
    {
        let weights = kernels.iter();
        let weights = weights.map(|k| Weights::Kernel(Box::new((*k).clone())));
        return Some((first.output.clone(), weights.collect()));
    }
    let columns = connections.iter().map(|c| {
        let sources = product(network.source_shape(c.source));
        c.matrix.columns(count, sources).map(Weights::Columns)
    });
    let columns: Option<Vec<Weights>> = columns.collect();
    Some((vec![count], columns?))
}

/// The smallest 32-bit float that is more than `x`.
fn above(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) > x {
        near
    } else {
        near.next_up()
    }
}

/// First potentials with which the offset alone leads to `initial` in `late` ticks; the neuron and the
/// ticks if there are none.
fn held_back(
    initial: &[f64],
    offset: &[f64],
    threshold: &[f64],
    membrane: &[f32],
    late: usize,
) -> Result<Vec<f64>, (usize, usize)> {
    let mut held = Vec::with_capacity(initial.len());
    for (n, initial) in initial.iter().enumerate() {
        let keeps = f64::from(membrane[n]);
        let mut v = *initial;
        if (offset[n] != 0.0 || v != 0.0) && keeps > 0.0 {
            for tick in (0..late).rev() {
                v = (v - offset[n]) / keeps;
                // What is there after a tick is compared.
                if tick > 0 && v >= threshold[n] {
                    return Err((n, late));
                }
            }
            if !(v as f32).is_finite() {
                return Err((n, late));
            }
        }
        held.push(v);
    }
    Ok(held)
}

/// The sums of the weights of a neuron stay exact.
fn check_sums(
    network: &Network<'_>,
    index: usize,
    integers: &Integers,
    counts: &[usize],
    findings: &mut nirc_dialects::finding::Findings,
) -> Option<()> {
    let mut sums = vec![0f64; network.populations[index].count()];
    for (weights, connection) in integers.weights.iter().zip(network.connections_to(index)) {
        let spikes = match connection.source {
            Source::Input(input) => counts[input] as f64,
            Source::Population(_) => 1.0,
        };
        match weights {
            Weights::Columns(columns) => {
                for source in 0..columns.sources() {
                    for (target, weight) in columns.column(source) {
                        let target = *target as usize;
                        sums[target] += (weight * integers.factors[target]).abs() * spikes;
                    }
                }
            }
            Weights::Kernel(kernel) => {
                let pool: i64 = kernel
                    .pool
                    .as_ref()
                    .map_or(1, |(_, size)| size.iter().product());
                for (channel, weights) in kernel.weight.outer_iter().enumerate() {
                    let sum: f64 = weights
                        .iter()
                        .map(|w| (w * integers.factors[channel]).abs())
                        .sum();
                    sums[channel] += sum * spikes * pool as f64;
                }
            }
        }
    }
    let largest = sums.iter().copied().fold(0.0, f64::max);
    if largest < MOST_SUM {
        return Some(());
    }
    findings.push(
        Finding::error(
            "s2-sum",
            "the weights that a neuron takes in a tick sum to less than 2^24",
            format!("to one neuron they sum to {largest:.0}"),
        )
        .at(&network.populations[index].name)
        .why("the chip's sums are 32-bit floats, which hold no larger whole number exactly")
        .fix("lower the fan-in"),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_float_above_is_above() {
        for x in [1.0, 0.1, -0.1, 0.0, 1e-40, 255.05, -3.0] {
            assert!(f64::from(above(x)) > x, "{x}");
            assert!(f64::from(above(x).next_down()) <= x, "{x}");
        }
    }

    /// The offset alone brings a neuron to its first potential in the ticks that it runs late.
    #[test]
    fn an_offset_is_held_back() {
        let (initial, offset) = ([0.0, 3.0, 0.0], [2.0, -1.0, 0.0]);
        let threshold = [10.0; 3];
        let membrane = [0.5, 0.8, 0.9];
        let held = held_back(&initial, &offset, &threshold, &membrane, 3).unwrap();
        for n in 0..3 {
            let mut v = held[n];
            for _ in 0..3 {
                v = v * f64::from(membrane[n]) + offset[n];
            }
            assert!((v - initial[n]).abs() < 1e-12);
        }
        // A falling one would begin above its threshold.
        assert_eq!(held_back(&[0.0], &[-9.0], &[5.0], &[0.5], 2), Err((0, 2)));
        assert!(held_back(&[0.0], &[-9.0], &[5.0], &[0.5], 1).is_ok());
    }
}
