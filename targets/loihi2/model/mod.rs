//! The chip's model: Lava's fixed-point processes on the integers of a [`Network`], bit for bit.
//!
//! Source: lava-nc 0.10.0, `proc/lif/models.py` (PyLifModelBitAcc), `proc/{dense,sparse,conv}/models.py`,
//! `proc/graded/models.py`. Work goes with the spikes: a spike adds its row of weights to what will
//! arrive, and only neurons are visited in every step.

mod neurons;
mod order;
mod record;
mod synapses;

use nirc_dialects::finding::Findings;

use self::{neurons::Kind, synapses::Tract};
use super::network::Network;

pub use self::{neurons::Overflows, order::Order, record::Simulation};

/// What is sent in a step: the elements that send, by their place in the population's [`Order`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spikes {
    /// The elements, rising.
    pub elements: Vec<u32>,
    /// The payload of each; empty where all are 1.
    pub payloads: Vec<i32>,
}

impl Spikes {
    fn clear(&mut self) {
        self.elements.clear();
        self.payloads.clear();
    }

    /// Element and payload of each.
    pub fn iter(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        let payload = |at: usize| self.payloads.get(at).copied().unwrap_or(1);
        let elements = self.elements.iter().enumerate();
        elements.map(move |(at, element)| (*element, payload(at)))
    }
}

/// A population in a step, after the membrane has its input and before spikes reset it. Elements are in
/// the population's [`Order`].
pub struct Moment<'s> {
    /// What the synapses bring.
    pub a: &'s [i32],
    /// The current.
    pub u: &'s [i32],
    /// The membrane before reset.
    pub v: &'s [i32],
}

/// Sees a run.
pub trait Observer {
    /// A population, before reset.
    fn before_reset(&mut self, _step: usize, _population: usize, _moment: &Moment<'_>) {}
    /// A population at the end of the step, with what it sent.
    fn after_reset(&mut self, step: usize, population: usize, moment: &Moment<'_>, spikes: &Spikes);
}

/// A network ready to run.
pub struct Model {
    members: Vec<Member>,
    /// By source.
    tracts: Vec<Vec<Tract>>,
}

struct Member {
    order: Order,
    kind: Kind,
    /// Steps that what is sent may take, and one.
    slots: usize,
}

/// What changes in a run.
struct State {
    u: Vec<i32>,
    v: Vec<i32>,
    /// What arrives in each of the coming steps: [slots, neurons].
    ring: Vec<i32>,
    spikes: Spikes,
    overflows: Overflows,
}

impl Model {
    /// The model of a network.
    ///
    /// # Errors
    ///
    /// What [`Network::check`] finds.
    pub fn new(network: &Network) -> Result<Self, Findings> {
        network.check()?;
        let orders: Vec<Order> = network.populations.iter().map(Order::of).collect();
        let mut slots = vec![1; orders.len()];
        let mut tracts: Vec<Vec<Tract>> = orders.iter().map(|_| Vec::new()).collect();
        for connection in &network.connections {
            let most = usize::from(connection.delay.most());
            slots[connection.target] = slots[connection.target].max(most + 2);
            let ends = [connection.source, connection.target].map(|p| &orders[p]);
            tracts[connection.source].push(Tract::new(connection, ends));
        }
        let members = network.populations.iter().zip(orders).zip(slots);
        let members = members.map(|((population, order), slots)| Member {
            kind: Kind::new(population, &order),
            order,
            slots,
        });
        Ok(Self {
            members: members.collect(),
            tracts,
        })
    }

    /// How a population's elements are numbered in what an [`Observer`] sees.
    pub fn order(&self, population: usize) -> &Order {
        &self.members[population].order
    }

    /// Runs `steps` steps from rest. `input` gives what an input population sends in a step.
    ///
    /// What overflowed is returned by population.
    pub fn run(
        &self,
        steps: usize,
        mut input: impl FnMut(usize, usize, &mut Spikes),
        observer: &mut impl Observer,
    ) -> Vec<Overflows> {
        let mut states: Vec<State> = self.members.iter().map(Member::rest).collect();
        for step in 0..steps {
            for (index, (member, state)) in self.members.iter().zip(&mut states).enumerate() {
                state.spikes.clear();
                if let Kind::Input = member.kind {
                    input(step, index, &mut state.spikes);
                } else {
                    member.step(step, index, state, observer);
                }
            }
            for (source, tracts) in self.tracts.iter().enumerate() {
                if states[source].spikes.elements.is_empty() {
                    continue;
                }
                let spikes = std::mem::take(&mut states[source].spikes);
                for tract in tracts {
                    let slots = self.members[tract.target].slots;
                    let state = &mut states[tract.target];
                    let wraps = &mut state.overflows.convolution_wraps;
                    tract.deliver(&spikes, &mut state.ring, (step + 1) % slots, wraps);
                }
                states[source].spikes = spikes;
            }
        }
        states.into_iter().map(|state| state.overflows).collect()
    }
}

impl Member {
    fn rest(&self) -> State {
        let count = self.order.count();
        let neurons = if matches!(self.kind, Kind::Input) {
            0
        } else {
            count
        };
        let [u, v] = self.kind.rest();
        State {
            u: vec![u; neurons],
            v: vec![v; neurons],
            ring: vec![0; neurons * self.slots],
            spikes: Spikes::default(),
            overflows: Overflows::default(),
        }
    }

    fn step(&self, step: usize, index: usize, state: &mut State, observer: &mut impl Observer) {
        let count = self.order.count();
        let first = step % self.slots * count;
        let State {
            u,
            v,
            ring,
            spikes,
            overflows,
        } = state;
        let a = &mut ring[first..first + count];
        self.kind.integrate(a, u, v, overflows);
        observer.before_reset(step, index, &Moment { a, u, v });
        self.kind.fire(a, v, spikes);
        observer.after_reset(step, index, &Moment { a, u, v }, spikes);
        a.fill(0);
    }
}
