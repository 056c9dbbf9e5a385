//! What the interpreter computes in.

use num_traits::Float;

/// What the interpreter computes in: f32 or f64.
pub trait Real: Float + std::ops::AddAssign + Send + Sync + 'static {
    /// The nearest number to `value`.
    fn of(value: f64) -> Self;
    /// As f64, exactly.
    fn as_f64(self) -> f64;
}

impl Real for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn as_f64(self) -> f64 {
        self
    }
}

/// y += a x. One rounding for the product and one for the sum: never fused, so that a result does
/// not depend on the processor.
#[inline(always)]
pub(super) fn add_scaled<T: Real>(y: &mut [T], x: &[T], a: T) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += *x * a;
    }
}

/// How many elements are tested for activity at once.
const BLOCK: usize = 16;

/// The positions of the elements that are not zero, ascending, written to the front of `positions`,
/// which is at least as long as `x`.
#[inline(always)]
pub(super) fn active<'a, T: Real>(x: &[T], positions: &'a mut [usize]) -> &'a [usize] {
    let (blocks, rest) = x.as_chunks::<BLOCK>();
    let mut count = 0;
    let mut next = 0;
    for block in blocks {
        // A test of the whole block takes a few vector instructions, and most blocks are silent.
        if block.iter().fold(false, |any, x| any | (*x != T::zero())) {
            count += compact(block, next, &mut positions[count..]);
        }
        next += BLOCK;
    }
    count += compact(rest, next, &mut positions[count..]);
    &positions[..count]
}

/// Writes the positions of the elements that are not zero, counted from `first`; returns how many.
#[inline(always)]
fn compact<T: Real>(x: &[T], first: usize, positions: &mut [usize]) -> usize {
    let positions = &mut positions[..x.len()];
    let mut count = 0;
    // Without a branch on each element, which could not be predicted.
    for (k, x) in x.iter().enumerate() {
        positions[count] = first + k;
        count += usize::from(*x != T::zero());
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_elements_are_found_in_order() {
        for length in [0, 1, 15, 16, 17, 100] {
            for density in [0, 1, 3, 7] {
                let x: Vec<f32> = (0..length)
                    .map(|n| f32::from(u8::from(n * 5 % 7 < density)) * -0.5)
                    .collect();
                let expected: Vec<usize> = (0..length).filter(|&n| x[n] != 0.0).collect();
                assert_eq!(active(&x, &mut vec![0; length]), expected);
            }
        }
    }
}
