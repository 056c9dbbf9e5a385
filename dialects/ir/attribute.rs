//! Attributes as Rust values.

use melior::{
    Context,
    ir::{
        Attribute, AttributeLike, Type, TypeLike,
        attribute::{
            BoolAttribute, DenseI64ArrayAttribute, FlatSymbolRefAttribute, FloatAttribute,
            IntegerAttribute, StringAttribute,
        },
        r#type::IntegerType,
    },
};

/// A Rust value that an op holds as an attribute.
pub trait AttributeValue<'c>: Sized {
    /// What the attribute should be, for messages.
    const EXPECTED: &'static str;

    /// The value that `attribute` holds; `None` if it is missing or holds something else.
    fn read(attribute: Option<Attribute<'c>>) -> Option<Self>;

    /// The attribute, or `None` for a value that is left out.
    fn write(&self, context: &'c Context) -> Option<Attribute<'c>>;

    /// The value, if it is a tensor.
    fn tensor(&self) -> Option<DenseTensor<'c>> {
        None
    }
}

/// An attribute that an op may leave out.
impl<'c, T: AttributeValue<'c>> AttributeValue<'c> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        match attribute {
            None => Some(None),
            some => T::read(some).map(Some),
        }
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        self.as_ref().and_then(|value| value.write(context))
    }

    fn tensor(&self) -> Option<DenseTensor<'c>> {
        self.as_ref().and_then(AttributeValue::tensor)
    }
}

impl<'c> AttributeValue<'c> for i64 {
    const EXPECTED: &'static str = "a 64-bit integer";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        IntegerAttribute::try_from(attribute?)
            .ok()
            .map(|a| a.value())
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(IntegerAttribute::new(IntegerType::new(context, 64).into(), *self).into())
    }
}

impl<'c> AttributeValue<'c> for f64 {
    const EXPECTED: &'static str = "a 64-bit float";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        FloatAttribute::try_from(attribute?).ok().map(|a| a.value())
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(FloatAttribute::new(context, Type::float64(context), *self).into())
    }
}

impl<'c> AttributeValue<'c> for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        BoolAttribute::try_from(attribute?).ok().map(|a| a.value())
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(BoolAttribute::new(context, *self).into())
    }
}

impl<'c> AttributeValue<'c> for String {
    const EXPECTED: &'static str = "a string";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        StringAttribute::try_from(attribute?)
            .ok()
            .map(|a| a.value().to_owned())
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(StringAttribute::new(context, self).into())
    }
}

/// One integer per dimension, e.g. a stride.
impl<'c> AttributeValue<'c> for Vec<i64> {
    const EXPECTED: &'static str = "an integer array such as `array<i64: 2, 2>`";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        let array = DenseI64ArrayAttribute::try_from(attribute?).ok()?;
        (0..array.len()).map(|i| array.element(i).ok()).collect()
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(DenseI64ArrayAttribute::new(context, self).into())
    }
}

/// A tensor: `dense<...>` for one that is small or uniform, else `dense_resource<key>`, a handle of
/// a tensor in the program's [`TensorStore`](crate::tensor::TensorStore).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DenseTensor<'c>(pub(super) Attribute<'c>);

impl<'c> DenseTensor<'c> {
    /// The attribute itself.
    pub fn attribute(self) -> Attribute<'c> {
        self.0
    }

    /// The key of the tensor in the store; `None` for a tensor that stands in the IR.
    pub fn key(self) -> Option<String> {
        // The C interface has no accessor for the key; printing a handle never prints its data.
        let text = self.0.to_string();
        let rest = text.strip_prefix("dense_resource<")?;
        super::resources::parse_key(rest).map(|(key, _)| key)
    }

    /// The extent of each dimension.
    pub fn shape(self) -> Vec<usize> {
        shaped_type(self.0)
    }
}

fn shaped_type(attribute: Attribute<'_>) -> Vec<usize> {
    let r#type = attribute.r#type();
    // SAFETY: the type is valid for the context's life; both calls only read it.
    unsafe {
        if !mlir_sys::mlirTypeIsAShaped(r#type.to_raw())
            || !mlir_sys::mlirShapedTypeHasStaticShape(r#type.to_raw())
        {
            return Vec::new();
        }
        (0..mlir_sys::mlirShapedTypeGetRank(r#type.to_raw()))
            .map(|i| mlir_sys::mlirShapedTypeGetDimSize(r#type.to_raw(), i as isize) as usize)
            .collect()
    }
}

impl<'c> AttributeValue<'c> for DenseTensor<'c> {
    const EXPECTED: &'static str = "a tensor (`dense<...>` or `dense_resource<...>`)";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        let attribute = attribute?;
        // SAFETY: reads the attribute's kind only.
        let resource =
            unsafe { mlir_sys::mlirAttributeIsADenseResourceElements(attribute.to_raw()) };
        (resource || attribute.is_dense_elements()).then_some(Self(attribute))
    }

    fn write(&self, _context: &'c Context) -> Option<Attribute<'c>> {
        Some(self.0)
    }

    fn tensor(&self) -> Option<DenseTensor<'c>> {
        Some(*self)
    }
}

/// A reference to a nested module by its symbol name.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol(pub String);

impl<'c> AttributeValue<'c> for Symbol {
    const EXPECTED: &'static str = "a symbol such as `@name`";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        FlatSymbolRefAttribute::try_from(attribute?)
            .ok()
            .map(|a| Self(a.value().to_owned()))
    }

    fn write(&self, context: &'c Context) -> Option<Attribute<'c>> {
        Some(FlatSymbolRefAttribute::new(context, &self.0).into())
    }
}

/// Metadata as the file has it: any dictionary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetadataAttribute<'c>(pub Attribute<'c>);

impl<'c> AttributeValue<'c> for MetadataAttribute<'c> {
    const EXPECTED: &'static str = "a dictionary";

    fn read(attribute: Option<Attribute<'c>>) -> Option<Self> {
        attribute.map(Self)
    }

    fn write(&self, _context: &'c Context) -> Option<Attribute<'c>> {
        Some(self.0)
    }
}

/// Declares an enum whose variants are words in the IR.
#[macro_export]
macro_rules! keyword {
    ($(#[$meta:meta])* pub enum $Name:ident {
        $($(#[$variant_meta:meta])* $Variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Name { $($(#[$variant_meta])* $Variant),* }

        impl $Name {
            /// All values, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),*];

            /// The word that stands in the IR and on the command line.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$Variant => $word),* }
            }

            /// The value that `word` names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$Variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl<'c> $crate::ir::AttributeValue<'c> for $Name {
            const EXPECTED: &'static str = concat!("one of the words:" $(, " ", $word)*);

            fn read(attribute: Option<melior::ir::Attribute<'c>>) -> Option<Self> {
                let string = melior::ir::attribute::StringAttribute::try_from(attribute?).ok()?;
                Self::from_word(string.value())
            }

            fn write(&self, context: &'c melior::Context) -> Option<melior::ir::Attribute<'c>> {
                Some(melior::ir::attribute::StringAttribute::new(context, self.word()).into())
            }
        }
    };
}
