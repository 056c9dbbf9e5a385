//! The class of each sample.

use std::path::Path;

use nirc_dialects::finding::Finding;

use super::{file, npy};

/// One class number for each sample: an `.npy` of whole numbers, or text (`.csv`) with one in each
/// line, empty lines and a first line that is no number left out.
///
/// # Errors
///
/// A finding if the file cannot be read, or has anything but class numbers.
pub fn labels(path: &Path) -> Result<Vec<usize>, Finding> {
    let name = path.display().to_string();
    let bytes = file::bytes(path)?;
    let refuse = |found: String| {
        Finding::error(
            "run-labels",
            "labels are class numbers",
            format!("`{name}` has {found}"),
        )
    };
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv"))
    {
        let text = String::from_utf8(bytes).map_err(|e| refuse(e.to_string()))?;
        let lines = text.lines().map(str::trim).enumerate();
        return lines
            .filter(|(_, line)| !line.is_empty())
            .filter(|(number, line)| *number > 0 || line.parse::<f64>().is_ok())
            .map(|(number, line)| {
                line.parse()
                    .map_err(|_| refuse(format!("`{line}` in line {}", number + 1)))
            })
            .collect();
    }
    npy::read(&bytes, &name)?
        .iter()
        .map(|x| {
            let class = (*x >= 0.0 && x.fract() == 0.0).then_some(*x as usize);
            class.ok_or_else(|| refuse(x.to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_class_for_each_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            labels(&path)
        };
        assert_eq!(read("label\n3\n 0 \n\n12\n").unwrap(), [3, 0, 12]);
        assert_eq!(read("1\n2").unwrap(), [1, 2]);
        for text in ["1\nx\n", "1,2\n3,4\n", "-1\n", "1.5\n", "x\ny\n"] {
            assert_eq!(read(text).unwrap_err().code, "run-labels", "{text:?}");
        }
    }
}
