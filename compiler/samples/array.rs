//! Samples in an array.

use std::path::Path;

use ndarray::{Array2, ArrayD, Axis};
use nirc_dialects::finding::{Finding, Findings};

use super::Input;

/// The samples of an array [steps, elements...] or [samples, steps, elements...], for an input of
/// this width. An array of three or more dimensions is read as several samples unless only the
/// other reading fits.
///
/// # Errors
///
/// A finding if the array has fewer than two dimensions or no elements, or if neither reading fits.
pub fn samples(
    array: ArrayD<f32>,
    input: Input<'_>,
    path: &Path,
    findings: &mut Findings,
) -> Result<Vec<Array2<f32>>, Finding> {
    let shape = array.shape().to_vec();
    let refuse = |what: String| {
        Finding::error(
            "run-input",
            "input is [steps, elements] or [samples, steps, elements...]",
            what,
        )
        .at(input.name)
    };
    let elements = |from: usize| -> Option<usize> {
        Some(
            shape
                .get(from..)
                .filter(|s| !s.is_empty())?
                .iter()
                .product(),
        )
    };
    let (several, one) = (
        elements(2) == Some(input.width),
        elements(1) == Some(input.width),
    );
    if shape.len() < 2 || array.is_empty() {
        return Err(refuse(format!("`{}` has shape {shape:?}", path.display())));
    }
    if !several && !one {
        let count = if shape.len() == 2 {
            elements(1)
        } else {
            elements(2)
        };
        return Err(refuse(format!(
            "`{}` of shape {shape:?} has {} elements in a step, the input has {}",
            path.display(),
            count.unwrap_or_default(),
            input.width
        )));
    }
    if several && one && shape.first() != Some(&1) {
        findings.push(
            Finding::warning(
                "run-input-shape",
                "an array of three or more dimensions is [samples, steps, elements...]",
                format!(
                    "`{}` of shape {shape:?} is read as {} samples of one step",
                    path.display(),
                    array.len_of(Axis(0))
                ),
            )
            .at(input.name)
            .why("it may also be one sample [steps, elements...]")
            .fix("give it a leading dimension of 1 if it is one sample"),
        );
    }
    let samples = if several { array.len_of(Axis(0)) } else { 1 };
    let steps = array.len() / samples / input.width;
    let array = array
        .into_shape_with_order((samples, steps, input.width))
        .map_err(|e| refuse(format!("`{}`: {e}", path.display())))?;
    Ok(array.outer_iter().map(|sample| sample.to_owned()).collect())
}
