//! Findings about events that have no place in the samples.

use std::path::Path;

use nirc_dialects::{
    finding::{Finding, Findings},
    nir::data::Lost,
};

use super::{Input, MAX_ELEMENTS};

/// A finding for each reason for which events were lost.
pub fn lost(lost: Lost, input: Input<'_>, path: &Path) -> Findings {
    let Lost {
        early,
        late,
        neuron,
        number,
    } = lost;
    let width = input.width;
    let reasons = [
        (early, "at negative times".to_owned(), ""),
        (
            late,
            "at or after the end of the recording".to_owned(),
            "say how many steps there are: FILE:steps=N",
        ),
        (
            neuron,
            format!(
                "of neurons that are not in 0 to {}",
                width.saturating_sub(1)
            ),
            "",
        ),
        (
            number,
            "whose time or value is not finite, or so imprecise that the step is open".to_owned(),
            "",
        ),
    ];
    let found = |(count, what, fix): (usize, String, &'static str)| {
        (count > 0).then(|| {
            Finding::error(
                "run-events",
                "every event has a neuron of the input, a value, and a time within the recording",
                format!("`{}` has {count} events {what}", path.display()),
            )
            .at(input.name)
            .fix(fix)
        })
    };
    Findings(reasons.into_iter().filter_map(found).collect())
}

/// Checks that so many samples and steps fit into memory, before it is asked for.
///
/// # Errors
///
/// A finding if they do not, or if there are none.
pub fn check_size(
    samples: usize,
    steps: Option<usize>,
    input: Input<'_>,
    path: &Path,
) -> Result<usize, Finding> {
    let size = |steps: usize| samples.checked_mul(steps)?.checked_mul(input.width);
    let fits = |steps: &usize| size(*steps).is_some_and(|s| s > 0 && s <= MAX_ELEMENTS);
    steps.filter(fits).ok_or_else(|| {
        let steps = steps.map_or("too many".to_owned(), |steps| steps.to_string());
        Finding::error(
            "run-input",
            "there is input, and it fits into memory",
            format!(
                "`{}` has {samples} samples of {steps} steps and {} elements",
                path.display(),
                input.width
            ),
        )
        .at(input.name)
    })
}
