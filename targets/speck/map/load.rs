//! What a layer has to do.

use super::read::Layer;

impl Layer<'_> {
    /// Synaptic operations for each output channel if every neuron and input that sends to it does so once:
    /// the neurons under the kernel at each place of the input map, for every event that is sent there.
    pub fn operations(&self) -> usize {
        let links = self.links.iter().map(|link| {
            let along = [0, 1].map(|axis| {
                let pool = link.pool[axis].max(1);
                // What a pool leaves over does not arrive.
                let places = link.sent[axis + 1] / pool;
                pool * reached(
                    places,
                    self.map[axis + 1],
                    self.side,
                    self.stride[axis],
                    self.padding[axis],
                )
            });
            link.sent[0] * along[0] * along[1]
        });
        links.sum()
    }
}

/// Pairs of a place of the input and a neuron under the kernel there, along an axis.
fn reached(places: usize, neurons: usize, side: usize, stride: i64, padding: i64) -> usize {
    let first = |neuron: usize| neuron as i64 * stride - padding;
    let under = |neuron: usize| {
        let (from, to) = (first(neuron), first(neuron) + side as i64);
        (to.min(places as i64) - from.max(0)).max(0) as usize
    };
    (0..neurons).map(under).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted one by one.
    #[test]
    fn pairs_of_places_and_neurons() {
        for (places, side, stride, padding) in [
            (8, 3, 1, 1),
            (4, 4, 1, 0),
            (9, 5, 2, 1),
            (7, 2, 4, 3),
            (1, 1, 1, 0),
        ] {
            let neurons = (places + 2 * padding - side) / stride + 1;
            let mut count = 0;
            for place in 0..places as i64 {
                for neuron in 0..neurons as i64 {
                    let at = place + padding as i64 - neuron * stride as i64;
                    count += usize::from((0..side as i64).contains(&at));
                }
            }
            let found = reached(places, neurons, side, stride as i64, padding as i64);
            assert_eq!(found, count, "{places} {side} {stride} {padding}");
        }
        // A fully connected layer: each event reaches each of its neurons once.
        assert_eq!(reached(4, 1, 4, 1, 0), 4);
    }
}
