//! Programs as MLIR text.

use std::collections::BTreeSet;

use melior::ir::{
    Module,
    operation::{OperationLike, OperationPrintingFlags},
};
use ndarray::{ArrayD, IxDyn};

use super::{AttributeValue, DenseTensor, IrContext, Program, operations, resources};
use crate::{
    finding::{Finding, Findings},
    tensor::{Tensor, TensorStore},
    with_elements,
};

/// How a program is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintOptions {
    /// Whether the weights and the findings follow the module. Without them the text shows the whole
    /// structure but cannot be compiled further.
    pub weights: bool,
    /// `dense<...>` attributes with more elements than this are elided.
    pub elide_elements_larger_than: Option<usize>,
    /// Whether the names of the nodes are printed, as locations.
    pub names: bool,
}

impl Default for PrintOptions {
    fn default() -> Self {
        Self {
            weights: false,
            elide_elements_larger_than: None,
            names: true,
        }
    }
}

impl PrintOptions {
    /// What a fresh process needs to go on: names and weights.
    pub const WHOLE: Self = Self {
        weights: true,
        elide_elements_larger_than: None,
        names: true,
    };

    /// These options as MLIR's printing flags.
    pub fn flags(&self) -> OperationPrintingFlags {
        let flags = OperationPrintingFlags::new().enable_debug_info(self.names, false);
        match self.elide_elements_larger_than {
            Some(limit) => flags.elide_large_elements_attributes(limit),
            None => flags,
        }
    }
}

impl<'c> Program<'c> {
    /// The program as MLIR text, which the stock `mlir-opt` reads too.
    ///
    /// # Errors
    ///
    /// A finding if MLIR cannot print the module.
    pub fn print(&self, options: &PrintOptions) -> Result<String, Finding> {
        let mut text = self
            .module
            .as_operation()
            .to_string_with_flags(options.flags())
            .map_err(|e| Finding::error("ir-print", "a module can be printed", e.to_string()))?;
        if options.weights {
            let keys = self.keys();
            let blobs = keys.iter().filter_map(|key| {
                let (alignment, data) = bytes(self.tensors.get(key)?);
                Some((key.as_str(), alignment, data))
            });
            let findings = (!self.findings.0.is_empty())
                .then(|| serde_json::to_string(&self.findings).unwrap_or_default());
            resources::write(&mut text, blobs, findings.as_deref());
        }
        Ok(text)
    }

    /// Reads a program from MLIR text.
    ///
    /// `context` must be fresh: MLIR renames a resource whose key it has seen before.
    ///
    /// # Errors
    ///
    /// All that MLIR's parser and verifier and the resource section say.
    pub fn parse(context: &'c IrContext, text: &str) -> Result<Self, Findings> {
        let (module_text, section) = resources::split(text);
        let module = Module::parse(context.mlir(), module_text);
        let mut findings = context.take_diagnostics();
        let Some(module) = module else {
            if findings.0.is_empty() {
                findings.push(Finding::error(
                    "ir-parse",
                    "the text is MLIR",
                    "the text does not parse",
                ));
            }
            return Err(findings);
        };
        let mut program = Program {
            module,
            tensors: TensorStore::new(),
            findings: Findings::new(),
        };
        if !program.module.as_operation().verify() {
            findings.extend(context.take_diagnostics());
            return Err(findings);
        }
        let mut section = section
            .map(resources::parse)
            .transpose()?
            .unwrap_or_default();
        for (key, attribute) in program.handles() {
            let Some(data) = section.blobs.remove(&key) else {
                continue;
            };
            match from_bytes(attribute, &data) {
                Some(tensor) => program.tensors.insert(key, tensor),
                None => findings.push(Finding::error(
                    "ir-resources",
                    "a tensor's data has the size that its type says",
                    format!(
                        "tensor `{key}`: {} bytes for `{}`",
                        data.len(),
                        attribute.attribute()
                    ),
                )),
            }
        }
        if let Some(text) = section.findings {
            match serde_json::from_str(&text) {
                Ok(stored) => program.findings = stored,
                Err(e) => findings.push(Finding::error(
                    "ir-resources",
                    "the findings in the file can be read",
                    e.to_string(),
                )),
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(program)
    }

    /// The keys that the module refers to.
    fn keys(&self) -> BTreeSet<String> {
        self.handles().into_iter().map(|(key, _)| key).collect()
    }

    /// The handles in the module, nested modules too.
    fn handles(&self) -> Vec<(String, DenseTensor<'c>)> {
        let mut handles = Vec::new();
        let mut modules = vec![self.module.as_operation()];
        while let Some(module) = modules.pop() {
            for operation in operations(module) {
                if operation.region_count() > 0 {
                    modules.push(operation);
                }
                for (_, attribute) in operation.attributes() {
                    if let Some(tensor) = DenseTensor::read(Some(attribute))
                        && let Some(key) = tensor.key()
                    {
                        handles.push((key, tensor));
                    }
                }
            }
        }
        handles
    }
}

/// The elements of `tensor` in row-major order, little endian, and the size of one.
fn bytes(tensor: &Tensor) -> (u32, Vec<u8>) {
    with_elements!(tensor, array => {
        let data = array.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let size = data.len().checked_div(array.len()).unwrap_or(1);
        (size as u32, data)
    })
}

/// The tensor that `data` holds, of the type that `attribute` has.
fn from_bytes(attribute: DenseTensor<'_>, data: &[u8]) -> Option<Tensor> {
    let shape = IxDyn(&attribute.shape());
    let text = attribute.attribute().to_string();
    let element = text.strip_suffix('>')?.rsplit(['x', '<']).next()?;
    macro_rules! elements {
        ($Element:ty) => {{
            let (chunks, rest) = data.as_chunks::<{ size_of::<$Element>() }>();
            if !rest.is_empty() {
                return None;
            }
            let elements = chunks
                .iter()
                .map(|c| <$Element>::from_le_bytes(*c))
                .collect();
            ArrayD::<$Element>::from_shape_vec(shape, elements)
                .ok()?
                .into()
        }};
    }
    Some(match element {
        "f32" => elements!(f32),
        "f64" => elements!(f64),
        "i64" => elements!(i64),
        "i32" => elements!(i32),
        "i16" => elements!(i16),
        "i8" => elements!(i8),
        _ => return None,
    })
}
