//! How populations may be connected on the chip.

use nirc_dialects::finding::{Finding, Findings};

use super::network::{Network, Source};

/// Adds the findings about how populations are connected.
pub fn check(network: &Network<'_>, findings: &mut Findings) {
    // Connections are in the order of target, source and delay.
    for pair in network.connections.windows(2) {
        let [first, connection] = pair else { continue };
        if (first.source, first.target) == (connection.source, connection.target) {
            findings.push(
                Finding::error(
                    "xylo-delay",
                    "all spikes of a population reach a target at the same time",
                    "two paths from the same layer have different delays",
                )
                .at(&network.populations[connection.target].name)
                .why("the chip has no delay lines")
                .fix("train without the delay"),
            );
        }
    }
    for connection in &network.connections {
        let target = &network.populations[connection.target];
        match connection.source {
            Source::Input(input) => {
                let input = &network.inputs[input];
                if connection.steps > 0 {
                    findings.push(
                        Finding::error(
                            "xylo-delay",
                            "inputs reach hidden neurons in the same step",
                            format!(
                                "a delay of {} steps from `{}`",
                                connection.steps, input.name
                            ),
                        )
                        .at(&target.name)
                        .why("the chip has no delay lines")
                        .fix("delay the input before it enters the chip"),
                    );
                }
                if target.is_readout {
                    // Its integers have a meaning, which level `quant` runs; it is placing that fails.
                    findings.push(
                        Finding::warning(
                            "xylo-no-hidden-layer",
                            "inputs reach the readouts through a hidden layer",
                            format!(
                                "`{}` feeds the readout population directly; quant-to-hw will refuse it",
                                input.name
                            ),
                        )
                        .at(&target.name)
                        .why("no chip of the family has a connection from inputs to readouts")
                        .fix("add a layer of neurons between the input and the output"),
                    );
                }
            }
            Source::Population(source) => {
                let source = &network.populations[source];
                if connection.steps > 1 {
                    findings.push(
                        Finding::error(
                            "xylo-delay",
                            "spikes reach their targets one step later",
                            format!(
                                "a delay of {} steps from `{}`",
                                connection.steps, source.name
                            ),
                        )
                        .at(&target.name)
                        .why("the chip has no delay lines")
                        .fix("chain relay neurons, or train without the delay"),
                    );
                }
                if source.is_readout {
                    findings.push(
                        Finding::error(
                            "xylo-readout-recurrent",
                            "readout neurons feed no neuron",
                            format!("`{}` feeds `{}` and an output", source.name, target.name),
                        )
                        .at(&source.name)
                        .why("readout neurons have no synapses to other neurons on the chip")
                        .fix("add a layer that only feeds the output"),
                    );
                }
            }
        }
    }
}
