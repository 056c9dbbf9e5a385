//! A program: one MLIR module and the tensors that it refers to.

use melior::{
    Context,
    ir::{
        Attribute, BlockLike, BlockRef, Location, Module, OperationRef, RegionLike,
        operation::{OperationLike, OperationMutLike, OperationRefMut},
    },
};

use super::AttributeValue;
use crate::{finding::Findings, tensor::TensorStore};

/// A module, its tensors, and what was found on the way to it.
pub struct Program<'c> {
    /// The module; its ops say which level it is at.
    pub module: Module<'c>,
    /// The tensors that the module's `dense_resource` handles name.
    pub tensors: TensorStore,
    /// What reading the file and the passes so far found. They travel with the IR, so that a
    /// compilation that is cut and taken up again reports the same as one that is not.
    pub findings: Findings,
}

impl<'c> Program<'c> {
    /// An empty program.
    pub fn new(context: &'c Context) -> Self {
        Self {
            module: Module::new(Location::unknown(context)),
            tensors: TensorStore::new(),
            findings: Findings::new(),
        }
    }

    /// The level of the module: the dialect of its first op; `None` for an empty module.
    pub fn level(&self) -> Option<String> {
        level(self.module.as_operation())
    }
}

/// The dialect of the first op in `module` that is no nested module.
pub fn level(module: OperationRef<'_, '_>) -> Option<String> {
    let list = operations(module);
    list.iter()
        .find(|op| op.region_count() == 0)
        .and_then(|op| {
            let name = op.name();
            let (dialect, _) = name.as_string_ref().as_str().ok()?.split_once('.')?;
            Some(dialect.to_owned())
        })
}

/// The ops in the body of `module`, in order.
pub fn operations<'c, 'a>(module: OperationRef<'c, 'a>) -> Vec<OperationRef<'c, 'a>> {
    let mut list = Vec::new();
    let mut next = body(module).and_then(|block| block.first_operation());
    while let Some(operation) = next {
        list.push(operation);
        next = operation.next_in_block();
    }
    list
}

/// The body of `module`.
pub fn body<'c, 'a>(module: OperationRef<'c, 'a>) -> Option<BlockRef<'c, 'a>> {
    module.region(0).ok()?.first_block()
}

/// The NIR node that `operation` comes from: its location's name.
pub fn node_name(operation: OperationRef<'_, '_>) -> String {
    location_name(operation.location()).unwrap_or_else(|| "?".to_owned())
}

/// The name in `location`; the names of a fused location joined by `+`; for IR written by hand, the
/// place in the file.
pub(super) fn location_name(location: Location<'_>) -> Option<String> {
    if location.is_name() {
        let name = location.name_value();
        return name.as_string_ref().as_str().ok().map(str::to_owned);
    }
    if location.is_fused() {
        let names: Vec<_> = (0..location.fused_num_locations())
            .filter_map(|i| location_name(location.fused_location(i)))
            .collect();
        return (!names.is_empty()).then(|| names.join(" + "));
    }
    if location.is_file_line_col_range() {
        return Some(format!(
            "line {}",
            location.file_line_col_range_start_line()
        ));
    }
    None
}

/// The location that carries the name of a NIR node.
pub fn node_location<'c>(context: &'c Context, node: &str) -> Location<'c> {
    Location::name(context, node, Location::unknown(context))
}

/// The location of what comes from several ops; `otherwise` if it comes from none.
pub fn fused_location<'c>(
    context: &'c Context,
    locations: &[Location<'c>],
    otherwise: Location<'c>,
) -> Location<'c> {
    match locations {
        [] => otherwise,
        [one] => *one,
        several => Location::fused(context, several, Attribute::unit(context)),
    }
}

/// Sets a module attribute `dialect.name`.
pub fn set_module_attribute<'c>(
    module: OperationRef<'c, '_>,
    context: &'c Context,
    name: &str,
    value: &impl AttributeValue<'c>,
) {
    // SAFETY: the pass or driver that calls this has the module to itself.
    let mut module = unsafe { OperationRefMut::from_raw(module.to_raw()) };
    match value.write(context) {
        Some(attribute) => module.set_attribute(name, attribute),
        None => drop(module.remove_attribute(name)),
    }
}

/// Reads a module attribute `dialect.name`.
pub fn module_attribute<'c, T: AttributeValue<'c>>(
    module: OperationRef<'c, '_>,
    name: &str,
) -> Option<T> {
    T::read(Some(module.attribute(name).ok()?))
}
