//! What flows along one edge: the constant part of each element, and what changes at an instant.

/// A sum in twice the precision of f64, so that weights in single precision that are added and taken
/// off again leave no trace: the error-free sum of Knuth (The Art of Computer Programming 2, 4.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub fn add(&mut self, x: f64) {
        let (high, error) = exact(self.high, x);
        let (high, low) = exact(high, self.low + error);
        (self.high, self.low) = (high, low);
    }
}

/// a + b as its nearest number and what is left.
fn exact(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// The values of one edge. What changes is collected until it has been passed on.
pub(super) struct Slot {
    elements: Vec<Element>,
    /// The elements that changed, in the order of their first change.
    changed: Vec<usize>,
}

#[derive(Clone, Default)]
struct Element {
    value: Sum,
    before: f64,
    impulse: f64,
    spikes: f64,
    changed: bool,
}

/// What happened to one element at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub element: usize,
    /// The constant part before and after.
    pub before: f64,
    pub after: f64,
    /// The integral of the impulses.
    pub impulse: f64,
    /// The number of spikes that begin.
    pub spikes: f64,
}

impl Slot {
    /// An edge that is zero.
    pub fn new(count: usize) -> Self {
        Self {
            elements: vec![Element::default(); count],
            changed: Vec::new(),
        }
    }

    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.elements.iter().map(|e| e.value.high)
    }

    fn touch(&mut self, element: usize) -> &mut Element {
        let touched = &mut self.elements[element];
        if !touched.changed {
            self.changed.push(element);
            touched.changed = true;
            touched.before = touched.value.high;
            (touched.impulse, touched.spikes) = (0.0, 0.0);
        }
        touched
    }

    /// The constant part grows by `to` - `from`.
    pub fn add(&mut self, element: usize, from: f64, to: f64) {
        let value = &mut self.touch(element).value;
        value.add(to);
        value.add(-from);
    }

    pub fn set(&mut self, element: usize, high: f64) {
        self.touch(element).value = Sum { high, low: 0.0 };
    }

    pub fn impulse(&mut self, element: usize, area: f64) {
        self.touch(element).impulse += area;
    }

    pub fn spike(&mut self, element: usize, count: f64) {
        self.touch(element).spikes += count;
    }

    /// What happened; elements that are again as they were are left out.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.changed.iter().filter_map(|&element| {
            let e = &self.elements[element];
            let change = Change {
                element,
                before: e.before,
                after: e.value.high,
                impulse: e.impulse,
                spikes: e.spikes,
            };
            (change.before != change.after || change.impulse != 0.0 || change.spikes != 0.0)
                .then_some(change)
        })
    }

    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Forgets what happened: it has been passed on.
    pub fn settle(&mut self) {
        for element in self.changed.drain(..) {
            self.elements[element].changed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_and_taken_off_leaves_no_trace() {
        let weights = [0.1, 1e-9, 3e7, -0.3, 0.7, 1.0 / 3.0].map(|w: f32| f64::from(w));
        let mut slot = Slot::new(1);
        for w in weights {
            slot.add(0, 0.0, w);
        }
        for w in [2, 0, 5, 1, 4, 3].map(|k: usize| weights[k]) {
            slot.add(0, w, 0.0);
        }
        assert!(slot.values().eq([0.0]));
        assert_eq!(slot.changes().count(), 0);
        slot.impulse(0, 2.0);
        slot.settle();
        slot.spike(0, 3.0);
        let change = Change {
            element: 0,
            before: 0.0,
            after: 0.0,
            impulse: 0.0,
            spikes: 3.0,
        };
        assert_eq!(slot.changes().collect::<Vec<_>>(), [change]);
    }
}
