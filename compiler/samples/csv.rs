//! Samples as text: a raster, or events.
//!
//! A file whose first row names a column `neuron` and a column `time` or `step` holds events. Any
//! other file is a raster: a row for each step, a column for each element. Lines that begin with
//! `#` are left out.

use std::collections::BTreeMap;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use ndarray::Array2;
use nirc_dialects::{
    finding::{Finding, Findings},
    nir::data::{Lost, Raster, step_of},
};

use super::{
    Column, Input, events, file, need_step, npy,
    source::{self, File},
};

/// Reads the samples of those of the `wanted` inputs that the file has data for. Without a column
/// `node` these are the one input of the model.
///
/// # Errors
///
/// `run-csv` for what is no table of numbers, and what does not fit the input.
pub fn read(
    file: &File,
    wanted: &[(usize, Input<'_>)],
    step: Option<f64>,
    findings: &mut Findings,
) -> Result<Vec<Column>, Findings> {
    let bytes = file::bytes(&file.path)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_reader(&bytes[..]);
    let mut first = StringRecord::new();
    if !next(&mut reader, &mut first, file)? {
        return Err(refuse(file, "is empty").into());
    }
    let header = first.iter().any(|cell| cell.parse::<f64>().is_err());
    let has = |name: &str| header && first.iter().any(|cell| cell == name);
    if has("neuron") && (has("time") || has("step")) {
        return event_list(&mut reader, &first, file, wanted, step, findings);
    }
    let (index, input) = file::only(file, wanted)?;
    let sample = raster(&mut reader, first, header, file, input).map_err(|f| f.at(input.name))?;
    Ok(vec![(index, vec![sample])])
}

fn refuse(file: &File, what: impl std::fmt::Display) -> Finding {
    Finding::error(
        "run-csv",
        "text is a raster of numbers, or events with `time` or `step`, and `neuron`",
        format!("`{}` {what}", file.path.display()),
    )
}

/// Reads a row; `false` at the end.
fn next(
    reader: &mut Reader<&[u8]>,
    record: &mut StringRecord,
    file: &File,
) -> Result<bool, Finding> {
    reader
        .read_record(record)
        .map_err(|e| refuse(file, format!("cannot be read: {e}")))
}

/// What stands in a cell, with its place.
fn no_number(file: &File, record: &StringRecord, cell: usize) -> Finding {
    let line = record.position().map_or(0, csv::Position::line);
    let text = record.get(cell).unwrap_or_default();
    refuse(file, format!("has `{text}` in line {line}, column {cell}"))
}

/// The rows of a raster, of the columns that are asked for.
fn raster(
    reader: &mut Reader<&[u8]>,
    first: StringRecord,
    header: bool,
    file: &File,
    input: Input<'_>,
) -> Result<Array2<f32>, Finding> {
    let columns = columns(&first, header, file)?;
    if columns.len() != input.width {
        return Err(Finding::error(
            "run-input",
            "the input has one column for each element of the model's input",
            format!(
                "`{}` has {} columns, the input has {}",
                file.path.display(),
                columns.len(),
                input.width
            ),
        )
        .fix("name the columns: FILE.csv:0 or FILE.csv:0-11"));
    }
    let (mut record, mut values) = (first, Vec::new());
    if header && !next(reader, &mut record, file)? {
        return Err(refuse(file, "has a header and no rows"));
    }
    loop {
        for &column in &columns {
            let value = record.get(column).and_then(|cell| cell.parse().ok());
            let value = value.ok_or_else(|| no_number(file, &record, column))?;
            values.push(npy::finite(value).ok_or_else(|| no_number(file, &record, column))?);
        }
        if !next(reader, &mut record, file)? {
            break;
        }
    }
    let steps = values.len() / columns.len().max(1);
    Array2::from_shape_vec((steps, columns.len()), values).map_err(|e| refuse(file, e))
}

/// The positions of the columns that the options name; all without options.
fn columns(first: &StringRecord, header: bool, file: &File) -> Result<Vec<usize>, Finding> {
    if file.options.columns.is_empty() {
        return Ok((0..first.len()).collect());
    }
    let mut columns = Vec::new();
    for column in &file.options.columns {
        match column {
            source::Column::Numbers(from, to) if *to < first.len() => columns.extend(*from..=*to),
            source::Column::Name(name) if header => {
                let position = first.iter().position(|cell| cell == name);
                let missing = || refuse(file, format!("has no column `{name}`"));
                columns.push(position.ok_or_else(missing)?);
            }
            other => {
                let other = match other {
                    source::Column::Numbers(from, to) => format!("{from}-{to}"),
                    source::Column::Name(name) => name.clone(),
                };
                let count = first.len();
                return Err(refuse(
                    file,
                    format!("has {count} columns, not column `{other}`"),
                ));
            }
        }
    }
    Ok(columns)
}

/// An event, where its time has a step.
struct Event {
    sample: usize,
    step: u64,
    neuron: i64,
    value: f64,
}

/// The positions of the columns of events.
struct Header {
    time: Option<usize>,
    step: Option<usize>,
    neuron: usize,
    value: Option<usize>,
    sample: Option<usize>,
    node: Option<usize>,
}

impl Header {
    fn of(first: &StringRecord, file: &File) -> Result<Self, Findings> {
        let mut places = BTreeMap::new();
        let mut findings = Findings::new();
        for (position, cell) in first.iter().enumerate() {
            let name = match cell {
                "count" => "value",
                "time" | "step" | "neuron" | "value" | "sample" | "node" => cell,
                _ => {
                    findings.push(
                        refuse(file, format!("has a column `{cell}`"))
                            .why("events have time or step, neuron, value or count, sample, node"),
                    );
                    continue;
                }
            };
            if places.insert(name.to_owned(), position).is_some() {
                findings.push(refuse(file, format!("has two columns for the {name}")));
            }
        }
        if places.contains_key("time") && places.contains_key("step") {
            findings.push(refuse(file, "has columns `time` and `step`").fix("leave one out"));
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let get = |name: &str| places.get(name).copied();
        Ok(Self {
            time: get("time"),
            step: get("step"),
            neuron: get("neuron").unwrap_or_default(),
            value: get("value"),
            sample: get("sample"),
            node: get("node"),
        })
    }
}

fn event_list(
    reader: &mut Reader<&[u8]>,
    first: &StringRecord,
    file: &File,
    wanted: &[(usize, Input<'_>)],
    step: Option<f64>,
    findings: &mut Findings,
) -> Result<Vec<Column>, Findings> {
    if !file.options.columns.is_empty() {
        return Err(refuse(file, "holds events, of which no columns can be chosen").into());
    }
    let header = Header::of(first, file)?;
    if header.node.is_none() {
        file::only(file, wanted)?;
    }
    let dt = match header.time {
        Some(_) => Some(need_step(step, "times in seconds")?),
        None => None,
    };
    let mut lists: Vec<(Vec<Event>, Lost)> = wanted.iter().map(|_| Default::default()).collect();
    let mut record = StringRecord::new();
    // All nodes together say how many samples there are.
    let mut samples = 1;
    while next(reader, &mut record, file)? {
        let number = |column: usize| -> Result<f64, Finding> {
            let cell = record.get(column).and_then(|cell| cell.parse().ok());
            cell.ok_or_else(|| no_number(file, &record, column))
        };
        let whole = |column: usize| -> Result<f64, Finding> {
            let x = number(column)?;
            let whole = x.fract() == 0.0 && x.abs() < 9e15;
            whole
                .then_some(x)
                .ok_or_else(|| no_number(file, &record, column))
        };
        let sample = match header.sample {
            Some(column) => match whole(column)? {
                sample if sample >= 0.0 => sample as usize,
                _ => return Err(no_number(file, &record, column).into()),
            },
            None => 0,
        };
        samples = samples.max(sample.saturating_add(1));
        let named = header.node.and_then(|column| record.get(column));
        let place = wanted.iter().position(|(_, input)| {
            let own = file.options.node.as_deref().unwrap_or(input.name);
            named.is_none_or(|name| name == own)
        });
        let Some((events, lost)) = place.and_then(|place| lists.get_mut(place)) else {
            continue;
        };
        let at = match (header.time.zip(dt), header.step) {
            (Some((column, dt)), _) => {
                let time = number(column)?;
                (time, step_of(time, dt, f64::EPSILON))
            }
            (None, Some(column)) => {
                let step = whole(column)?;
                (step, (step >= 0.0).then_some(step as u64))
            }
            (None, None) => (0.0, None),
        };
        match at {
            (_, Some(step)) => events.push(Event {
                sample,
                step,
                neuron: whole(header.neuron)? as i64,
                value: header.value.map_or(Ok(1.0), number)?,
            }),
            (time, None) if time < 0.0 && time.is_finite() => lost.early += 1,
            _ => lost.number += 1,
        }
    }
    let last = lists
        .iter()
        .flat_map(|(events, _)| events)
        .map(|e| e.step)
        .max();
    let steps = file.options.steps.or_else(|| {
        let steps = usize::try_from(last?.checked_add(1)?).ok()?;
        findings.push(
            Finding::note(
                "run-steps",
                "events say how long a sample is",
                format!(
                    "`{}` has {steps} steps, up to the last event",
                    file.path.display()
                ),
            )
            .fix("settle it: FILE.csv:steps=N"),
        );
        Some(steps)
    });
    let (mut columns, mut refused) = (Vec::new(), Findings::new());
    for ((events, mut lost), &(index, input)) in lists.into_iter().zip(wanted) {
        if header.node.is_some() && events.is_empty() && lost == Lost::default() && wanted.len() > 1
        {
            continue; // another source may have it
        }
        match events::check_size(samples, steps.or(Some(0)), input, &file.path) {
            Ok(steps) => {
                let mut rasters = vec![Raster::new(steps, input.width); samples];
                for event in events {
                    if let Some(raster) = rasters.get_mut(event.sample) {
                        raster.add(event.step, event.neuron, event.value);
                    }
                }
                let mut sums = Vec::with_capacity(samples);
                for raster in rasters {
                    lost += raster.lost;
                    sums.push(raster.sums);
                }
                refused.extend(events::lost(lost, input, &file.path));
                columns.push((index, sums));
            }
            Err(finding) => {
                refused.push(finding);
                refused.extend(events::lost(lost, input, &file.path));
            }
        }
    }
    if refused.has_errors() {
        return Err(refused);
    }
    Ok(columns)
}
