//! The hypergraph over neurons as hMETIS, KaHyPar, Mt-KaHyPar and PaToH's converters read it.

use std::io::{self, Write};

use super::starts;
use crate::map::network::{Network, Rate};

/// Writes the hypergraph over all neurons that stand on cores, numbered from 1, population by population: a
/// hyperedge for each neuron that reaches one, with the neuron itself and all that it reaches. So
/// connectivity minus one counts its packets to other parts. Inputs, which stand on no core, are left out.
/// Edges have weights (spikes in a million steps, rounded, at least 1) if the rates differ.
///
/// # Errors
///
/// What writing fails with.
pub fn hmetis(network: &Network, out: &mut impl Write) -> io::Result<()> {
    let starts = starts(network);
    let mut uniform = true;
    let mut rate = None;
    for population in network.populations.iter().filter(|p| p.placed) {
        match &population.rate {
            Rate::Uniform(own) => uniform &= *rate.get_or_insert(*own) == *own,
            Rate::Each(_) => uniform = false,
        }
    }
    // Twice: how many edges there are stands before them.
    let mut edges = 0u64;
    each(network, &starts, |_, _, _| {
        edges += 1;
        Ok(())
    })?;
    let format = if uniform { "" } else { " 1" };
    writeln!(
        out,
        "{edges} {}{format}",
        starts.last().copied().unwrap_or(0)
    )?;
    let mut line = String::new();
    each(network, &starts, |rate, own, targets| {
        line.clear();
        if !uniform {
            line.push_str(&format!("{} ", ((rate * 1e6).round() as u64).max(1)));
        }
        line.push_str(&(own + 1).to_string());
        for target in targets {
            line.push(' ');
            line.push_str(&(target + 1).to_string());
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    })
}

/// Calls `edge` with rate, number and targets (without itself) of every neuron that reaches another.
fn each(
    network: &Network,
    starts: &[u64],
    mut edge: impl FnMut(f64, u64, &[u64]) -> io::Result<()>,
) -> io::Result<()> {
    let mut targets = Vec::new();
    for (index, population) in network.populations.iter().enumerate() {
        if !population.placed {
            continue;
        }
        for neuron in 0..population.neurons() {
            targets.clear();
            let own = starts[index] + neuron;
            for (_, projection) in network.out_of(index) {
                let to = network.populations[projection.target].extent;
                let start = starts[projection.target];
                let structure = &projection.structure;
                structure.for_targets(neuron, population.extent, to, |t| targets.push(start + t));
            }
            targets.sort_unstable();
            targets.dedup();
            targets.retain(|&t| t != own);
            if targets.is_empty() {
                continue;
            }
            let rate = match &population.rate {
                Rate::Uniform(rate) => *rate,
                Rate::Each(rates) => rates.get(neuron as usize).map_or(0.0, |&r| f64::from(r)),
            };
            edge(rate, own, &targets)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{Network, Population, Projection, Structure, Taps};

    #[test]
    fn every_neuron_has_its_hyperedge() {
        let extents = [[2, 1, 1], [1, 1, 3], [2, 1, 1]];
        let mut network = Network::default();
        for extent in extents {
            network.populations.push(Population::new("p", extent));
        }
        network.populations[0].placed = false;
        let taps = Taps::plain(2, 1, 0);
        let pool = Structure::pool([1, 1, 3], [1, 1, 2], Taps::NONE, taps);
        let reshape = Structure::dense([1, 1, 2], [2, 1, 1]);
        let last = reshape.after(&pool, extents[1], [1, 1, 2], extents[2]);
        network.projections = vec![
            Projection::new("a", 0, 1, Structure::dense(extents[0], extents[1]), 8),
            Projection::new("b", 1, 1, Structure::one_to_one(extents[1]), 8),
            Projection::new("c", 1, 2, last.unwrap(), 8),
        ];
        network.check().unwrap();
        let mut text = Vec::new();
        hmetis(&network, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "3 5\n1 4 5\n2 4 5\n3 4 5\n");
        network.populations[1].rate = Rate::Uniform(0.25);
        let mut text = Vec::new();
        hmetis(&network, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "3 5 1\n250000 1 4 5\n250000 2 4 5\n250000 3 4 5\n");
    }
}
