//! Rounds of taking classes apart and merging them anew.

use super::{
    interleave::{Budget, List},
    problem::Problem,
    unused::Guard,
};

/// Rounds without a shorter list after which to stop, and rounds in all.
const PATIENCE: usize = 4;
const ROUNDS: usize = 24;

/// A list that is at most as long. In each round, every class that has a choice is taken apart, in
/// the second and later rounds together with another class, and merged from its atoms into the rest
/// of the list. A list as long as the one before is taken too: it may lead on.
pub fn refine(problem: &Problem, mut list: List, guard: &Guard<'_>) -> List {
    let least = problem.needed_classes();
    // An entry may stand before others for the sake of a dispensable atom that it owns; such classes
    // stay as they are.
    let mut owns = vec![false; problem.routes.len()];
    for (_, class) in problem.dispensable.iter() {
        owns[class as usize] = true;
    }
    let has_choice =
        |class: &usize| problem.starts[class + 1] - problem.starts[*class] > 1 && !owns[*class];
    let classes: Vec<usize> = (0..problem.routes.len()).filter(has_choice).collect();
    let mut random = Random(0);
    let (mut best, mut idle) = (list.len(), 0);
    for round in 0..ROUNDS {
        for &class in &classes {
            let other = classes[random.below(classes.len())];
            let apart = if round == 0 || other == class {
                vec![class]
            } else {
                vec![class, other]
            };
            let mut budget = Budget::new(problem);
            let mut next = list.taken_apart(problem, &apart);
            next.merge_smallest_first_of(&apart, guard, &mut budget);
            if next.len() <= list.len() {
                list = next;
            }
        }
        list.merge_all(guard, &mut Budget::new(problem));
        if list.len() < best {
            (best, idle) = (list.len(), 0);
        } else {
            idle += 1;
        }
        if best == least || idle == PATIENCE {
            break;
        }
    }
    list
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}
