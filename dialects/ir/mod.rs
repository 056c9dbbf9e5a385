//! What all five dialects share: the context with their definitions loaded, the typed view of ops
//! and attributes, programs (a module with its tensors), and their text form.

mod attribute;
mod build;
mod context;
mod define;
mod program;
mod resources;
mod schedule;
mod shapes;
mod signal;
mod tensors;
mod text;

pub use attribute::{AttributeValue, DenseTensor, MetadataAttribute, Symbol};
pub use build::{Builder, SYMBOL_NAME, ValueId, erase};
pub use context::{DEFINITIONS, IrContext};
pub use define::{DialectOp, OpFields, check_attributes, missing_attribute, unexpected_op};
pub use program::{
    Program, body, fused_location, level, module_attribute, node_location, node_name, operations,
    set_module_attribute,
};
pub use schedule::{Prepared, Schedule, named, names};
pub use shapes::Shapes;
pub use signal::{SignalText, shape_text, signal_type};
pub use tensors::INLINE_ELEMENTS;
pub use text::PrintOptions;
