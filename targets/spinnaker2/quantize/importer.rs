//! The integers of py-spinnaker2's NIR importer, to compare: one scale for the incoming weights of a
//! population, in the weights' own precision, and truncation.
//!
//! Source: the importer's rules as documented (s2_nir, `scale_weights=True`): 127 over the largest
//! magnitude of all weights of the layer; weights times this, cut towards 0; threshold and offset
//! divided by the neuron's gains. The comparison is the chip's, the reset voltage and the first
//! potential are 0.

use super::scale::Weights;

/// What weights are scaled to.
const LARGEST: f64 = 127.0;

/// The scale of all weights of a population. In 32 bits, 127 over a weight and the product with it
/// may be just below 127, which is then cut to 126.
pub fn scale(largest: f64, single: bool) -> f64 {
    let scale = match single {
        true => f64::from(LARGEST as f32 / largest as f32),
        false => LARGEST / largest,
    };
    if scale.is_finite() && largest > 0.0 {
        scale
    } else {
        1.0
    }
}

/// The integer of a weight.
pub fn integer(weight: f64, scale: f64, single: bool) -> i8 {
    let product = match single {
        true => f64::from(weight as f32 * scale as f32),
        false => weight * scale,
    };
    product.trunc() as i8
}

/// The largest magnitude of all weights.
pub fn largest(connections: &[Weights]) -> f64 {
    let mut largest = 0f64;
    for weights in connections {
        match weights {
            Weights::Columns(columns) => {
                for source in 0..columns.sources() {
                    for (_, weight) in columns.column(source) {
                        largest = largest.max(weight.abs());
                    }
                }
            }
            Weights::Kernel(kernel) => {
                largest = kernel
                    .weight
                    .iter()
                    .fold(largest, |most, w| most.max(w.abs()));
            }
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_loses_the_largest_weight() {
        let lost = (1..2000).map(f64::from).find(|n| {
            let weight = f64::from((n / 1000.0) as f32);
            integer(weight, scale(weight, true), true) == 126
        });
        assert!(lost.is_some());
        for n in 1..2000 {
            let weight = f64::from(n) / 1000.0;
            assert!(integer(-weight, scale(weight, false), false) <= -126);
        }
        assert_eq!(integer(-0.99, 1.0, true), 0);
        assert_eq!(scale(0.0, true), 1.0);
    }
}
