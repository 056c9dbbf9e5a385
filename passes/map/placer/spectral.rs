//! By the two smoothest functions on the hypergraph.

use nirc_dialects::finding::Findings;

use super::{PlaceProblem, Placer};
use crate::map::{
    hypergraph::Hypergraph, mesh::Mesh, partition::OUTSIDE, random::Random, routing::Placement,
};

/// Cores at the coordinates that two eigenvectors of the normalised Laplacian of the hypergraph give them
/// (the second and the third smallest eigenvalue; Ronzani and Silvano, arXiv 2601.16118), made whole by
/// rank: columns by the first, places in a column by the second.
pub struct Spectral;

/// Steps of the power iteration.
const STEPS: usize = 150;

impl Placer for Spectral {
    fn name(&self) -> &'static str {
        "spectral"
    }

    fn description(&self) -> &'static str {
        "cores by the rank of two eigenvectors of the hypergraph's Laplacian"
    }

    fn place(&self, problem: &PlaceProblem<'_>) -> Result<Placement, Findings> {
        let graph = problem.graph;
        let [first, second] = vectors(graph, problem.seed);
        let columns = columns(&problem.architecture.mesh, graph.vertices);
        let mut order: Vec<u32> = (0..graph.vertices as u32).collect();
        let key = |of: &[f64], v: u32| of.get(v as usize).copied().unwrap_or(0.0);
        order.sort_by(|&a, &b| key(&first, a).total_cmp(&key(&first, b)).then(a.cmp(&b)));
        let mut core = vec![0; graph.vertices];
        let mut at = 0;
        for column in columns {
            let end = (at + column.len()).min(order.len());
            let here = &mut order[at..end];
            here.sort_by(|&a, &b| key(&second, a).total_cmp(&key(&second, b)).then(a.cmp(&b)));
            for (vertex, slot) in here.iter().zip(&column) {
                core[*vertex as usize] = *slot;
            }
            at = end;
        }
        Ok(Placement { core })
    }
}

/// The cores of the columns of a rectangle near to a square that has room for `count`, each column from
/// its first row up.
fn columns(mesh: &Mesh, count: usize) -> Vec<Vec<u32>> {
    let [width, height] = mesh.size();
    let mut cores_of = vec![Vec::new(); width as usize * height as usize];
    for core in 0..mesh.cores() as u32 {
        if let Some(cores) = cores_of.get_mut(mesh.tile_index(mesh.tile_of(core))) {
            cores.push(core);
        }
    }
    let mut side = (count as f64 / f64::from(mesh.cores_per_tile.max(1)))
        .sqrt()
        .ceil()
        .max(1.0) as u32;
    loop {
        let rows = side.min(height);
        // As wide as it must be: a low mesh is used from end to end.
        let mut columns = Vec::new();
        let mut room = 0;
        for x in 0..width {
            if room >= count {
                return columns;
            }
            let tiles = (0..rows).map(|y| mesh.tile_index([x, y]));
            let column: Vec<u32> = tiles.flat_map(|t| cores_of[t].iter().copied()).collect();
            room += column.len();
            columns.push(column);
        }
        if room >= count || rows == height {
            return columns;
        }
        side += 1;
    }
}

/// The eigenvectors of the second and third largest eigenvalue of the normalised adjacency, in which
/// each set of w spikes joins its n members with weight w / n.
fn vectors(graph: &Hypergraph, seed: u64) -> [Vec<f64>; 2] {
    let count = graph.vertices;
    let mut degree = vec![0.0f64; count];
    let mut weights = Vec::with_capacity(graph.len());
    for set in graph.sets() {
        let spikes: f64 = set.sources.iter().map(|s| s.spikes).sum();
        weights.push(spikes);
        for vertex in members(&set) {
            degree[vertex as usize] += spikes;
        }
    }
    let scale: Vec<f64> = degree
        .iter()
        .map(|&d| if d > 0.0 { 1.0 / d.sqrt() } else { 0.0 })
        .collect();
    let mut trivial: Vec<f64> = degree.iter().map(|d| d.sqrt()).collect();
    normalise(&mut trivial);
    let random = &mut Random::new(seed);
    let mut found: Vec<Vec<f64>> = vec![trivial];
    for _ in 0..2 {
        let mut x: Vec<f64> = (0..count).map(|_| random.unit() - 0.5).collect();
        for _ in 0..STEPS {
            for known in &found {
                let product: f64 = x.iter().zip(known).map(|(a, b)| a * b).sum();
                x.iter_mut().zip(known).for_each(|(a, b)| *a -= product * b);
            }
            // (1 + A) x: all its eigenvalues are positive, so the iteration finds the largest.
            let mut y = x.clone();
            for (set, weight) in graph.sets().zip(&weights) {
                let size = members(&set).count();
                if size == 0 {
                    continue;
                }
                let at = |v: u32| v as usize;
                let sum: f64 = members(&set).map(|v| x[at(v)] * scale[at(v)]).sum();
                let given = weight * sum / size as f64;
                for v in members(&set) {
                    y[at(v)] += given * scale[at(v)];
                }
            }
            x = y;
            normalise(&mut x);
        }
        found.push(x);
    }
    let coordinates = |x: &Vec<f64>| x.iter().zip(&scale).map(|(x, s)| x * s).collect();
    [coordinates(&found[1]), coordinates(&found[2])]
}

/// The vertices of a set, each once for its pin and once as a source.
fn members<'h>(set: &crate::map::hypergraph::PinSet<'h>) -> impl Iterator<Item = u32> + use<'h> {
    let sources = set.sources.iter().map(|s| s.vertex);
    let sources = sources.filter(|&v| v != OUTSIDE);
    set.pins.iter().copied().chain(sources)
}

fn normalise(x: &mut [f64]) {
    let length = x.iter().map(|a| a * a).sum::<f64>().sqrt();
    if length > 0.0 {
        x.iter_mut().for_each(|a| *a /= length);
    }
}
