//! Building the body of a module.

use std::{collections::HashMap, hash::Hash};

use melior::{
    Context,
    ir::{
        Block, BlockLike, BlockRef, Identifier, Location, OperationRef, Region, RegionLike, Type,
        Value, ValueLike,
        attribute::StringAttribute,
        operation::{OperationBuilder, OperationLike, OperationMutLike, OperationRefMut},
    },
};

use super::DialectOp;
use crate::finding::Finding;

/// Appends ops to a block, and knows values by a key of the caller's: a node's name, or the identity
/// of the value in another level that a value stands for.
///
/// Recurrence is use before definition, so a value may be asked for before the op that makes it
/// exists: it is a placeholder until [`Builder::define`] gives it.
pub struct Builder<'c, 'a, Key> {
    context: &'c Context,
    block: BlockRef<'c, 'a>,
    values: HashMap<Key, Value<'c, 'a>>,
    placeholders: HashMap<Key, OperationRef<'c, 'a>>,
}

impl<'c, 'a, Key: Hash + Eq + Clone> Builder<'c, 'a, Key> {
    /// A builder that appends to `block`.
    pub fn new(context: &'c Context, block: BlockRef<'c, 'a>) -> Self {
        Self {
            context,
            block,
            values: HashMap::new(),
            placeholders: HashMap::new(),
        }
    }

    /// The context.
    pub fn context(&self) -> &'c Context {
        self.context
    }

    /// Appends an op. The location names the NIR node.
    ///
    /// # Errors
    ///
    /// A finding if MLIR cannot build the op.
    pub fn emit(
        &mut self,
        op: &impl DialectOp<'c>,
        operands: &[Value<'c, 'a>],
        results: &[Type<'c>],
        location: Location<'c>,
    ) -> Result<OperationRef<'c, 'a>, Finding> {
        let operation = OperationBuilder::new(op.name(), location)
            .add_operands(operands)
            .add_results(results)
            .add_attributes(&op.fields(self.context))
            .build()
            .map_err(build_failed)?;
        Ok(self.block.append_operation(operation))
    }

    /// Appends an op with one result and returns the result.
    ///
    /// # Errors
    ///
    /// As [`Builder::emit`].
    pub fn value(
        &mut self,
        op: &impl DialectOp<'c>,
        operands: &[Value<'c, 'a>],
        result: Type<'c>,
        location: Location<'c>,
    ) -> Result<Value<'c, 'a>, Finding> {
        let operation = self.emit(op, operands, &[result], location)?;
        Ok(operation.result(0).map_err(build_failed)?.into())
    }

    /// Appends an op that is built already.
    pub fn append(&mut self, operation: melior::ir::Operation<'c>) -> OperationRef<'c, 'a> {
        self.block.append_operation(operation)
    }

    /// Appends an empty module named `symbol` and returns its body.
    ///
    /// # Errors
    ///
    /// As [`Builder::emit`].
    pub fn nested_module(
        &mut self,
        symbol: &str,
        location: Location<'c>,
    ) -> Result<OperationRef<'c, 'a>, Finding> {
        let region = Region::new();
        region.append_block(Block::new(&[]));
        let operation = OperationBuilder::new("builtin.module", location)
            .add_attributes(&[(
                Identifier::new(self.context, SYMBOL_NAME),
                StringAttribute::new(self.context, symbol).into(),
            )])
            .add_regions([region])
            .build()
            .map_err(build_failed)?;
        Ok(self.block.append_operation(operation))
    }

    /// The value of `key`: what [`Builder::define`] gave, or a placeholder of type `r#type` until it
    /// does.
    ///
    /// # Errors
    ///
    /// As [`Builder::emit`].
    pub fn lookup(&mut self, key: &Key, r#type: Type<'c>) -> Result<Value<'c, 'a>, Finding> {
        if let Some(value) = self.values.get(key) {
            return Ok(*value);
        }
        let operation = OperationBuilder::new(
            "builtin.unrealized_conversion_cast",
            Location::unknown(self.context),
        )
        .add_results(&[r#type])
        .build()
        .map_err(build_failed)?;
        let operation = self.block.append_operation(operation);
        let value = operation.result(0).map_err(build_failed)?.into();
        self.placeholders.insert(key.clone(), operation);
        self.values.insert(key.clone(), value);
        Ok(value)
    }

    /// The value of `key` if it is there, be it a placeholder.
    pub fn known(&self, key: &Key) -> Option<Value<'c, 'a>> {
        self.values.get(key).copied()
    }

    /// Says that `value` is the value of `key`, in place of its placeholder.
    pub fn define(&mut self, key: Key, value: Value<'c, 'a>) {
        if let Some(placeholder) = self.placeholders.remove(&key) {
            if let Ok(old) = placeholder.result(0) {
                // SAFETY: both values are alive and in the same block.
                unsafe {
                    mlir_sys::mlirValueReplaceAllUsesOfWith(old.to_raw(), value.to_raw());
                }
                // A key may have been given the placeholder as its value.
                let old: Value<'c, 'a> = old.into();
                for known in self.values.values_mut().filter(|known| **known == old) {
                    *known = value;
                }
            }
            erase(&[placeholder]);
        }
        self.values.insert(key, value);
    }
}

/// The attribute that names a nested module.
pub const SYMBOL_NAME: &str = "sym_name";

/// What tells two values apart, as a [`Builder`]'s key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(usize);

impl From<Value<'_, '_>> for ValueId {
    fn from(value: Value<'_, '_>) -> Self {
        Self(value.to_raw().ptr as usize)
    }
}

/// Removes ops from their block. Their results may be used by each other only.
pub fn erase(operations: &[OperationRef<'_, '_>]) {
    for operation in operations {
        // SAFETY: the caller has the module to itself; the op is in its block.
        unsafe { OperationRefMut::from_raw(operation.to_raw()) }.set_operands(&[]);
    }
    for operation in operations {
        // SAFETY: no op uses the results any more, and the reference is not used again.
        unsafe { mlir_sys::mlirOperationDestroy(operation.to_raw()) };
    }
}

fn build_failed(error: melior::Error) -> Finding {
    Finding::error("ir-build", "an op can be built", error.to_string())
}
