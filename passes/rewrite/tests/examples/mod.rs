//! For each rule programs in which it holds.

mod constants;
mod convolutions;
mod delays;
mod neurons;
mod parts;
mod pools;
mod scales;
mod sums;

use super::{
    check::Case,
    draft::{Draft, Neuron, Random, X, window},
};
use crate::rewrite::common::Level;

/// The cases of a theme; `None` for a rule of another.
type Theme = fn(&mut Example, &str, &mut Random) -> Option<Case>;

/// A case for the rule of this name.
pub fn example(name: &str, level: Level, r: &mut Random) -> Case {
    let mut e = Example {
        d: Draft::new(level),
        level,
    };
    let themes: [Theme; 8] = [
        scales::scales,
        constants::constants,
        sums::sums_and_matrices,
        convolutions::convolutions,
        pools::pools_and_shapes,
        delays::delays,
        neurons::neurons,
        parts::parts,
    ];
    let found = themes.iter().find_map(|theme| theme(&mut e, name, r));
    found.unwrap_or_else(|| panic!("rule {name} has no example"))
}

struct Example {
    d: Draft,
    level: Level,
}

impl Example {
    /// Spikes in a row.
    fn row(&mut self, r: &mut Random) -> X {
        let n = r.between(3, 8);
        self.d.input(&[n])
    }

    /// Spikes in a map.
    fn map(&mut self, r: &mut Random) -> X {
        let shape = [r.between(1, 3), r.between(4, 6), r.between(4, 6)];
        self.d.input(&shape)
    }

    /// A current in a row.
    fn current(&mut self, r: &mut Random) -> X {
        let x = self.row(r);
        let n = r.between(3, 8);
        self.d.dense(x, n, r)
    }

    /// A current in a map.
    fn image(&mut self, r: &mut Random) -> X {
        let x = self.map(r);
        let channels = r.between(2, 4);
        self.d.conv(x, channels, &window(&[(3, 1, 1); 2]), r)
    }

    /// A row or a map of currents.
    fn any(&mut self, r: &mut Random) -> X {
        if r.chance(0.5) {
            self.current(r)
        } else {
            self.image(r)
        }
    }

    /// Factors for a signal: one, one a channel, or one an element.
    fn factors(&self, x: X, r: &mut Random) -> Vec<f64> {
        let shape = self.d.shape(x);
        let held = r.pick(&[1, shape[0], self.d.count(x)]);
        r.signed(held)
    }

    /// Factors for a signal: one, or one a channel.
    fn channel_factors(&self, x: X, r: &mut Random) -> Vec<f64> {
        let channels = self.d.shape(x)[0];
        let held = r.pick(&[1, channels]);
        r.signed(held)
    }

    /// Ends in spiking neurons.
    fn end(&mut self, x: X, r: &mut Random) -> Case {
        let y = self.d.lif(x, r);
        self.leave(y)
    }

    fn leave(&mut self, x: X) -> Case {
        self.d.output(x);
        Case::new(self.d.clone())
    }

    /// Without a synaptic current.
    fn plain(&self, x: X, r: &mut Random) -> Neuron {
        Neuron::random(r, self.level, self.d.count(x)).without_synapse()
    }

    /// Silent until something comes, without synaptic current.
    fn resting(&self, x: X, r: &mut Random) -> Neuron {
        Neuron::random(r, self.level, self.d.count(x)).resting()
    }

    /// Weights with zeros in these rows or columns.
    fn weights(
        &self,
        rows: usize,
        columns: usize,
        dead: impl Fn(usize, usize) -> bool,
        r: &mut Random,
    ) -> Vec<f64> {
        let mut weights = r.numbers(rows * columns, -0.4, 0.9);
        for row in 0..rows {
            for column in 0..columns {
                if dead(row, column) {
                    weights[row * columns + column] = 0.0;
                }
            }
        }
        weights
    }

    /// The matrix that picks elements.
    fn selection(&mut self, x: X, positions: &[usize]) -> X {
        let columns = self.d.count(x);
        let mut weights = vec![0.0; positions.len() * columns];
        for (row, position) in positions.iter().enumerate() {
            weights[row * columns + position] = 1.0;
        }
        self.d.linear(x, positions.len(), weights)
    }
}

fn permutation(n: usize, r: &mut Random) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        all.swap(i, r.between(0, i));
    }
    all
}
