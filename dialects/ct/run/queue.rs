//! What is going to happen, in order of time.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// Times that differ by less are one instant: 8 units in the last place. A time that is reached by
/// two ways, a step of the grid or a spike and its delay, differs by rounding.
pub(super) fn tolerance(time: f64) -> f64 {
    8.0 * f64::EPSILON * time.abs()
}

/// A change of an element of an edge that is known in advance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    pub time: f64,
    pub slot: usize,
    pub element: usize,
    pub value: Value,
    pub impulse: f64,
    pub spikes: f64,
}

/// What becomes of the constant part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Keep,
    Set(f64),
    Add(f64),
}

/// A neuron that will spike if nothing comes between: its crossing, or the next count of a level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prediction {
    pub time: f64,
    /// The index of the neuron's op.
    pub op: usize,
    pub neuron: usize,
    /// The version of the neuron's state that it was made for.
    pub version: u64,
}

/// A time with something that breaks ties, so that the order never depends on the queue.
struct Timed<T> {
    time: f64,
    rank: (usize, usize, u64),
    item: T,
}

impl<T> PartialEq for Timed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Timed<T> {}

impl<T> PartialOrd for Timed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Timed<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.time
            .total_cmp(&other.time)
            .then(self.rank.cmp(&other.rank))
    }
}

/// All that is going to happen.
pub(super) struct Queue {
    /// What enters, the latest first.
    inputs: Vec<Delivery>,
    deliveries: BinaryHeap<Reverse<Timed<Delivery>>>,
    predictions: BinaryHeap<Reverse<Timed<Prediction>>>,
    pushed: u64,
}

impl Queue {
    /// A queue with the `inputs`, in any order; those of one time keep theirs.
    pub fn new(mut inputs: Vec<Delivery>) -> Self {
        inputs.reverse();
        inputs.sort_by(|a, b| b.time.total_cmp(&a.time));
        Self {
            inputs,
            deliveries: BinaryHeap::new(),
            predictions: BinaryHeap::new(),
            pushed: 0,
        }
    }

    pub fn deliver(&mut self, item: Delivery) {
        self.pushed += 1;
        self.deliveries.push(Reverse(Timed {
            time: item.time,
            rank: (0, 0, self.pushed),
            item,
        }));
    }

    pub fn predict(&mut self, item: Prediction) {
        self.predictions.push(Reverse(Timed {
            time: item.time,
            rank: (item.op, item.neuron, item.version),
            item,
        }));
    }

    /// The time of the next delivery.
    pub fn next_delivery(&self) -> Option<f64> {
        let input = self.inputs.last().map(|d| d.time);
        let queued = self.deliveries.peek().map(|d| d.0.time);
        match (input, queued) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The next prediction; those that are not `valid` any more are thrown away.
    pub fn next_prediction(&mut self, valid: impl Fn(&Prediction) -> bool) -> Option<f64> {
        while let Some(Reverse(next)) = self.predictions.peek() {
            if valid(&next.item) {
                return Some(next.time);
            }
            self.predictions.pop();
        }
        None
    }

    /// Takes a delivery up to `time`.
    pub fn take_delivery(&mut self, time: f64) -> Option<Delivery> {
        if self.inputs.last().is_some_and(|d| d.time <= time) {
            return self.inputs.pop();
        }
        match self.deliveries.peek() {
            Some(Reverse(next)) if next.time <= time => {
                self.deliveries.pop().map(|Reverse(next)| next.item)
            }
            _ => None,
        }
    }

    /// Takes a prediction up to `time`.
    pub fn take_prediction(&mut self, time: f64) -> Option<Prediction> {
        match self.predictions.peek() {
            Some(Reverse(next)) if next.time <= time => {
                self.predictions.pop().map(|Reverse(next)| next.item)
            }
            _ => None,
        }
    }
}
