//! The typed view of a dialect's ops.

use melior::{
    Context,
    ir::{Attribute, Identifier, OperationRef, operation::OperationLike},
};

use super::{DenseTensor, program::node_name};
use crate::finding::Finding;

/// The attributes that an op holds, by name.
pub type OpFields<'c> = Vec<(Identifier<'c>, Attribute<'c>)>;

/// The ops of a dialect as a Rust enum: read from the IR, and written to it.
pub trait DialectOp<'c>: Sized {
    /// The dialect's name.
    const DIALECT: &'static str;

    /// Every op of the dialect, with the attributes that it may have.
    const OPS: &'static [(&'static str, &'static [&'static str])];

    /// The typed view of `operation`.
    ///
    /// # Errors
    ///
    /// A finding if the op is of another dialect, if an attribute is missing, unknown or of a wrong
    /// kind, or if attributes and types do not fit each other.
    fn read(operation: OperationRef<'c, '_>) -> Result<Self, Finding>;

    /// The op's full name, e.g. `ct.neuron`.
    fn name(&self) -> &'static str;

    /// The attributes that are tensors, by name.
    fn tensors(&self) -> Vec<(&'static str, DenseTensor<'c>)>;

    /// The op's attributes.
    fn fields(&self, context: &'c Context) -> OpFields<'c>;
}

/// The finding for an attribute that is missing or of a wrong kind.
pub fn missing_attribute(
    operation: OperationRef<'_, '_>,
    attribute: &str,
    expected: &str,
) -> Finding {
    let name = operation.name();
    let op = name.as_string_ref().as_str().unwrap_or("?").to_owned();
    let found = match operation.attribute(attribute) {
        Ok(found) => format!("is `{found}`"),
        Err(_) => "is missing".to_owned(),
    };
    Finding::error(
        "ir-attribute",
        "an op has the attributes that its dialect asks for",
        format!("attribute `{attribute}` of `{op}` {found}, it should be {expected}"),
    )
    .at(node_name(operation))
}

/// Refuses an attribute that the op does not have: a misspelt one would else be an absent one.
/// Attributes of other dialects (`dialect.name`) are nobody's business.
///
/// # Errors
///
/// A finding that names the attribute.
pub fn check_attributes(operation: OperationRef<'_, '_>, known: &[&str]) -> Result<(), Finding> {
    for (name, _) in operation.attributes() {
        let name = name.as_string_ref().as_str().unwrap_or("?");
        if !known.contains(&name) && !name.contains('.') {
            let op = operation.name();
            return Err(Finding::error(
                "ir-attribute-unknown",
                "an op has the attributes that its dialect knows",
                format!(
                    "`{}` has no attribute `{name}`",
                    op.as_string_ref().as_str().unwrap_or("?")
                ),
            )
            .at(node_name(operation))
            .fix(format!("it may have: {}", known.join(", "))));
        }
    }
    Ok(())
}

/// The finding for an op that has no place at a level.
pub fn unexpected_op(operation: OperationRef<'_, '_>, dialect: &str) -> Finding {
    let name = operation.name();
    Finding::error(
        "ir-level",
        "a pass reads a module of one level",
        format!(
            "`{}` is not an op of dialect `{dialect}`",
            name.as_string_ref().as_str().unwrap_or("?")
        ),
    )
    .at(node_name(operation))
    .fix("run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw")
}

/// Declares a dialect's ops as an enum with named attributes. Here, and in the IRDL file, an op or
/// attribute name stands; nowhere else. The dialect adds a method `check(&self, &Shapes)` that says
/// whether attributes and types fit each other.
#[macro_export]
macro_rules! dialect {
    ($(#[$meta:meta])* pub enum $Op:ident in $dialect:literal {
        $($(#[$op_meta:meta])* $Variant:ident = $name:literal {
            $($(#[$field_meta:meta])* $field:ident : $Type:ty),* $(,)?
        }),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Op<'c> {
            $($(#[$op_meta])* $Variant { $(
                #[doc = concat!("Attribute `", stringify!($field), "`.")]
                $(#[$field_meta])*
                $field: $Type
            ),* }),*
        }

        impl<'c> $crate::ir::DialectOp<'c> for $Op<'c> {
            const DIALECT: &'static str = $dialect;
            const OPS: &'static [(&'static str, &'static [&'static str])] =
                &[$((concat!($dialect, ".", $name), &[$(stringify!($field)),*])),*];

            fn read(
                operation: melior::ir::OperationRef<'c, '_>,
            ) -> Result<Self, $crate::finding::Finding> {
                use melior::ir::operation::OperationLike as _;
                let name = operation.name();
                let name = name.as_string_ref().as_str().unwrap_or_default();
                if let Some((_, known)) = Self::OPS.iter().find(|(op, _)| *op == name) {
                    $crate::ir::check_attributes(operation, known)?;
                }
                let op: Result<Self, $crate::finding::Finding> = match name {
                    $(concat!($dialect, ".", $name) => Ok(Self::$Variant {
                        $($field: <$Type as $crate::ir::AttributeValue>::read(
                            operation.attribute(stringify!($field)).ok(),
                        )
                        .ok_or_else(|| $crate::ir::missing_attribute(
                            operation,
                            stringify!($field),
                            <$Type as $crate::ir::AttributeValue>::EXPECTED,
                        ))?),*
                    }),)*
                    _ => Err($crate::ir::unexpected_op(operation, $dialect)),
                };
                let op = op?;
                op.check(&$crate::ir::Shapes::of(operation)?)?;
                Ok(op)
            }

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant { .. } => concat!($dialect, ".", $name)),*
                }
            }

            fn tensors(&self) -> Vec<(&'static str, $crate::ir::DenseTensor<'c>)> {
                let tensors: &[(&'static str, Option<$crate::ir::DenseTensor<'c>>)] = &match self {
                    $(Self::$Variant { $($field),* } => vec![
                        $((stringify!($field), $crate::ir::AttributeValue::tensor($field))),*
                    ]),*
                };
                tensors
                    .iter()
                    .filter_map(|(name, tensor)| Some((*name, (*tensor)?)))
                    .collect()
            }

            #[allow(unused_variables)]
            fn fields(&self, context: &'c melior::Context) -> $crate::ir::OpFields<'c> {
                let values: &[(&str, Option<melior::ir::Attribute<'c>>)] = &match self {
                    $(Self::$Variant { $($field),* } => vec![
                        $((stringify!($field), $crate::ir::AttributeValue::write($field, context))),*
                    ]),*
                };
                values
                    .iter()
                    .filter_map(|(name, value)| {
                        value.map(|v| (melior::ir::Identifier::new(context, name), v))
                    })
                    .collect()
            }
        }
    };
}
