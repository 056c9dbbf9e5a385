//! PACMAN's own test tables, and its tables for whole networks.

use std::{io::Read, path::Path};

use nirc_targets::spinnaker2::routing::{
    Effort, Entry, KeyMask, Options, Route, Table, compress, exact,
};
use serde_json::Value;

use crate::corpus::{files, outside};

/// All tables of all files of the folder; a file added there is tested.
#[test]
fn pacmans_tables_are_equal_on_all_keys_in_use() {
    let Some(folder) = outside("oracle/spinnaker2/pacman") else {
        return;
    };
    let mut tables = 0;
    for file in files(&folder) {
        let (mut before, mut after) = (0, 0);
        for (table, shortest) in read(&file) {
            tables += 1;
            let short = compress(&table, Options::default()).unwrap();
            let prefix = Table {
                entries: table.entries[..table.entries.len().min(4000)].to_vec(),
            };
            let short_prefix = compress(&prefix, Options::default()).unwrap();
            assert_eq!(exact::difference(&prefix, &short_prefix), None, "{file:?}");
            check(&table, &short);
            before += table.entries.len();
            after += short.entries.len();
            if let Some(shortest) = shortest {
                assert!(short.entries.len() <= shortest, "{file:?}");
            }
            let thorough = Options {
                effort: Effort::Thorough,
                ..Options::default()
            };
            let thorough = compress(&prefix, thorough).unwrap();
            assert!(thorough.entries.len() <= short_prefix.entries.len());
            assert_eq!(exact::difference(&prefix, &thorough), None, "{file:?}");
        }
        eprintln!("{}: {before} entries, {after} compressed", file.display());
    }
    assert!(tables > 0, "{} has no tables", folder.display());
}

/// The entries of these tables are disjoint, so each can be looked for alone.
fn check(table: &Table, short: &Table) {
    for entry in &table.entries {
        for (_, route) in exact::routes(short, entry.keys) {
            assert_eq!(route, Some(entry.route));
        }
    }
}

/// Each table of a file, with the number of entries that PACMAN made of it if the file has that.
fn read(file: &Path) -> Vec<(Table, Option<usize>)> {
    let name = file.file_name().unwrap().to_str().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let mut text = String::new();
    if name.ends_with(".gz") {
        let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
        decoder.read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    if name.contains(".csv") {
        let number = |field: &str| u32::from_str_radix(field.trim_start_matches("0x"), 16).unwrap();
        let row = |line: &str| {
            let fields: Vec<u32> = line.split(',').map(number).collect();
            entry(fields[0], fields[1], u128::from(fields[2]))
        };
        let entries = text.lines().map(row).collect();
        return vec![(Table { entries }, None)];
    }
    let json: Value = serde_json::from_str(&quote_large_numbers(&text)).unwrap();
    match &json {
        Value::Array(tables) => tables.iter().map(|table| (of_json(table), None)).collect(),
        _ => {
            let tables = json["tables"].as_object().unwrap();
            let short = |chip: &str| json["compressed"][chip].as_array().map(Vec::len);
            tables
                .iter()
                .map(|(chip, rows)| (of_rows(rows), short(chip)))
                .collect()
        }
    }
}

/// Routes to cores have up to 159 bits, which no JSON number of serde's has.
pub fn quote_large_numbers(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|c: char| !c.is_ascii_digit());
        let (number, after) = number.split_at(end.unwrap_or(number.len()));
        let quote = if number.len() > 18 { "\"" } else { "" };
        quoted.extend([before, quote, number, quote]);
        rest = after;
    }
    quoted + rest
}

fn of_json(table: &Value) -> Table {
    let row = |row: &Value| {
        let number = |name: &str| row[name].as_u64().unwrap();
        let (key, mask) = (number("key") as u32, number("mask") as u32);
        entry(key, mask, u128::from(number("spinnaker_route")))
    };
    let entries = table["entries"].as_array().unwrap();
    Table {
        entries: entries.iter().map(row).collect(),
    }
}

/// PACMAN's cores of SpiNNaker2 are 1 to 152; core 0 is a monitor of its own that is no target.
fn of_rows(rows: &Value) -> Table {
    let row = |row: &Value| {
        let number = |i: usize| row[i].as_u64().unwrap() as u32;
        let mut bits = words(&row[2]);
        let links = bits[0] & 63;
        assert_eq!(bits[0] >> 6 & 1, 0, "the monitor is a target");
        for i in 0..3 {
            let carry = bits.get(i + 1).map_or(0, |next| next << 63);
            bits[i] = bits[i] >> 1 | carry;
        }
        bits[0] = bits[0] & !63 | links;
        Entry {
            keys: KeyMask::new(number(0), number(1)),
            route: Route::from_words(bits).unwrap(),
        }
    };
    Table {
        entries: rows.as_array().unwrap().iter().map(row).collect(),
    }
}

/// A number of up to 192 bits, lowest word first.
pub fn words(number: &Value) -> [u64; 3] {
    let digits = number
        .as_str()
        .map_or_else(|| number.to_string(), str::to_owned);
    let mut words = [0u64; 3];
    for digit in digits.bytes() {
        let mut carry = u128::from(digit - b'0');
        for word in &mut words {
            let sum = u128::from(*word) * 10 + carry;
            (*word, carry) = (sum as u64, sum >> 64);
        }
        assert_eq!(carry, 0);
    }
    words
}

fn entry(key: u32, mask: u32, route: u128) -> Entry {
    let words = [route as u64, (route >> 64) as u64, 0];
    Entry {
        keys: KeyMask::new(key, mask),
        route: Route::from_words(words).unwrap(),
    }
}
