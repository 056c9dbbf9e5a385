//! A core's memories, laid out for adding the weights of one event.

use super::options::Overflow;
use crate::speck::configuration::{Core, Pair};

/// What a core holds that does not change.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// Input features.
    pub inputs: usize,
    /// Output features.
    pub features: usize,
    /// Rows of neurons.
    pub rows: usize,
    /// Columns of neurons.
    pub columns: usize,
    /// For each row of the input map the rows of neurons under the kernel, ascending.
    pub over_rows: Vec<Vec<Over>>,
    /// Likewise for columns.
    pub over_columns: Vec<Vec<Over>>,
    /// [input feature, kernel row, kernel column, output feature].
    weights: Vec<i16>,
    side: usize,
    /// [output feature].
    pub biases: Vec<i16>,
    /// [row, column, feature].
    pub initial: Vec<i16>,
    pub leaks: bool,
    pub rule: Rule,
    /// One in so many spikes goes on.
    pub decimation: u32,
    pub routes: Vec<Route>,
}

/// A row or column of neurons that an event reaches, and where in the kernel its weight stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Over {
    pub neuron: u8,
    pub at: u8,
}

/// Where spikes go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub target: usize,
    pub shift: usize,
    /// The binary logarithm of the pooling.
    pub pooling: u32,
}

/// What a neuron does with a sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub threshold: i16,
    pub low: i16,
    pub to_zero: bool,
}

impl Rule {
    /// Adds to neurons side by side, and sets the flags of those that spike. Returns the flags joined.
    #[inline]
    pub fn add(&self, v: &mut [i16], add: &[i16], fired: &mut [u8], overflow: Overflow) -> u8 {
        match (overflow, self.to_zero) {
            (Overflow::Saturate, false) => self.run::<false>(v, add, fired, i16::saturating_add),
            (Overflow::Saturate, true) => self.run::<true>(v, add, fired, i16::saturating_add),
            (Overflow::Wrap, false) => self.run::<false>(v, add, fired, i16::wrapping_add),
            (Overflow::Wrap, true) => self.run::<true>(v, add, fired, i16::wrapping_add),
        }
    }

    #[inline(always)]
    fn run<const TO_ZERO: bool>(
        &self,
        v: &mut [i16],
        add: &[i16],
        fired: &mut [u8],
        sum: impl Fn(i16, i16) -> i16,
    ) -> u8 {
        let mut any = 0;
        for ((v, add), fired) in v.iter_mut().zip(add).zip(fired) {
            let moved = sum(*v, *add).max(self.low);
            let spikes = moved >= self.threshold;
            let lost = if TO_ZERO { moved } else { self.threshold };
            // The threshold is above 0, so this cannot leave 16 bits.
            *v = if spikes { moved - lost } else { moved };
            *fired = u8::from(spikes);
            any |= *fired;
        }
        any
    }

    /// Adds without spikes.
    pub fn add_silently(&self, v: &mut [i16], add: &[i16], overflow: Overflow) {
        for (v, add) in v.iter_mut().zip(add) {
            let moved = match overflow {
                Overflow::Saturate => v.saturating_add(*add),
                Overflow::Wrap => v.wrapping_add(*add),
            };
            *v = moved.max(self.low);
        }
    }
}

impl Kernel {
    /// Of a core that is legal.
    pub fn new(core: &Core) -> Self {
        let d = &core.dimensions;
        let count = |value: i64| usize::try_from(value).unwrap_or(0);
        let side = count(d.kernel_size);
        let (inputs, features) = (count(d.input.features), count(d.output.features));
        let (columns, rows) = (count(d.output.size.x), count(d.output.size.y));
        let small = |value: &i32| i16::try_from(*value).unwrap_or(0);
        let routes = core.destinations.iter().filter(|d| d.enable);
        let rule = Rule {
            threshold: i16::try_from(core.threshold_high).unwrap_or(i16::MAX),
            low: i16::try_from(core.threshold_low).unwrap_or(i16::MIN),
            to_zero: core.return_to_zero,
        };
        Self {
            inputs,
            features,
            rows,
            columns,
            over_rows: over(d.input.size.y, rows, side, d.padding.y, d.stride.y),
            over_columns: over(d.input.size.x, columns, side, d.padding.x, d.stride.x),
            weights: weights(&core.weights.values, inputs, features, side),
            side,
            biases: core.biases.values.iter().map(small).collect(),
            initial: initial(
                &core.neurons_initial_value.values,
                features,
                Pair::new(columns, rows),
            ),
            leaks: core.leak_enable,
            rule,
            decimation: core.decimation().unwrap_or(1),
            routes: routes
                .map(|d| Route {
                    target: count(d.layer),
                    shift: count(d.feature_shift),
                    pooling: d.pooling.max(1).ilog2(),
                })
                .collect(),
        }
    }

    /// The weights of an input feature at a place of the kernel, one for each output feature.
    #[inline]
    pub fn weights_at(&self, feature: usize, row: u8, column: u8) -> &[i16] {
        let place = (feature * self.side + usize::from(row)) * self.side + usize::from(column);
        let place = place * self.features;
        self.weights
            .get(place..place + self.features)
            .unwrap_or_default()
    }

    /// The most neurons that one event reaches.
    pub fn most_neurons(&self) -> usize {
        let longest = |over: &[Vec<Over>]| over.iter().map(Vec::len).max().unwrap_or(0);
        longest(&self.over_rows).max(1) * longest(&self.over_columns).max(1) * self.features
    }
}

/// For each place of an axis of the input map the neurons under the kernel. Padded with p and with
/// stride s, input i meets neuron n at place i + p - n s of the kernel.
fn over(inputs: i64, neurons: usize, side: usize, padding: i64, stride: i64) -> Vec<Vec<Over>> {
    let reached = |input: i64| {
        (0..neurons).filter_map(move |neuron| {
            let at = input + padding - neuron as i64 * stride;
            (0..side as i64).contains(&at).then_some(Over {
                neuron: neuron as u8,
                at: at as u8,
            })
        })
    };
    (0..inputs).map(|input| reached(input).collect()).collect()
}

/// [feature, input, x, y] to [input, y, x, feature].
fn weights(values: &[i32], inputs: usize, features: usize, side: usize) -> Vec<i16> {
    let mut turned = vec![0; values.len()];
    let mut values = values.iter();
    for f in 0..features {
        for c in 0..inputs {
            for x in 0..side {
                for y in 0..side {
                    let to = ((c * side + y) * side + x) * features + f;
                    if let (Some(to), Some(value)) = (turned.get_mut(to), values.next()) {
                        *to = i16::try_from(*value).unwrap_or(0);
                    }
                }
            }
        }
    }
    turned
}

/// [feature, x, y] to [y, x, feature].
fn initial(values: &[i32], features: usize, size: Pair<usize>) -> Vec<i16> {
    let mut turned = vec![0; values.len()];
    let mut values = values.iter();
    for f in 0..features {
        for x in 0..size.x {
            for y in 0..size.y {
                let to = (y * size.x + x) * features + f;
                if let (Some(to), Some(value)) = (turned.get_mut(to), values.next()) {
                    *to = i16::try_from(*value).unwrap_or(0);
                }
            }
        }
    }
    turned
}
