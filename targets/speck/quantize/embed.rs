//! The one kernel, stride and padding of a core for all sources of a layer.
//!
//! A core has a square kernel and the same zeros on both sides of an axis. A kernel that is not square, or
//! padded on one side only, is put into a larger one with zeros around it.

use nirc_dialects::finding::Finding;

use super::kernel::{AXES, Kernel};
use crate::speck::chip::Chip;

/// What a core has of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The stride.
    pub stride: usize,
    /// Zeros on both sides.
    pub padding: usize,
}

/// The geometry of a core for a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The side of the kernel.
    pub side: usize,
    /// Rows, columns.
    pub axes: [Axis; 2],
}

const RULE: &str = "a layer is a convolution that a core has";

/// The smallest kernel that holds those of all sources, from maps of `input` to maps of `output` (rows,
/// columns).
///
/// # Errors
///
/// The first of stride, kernel and padding that no core has.
pub fn geometry(
    kernels: &[&Kernel],
    input: [usize; 2],
    output: [usize; 2],
    chip: &Chip,
) -> Result<Geometry, Finding> {
    let largest = chip.kernel_size.value.high as usize;
    for side in 1..=largest {
        let found = AXES.map(|axis| fit(kernels, axis, side, input[axis], output[axis], chip));
        if let [Some(rows), Some(columns)] = found {
            return Ok(Geometry {
                side,
                axes: [rows, columns],
            });
        }
    }
    Err(reason(kernels, output, chip))
}

/// Stride and padding of an axis for a kernel of `side`, if there are any.
fn fit(
    kernels: &[&Kernel],
    axis: usize,
    side: usize,
    input: usize,
    output: usize,
    chip: &Chip,
) -> Option<Axis> {
    let strides = chip.strides.value.iter().map(|s| *s as usize);
    let mut fitting = strides.flat_map(|stride| {
        (0..=chip.padding.value.high as usize).map(move |padding| Axis { stride, padding })
    });
    fitting.find(|found| {
        let Axis { stride, padding } = *found;
        // One row or column of neurons has no use for a stride.
        let strides = output == 1 || kernels.iter().all(|k| k.stride[axis] == stride);
        let holds = kernels.iter().all(|k| {
            let offset = padding.checked_sub(k.before[axis]);
            offset.is_some_and(|offset| offset + k.side(axis) <= side)
        });
        let extent = (input + 2 * padding).checked_sub(side);
        strides && holds && extent.is_some_and(|extent| extent / stride + 1 == output)
    })
}

/// Why no kernel of the chip holds these.
fn reason(kernels: &[&Kernel], output: [usize; 2], chip: &Chip) -> Finding {
    let mut strides: Vec<[usize; 2]> = kernels.iter().map(|k| k.stride).collect();
    strides.dedup();
    for axis in AXES.into_iter().filter(|axis| output[*axis] > 1) {
        let name = ["rows", "columns"][axis];
        if strides.iter().any(|s| s[axis] != strides[0][axis]) {
            let what = format!("its sources have different strides along {name}: {strides:?}");
            return Finding::error("speck-sources-differ", RULE, what)
                .why("a core has one stride for all that it takes")
                .fix("use one stride, or a layer of spiking neurons between");
        }
        let stride = strides.first().map_or(1, |s| s[axis]);
        if !chip.strides.value.contains(&(stride as i64)) {
            let what = format!(
                "its stride along {name} is {stride}; {} has {:?}",
                chip.name, chip.strides.value
            );
            return Finding::error("speck-stride", RULE, what)
                .why(chip.strides.because())
                .fix("train with a stride of 1, 2, 4 or 8, pools before it included");
        }
    }
    let sides = kernels.iter().flat_map(|k| AXES.map(|axis| k.side(axis)));
    let (largest, most) = (sides.max().unwrap_or(0), chip.kernel_size.value.high);
    if largest as i64 > most {
        let what = format!(
            "its kernel has a side of {largest}; {} has {most}",
            chip.name
        );
        return Finding::error("speck-kernel-size", RULE, what)
            .why(chip.kernel_size.because())
            .fix(
                "train with a smaller kernel; a fully connected layer is one over the whole map, so pool \
                 the map to 16 rows and columns",
            );
    }
    let before: Vec<_> = kernels.iter().map(|k| k.before).collect();
    let what = format!(
        "its padding {before:?} and kernels are none of a core, which pads 0 to {} on both sides",
        chip.padding.value.high
    );
    Finding::error("speck-padding", RULE, what)
        .why(chip.padding.because())
        .fix("pad less, and the same on both sides")
}

/// The kernel with zeros around it.
pub fn embedded(kernel: &Kernel, geometry: &Geometry) -> ndarray::Array4<f64> {
    let [outputs, inputs, rows, columns] = *kernel.weights.shape() else {
        return ndarray::Array4::zeros((0, 0, 0, 0));
    };
    let side = geometry.side;
    if (rows, columns) == (side, side) {
        return kernel.weights.clone();
    }
    let mut weights = ndarray::Array4::zeros((outputs, inputs, side, side));
    let [row, column] = AXES.map(|axis| geometry.axes[axis].padding - kernel.before[axis]);
    weights
        .slice_mut(ndarray::s![
            ..,
            ..,
            row..row + rows,
            column..column + columns
        ])
        .assign(&kernel.weights);
    weights
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;
    use crate::speck::chip::CHIPS;

    fn kernel(rows: usize, columns: usize, stride: [usize; 2], before: [usize; 2]) -> Kernel {
        Kernel {
            weights: Array4::from_shape_fn((2, 3, rows, columns), |(f, c, i, j)| {
                1.0 + (f * 100 + c * 10 + i * 3 + j) as f64
            }),
            stride,
            before,
        }
    }

    /// What a kernel gives, and what the larger one gives, on the same map.
    fn same(kernel: &Kernel, input: [usize; 2], output: [usize; 2]) -> Geometry {
        let geometry = geometry(&[kernel], input, output, &CHIPS[2]).unwrap();
        let larger = Kernel {
            weights: embedded(kernel, &geometry),
            stride: geometry.axes.map(|a| a.stride),
            before: geometry.axes.map(|a| a.padding),
        };
        let (from, to) = ([3, input[0], input[1]], [2, output[0], output[1]]);
        let x: Vec<f64> = (0..3 * input[0] * input[1])
            .map(|i| (i % 5) as f64)
            .collect();
        assert_eq!(kernel.apply(&x, from, to), larger.apply(&x, from, to));
        geometry
    }

    #[test]
    fn kernels_that_are_not_square_get_zeros() {
        assert_eq!(same(&kernel(3, 3, [1, 1], [1, 1]), [8, 8], [8, 8]).side, 3);
        assert_eq!(same(&kernel(3, 1, [1, 1], [0, 0]), [8, 8], [6, 8]).side, 3);
        assert_eq!(same(&kernel(1, 5, [2, 1], [0, 2]), [9, 8], [5, 8]).side, 5);
        // A fully connected layer on a map of 2 x 4, and on a row.
        same(&kernel(2, 4, [1, 1], [0, 0]), [2, 4], [1, 1]);
        same(&kernel(1, 7, [1, 1], [0, 0]), [1, 7], [1, 1]);
        // "same" padding of an even kernel: one zero, behind.
        same(&kernel(2, 2, [1, 1], [0, 0]), [8, 8], [8, 8]);
        same(&kernel(1, 3, [1, 1], [0, 1]), [1, 8], [1, 8]);
    }

    #[test]
    fn what_has_no_form_is_refused_by_name() {
        let code = |kernel: &Kernel, input, output| {
            geometry(&[kernel], input, output, &CHIPS[2])
                .unwrap_err()
                .code
        };
        let (one, none) = ([1, 1], [0, 0]);
        assert_eq!(
            code(&kernel(3, 3, [3, 3], none), [9, 9], [3, 3]),
            "speck-stride"
        );
        assert_eq!(
            code(&kernel(17, 17, one, none), [20, 20], [4, 4]),
            "speck-kernel-size"
        );
        assert_eq!(
            code(&kernel(3, 3, one, [9, 9]), [8, 8], [24, 24]),
            "speck-padding"
        );
        let (a, b) = (kernel(3, 3, one, one), kernel(3, 3, [2, 2], one));
        let differ = geometry(&[&a, &b], [8, 8], [8, 8], &CHIPS[2]).unwrap_err();
        assert_eq!(differ.code, "speck-sources-differ");
    }
}
