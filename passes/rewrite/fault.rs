//! Rules that are broken on purpose, so that tests can show that they notice.

use super::{
    population::Population,
    tensors::{TensorId, Tensors},
    window::Window,
};

/// What is wrong with the right side of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests break rules"))]
pub enum Fault {
    /// Every tensor that the rule makes is 1.01 times too large.
    Factor,
    /// Every threshold, gain or leak that the rule makes is 1.01 times too large.
    Parameter,
    /// The padding of every window that the rule makes is moved.
    Window,
    /// All positions that the rule makes are in reverse order.
    Positions,
    /// Every tensor that the rule makes is twice too large: for delays, which are whole.
    Twice,
    /// The last operand of a sum is forgotten.
    Forgotten,
}

impl Fault {
    pub(super) fn tensor(&self, tensor: TensorId, t: &mut Tensors) -> TensorId {
        let wrong = match self {
            Self::Factor => t.number(1.01),
            Self::Twice => t.number(2.0),
            _ => return tensor,
        };
        match t.shape(tensor).len() {
            1 => t.times(tensor, wrong),
            _ => {
                let one = t.one();
                t.scaled(wrong, tensor, one, 1)
            }
        }
    }

    pub(super) fn window(&self, mut window: Window) -> Window {
        if *self == Self::Window {
            for axis in &mut window.axes {
                axis.padding = [axis.padding[0] + 1, axis.padding[1].saturating_sub(1)];
            }
        }
        window
    }

    pub(super) fn positions(&self, positions: &[usize]) -> Vec<usize> {
        match self {
            Self::Positions => positions.iter().rev().copied().collect(),
            _ => positions.to_vec(),
        }
    }

    pub(super) fn population(&self, mut population: Population, t: &mut Tensors) -> Population {
        if *self == Self::Parameter {
            let wrong = t.number(1.01);
            let p = &mut population.parameters;
            let all = [
                &mut p.v_threshold,
                &mut p.current_gain,
                &mut p.leak,
                &mut p.r,
            ];
            if let Some(value) = all.into_iter().flatten().next() {
                *value = t.times(*value, wrong);
            }
        }
        population
    }
}
