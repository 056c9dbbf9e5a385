//! Paths of packets: first along x, then along y; a multicast packet splits where its paths part.

use super::{
    hypergraph::Hypergraph,
    mesh::{Direction, Mesh},
    partition::OUTSIDE,
};

/// The core of the chip on which each logical core stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// For each logical core.
    pub core: Vec<u32>,
}

/// What the links carry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routes {
    /// Packets in a step on each directed link, as [`Mesh::link`] numbers them.
    pub load: Vec<f64>,
    /// Packets times the links that each takes, along x.
    pub hops_x: f64,
    /// The same along y.
    pub hops_y: f64,
    /// Of these, those that lead to another chip.
    pub crossings: f64,
}

impl Routes {
    /// Packets times links.
    pub fn hops(&self) -> f64 {
        self.hops_x + self.hops_y
    }

    /// The largest load of a link.
    pub fn max_load(&self) -> f64 {
        self.load.iter().copied().fold(0.0, f64::max)
    }

    /// The variance of the loads of the links that exist.
    pub fn load_variance(&self, mesh: &Mesh) -> f64 {
        let [width, height] = mesh.size().map(f64::from);
        let links = 2.0 * (height * (width - 1.0) + width * (height - 1.0));
        if links <= 0.0 {
            return 0.0;
        }
        let mean = self.load.iter().sum::<f64>() / links;
        let squares: f64 = self.load.iter().map(|load| load * load).sum();
        (squares / links - mean * mean).max(0.0)
    }
}

/// Routes every packet of a hypergraph over logical cores; the first packet of a tree is counted once for
/// all its destinations if `multicast`, else each destination is sent its own.
pub fn route(graph: &Hypergraph, placement: &Placement, mesh: &Mesh, multicast: bool) -> Routes {
    let mut routes = Routes {
        load: vec![0.0; mesh.links()],
        ..Routes::default()
    };
    let mut tree = Tree::default();
    let tile = |core: u32| placement.core.get(core as usize).map(|&c| mesh.tile_of(c));
    let mut destinations = Vec::new();
    for set in graph.sets() {
        for source in set.sources {
            if source.vertex == OUTSIDE || source.spikes == 0.0 {
                continue;
            }
            let Some(from) = tile(source.vertex) else {
                continue;
            };
            destinations.clear();
            let remote = set.pins.iter().filter(|&&pin| pin != source.vertex);
            destinations.extend(remote.filter_map(|&pin| tile(pin)));
            let mut take = |at, direction| {
                routes.load[mesh.link(at, direction)] += source.spikes;
                match direction {
                    Direction::East | Direction::West => routes.hops_x += source.spikes,
                    Direction::North | Direction::South => routes.hops_y += source.spikes,
                }
                if mesh.crosses(at, direction) {
                    routes.crossings += source.spikes;
                }
            };
            if multicast {
                tree.links(from, &destinations, &mut take);
            } else {
                for &to in &destinations {
                    tree.links(from, &[to], &mut take);
                }
            }
        }
    }
    routes
}

/// Finds the links of multicast trees; holds what it needs again and again.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// For each destination its column and row; sorted.
    sorted: Vec<[u32; 2]>,
}

impl Tree {
    /// Calls `each` with every link (the tile it begins at, its direction) of the union of the paths from
    /// `from` to `destinations`: along the row of the source to the column, then along the column.
    pub fn links(
        &mut self,
        from: [u32; 2],
        destinations: &[[u32; 2]],
        mut each: impl FnMut([u32; 2], Direction),
    ) {
        let [x, y] = from;
        if let [to] = destinations {
            return path(from, *to, &mut each);
        }
        self.sorted.clear();
        self.sorted.extend_from_slice(destinations);
        self.sorted.sort_unstable();
        let (Some(first), Some(last)) = (self.sorted.first(), self.sorted.last()) else {
            return;
        };
        for column in first[0]..x {
            each([column + 1, y], Direction::West);
        }
        for column in x..last[0] {
            each([column, y], Direction::East);
        }
        for column in self.sorted.chunk_by(|a, b| a[0] == b[0]) {
            let (Some(low), Some(high)) = (column.first(), column.last()) else {
                continue;
            };
            for row in low[1]..y {
                each([low[0], row + 1], Direction::South);
            }
            for row in y..high[1] {
                each([low[0], row], Direction::North);
            }
        }
    }
}

fn path(from: [u32; 2], to: [u32; 2], each: &mut impl FnMut([u32; 2], Direction)) {
    let [x, y] = from;
    for column in to[0]..x {
        each([column + 1, y], Direction::West);
    }
    for column in x..to[0] {
        each([column, y], Direction::East);
    }
    for row in to[1]..y {
        each([to[0], row + 1], Direction::South);
    }
    for row in y..to[1] {
        each([to[0], row], Direction::North);
    }
}
