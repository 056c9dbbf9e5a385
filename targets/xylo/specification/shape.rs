//! Whether the arrays of a specification fit each other, whatever the chip.

use nirc_dialects::finding::{Finding, Findings};

use super::{Role, Specification};

impl Specification {
    /// Where the arrays disagree about the sizes of the network, where a node range names ids that
    /// do not exist, and a step that is not a positive number: errors with code
    /// `xylo-specification-shape`. Without findings every index that the arrays give is in range,
    /// except those in `aliases`.
    pub fn shape_findings(&self) -> Findings {
        let mut faults = Vec::new();
        let (_, reached, synapses_in) = self.weights_in.dim();
        let (hidden, targets, synapses) = self.weights_rec.dim();
        let (read, readouts) = self.weights_out.dim();
        if hidden != targets {
            faults.push(format!(
                "weights_rec is {hidden} x {targets}; it must be square"
            ));
        }
        for (name, count) in [("weights_in", synapses_in), ("weights_rec", synapses)] {
            let empty = if name == "weights_in" {
                self.weights_in.is_empty()
            } else {
                self.weights_rec.is_empty()
            };
            if !empty && !(1..=2).contains(&count) {
                faults.push(format!("{name} has {count} synapses; Xylo has 1 or 2"));
            }
        }
        if !self.weights_in.is_empty() && !self.weights_rec.is_empty() && synapses_in != synapses {
            faults.push(format!(
                "weights_in has {synapses_in} synapses a neuron, weights_rec {synapses}"
            ));
        }
        for (what, count) in [("inputs reach", reached), ("readouts read", read)] {
            if count > hidden {
                faults.push(format!("{what} {count} hidden neurons; there are {hidden}"));
            }
        }
        let lengths = [
            ("dash_mem", self.dash_mem.len(), hidden),
            ("dash_syn", self.dash_syn.len(), hidden),
            ("dash_syn_2", self.dash_syn_2.len(), hidden),
            ("threshold", self.threshold.len(), hidden),
            ("bias", self.bias.len(), hidden),
            ("aliases", self.aliases.len(), hidden),
            ("dash_mem_out", self.dash_mem_out.len(), readouts),
            ("dash_syn_out", self.dash_syn_out.len(), readouts),
            ("threshold_out", self.threshold_out.len(), readouts),
            ("bias_out", self.bias_out.len(), readouts),
        ];
        for (name, found, expected) in lengths {
            if found != expected {
                faults.push(format!(
                    "{name} has {found} elements; {expected} are needed"
                ));
            }
        }
        if let Some(dt) = self.dt
            && !(dt.is_finite() && dt > 0.0)
        {
            faults.push(format!(
                "dt is {dt}; a step is a positive number of seconds"
            ));
        }
        let fault = |what| {
            Finding::error(
                "xylo-specification-shape",
                "all arrays of a specification agree about the sizes of the network",
                what,
            )
        };
        let mut findings = Findings(faults.into_iter().map(fault).collect());
        for range in &self.nodes {
            let available = match range.role {
                Role::Input => self.input_channels(),
                Role::Hidden => hidden,
                Role::Readout => readouts,
            };
            let end = range.first.checked_add(range.count);
            if end.is_none_or(|end| end > available) {
                let (first, count, role) = (range.first, range.count, range.role.name());
                let what =
                    format!("{count} {role} ids from {first} are listed; there are {available}");
                findings.push(fault(what).at(&range.node));
            }
        }
        findings
    }
}
