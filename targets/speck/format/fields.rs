//! A tree of named fields, and what walks it.

use crate::speck::configuration::{Pair, Tensor};

/// What walks the fields of a configuration, in the order in which they are written.
pub(super) trait Fields: Sized {
    /// Fields below a name.
    fn group(&mut self, key: &str, body: impl FnOnce(&mut Self));

    /// The same fields, so many times.
    fn list<T>(&mut self, key: &str, items: &mut [T], item: impl FnMut(&mut Self, &mut T));

    /// A number.
    fn integer(&mut self, key: &str, value: &mut i64);

    /// A flag.
    fn flag(&mut self, key: &str, value: &mut bool);

    /// An array of so many axes.
    fn tensor(&mut self, key: &str, value: &mut Tensor, axes: usize);

    /// One flag for each element of an array, none of them set.
    fn unset_flags(&mut self, key: &str, like: &Tensor);

    /// JSON that is always the same.
    fn constant(&mut self, key: &str, text: &str);

    /// A number for each axis.
    fn pair(&mut self, key: &str, value: &mut Pair<i64>) {
        self.group(key, |f| {
            f.integer("x", &mut value.x);
            f.integer("y", &mut value.y);
        });
    }

    /// A flag for each axis.
    fn flags(&mut self, key: &str, value: &mut Pair<bool>) {
        self.group(key, |f| {
            f.flag("x", &mut value.x);
            f.flag("y", &mut value.y);
        });
    }
}
