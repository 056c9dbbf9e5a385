//! Registers: y[t] = x[t - steps].

use super::Real;

/// How long a register holds each element.
pub(super) enum Register {
    /// All elements for as many steps.
    Uniform { count: usize, steps: usize },
    /// Each for its own number of steps.
    Each { steps: Vec<usize> },
}

/// What a register holds: a ring for all elements, or one for each, one after the other.
pub(super) struct Held<T> {
    values: Vec<T>,
    /// Where each ring is read and then written next.
    heads: Vec<usize>,
}

impl Register {
    /// Of elements that are held for `steps` each.
    pub fn new(steps: Vec<usize>) -> Self {
        match steps.first() {
            Some(&first) if steps.iter().all(|s| *s == first) => Self::Uniform {
                count: steps.len(),
                steps: first,
            },
            _ => Self::Each { steps },
        }
    }

    /// Zeros.
    pub fn rest<T: Real>(&self) -> Held<T> {
        let (held, rings) = match self {
            Self::Uniform { count, steps } => (count * steps, 1),
            Self::Each { steps } => (steps.iter().sum(), steps.len()),
        };
        Held {
            values: vec![T::zero(); held],
            heads: vec![0; rings],
        }
    }

    /// What the register gives in this step; an element that is not held is that of `x`.
    #[inline(always)]
    pub fn emit<T: Real>(&self, held: &Held<T>, x: &[T], y: &mut [T]) {
        match self {
            Self::Uniform { steps: 0, .. } => y.copy_from_slice(x),
            Self::Uniform { count, .. } => {
                y.copy_from_slice(&held.values[held.heads[0] * count..][..*count]);
            }
            Self::Each { steps } => {
                let mut ring = 0;
                for (n, steps) in steps.iter().enumerate() {
                    y[n] = match steps {
                        0 => x[n],
                        _ => held.values[ring + held.heads[n]],
                    };
                    ring += steps;
                }
            }
        }
    }

    /// Takes the value of this step.
    #[inline(always)]
    pub fn absorb<T: Real>(&self, held: &mut Held<T>, x: &[T]) {
        let next = |head: usize, steps: usize| if head + 1 == steps { 0 } else { head + 1 };
        match self {
            Self::Uniform { steps: 0, .. } => {}
            Self::Uniform { count, steps } => {
                held.values[held.heads[0] * count..][..*count].copy_from_slice(x);
                held.heads[0] = next(held.heads[0], *steps);
            }
            Self::Each { steps } => {
                let mut ring = 0;
                for (n, steps) in steps.iter().enumerate().filter(|(_, steps)| **steps > 0) {
                    held.values[ring + held.heads[n]] = x[n];
                    held.heads[n] = next(held.heads[n], *steps);
                    ring += steps;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_comes_back_after_its_steps() {
        for steps in [vec![0, 0], vec![1, 1], vec![3, 3], vec![2, 0, 5, 1], vec![]] {
            let register = Register::new(steps.clone());
            let mut held = register.rest();
            let value = |t: usize, n: usize| (t * 10 + n + 1) as f64;
            let mut y = vec![0.0; steps.len()];
            for t in 0..9 {
                let x: Vec<f64> = (0..steps.len()).map(|n| value(t, n)).collect();
                register.emit(&held, &x, &mut y);
                register.absorb(&mut held, &x);
                for (n, s) in steps.iter().enumerate() {
                    let expected = t.checked_sub(*s).map_or(0.0, |t| value(t, n));
                    assert_eq!(y[n], expected, "{steps:?}, step {t}, element {n}");
                }
            }
        }
    }
}
