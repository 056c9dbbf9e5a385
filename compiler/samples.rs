//! Input samples and labels from `.npy` files.

use std::{fs, path::Path};

use ndarray::{Array3, ArrayD, Axis};
use ndarray_npy::ReadNpyExt;
use nirc_dialects::finding::Finding;

/// Input for a model: [samples, steps, elements].
///
/// # Errors
///
/// A finding if the file is no `.npy` of numbers, or has fewer than two dimensions.
pub fn inputs(path: &Path) -> Result<Array3<f32>, Finding> {
    let array = numbers(path)?;
    let refuse = |what: String| {
        Finding::error(
            "run-input",
            "input is [steps, elements] or [samples, steps, elements...]",
            what,
        )
    };
    let array = match array.ndim() {
        0 | 1 => {
            return Err(refuse(format!(
                "`{}` has shape {:?}",
                path.display(),
                array.shape()
            )));
        }
        2 => array.insert_axis(Axis(0)),
        _ => array,
    };
    let (samples, steps) = (array.len_of(Axis(0)), array.len_of(Axis(1)));
    let elements = array.shape()[2..].iter().product();
    array
        .into_shape_with_order((samples, steps, elements))
        .map_err(|e| refuse(format!("`{}`: {e}", path.display())))
}

/// One class number for each sample.
///
/// # Errors
///
/// A finding if the file is no `.npy` of whole numbers.
pub fn labels(path: &Path) -> Result<Vec<usize>, Finding> {
    numbers(path)?
        .iter()
        .map(|x| {
            (*x >= 0.0 && x.fract() == 0.0)
                .then_some(*x as usize)
                .ok_or_else(|| {
                    Finding::error(
                        "run-labels",
                        "labels are class numbers",
                        format!("`{}` has {x}", path.display()),
                    )
                })
        })
        .collect()
}

/// An array of any numeric type, as f32.
fn numbers(path: &Path) -> Result<ArrayD<f32>, Finding> {
    let refuse = |what: String| {
        Finding::error(
            "run-npy",
            "arrays are `.npy` files",
            format!("`{}`: {what}", path.display()),
        )
    };
    let bytes = fs::read(path).map_err(|e| refuse(e.to_string()))?;
    macro_rules! attempt {
        ($($Type:ty),*) => {$(
            if let Ok(array) = ArrayD::<$Type>::read_npy(&bytes[..]) {
                return Ok(array.mapv(|x| x as f32).as_standard_layout().into_owned());
            }
        )*};
    }
    attempt!(u8, i8, u16, i16, u32, i32, i64, u64, f64);
    if let Ok(array) = ArrayD::<bool>::read_npy(&bytes[..]) {
        return Ok(array
            .mapv(|x| f32::from(u8::from(x)))
            .as_standard_layout()
            .into_owned());
    }
    ArrayD::<f32>::read_npy(&bytes[..])
        .map(|array| array.as_standard_layout().into_owned())
        .map_err(|e| refuse(e.to_string()))
}
