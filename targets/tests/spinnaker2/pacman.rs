//! PACMAN's JSON files, read by PACMAN 7.4.1 where `NIRC_PACMAN_PYTHON` names an interpreter that has it.

use std::{fs, path::PathBuf, process::Command};

use nirc_targets::File;
use nirc_targets::spinnaker2::routing::{
    Chip, Core, Link, Machine, Options, Plan, Population, Slice, pacman, plan,
};
use serde_json::{Value, json};

use crate::{
    corpus::workspace,
    random::{Random, populations},
    routing::golden::{quote_large_numbers, words},
};

/// The emitted files for PACMAN say of every entry and slice what the other files say. PACMAN's core p is
/// bit 6 + p of a route; its core 0 is a monitor.
pub fn check_emitted(files: &[File]) {
    let read = |name: &str| -> Value {
        let file = files.iter().find(|file| file.name == name).unwrap();
        let text = String::from_utf8(file.content.clone()).unwrap();
        serde_json::from_str(&quote_large_numbers(&text)).unwrap()
    };
    let list = |value: &Value| value.as_array().unwrap().clone();
    let (ours, theirs) = (
        read("routing_tables.json"),
        read("pacman/routing_tables.json"),
    );
    let (ours, theirs) = (list(&ours["tables"]), list(&theirs));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours["chip"], json!([theirs["x"], theirs["y"]]));
        let (ours, theirs) = (list(&ours["entries"]), list(&theirs["entries"]));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for field in ["key", "mask"] {
                assert_eq!(ours[field], theirs[field]);
            }
            let mut expected = [0u64; 3];
            let bits = |name: &str, first: u64| -> Vec<u64> {
                let numbers = list(&ours[name]).into_iter();
                numbers.map(|n| n.as_u64().unwrap() + first).collect()
            };
            for bit in bits("links", 0).into_iter().chain(bits("cores", 6)) {
                expected[bit as usize / 64] |= 1 << (bit % 64);
            }
            assert_eq!(words(&theirs["spinnaker_route"]), expected);
        }
    }
    let (elements, placements) = (read("elements.json"), read("pacman/placements.json"));
    let ours = list(&elements["elements"]);
    let ours = ours
        .iter()
        .map(|e| json!([e["chip"][0], e["chip"][1], e["core"]]));
    let placements = list(&placements);
    let theirs = placements.iter().map(|p| json!([p["x"], p["y"], p["p"]]));
    assert!(ours.eq(theirs));
}

/// What PACMAN says of the three files; `None` without PACMAN.
fn read_by_pacman(name: &str, version: &str, files: [(&str, &str); 3]) -> Option<Value> {
    let Some(python) = std::env::var_os("NIRC_PACMAN_PYTHON").map(PathBuf::from) else {
        eprintln!("skipped: NIRC_PACMAN_PYTHON names no interpreter");
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    let output = Command::new(python)
        .arg("-B")
        .arg(workspace().join("tests/spinnaker2_pacman.py"))
        .args([folder.as_os_str(), version.as_ref()])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn chips_of(machine: &Machine) -> Vec<Value> {
    let links = |chip: Chip| -> Vec<Value> {
        let link = |link: Link| {
            let next = machine.neighbour(chip, link)?;
            Some(json!([link.number(), next.x, next.y]))
        };
        Link::ALL.into_iter().filter_map(link).collect()
    };
    let chip = |chip: Chip| {
        json!({
            "chip": [chip.x, chip.y],
            "cores": (1..=152).collect::<Vec<u32>>(),
            "entries": 16384,
            "links": links(chip),
        })
    };
    machine.chips().map(chip).collect()
}

fn tables_of(plan: &Plan) -> Vec<Value> {
    let tables = plan.compress(Options::default()).unwrap();
    let table = |(chip, table): (&Chip, &nirc_targets::spinnaker2::routing::Table)| {
        let entries = table.entries.iter().map(|entry| {
            let links: Vec<usize> = entry.route.links().map(Link::number).collect();
            let cores: Vec<usize> = entry.route.cores().map(|core| core + 1).collect();
            json!([entry.keys.key, entry.keys.mask, links, cores, false])
        });
        json!({ "chip": [chip.x, chip.y], "entries": entries.collect::<Vec<Value>>() })
    };
    tables.iter().map(table).collect()
}

fn sorted(value: &Value) -> Vec<Value> {
    let mut values = value.as_array().unwrap().clone();
    values.sort_by_key(|value| value["chip"].to_string());
    values
}

fn compare(name: &str, version: &str, machine: &Machine, populations: &[Population], wide: bool) {
    let plan = plan(machine, populations).unwrap();
    let tables = plan.compress(Options::default()).unwrap();
    let (text, warning) = pacman::routing_tables(&tables);
    assert_eq!(warning.is_some(), wide);
    let files = [
        (
            "machine.json",
            &*pacman::machine(machine, "192.168.1.1").unwrap(),
        ),
        ("placements.json", &*pacman::placements(populations)),
        ("routing_tables.json", &*text),
    ];
    let Some(read) = read_by_pacman(name, version, files) else {
        return;
    };
    for (file, schema_limit) in [
        ("machine.json", false),
        ("placements.json", false),
        ("routing_tables.json", wide),
    ] {
        assert_eq!(read["accepted"][file], json!(!schema_limit), "{file}");
        let errors = if schema_limit {
            json!(["maximum"])
        } else {
            json!([])
        };
        assert_eq!(read["errors"][file], errors, "{file}");
    }
    let expected = sorted(&Value::Array(chips_of(machine)));
    assert_eq!(sorted(&read["chips"]), expected);
    let expected = sorted(&Value::Array(tables_of(&plan)));
    assert_eq!(sorted(&read["tables"]), expected);
}

/// Cores that SpiNNaker 1 has too: the files pass all schemas, and PACMAN reads what was written.
#[test]
fn pacman_takes_routes_to_the_first_cores() {
    let core = |x, y, core| Core {
        chip: Chip::new(x, y),
        core,
    };
    let slice = |at: u16| Slice {
        core: core(at % 4, at / 4, at % 17),
        atoms: 20 + u32::from(at),
        targets: vec![core(at / 4, at % 4, 16), core(5, 5, at)],
    };
    let populations: Vec<Population> = (0..5u16)
        .map(|i| Population {
            name: format!("p{i}"),
            slices: (0..3).map(|j| slice(3 * i + j)).collect(),
        })
        .collect();
    compare("first_cores", "248", &Machine::board(), &populations, false);
}

/// All cores: PACMAN reads what was written, and the schema's limit is all that speaks against it.
#[test]
fn pacman_reads_routes_to_all_cores() {
    for (name, version, machine) in [
        ("board", "248", Machine::board()),
        ("chip", "201", Machine::chip()),
        (
            "broken_board",
            "248",
            Machine::board()
                .without_chip(Chip::new(3, 3))
                .without_link(Chip::new(5, 5), Link::North),
        ),
    ] {
        let populations = populations(&mut Random(3), &machine, 40);
        compare(name, version, &machine, &populations, true);
    }
}

#[test]
fn a_machine_file_cannot_say_which_core_is_missing() {
    let core = Core {
        chip: Chip::new(2, 2),
        core: 7,
    };
    let finding = pacman::machine(&Machine::board().without_core(core), "").unwrap_err();
    assert_eq!(finding.code, "s2-pacman-core");
    // A core of a chip that is not there is not missed.
    let gone = Machine::board().without_core(core).without_chip(core.chip);
    assert!(pacman::machine(&gone, "").is_ok());
}

#[test]
fn placements_are_labelled_by_their_neurons() {
    let machine = Machine::chip();
    let slice = |core, atoms| Slice {
        core: Core {
            chip: Chip::new(0, 0),
            core,
        },
        atoms,
        targets: Vec::new(),
    };
    let populations = [Population {
        name: "lif".to_owned(),
        slices: vec![slice(0, 100), slice(151, 50)],
    }];
    assert!(plan(&machine, &populations).is_ok());
    let placements: Value = serde_json::from_str(&pacman::placements(&populations)).unwrap();
    let expected = json!([
        { "vertex_label": "lif(0:99)", "x": 0, "y": 0, "p": 1 },
        { "vertex_label": "lif(100:149)", "x": 0, "y": 0, "p": 152 },
    ]);
    assert_eq!(placements, expected);
}
