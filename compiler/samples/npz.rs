//! Several arrays of numpy in one archive.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use nirc_dialects::finding::{Finding, Findings};
use zip::ZipArchive;

use super::{Input, InputArray, MAX_ELEMENTS, file, npy, source::File};

/// The array of each of the `wanted` inputs that has one: under the name that the option `array`
/// gives, else under `INPUT` or `INPUT/spikes`, else the only array for the only input.
///
/// # Errors
///
/// What cannot be read; an input with two arrays, or a file with none for any input.
pub fn read<'a>(
    file: &File,
    wanted: &[(usize, Input<'a>)],
) -> Result<Vec<InputArray<'a>>, Findings> {
    let path = file.path.display().to_string();
    let failed = |what: &dyn ToString| file::unreadable(&path, &what.to_string());
    let bytes = file::bytes(&file.path)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| failed(&e))?;
    let names: BTreeMap<String, usize> = (0..archive.len())
        .filter_map(|index| {
            let name = archive.name_for_index(index)?;
            Some((name.strip_suffix(".npy").unwrap_or(name).to_owned(), index))
        })
        .collect();
    let (mut arrays, mut findings) = (Vec::new(), Findings::new());
    for &(position, input) in wanted {
        let index = match choose(&names, file, input, wanted.len()) {
            Ok(Some((name, index))) => (name, index),
            Ok(None) => continue,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let (name, index) = index;
        let name = format!("{path}:{name}");
        // What a small archive unpacks to may be far larger than any input.
        let limit = (MAX_ELEMENTS as u64).saturating_mul(8);
        let mut member = Vec::new();
        let array = archive
            .by_index(index)
            .map_err(|e| failed(&e))
            .and_then(|packed| {
                packed
                    .take(limit)
                    .read_to_end(&mut member)
                    .map_err(|e| failed(&e))
            })
            .and_then(|_| npy::read(&member, &name));
        match array {
            Ok(array) => arrays.push(((position, input), array)),
            Err(finding) => findings.push(finding.at(input.name)),
        }
    }
    if arrays.is_empty() && !findings.has_errors() {
        findings.push(nothing(&path, &names, wanted));
    }
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(arrays)
}

/// The array of an input: its name and its place in the archive.
fn choose<'n>(
    names: &'n BTreeMap<String, usize>,
    file: &File,
    input: Input<'_>,
    inputs: usize,
) -> Result<Option<(&'n str, usize)>, Finding> {
    let get = |name: &str| {
        names
            .get_key_value(name)
            .map(|(name, i)| (name.as_str(), *i))
    };
    if let Some(name) = &file.options.array {
        let missing = || {
            let what = format!("`{}` has no array `{name}`", file.path.display());
            Finding::error("run-source", "the option `array` names an array", what)
        };
        return get(name).map(Some).ok_or_else(missing);
    }
    match (get(input.name), get(&format!("{}/spikes", input.name))) {
        (Some(_), Some(_)) => Err(Finding::error(
            "run-input",
            "each input of the model has data from one source",
            format!(
                "`{0}` has an array `{1}` and an array `{1}/spikes`",
                file.path.display(),
                input.name
            ),
        )
        .at(input.name)
        .fix("name the array: INPUT=FILE.npz:array=NAME")),
        (Some(found), None) | (None, Some(found)) => Ok(Some(found)),
        (None, None) if names.len() == 1 && inputs == 1 => {
            let only = names.first_key_value();
            Ok(only.map(|(name, index)| (name.as_str(), *index)))
        }
        (None, None) => Ok(None),
    }
}

fn nothing(path: &str, names: &BTreeMap<String, usize>, wanted: &[(usize, Input<'_>)]) -> Finding {
    let names: Vec<_> = names.keys().map(|name| format!("`{name}`")).collect();
    let inputs: Vec<_> = wanted
        .iter()
        .map(|(_, i)| format!("`{}`", i.name))
        .collect();
    Finding::error(
        "run-input",
        "each input of the model has data from one source",
        format!(
            "`{path}` has the arrays {}, and none for the inputs {}",
            names.join(", "),
            inputs.join(", ")
        ),
    )
    .fix("name the array: INPUT=FILE.npz:array=NAME")
}
