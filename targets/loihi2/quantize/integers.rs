//! The integers of a population.

use ndarray::{Array2, ArrayD, IxDyn};
use nirc_dialects::finding::Finding;
use nirc_passes::{
    Lowering, Parameter,
    connections::{Network, Source, by_channel},
    relative_error, round_half_even,
};

use super::{
    neuron::Analysed,
    scale::{self, Choice, Problem},
    weights::{Form, Weights},
};
use crate::loihi2::arithmetic::{DECAY_BITS, SHIFT};

/// A table of more weights than this is not written out.
const MOST_TABLE: usize = 1 << 28;
/// Shifts of a bias.
const BIAS_EXPONENTS: std::ops::RangeInclusive<u32> = 0..=7;
/// The one shift of a bias in a netx file.
const NETX_BIAS_EXPONENT: u32 = 6;
/// The largest mantissa of a bias.
const MOST_BIAS: f64 = 4095.0;
/// The threshold of a neuron that does not spike, above all potentials that are aimed at.
const NO_THRESHOLD: f64 = 131_071.0;
/// Of a threshold, what rounding of the states may move v for exponents other than netx's to gain nothing:
/// no more than weights of eight bits are exact to.
const SMALL: f64 = 1.0 / 256.0;
/// By how much the weights' error may grow for exponents of 0.
const SAME_ERROR: f64 = 1.25;

/// A population with all its numbers as the chip has them.
pub struct Integers {
    /// The shape of its events.
    pub shape: Vec<usize>,
    /// The weights of each connection, in the order of the network's connections to it.
    pub tables: Vec<Table>,
    /// From each neuron to itself: what a spike subtracts, of each unit.
    pub resets: Vec<Reset>,
    /// Of 2^12, what u keeps.
    pub current: Vec<i32>,
    /// Of 2^12, what v keeps.
    pub membrane: Vec<i32>,
    /// Exceeded by a neuron that spikes.
    pub threshold: Vec<i32>,
    /// Added to v in each step.
    pub bias: Vec<i32>,
    /// Integer units for each unit of the model's potential.
    pub scale: Vec<f64>,
    /// The largest difference of a decay factor.
    pub decay_error: f64,
}

/// The integer weights of a connection.
pub struct Table {
    /// The weights.
    pub weight: Integer,
    /// An event adds weight << (6 + exponent).
    pub exponent: i32,
    /// For each unit, integers for each unit of the model's weight.
    pub scale: Vec<f64>,
    /// RMS of the rounding error over RMS of the weights.
    pub relative_error: f64,
}

/// Integer weights.
pub enum Integer {
    /// [target, source].
    Table(Array2<i16>),
    /// [out channel, in channel of the group, ...], of the kernel of the connection's form.
    Kernel(ArrayD<i16>),
}

/// A connection from each neuron to itself.
pub struct Reset {
    /// For each unit.
    pub weight: Vec<i16>,
    /// As of a table.
    pub exponent: i32,
}

/// What v holds.
const MOST_UNITS: f64 = ((1 << 23) - 1) as f64;

/// What may be chosen about a population's integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Exponents as in a netx file, where they cost nothing else, so that it holds the network.
    pub prefer_netx: bool,
}

/// A decay factor in 2^12.
fn keeps(decay: f64) -> f64 {
    round_half_even(decay * f64::from(1 << DECAY_BITS))
}

/// The integers of population `index`; `None` after an error finding.
#[allow(clippy::too_many_arguments)]
pub fn population(
    network: &Network<'_>,
    index: usize,
    analysed: &Analysed,
    form: &Form,
    message_bits: &[u32],
    options: Options,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Option<Integers> {
    let population = &network.populations[index];
    let (name, count, units) = (population.name.as_str(), population.count(), form.units);
    let unit_of = |n: usize| n * units / count.max(1);
    // One value for each unit; of channels the first neuron has the channel's.
    let each = |parameter: &Parameter| match by_channel(parameter, units, count) {
        Some(values) => values,
        None => (0..units).map(|n| parameter.get(n)).collect(),
    };
    let gain = each(&analysed.gain);
    let thresholds = analysed.threshold.as_ref().map(each);
    let norm = norms(form, &gain, thresholds.as_deref());
    let factor: Vec<f64> = gain.iter().zip(&norm).map(|(g, c)| g * c).collect();
    let offsets: Vec<f64> = (0..count)
        .map(|n| analysed.offset.get(n) * norm[unit_of(n)])
        .collect();
    let spikes: Vec<f64> = network
        .connections_to(index)
        .iter()
        .map(|c| match c.source {
            Source::Input(input) => f64::from((1u32 << message_bits[input].max(1)) - 1),
            Source::Population(_) => 1.0,
        })
        // Behind the connections of the network is that of the bias.
        .chain([1.0])
        .collect();
    let [current, membrane] = [&analysed.current, &analysed.membrane].map(|p| p.map(keeps));
    let whole = f64::from(1 << DECAY_BITS);
    let slowest = |p: &Parameter| p.values().iter().copied().fold(0.0, f64::max) / whole;
    let mut problem = Problem {
        weights: &form.weights,
        spikes: &spikes,
        factor: &factor,
        offset: offsets
            .iter()
            .copied()
            .fold(0.0, |most, x| x.abs().max(most)),
        keeps: [slowest(&current), slowest(&membrane)],
        plain: false,
        whole: thresholds.is_some(),
        subtracts: analysed.subtract.is_some(),
    };
    if ![&factor, &offsets, &norm]
        .iter()
        .all(|v| v.iter().all(|x| x.is_finite()))
    {
        lowering.findings.push(
            Finding::error(
                "ir-not-finite",
                "weights and parameters are finite numbers",
                "in units of the threshold, a weight or bias is not finite",
            )
            .at(name)
            .fix("bring weights and thresholds into a common range"),
        );
        return None;
    }
    let rounding = state_rounding(&current, &membrane);
    let mut choice = scale::choose(&problem);
    let mut tables = tables(form, &factor, &choice, name, lowering)?;
    if options.prefer_netx && analysed.subtract.is_none() {
        problem.plain = true;
        let plain = scale::choose(&problem);
        let own = self::tables(form, &factor, &plain, name, lowering)?;
        let fine = |(plain, free): (&Table, &Table)| {
            plain.relative_error <= free.relative_error * SAME_ERROR
        };
        let small = rounding <= SMALL * plain.mantissa * f64::from(1 << SHIFT);
        if small
            && own.iter().zip(&tables).all(fine)
            && (choice.may_overflow || !plain.may_overflow)
        {
            (choice, tables) = (plain, own);
        }
    }
    // Reached is more than one unit less.
    let below = if analysed.strict { 0.0 } else { 1.0 };
    let unit = f64::from(1 << SHIFT);
    let integer_unit = match thresholds {
        Some(_) => choice.mantissa * unit + below,
        None => choice.mantissa * unit,
    };
    let scale: Vec<f64> = (0..count)
        .map(|n| integer_unit * norm[unit_of(n)])
        .collect();
    for table in &mut tables {
        for (of_unit, factor) in table.scale.iter_mut().zip(&factor) {
            *of_unit = integer_unit * factor / unit / f64::from(table.exponent).exp2();
        }
    }
    let mantissa = |n: usize| match &thresholds {
        None => NO_THRESHOLD,
        Some(values) if values[unit_of(n)] == 0.0 => 0.0,
        Some(_) => choice.mantissa,
    };
    let threshold: Vec<i32> = (0..count).map(|n| (mantissa(n) * unit) as i32).collect();
    let exponents = if problem.plain {
        NETX_BIAS_EXPONENT..=NETX_BIAS_EXPONENT
    } else {
        BIAS_EXPONENTS
    };
    let bias: Vec<i32> = offsets
        .iter()
        .map(|offset| bias(offset * integer_unit, exponents.clone()))
        .collect();
    let resets = analysed.subtract.as_ref().map_or_else(Vec::new, |part| {
        let part = each(part);
        let subtracted: Vec<f64> = (0..units)
            .map(|u| match &thresholds {
                Some(values) if values[u] > 0.0 => round_half_even(-part[u] * integer_unit / unit),
                _ => 0.0,
            })
            .collect();
        resets(&subtracted)
    });
    let error = |model: &Parameter, keeps: &Parameter| {
        let off = model.zip(keeps, |model, keeps| (model - keeps / whole).abs());
        off.values().iter().copied().fold(0.0, f64::max)
    };
    let integers = Integers {
        shape: form.shape.clone(),
        decay_error: error(&analysed.current, &current).max(error(&analysed.membrane, &membrane)),
        current: (0..count).map(|n| current.get(n) as i32).collect(),
        membrane: (0..count).map(|n| membrane.get(n) as i32).collect(),
        tables,
        resets,
        threshold,
        bias,
        scale,
    };
    report(
        name,
        analysed,
        &integers,
        &choice,
        rounding,
        integer_unit,
        lowering,
    );
    Some(integers)
}

/// For each unit, what a unit of potential is in thresholds; with thresholds of 0, in its largest weight.
fn norms(form: &Form, gain: &[f64], thresholds: Option<&[f64]>) -> Vec<f64> {
    let Some(thresholds) = thresholds else {
        return vec![1.0; form.units];
    };
    let mut peaks = vec![0f64; form.units];
    for weights in &form.weights {
        weights.for_each(|unit, w| peaks[unit] = peaks[unit].max((w * gain[unit]).abs()));
    }
    let norm = |(threshold, peak): (&f64, f64)| match (*threshold > 0.0, peak > 0.0) {
        (true, _) => 1.0 / threshold,
        (false, true) => 1.0 / peak,
        (false, false) => 1.0,
    };
    thresholds.iter().zip(peaks).map(norm).collect()
}

/// Units that v may be off by, of a run of any length, because both states are rounded towards 0 in each
/// step; of an integrator of a rounded current, in each step.
fn state_rounding(current: &Parameter, membrane: &Parameter) -> f64 {
    let whole = f64::from(1 << DECAY_BITS);
    // Nothing is rounded where all or nothing is kept.
    let own = |keeps: f64| {
        if keeps > 0.0 && keeps < whole {
            1.0
        } else {
            0.0
        }
    };
    let gathered = |each: f64, keeps: f64| match keeps < whole {
        true => each / (1.0 - keeps / whole),
        false => each,
    };
    let both = current.zip(membrane, |u, v| gathered(gathered(own(u), u) + own(v), v));
    both.values().iter().copied().fold(0.0, f64::max)
}

fn bias(value: f64, mut exponents: std::ops::RangeInclusive<u32>) -> i32 {
    let last = *exponents.end();
    let at = |e: u32| round_half_even(value / f64::from(1u32 << e));
    let e = exponents
        .find(|e| at(*e).abs() <= MOST_BIAS)
        .unwrap_or(last);
    (at(e).clamp(-MOST_BIAS, MOST_BIAS) as i32) << e
}

/// The integer weights of each connection; `None` after an error finding.
fn tables(
    form: &Form,
    factor: &[f64],
    choice: &Choice,
    name: &str,
    lowering: &mut Lowering<'_, '_, '_>,
) -> Option<Vec<Table>> {
    let mut tables = Vec::new();
    for (weights, exponent) in form.weights.iter().zip(&choice.exponents) {
        let mut pairs: Vec<(f64, f64)> = Vec::new();
        let shift = f64::from(*exponent).exp2();
        let mut integer = |unit: usize, weight: f64| {
            let x = weight * factor[unit] * choice.mantissa;
            let integer = scale::integer(x, *exponent);
            pairs.push((x / shift, f64::from(integer)));
            integer
        };
        let weight = match weights {
            Weights::Kernel(kernel) => {
                let of_channel = (kernel.weight.len() / form.units.max(1)).max(1);
                let flat = kernel.weight.iter().enumerate();
                let flat: Vec<i16> = flat.map(|(n, w)| integer(n / of_channel, *w)).collect();
                let shape = IxDyn(kernel.weight.shape());
                ArrayD::from_shape_vec(shape, flat)
                    .ok()
                    .map(Integer::Kernel)
            }
            Weights::Columns(columns) => {
                let shape = (columns.targets(), columns.sources());
                let most = shape.0.saturating_mul(shape.1);
                (most <= MOST_TABLE).then(|| {
                    let mut table = Array2::zeros(shape);
                    for source in 0..columns.sources() {
                        for (target, weight) in columns.column(source) {
                            let unit = *target as usize;
                            table[[unit, source]] = integer(unit, *weight);
                        }
                    }
                    Integer::Table(table)
                })
            }
        };
        let Some(weight) = weight else {
            lowering.findings.push(
                Finding::error(
                    "loihi2-op",
                    "every op has a form on the chip",
                    format!("a connection is no convolution, and its table has more than {MOST_TABLE} weights"),
                )
                .at(name)
                .fix("connect the layers by a convolution, or make them smaller"),
            );
            return None;
        };
        tables.push(Table {
            weight,
            exponent: *exponent,
            scale: vec![0.0; form.units],
            relative_error: relative_error(pairs.into_iter()),
        });
    }
    Some(tables)
}

/// Weights of one or two connections that sum to `subtracted`, in units of the threshold's mantissa.
fn resets(subtracted: &[f64]) -> Vec<Reset> {
    let most = subtracted
        .iter()
        .copied()
        .fold(0.0, |most: f64, x| most.max(x.abs()));
    let exponent = scale::exponent(most);
    let shift = f64::from(exponent).exp2();
    let weight: Vec<i16> = subtracted
        .iter()
        .map(|x| scale::integer(*x, exponent))
        .collect();
    let rest: Vec<f64> = subtracted
        .iter()
        .zip(&weight)
        .map(|(x, w)| x - f64::from(*w) * shift)
        .collect();
    let mut resets = vec![Reset { weight, exponent }];
    if rest.iter().any(|x| *x != 0.0) {
        let [exponent, _] = scale::EXPONENTS;
        let weight = rest.iter().map(|x| scale::integer(*x, exponent)).collect();
        resets.push(Reset { weight, exponent });
    }
    resets
}

/// Says how near the integers are to the model.
fn report(
    name: &str,
    analysed: &Analysed,
    integers: &Integers,
    choice: &Choice,
    rounding: f64,
    integer_unit: f64,
    lowering: &mut Lowering<'_, '_, '_>,
) {
    let findings = &mut *lowering.findings;
    let errors = integers.tables.iter().map(|t| t.relative_error);
    let weights = errors.fold(0.0, f64::max);
    let exponents: Vec<String> = choice.exponents.iter().map(i32::to_string).collect();
    let unit = match analysed.threshold {
        Some(_) => "threshold",
        None => "unit of the potential",
    };
    findings.push(
        Finding::note(
            "loihi2-resolution",
            "integers are near the model's numbers",
            format!(
                "{} units of v for a {unit}, weight exponents [{}]; weights are off by {:.2} % (RMS), decay \
                 factors by {:.1e} at most, and rounding of the states moves v by {:.1e} of a {unit} at most",
                integer_unit.round(),
                exponents.join(", "),
                100.0 * weights,
                integers.decay_error,
                rounding / integer_unit,
            ),
        )
        .at(name),
    );
    let whole = 1 << DECAY_BITS;
    let stuck = |model: &Parameter, integers: &[i32]| {
        let mut each = integers.iter().enumerate();
        each.any(|(n, keeps)| *keeps == whole && model.get(n) < 1.0)
    };
    for (state, model, integers) in [
        ("current", &analysed.current, &integers.current),
        ("membrane", &analysed.membrane, &integers.membrane),
    ] {
        if stuck(model, integers) {
            findings.push(
                Finding::warning(
                    "loihi2-decay",
                    "what decays in the model decays on the chip",
                    format!("the {state} of a neuron decays by less than 1/8192 in a step, which rounds to nothing"),
                )
                .at(name)
                .why("decay factors have 12 bits")
                .fix("choose a longer step"),
            );
        }
    }
    if choice.may_overflow {
        let wraps = analysed.current.values().iter().any(|u| *u > 0.0);
        let what = "if all inputs of one sign spike in every step, a state leaves its 24 bits";
        let finding = match wraps {
            true => Finding::warning("loihi2-overflow", "states stay within 24 bits", what)
                .why("u wraps around; more room would cost bits of the weights"),
            false => {
                Finding::note("loihi2-overflow", "states stay within 24 bits", what).why(format!(
                    "v stays at the bound then, {:.1} thresholds from 0",
                    MOST_UNITS / integer_unit
                ))
            }
        };
        findings.push(finding.at(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spike_subtracts_is_exact() {
        for mantissa in [1.0, 2.0, 100.0, 254.0, 255.0, 1001.0, 8191.0, 16255.0] {
            let subtracted = [-mantissa, 0.0, -(mantissa - 1.0)];
            let resets = resets(&subtracted);
            for (n, wanted) in subtracted.iter().enumerate() {
                let sum: f64 = resets
                    .iter()
                    .map(|r| f64::from(r.weight[n]) * f64::from(r.exponent).exp2())
                    .sum();
                assert_eq!(sum, *wanted, "{mantissa}");
            }
        }
    }

    #[test]
    fn a_bias_has_the_finest_mantissa_that_fits() {
        assert_eq!(bias(4095.0, BIAS_EXPONENTS), 4095);
        assert_eq!(bias(-4097.0, BIAS_EXPONENTS), -4096);
        assert_eq!(bias(100.0, NETX_BIAS_EXPONENT..=NETX_BIAS_EXPONENT), 128);
        assert_eq!(bias(524_160.0, BIAS_EXPONENTS), 4095 << 7);
    }

    #[test]
    fn states_that_keep_all_or_nothing_are_not_rounded() {
        let of = |u: f64, v: f64| state_rounding(&Parameter::uniform(u), &Parameter::uniform(v));
        assert_eq!(of(0.0, 4096.0), 0.0);
        assert_eq!(of(0.0, 2048.0), 2.0);
        assert_eq!(of(2048.0, 2048.0), 6.0);
        assert_eq!(of(4096.0, 0.0), 0.0);
    }
}
