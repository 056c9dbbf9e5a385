//! The events that wait.

use std::collections::VecDeque;

use super::options::Arbitration;
use crate::speck::chip::CORES;

/// An event at the input of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub core: u8,
    pub row: u8,
    pub column: u8,
    pub feature: u16,
}

impl Event {
    /// All are within a core's input map: at most 9 cores, 1024 features, 128 rows and columns.
    pub fn new(core: usize, feature: usize, row: usize, column: usize) -> Self {
        Self {
            core: core as u8,
            row: row as u8,
            column: column as u8,
            feature: feature as u16,
        }
    }
}

/// Takes events in the order of their making, and gives them in that of the arbitration. Once its
/// memory has grown to what a network needs it allocates no more.
#[derive(Clone, Debug)]
pub(super) enum Queue {
    /// The next event is last. What follows from one event is pushed in order, then turned around.
    Depth {
        waiting: Vec<Event>,
        committed: usize,
    },
    Breadth(VecDeque<Event>),
    Turns {
        waiting: Vec<VecDeque<Event>>,
        turn: usize,
        count: usize,
    },
}

impl Queue {
    pub fn new(arbitration: Arbitration) -> Self {
        match arbitration {
            Arbitration::DepthFirst => Self::Depth {
                waiting: Vec::new(),
                committed: 0,
            },
            Arbitration::BreadthFirst => Self::Breadth(VecDeque::new()),
            Arbitration::RoundRobin => Self::Turns {
                waiting: vec![VecDeque::new(); CORES],
                turn: 0,
                count: 0,
            },
        }
    }

    /// Adds an event that follows from the present one.
    #[inline]
    pub fn push(&mut self, event: Event) {
        match self {
            Self::Depth { waiting, .. } => waiting.push(event),
            Self::Breadth(waiting) => waiting.push_back(event),
            Self::Turns { waiting, count, .. } => {
                waiting[usize::from(event.core)].push_back(event);
                *count += 1;
            }
        }
    }

    /// Says that all that follows from the present event has been pushed.
    #[inline]
    pub fn commit(&mut self) {
        if let Self::Depth { waiting, committed } = self {
            waiting[*committed..].reverse();
            *committed = waiting.len();
        }
    }

    /// The next event.
    #[inline]
    pub fn pop(&mut self) -> Option<Event> {
        match self {
            Self::Depth { waiting, committed } => {
                let event = waiting.pop();
                *committed = waiting.len();
                event
            }
            Self::Breadth(waiting) => waiting.pop_front(),
            Self::Turns {
                waiting,
                turn,
                count,
            } => {
                if *count == 0 {
                    return None;
                }
                *count -= 1;
                loop {
                    let core = *turn;
                    *turn = (*turn + 1) % CORES;
                    if let Some(event) = waiting[core].pop_front() {
                        return Some(event);
                    }
                }
            }
        }
    }
}
