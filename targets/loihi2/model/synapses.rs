//! Synapses in the form in which spikes are delivered.

mod convolution;
mod rows;

use self::{convolution::Kernel, rows::Rows};
use super::{Order, Spikes};
use crate::loihi2::network::{Connection, Delay, Synapses};

/// The synapses of a connection.
pub(super) struct Tract {
    /// The population that receives.
    pub target: usize,
    form: Form,
    /// Neurons of the target.
    count: usize,
    /// Steps beside the one that all take, where they are the same for all synapses.
    delay: usize,
    /// Slots that the sum of a step reaches, from the one of `delay`.
    reach: usize,
    /// Whether payloads count.
    graded: bool,
    sum: Sum,
}

enum Form {
    Rows(Rows),
    Convolution(Kernel),
}

/// What is done with the sum of a step's spikes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sum {
    /// Nothing: the exponent is in the weights.
    Added,
    /// >> so many, toward minus infinity.
    Shifted(u32),
    /// Wrapped around in 24 bits, if it were to reach them.
    Wrapped,
}

impl Tract {
    /// The synapses of a connection of a network that [`Network::check`] found right, between
    /// populations of these orders.
    ///
    /// [`Network::check`]: crate::loihi2::network::Network::check
    pub fn new(connection: &Connection, [source, target]: [&Order; 2]) -> Self {
        let graded = connection.message_bits > 0;
        let (form, sum) = match &connection.synapses {
            Synapses::Dense { .. } => {
                let weights = connection.effective_weights();
                let (weights, sum) = shifted(weights, connection.weight_exponent);
                let rows = Rows::dense(&weights, &connection.delay, source, target);
                (Form::Rows(rows), sum)
            }
            Synapses::Sparse(sparse) => {
                let weights = connection.effective_weights();
                let (weights, sum) = shifted(weights, connection.weight_exponent);
                let rows = Rows::sparse(sparse, &weights, &connection.delay, source, target);
                (Form::Rows(rows), sum)
            }
            Synapses::Convolution(convolution) => {
                let kernel = Kernel::new(convolution, source.map(), target.map());
                let safe = !graded && kernel.most_sum() < 1 << 23;
                let sum = if safe { Sum::Added } else { Sum::Wrapped };
                (Form::Convolution(kernel), sum)
            }
        };
        let (delay, reach) = match &connection.delay {
            Delay::Uniform(delay) => (usize::from(*delay), 1),
            Delay::Each(_) => (0, usize::from(connection.delay.most()) + 1),
        };
        Self {
            target: connection.target,
            form,
            count: target.count(),
            delay,
            reach,
            graded,
            sum,
        }
    }

    /// Adds what spikes bring to the target's coming input: [slots, neurons], of which `next` is the
    /// slot of the next step.
    pub fn deliver(&self, spikes: &Spikes, ring: &mut [i32], next: usize, wraps: &mut u64) {
        let slots = ring.len() / self.count;
        let first = (next + self.delay) % slots;
        if self.sum == Sum::Added {
            self.accumulate(spikes, ring, first);
            return;
        }
        let mut sums = vec![0; self.reach * self.count];
        self.accumulate(spikes, &mut sums, 0);
        for (ahead, sums) in sums.chunks(self.count).enumerate() {
            let slot = (first + ahead) % slots * self.count;
            for (ring, sum) in ring[slot..slot + self.count].iter_mut().zip(sums) {
                let sum = match self.sum {
                    Sum::Shifted(right) => sum >> right,
                    Sum::Wrapped => {
                        let wrapped = (sum << 8) >> 8;
                        *wraps += u64::from(wrapped != *sum);
                        wrapped
                    }
                    Sum::Added => *sum,
                };
                *ring = ring.wrapping_add(sum);
            }
        }
    }

    /// Adds rows of weights to `sums`: [slots, neurons].
    fn accumulate(&self, spikes: &Spikes, sums: &mut [i32], first: usize) {
        let graded = self.graded && !spikes.payloads.is_empty();
        match &self.form {
            Form::Rows(rows) if graded => {
                for (element, payload) in spikes.iter() {
                    rows.add(element as usize, payload, sums, first, self.count);
                }
            }
            Form::Rows(rows) => {
                for element in &spikes.elements {
                    rows.add(*element as usize, 1, sums, first, self.count);
                }
            }
            Form::Convolution(kernel) => {
                let sums = &mut sums[first * self.count..(first + 1) * self.count];
                for (element, payload) in spikes.iter() {
                    kernel.add(element as usize, if graded { payload } else { 1 }, sums);
                }
            }
        }
    }
}

/// Weights with their exponent, where that is the same for the sum; otherwise what the sum needs.
fn shifted(mut weights: Vec<i32>, exponent: i8) -> (Vec<i32>, Sum) {
    let shift = u32::from(exponent.unsigned_abs());
    if exponent >= 0 {
        weights.iter_mut().for_each(|w| *w <<= shift);
        return (weights, Sum::Added);
    }
    let lost = (1 << shift) - 1;
    if weights.iter().any(|w| w & lost != 0) {
        return (weights, Sum::Shifted(shift));
    }
    weights.iter_mut().for_each(|w| *w >>= shift);
    (weights, Sum::Added)
}
