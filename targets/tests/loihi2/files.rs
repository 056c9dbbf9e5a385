//! Files hold the network: read back, it is the same.

use nirc_targets::{
    File,
    loihi2::{
        files::{self, Form},
        network::Network,
    },
};

use crate::{
    random::{Random, graph, sequence},
    vector::run,
};

/// What inputs get: payloads where all of an input's synapses take them.
pub fn inputs(network: &Network, steps: usize, random: &mut Random) -> Vec<(usize, Vec<Vec<i32>>)> {
    let inputs = network.inputs.iter().map(|input| {
        let own = network
            .connections
            .iter()
            .filter(|c| c.source == input.population);
        let payload = own.map(|c| c.message_bits).min().unwrap_or(0) > 0;
        let count = network.populations[input.population].count();
        (input.population, random.raster(steps, count, payload))
    });
    inputs.collect()
}

#[test]
fn lava_files_are_the_network() {
    for seed in 0..60 {
        let network = graph(&mut Random::new(seed));
        let written = files::write_as(&network, Form::Lava).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(
            files::read(&written).unwrap_or_else(|f| panic!("{f:?}")),
            network,
            "{seed}"
        );
        assert_eq!(files::write_as(&network, Form::Lava).unwrap(), written);
    }
}

#[test]
fn netx_files_run_as_the_network() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let network = sequence(&mut random);
        let (written, notes) = files::write(&network).unwrap_or_else(|f| panic!("{f:?}"));
        assert!(notes.iter().next().is_none(), "{seed}: {notes:?}");
        assert_eq!(files::write(&network).unwrap().0, written);
        let read = files::read(&written).unwrap_or_else(|f| panic!("{seed}: {f:?}"));
        assert_eq!(read.inputs, network.inputs);
        assert_eq!(read.outputs, network.outputs);
        let names = |network: &Network| {
            let populations = network.populations.iter().map(|p| p.name.clone());
            let mut names: Vec<String> = populations.collect();
            let mut connections: Vec<String> =
                network.connections.iter().map(|c| c.name.clone()).collect();
            connections.sort();
            names.extend(connections);
            names
        };
        assert_eq!(names(&read), names(&network));
        let inputs = inputs(&network, 40, &mut random);
        let (given, expected) = (run(&read, &inputs), run(&network, &inputs));
        assert_eq!(given.v, expected.v, "{seed}");
        assert_eq!(given.spikes, expected.spikes, "{seed}");
    }
}

/// A graph that netx cannot hold is a Lava script, and every reason is given.
#[test]
fn what_netx_cannot_hold_is_said() {
    let mut scripts = 0;
    for seed in 0..50 {
        let network = graph(&mut Random::new(seed));
        let (written, notes) = files::write(&network).unwrap();
        let script = written.iter().any(|file| file.name == files::SCRIPT);
        assert_eq!(script, notes.contains("loihi2-lava-script"), "{seed}");
        scripts += usize::from(script);
    }
    assert!(scripts > 25, "{scripts}");
}

#[test]
fn damaged_files_are_findings() {
    let mut random = Random::new(3);
    for form in [Form::Netx, Form::Lava] {
        let network = sequence(&mut random);
        let written = files::write_as(&network, form).unwrap();
        for _ in 0..40 {
            let mut damaged = written.clone();
            let which = random.within(0, 1) as usize;
            let content = &mut damaged[which].content;
            let at = random.within(0, content.len() as i64 - 1) as usize;
            match random.within(0, 2) {
                0 => content.truncate(at),
                1 => content[at] ^= 1 << random.within(0, 7),
                _ => content[at] = 0,
            }
            let _ = files::read(&damaged); // reads something, or says why not
        }
        assert!(files::read(&[]).is_err());
        let none: Vec<File> = written[1..].to_vec();
        assert!(files::read(&none).is_err());
    }
}
