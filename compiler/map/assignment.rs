//! Partitions as files: one core number for each neuron that stands on a core, population by population.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::Path,
};

use nirc_dialects::finding::{Finding, Findings};
use nirc_passes::map::{Network, PARTITIONERS, Partition};
use npyz::WriterBuilder;

use super::refuse;

const RULE: &str = "a partition is an .npy file of whole numbers from 0 up, one for each neuron";

/// Reads a partition.
///
/// # Errors
///
/// What is wrong with the file, or that it does not fit the network.
pub fn read(name: &str, network: &Network) -> Result<Partition, Findings> {
    let path = Path::new(name);
    if path.extension().is_none() && !path.exists() {
        let names: Vec<_> = PARTITIONERS.iter().map(|p| p.name()).collect();
        let what = format!("`{name}` is neither a partitioner nor a file");
        return Err(refuse(RULE, what)
            .fix(format!("the partitioners are {}", names.join(", ")))
            .into());
    }
    let failed = |what: String| refuse(RULE, format!("`{name}`: {what}"));
    let bytes = fs::read(path).map_err(|e| failed(e.to_string()))?;
    let numbers = whole_numbers(&bytes).map_err(failed)?;
    Ok(Partition::from_assignment(network, &numbers)?)
}

/// The elements of an array of integers of any width.
fn whole_numbers(bytes: &[u8]) -> Result<Vec<u32>, String> {
    macro_rules! read_as {
        ($($Element:ty),*) => {$({
            let file = npyz::NpyFile::new(bytes).map_err(|e| e.to_string())?;
            if let Ok(elements) = file.data::<$Element>() {
                return elements
                    .map(|x| {
                        let x = x.map_err(|e| e.to_string())?;
                        u32::try_from(x).map_err(|_| format!("{x} is no core number"))
                    })
                    .collect();
            }
        })*};
    }
    read_as!(i64, i32, u32, u64, i16, u16, u8);
    Err("its elements are no integers".to_owned())
}

/// Writes a partition.
///
/// # Errors
///
/// What the file system refuses.
pub fn write(path: &Path, assignment: &[u32]) -> Result<(), Finding> {
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut writer = npyz::WriteOptions::<u32>::new()
            .default_dtype()
            .shape(&[assignment.len() as u64])
            .writer(BufWriter::new(File::create(path)?))
            .begin_nd()?;
        writer.extend(assignment.iter().copied())?;
        writer.finish()
    };
    write().map_err(|error| {
        Finding::error(
            "output",
            "the output can be written",
            format!("`{}`: {error}", path.display()),
        )
    })
}
