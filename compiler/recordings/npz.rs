//! Recordings as arrays of numpy in one archive.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use nirc_dialects::{finding::Findings, simulation::Recording};
use npyz::{AutoSerialize, WriterBuilder};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{failed, series};

/// Writes `NODE/output`, `NODE/spikes`, `NODE/v` and `NODE/i_syn`, each [steps, elements], and
/// `NODE/spike_times` and `NODE/spike_neurons`, each \[events\]; with several samples all have a
/// leading dimension for them, and events are padded with infinity and -1.
///
/// Counts (spikes, and outputs that are whole numbers from 0 up) are unsigned integers of the
/// fewest bytes that hold them; anything else is of 64-bit floats, in which nothing is lost.
///
/// # Errors
///
/// Samples of different shapes, and whatever the file system refuses.
pub fn write(path: &Path, recordings: &[Recording]) -> Result<Findings, Findings> {
    let arrays = series::series(recordings)?;
    let events = series::events(recordings);
    let leading: Vec<u64> = match recordings.len() {
        1 => Vec::new(),
        samples => vec![samples as u64],
    };
    let store = || -> io::Result<()> {
        let mut archive = Archive(ZipWriter::new(BufWriter::new(File::create(path)?)));
        for series in &arrays {
            let (steps, elements) = series.shape;
            let shape = [&leading[..], &[steps as u64, elements as u64]].concat();
            let name = format!("{}/{}", series.node, series.observable);
            let values = series.values();
            match series.largest_count() {
                Some(..=255.0) => archive.add(&name, &shape, values.map(|x| x as u8))?,
                Some(..=65535.0) => archive.add(&name, &shape, values.map(|x| x as u16))?,
                Some(_) => archive.add(&name, &shape, values.map(|x| x as u32))?,
                None => archive.add(&name, &shape, values)?,
            }
        }
        for events in &events {
            let shape = [&leading[..], &[events.most as u64]].concat();
            let name = |part: &str| format!("{}/spike_{part}", events.node);
            archive.add(&name("times"), &shape, events.times())?;
            archive.add(&name("neurons"), &shape, events.neurons())?;
        }
        archive.0.finish()?.flush()
    };
    store().map_err(|e| failed(path, &e))?;
    Ok(Findings::new())
}

/// An archive being written.
struct Archive<W: io::Write + io::Seek>(ZipWriter<W>);

impl<W: io::Write + io::Seek> Archive<W> {
    /// Adds an array, row-major. Its file carries the first date that the format has, so that the
    /// bytes depend on the array alone.
    fn add<T: AutoSerialize>(
        &mut self,
        name: &str,
        shape: &[u64],
        values: impl Iterator<Item = T>,
    ) -> io::Result<()> {
        let bytes = shape
            .iter()
            .product::<u64>()
            .saturating_mul(size_of::<T>() as u64);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes >= u64::from(u32::MAX) / 2);
        self.0.start_file(format!("{name}.npy"), options)?;
        let mut buffer = BufWriter::new(&mut self.0);
        let mut array = npyz::WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .writer(&mut buffer)
            .begin_nd()?;
        array.extend(values)?;
        array.finish()?;
        buffer.flush()
    }
}
