//! Arrays of a configuration.

/// An array in row-major order. Files can hold arrays whose values do not fill their shape, so this
/// can too: [`Tensor::is_whole`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tensor {
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The elements, the last axis fastest.
    pub values: Vec<i32>,
}

impl Tensor {
    /// Zeros.
    pub fn zeros(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            values: vec![0; shape.iter().product()],
        }
    }

    /// Whether there is one value for each place.
    pub fn is_whole(&self) -> bool {
        let places = self
            .shape
            .iter()
            .try_fold(1_usize, |count, extent| count.checked_mul(*extent));
        places == Some(self.values.len())
    }

    /// The shape as samna writes it: `[4][2][3][3]`.
    pub fn shape_text(&self) -> String {
        shape_text(&self.shape)
    }
}

/// `[4][2][3][3]`.
pub fn shape_text(shape: &[impl std::fmt::Display]) -> String {
    shape.iter().map(|extent| format!("[{extent}]")).collect()
}
