//! Runs a Speck configuration on events and says how long that took, for `benches`.
//!
//! ```text
//! speck_run CONFIG.json EVENTS.json [MODEL] [TIMES]
//! ```
//!
//! CONFIG has samna's attribute names. EVENTS is `{"steps": N, "core": C, "events": [[step, channel, row,
//! column], ...]}`, in order. MODEL is `events` (default) or `sinabs`. Prints the spikes of each core and the
//! seconds of each run.

use std::{fs, time::Instant};

use nirc_targets::speck::{
    chip::CHIPS,
    format::{Format, read},
    model::{Model, Options, Stepped},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [configuration, events, rest @ ..] = arguments.as_slice() else {
        return Err("speck_run CONFIG.json EVENTS.json [MODEL] [TIMES]".into());
    };
    let (configuration, _) = read(&fs::read_to_string(configuration)?, Format::Properties)?;
    let input: serde_json::Value = serde_json::from_str(&fs::read_to_string(events)?)?;
    let steps: usize = serde_json::from_value(input["steps"].clone())?;
    let core: usize = serde_json::from_value(input["core"].clone())?;
    let events: Vec<[usize; 4]> = serde_json::from_value(input["events"].clone())?;
    let variant = rest.first().map_or("events", String::as_str);
    let times: usize = rest.get(1).map_or(Ok(1), |times| times.parse())?;
    let chip = &CHIPS[2];
    for _ in 0..times {
        let mut next = events.iter().peekable();
        let mut of = |step: usize| next.next_if(|event| event[0] == step).copied();
        let counts: Vec<u64>;
        let begin;
        if variant == "sinabs" {
            let mut model = Stepped::new(&configuration, chip)?;
            let mut spikes = vec![0; 9];
            begin = Instant::now();
            for step in 0..steps {
                while let Some([_, c, y, x]) = of(step) {
                    model.inject(core, c, y, x, 1);
                }
                model.step();
                for (core, total) in spikes.iter_mut().enumerate() {
                    *total += model.total(core);
                }
            }
            counts = spikes;
        } else {
            let mut model = Model::new(&configuration, chip, Options::default())?;
            begin = Instant::now();
            for step in 0..steps {
                if model.leaks() {
                    model.tick(&mut ());
                }
                while let Some([_, c, y, x]) = of(step) {
                    model.inject(core, c, y, x, &mut ());
                }
            }
            counts = (0..9).map(|core| model.work(core).spikes).collect();
        }
        println!("{counts:?} {:.6}", begin.elapsed().as_secs_f64());
    }
    Ok(())
}
