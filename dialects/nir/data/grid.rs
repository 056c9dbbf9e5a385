//! Events on a grid of steps.

use ndarray::Array2;

use super::Events;

/// How far, in steps, a time may lie before the beginning of a step and still belong to it. Times
/// that were computed as multiples of the step are off by rounding: 29 * 0.01 / 0.01 is less than
/// 29.
pub const TOLERANCE: f64 = 1e-6;

/// The step that a time belongs to: step `k` reaches from `k * dt` to `(k + 1) * dt`. `epsilon` is
/// the relative error of the time.
///
/// `None` if the time is negative, not finite, or so late that its error exceeds a quarter of a
/// step.
pub fn step_of(time: f64, dt: f64, epsilon: f64) -> Option<u64> {
    let steps = time / dt;
    let tolerance = TOLERANCE.max(2.0 * epsilon * steps.abs());
    if !steps.is_finite() || tolerance > 0.25 {
        return None;
    }
    let nearest = steps.round();
    let step = if (steps - nearest).abs() <= tolerance {
        nearest
    } else {
        steps.floor()
    };
    (step >= 0.0).then_some(step as u64)
}

/// The number of steps that a recording of `t_max` seconds takes: one that has begun counts.
///
/// `None` if the length is negative, not finite, or too large to count.
pub fn steps_in(t_max: f64, dt: f64) -> Option<usize> {
    let steps = t_max / dt;
    let nearest = steps.round();
    let tolerance = TOLERANCE.max(2.0 * f64::EPSILON * steps.abs());
    let steps = if (steps - nearest).abs() <= tolerance {
        nearest
    } else {
        steps.ceil()
    };
    (0.0..1e15).contains(&steps).then_some(steps as usize)
}

/// Events that could not be put on a grid, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Their time is negative.
    pub early: usize,
    /// They lie at or after the end.
    pub late: usize,
    /// Their neuron is not one of the grid's.
    pub neuron: usize,
    /// Their time or value is no number, or the time too imprecise to tell the step.
    pub number: usize,
}

impl std::ops::AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.early += other.early;
        self.late += other.late;
        self.neuron += other.neuron;
        self.number += other.number;
    }
}

/// Events summed up on a grid.
#[derive(Clone, Debug)]
pub struct Raster {
    /// The sum of the values in each step: [steps, neurons].
    pub sums: Array2<f32>,
    /// What is not in the sums.
    pub lost: Lost,
}

impl Raster {
    /// An empty grid.
    pub fn new(steps: usize, neurons: usize) -> Self {
        Self {
            sums: Array2::zeros((steps, neurons)),
            lost: Lost::default(),
        }
    }

    /// Adds an event at a time in seconds.
    pub fn add_at(&mut self, time: f64, dt: f64, epsilon: f64, neuron: i64, value: f64) {
        match step_of(time, dt, epsilon) {
            Some(step) => self.add(step, neuron, value),
            None if time < 0.0 && time.is_finite() => self.lost.early += 1,
            None => self.lost.number += 1,
        }
    }

    /// Adds an event in a step. Several events of a neuron in one step add up.
    pub fn add(&mut self, step: u64, neuron: i64, value: f64) {
        let (steps, neurons) = self.sums.dim();
        let position = usize::try_from(neuron).ok().filter(|n| *n < neurons);
        let step = usize::try_from(step).ok().filter(|s| *s < steps);
        match (step, position) {
            _ if !(value as f32).is_finite() => self.lost.number += 1,
            (_, None) => self.lost.neuron += 1,
            (None, _) => self.lost.late += 1,
            (Some(step), Some(neuron)) => {
                if let Some(sum) = self.sums.get_mut((step, neuron)) {
                    *sum += value as f32;
                }
            }
        }
    }
}

impl Events {
    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.idx.nrows()
    }

    /// The events of a sample on a grid of `steps` steps of `dt` seconds. Padding is left out:
    /// where the neuron is -1.
    pub fn raster(&self, sample: usize, steps: usize, dt: f64) -> Raster {
        let mut raster = Raster::new(steps, self.n_neurons);
        if sample >= self.samples() {
            return raster;
        }
        let (idx, time) = (self.idx.row(sample), self.time.row(sample));
        let values = self.value.as_ref().map(|value| value.row(sample));
        for (event, (&neuron, &time)) in idx.iter().zip(&time).enumerate() {
            if neuron != -1 {
                let value = values.and_then(|values| values.get(event).copied());
                raster.add_at(time, dt, self.epsilon, neuron, value.unwrap_or(1.0));
            }
        }
        raster
    }
}
