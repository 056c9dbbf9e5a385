//! Runs the model of a Xylo core and says how long it took: `xylo_run SPECIFICATION.json RASTER.npy
//! VERSION RUNS FOLDER`. The raster is `[T][Nin]` of i64; the states of the last run go to the
//! folder, one array each. For `benches/against_xylosim.py`.

use std::{error::Error, path::Path, time::Instant};

use ndarray::Array2;
use ndarray_npy::{WritableElement, read_npy, write_npy};
use nirc_targets::xylo::{
    chip::Arithmetic,
    model::{Model, Recording},
    specification::Specification,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [specification, raster, version, runs, folder] = arguments.as_slice() else {
        return Err(
            "give a specification, a raster, a version, a number of runs and a folder".into(),
        );
    };
    let text = std::fs::read_to_string(specification)?;
    let specification = Specification::from_json(&text).map_err(|f| f.to_string())?;
    let arithmetic = match version.as_str() {
        "1" => Arithmetic::V1,
        _ => Arithmetic::V2,
    };
    let mut model = Model::new(&specification, arithmetic).map_err(|f| f.to_string())?;
    let raster: Array2<i64> = read_npy(raster)?;
    let raster = raster.mapv(|x| x.max(0) as u32);
    for recording in [Recording::Everything, Recording::Readouts] {
        for _ in 0..runs.parse()? {
            model.reset();
            let start = Instant::now();
            let record = model.run(raster.view(), recording);
            let nanoseconds = start.elapsed().as_nanos();
            let record = record.map_err(|f| f.to_string())?;
            println!("{recording:?} {nanoseconds}");
            if recording == Recording::Everything {
                let folder = Path::new(folder);
                write(folder, "spikes_out", &record.spikes_out)?;
                write(folder, "spikes", &record.spikes)?;
                write(folder, "vmem", &record.vmem)?;
                write(folder, "isyn", &record.isyn)?;
                write(folder, "isyn2", &record.isyn2)?;
                write(folder, "vmem_out", &record.vmem_out)?;
                write(folder, "isyn_out", &record.isyn_out)?;
            }
        }
    }
    Ok(())
}

fn write<T: WritableElement>(
    folder: &Path,
    name: &str,
    array: &Array2<T>,
) -> Result<(), Box<dyn Error>> {
    Ok(write_npy(folder.join(format!("{name}.npy")), array)?)
}
