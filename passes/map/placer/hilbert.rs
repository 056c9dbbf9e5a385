//! Along a space-filling curve: what is near in the order of the layers is near on the chip.

use nirc_dialects::finding::Findings;

use super::{PlaceProblem, Placer};
use crate::map::{mesh::Mesh, routing::Placement};

/// Logical cores along a Hilbert curve, stretched to the rectangle of tiles.
pub struct Hilbert;

impl Placer for Hilbert {
    fn name(&self) -> &'static str {
        "hilbert"
    }

    fn description(&self) -> &'static str {
        "cores in the order of the layers along a Hilbert curve"
    }

    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
        let mut slots = slots(&problem.architecture.mesh);
        slots.truncate(problem.graph.vertices);
        Ok(Placement { core: slots })
    }
}

/// All cores of a mesh along the curve through its tiles.
pub(super) fn slots(mesh: &Mesh) -> Vec<u32> {
    let [width, height] = mesh.size();
    let mut cores_of = vec![Vec::new(); width as usize * height as usize];
    for core in 0..mesh.cores() as u32 {
        if let Some(cores) = cores_of.get_mut(mesh.tile_index(mesh.tile_of(core))) {
            cores.push(core);
        }
    }
    let tiles = curve(width, height);
    tiles
        .into_iter()
        .flat_map(|tile| std::mem::take(&mut cores_of[mesh.tile_index(tile)]))
        .collect()
}

/// A curve through all tiles of a rectangle, each step to a neighbour (or a diagonal one, where a side is
/// odd).
pub(super) fn curve(width: u32, height: u32) -> Vec<[u32; 2]> {
    let (w, h) = (i64::from(width), i64::from(height));
    let mut tiles = Vec::with_capacity((w * h) as usize);
    if width >= height {
        fill([0, 0], [w, 0], [0, h], &mut tiles);
    } else {
        fill([0, 0], [0, h], [w, 0], &mut tiles);
    }
    tiles
}

/// Fills the rectangle at `at` with the sides `along`, in which the curve leads, and `across`: halves a
/// long one, else goes up, over and back down, as Hilbert's curve does, with sides of any length.
fn fill(at: [i64; 2], along: [i64; 2], across: [i64; 2], tiles: &mut Vec<[u32; 2]>) {
    let length = |side: [i64; 2]| (side[0] + side[1]).abs();
    let unit = |side: [i64; 2]| side.map(i64::signum);
    let plus = |a: [i64; 2], b: [i64; 2]| [a[0] + b[0], a[1] + b[1]];
    let minus = |a: [i64; 2], b: [i64; 2]| [a[0] - b[0], a[1] - b[1]];
    let negative = |a: [i64; 2]| [-a[0], -a[1]];
    let (long, short) = (length(along), length(across));
    let mut line = |step: [i64; 2], count: i64| {
        let mut here = at;
        for _ in 0..count {
            tiles.push(here.map(|x| x.max(0) as u32));
            here = plus(here, step);
        }
    };
    if short == 1 {
        return line(unit(along), long);
    }
    if long == 1 {
        return line(unit(across), short);
    }
    let half = |side: [i64; 2]| side.map(|x| x.div_euclid(2));
    let (mut part, mut low) = (half(along), half(across));
    if 2 * long > 3 * short {
        // Even steps keep the ends of the parts next to each other.
        if length(part) % 2 == 1 && long > 2 {
            part = plus(part, unit(along));
        }
        fill(at, part, across, tiles);
        fill(plus(at, part), minus(along, part), across, tiles);
        return;
    }
    if length(low) % 2 == 1 && short > 2 {
        low = plus(low, unit(across));
    }
    fill(at, low, part, tiles);
    fill(plus(at, low), along, minus(across, low), tiles);
    let last = plus(
        at,
        plus(minus(along, unit(along)), minus(low, unit(across))),
    );
    fill(last, negative(low), negative(minus(along, part)), tiles);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_every_tile_once_in_small_steps() {
        for width in 1..20 {
            for height in 1..20 {
                let tiles = curve(width, height);
                let mut sorted = tiles.clone();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len() as u32, width * height, "{width} x {height}");
                assert!(tiles.iter().all(|t| t[0] < width && t[1] < height));
                for pair in tiles.windows(2) {
                    let step = [0, 1].map(|i| pair[0][i].abs_diff(pair[1][i]));
                    assert!(step[0] <= 1 && step[1] <= 1, "{width} x {height}: {pair:?}");
                }
            }
        }
    }

    #[test]
    fn every_core_is_on_the_curve_once() {
        let mut mesh = Mesh::new(5, 4, 3);
        mesh.chips = [2, 2];
        mesh.usable_cores = 57;
        let mut cores = slots(&mesh);
        cores.sort_unstable();
        assert_eq!(cores, (0..4 * 57).collect::<Vec<_>>());
    }
}
