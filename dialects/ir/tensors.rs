//! Tensors as attributes.

use melior::{
    Context,
    ir::{Attribute, AttributeLike, Type, attribute::DenseElementsAttribute},
};
use ndarray::IxDyn;

use super::{DenseTensor, resources::quote_key};
use crate::{
    finding::Finding,
    tensor::{Tensor, TensorStore},
    with_elements,
};

/// A tensor of at most this many elements stands in the IR itself; a larger one is held in the
/// tensor store, unless all its elements are equal.
pub const INLINE_ELEMENTS: usize = 16;

/// A uniform tensor in the IR may say any shape; one with more elements than this is refused
/// rather than filled into memory.
const MAX_INLINE_RESOLVED: usize = 1 << 28;

impl TensorStore {
    /// The attribute for `tensor`: in the IR if it is small or uniform, else held here under `key`,
    /// with a number behind it if the key is taken.
    pub fn attribute<'c>(
        &mut self,
        context: &'c Context,
        key: &str,
        tensor: Tensor,
    ) -> DenseTensor<'c> {
        if (tensor.len() <= INLINE_ELEMENTS || tensor.splat().is_some())
            && let Some(attribute) = DenseTensor::inline(context, &tensor, tensor.shape())
        {
            return attribute;
        }
        let mut free = key.to_owned();
        for n in 1.. {
            if self.get(&free).is_none() {
                break;
            }
            free = format!("{key}_{n}");
        }
        let text = format!(
            "dense_resource<{}> : {}",
            quote_key(&free),
            tensor_type(tensor.shape(), tensor.element_type())
        );
        let Some(attribute) = Attribute::parse(context, &text).map(DenseTensor) else {
            // A handle is well formed, so MLIR reads it; were it not to, the tensor goes into the IR.
            return DenseTensor::inline(context, &tensor, tensor.shape())
                .unwrap_or(DenseTensor(Attribute::unit(context)));
        };
        // MLIR renames a handle whose key the context has seen, as in IR without its weights.
        self.insert(attribute.key().unwrap_or(free), tensor);
        attribute
    }

    /// The tensor of `attribute`: a pointer for one held here, a copy for one in the IR.
    ///
    /// # Errors
    ///
    /// A finding if the weights are not here, as in a file that was written with weights elided.
    pub fn resolve(&self, attribute: DenseTensor<'_>) -> Result<Tensor, Finding> {
        if let Some(key) = attribute.key() {
            return match self.get(&key) {
                Some(tensor) if tensor.shape() == attribute.shape() => Ok(tensor.clone()),
                Some(tensor) => Err(Finding::error(
                    "ir-weights-shape",
                    "a tensor has the shape that its op says",
                    format!(
                        "tensor `{key}` has shape {:?}, the op says {:?}",
                        tensor.shape(),
                        attribute.shape()
                    ),
                )),
                None => Err(Finding::error(
                    "ir-weights-missing",
                    "the tensors that a module names are with it",
                    format!("tensor `{key}` is not in the file: its weights were elided"),
                )
                .fix("write the IR with `--print-weights`")),
            };
        }
        inline_tensor(attribute).ok_or_else(|| {
            Finding::error(
                "ir-tensor",
                "a tensor has elements of type f32, f64, i64, i32, i16 or i8",
                format!("`{}` cannot be read", attribute.attribute()),
            )
        })
    }
}

impl<'c> DenseTensor<'c> {
    /// `tensor` as it stands in the IR, in `shape`: its own, or any for a tensor of one value.
    pub fn inline(context: &'c Context, tensor: &Tensor, shape: &[usize]) -> Option<Self> {
        let r#type = Type::parse(context, &tensor_type(shape, tensor.element_type()))?;
        let take = if tensor.splat().is_some() {
            1
        } else {
            tensor.len()
        };
        if take != 1 && shape != tensor.shape() {
            return None;
        }
        let bytes: Vec<u8> = with_elements!(tensor, array => {
            array.iter().take(take).flat_map(|x| x.to_ne_bytes()).collect()
        });
        Some(Self(
            DenseElementsAttribute::raw_buffer(r#type, &bytes).into(),
        ))
    }

    /// The value that all elements share, for a tensor that stands in the IR.
    pub fn splat(self) -> Option<f64> {
        let dense = DenseElementsAttribute::try_from(self.0).ok()?;
        if dense.is_empty() || !dense.is_splat() {
            return None;
        }
        inline_elements(self, 1)?.splat()
    }
}

fn tensor_type(shape: &[usize], element: &str) -> String {
    let mut text = String::from("tensor<");
    for extent in shape {
        text.push_str(&format!("{extent}x"));
    }
    text + element + ">"
}

/// The elements of a `dense<...>` attribute.
fn inline_tensor(attribute: DenseTensor<'_>) -> Option<Tensor> {
    let total = attribute
        .shape()
        .iter()
        .try_fold(1usize, |n, extent| n.checked_mul(*extent))
        .filter(|total| *total <= MAX_INLINE_RESOLVED)?;
    let flat = inline_elements(attribute, total)?;
    let shape = IxDyn(&attribute.shape());
    Some(with_elements!(flat, array => {
        Tensor::from(array.into_owned().into_shape_with_order(shape).ok()?)
    }))
}

/// The first `count` elements of a `dense<...>` attribute, in one dimension.
fn inline_elements(attribute: DenseTensor<'_>, count: usize) -> Option<Tensor> {
    let dense = DenseElementsAttribute::try_from(attribute.attribute()).ok()?;

    fn collect<T: Copy>(dense: &DenseElementsAttribute<'_>, count: usize) -> Vec<T> {
        let stored = if dense.is_splat() { 1 } else { count };
        // SAFETY: MLIR holds one element for a splat and all of them otherwise, of this type and
        // aligned for it, for the life of the context; `count` is at most their number.
        let elements = unsafe { std::slice::from_raw_parts(dense.raw_data().cast::<T>(), stored) };
        match elements {
            [uniform] => vec![*uniform; count],
            elements => elements.to_vec(),
        }
    }
    if dense.is_empty() {
        return None;
    }
    let text = attribute.attribute().r#type().to_string();
    Some(match text.strip_suffix('>')?.rsplit(['x', '<']).next()? {
        "f32" => collect::<f32>(&dense, count).into(),
        "f64" => collect::<f64>(&dense, count).into(),
        "i64" => collect::<i64>(&dense, count).into(),
        "i32" => collect::<i32>(&dense, count).into(),
        "i16" => collect::<i16>(&dense, count).into(),
        "i8" => collect::<i8>(&dense, count).into(),
        _ => return None,
    })
}
