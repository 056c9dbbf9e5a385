//! Class decisions from spike counts.

use ndarray::Axis;
use nirc_dialects::simulation::Recording;

/// The spikes of each output element over all steps.
pub fn counts(recording: &Recording) -> Vec<f64> {
    let outputs = recording.outputs.values();
    outputs
        .flat_map(|raster| raster.sum_axis(Axis(0)))
        .collect()
}

/// The index of the largest count; the lowest index of several.
pub fn decide(counts: &[f64]) -> usize {
    let mut best = 0;
    for (index, count) in counts.iter().enumerate() {
        if *count > counts[best] {
            best = index;
        }
    }
    best
}

/// How many decisions equal their label.
pub fn correct(counts: &[Vec<f64>], labels: &[usize]) -> usize {
    counts
        .iter()
        .zip(labels)
        .filter(|(c, label)| !c.is_empty() && decide(c) == **label)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_of_equal_counts_wins() {
        assert_eq!(decide(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(decide(&[0.0, 0.0]), 0);
        assert_eq!(
            correct(&[vec![0.0, 2.0], vec![5.0, 1.0], vec![]], &[1, 1, 0]),
            1
        );
    }
}
