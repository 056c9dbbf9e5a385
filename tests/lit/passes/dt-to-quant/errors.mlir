// What the chip has no form for is refused by the name of the node, all of it at once.

// RUN: not nirc opt %s --split-input-file --dt-to-quant=target=xylo-v1 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[xylo-reset] node `hidden`: the model resets to a value
// CHECK-NEXT: rule: a spike lowers the membrane potential by the threshold
// CHECK-NEXT: why:  the chip has no other reset than subtraction, so it would fire more
// CHECK-NEXT: fix:  train with reset by subtraction, or accept the difference with --approximate reset
// A reset to a value, which the chip has not; nor a neuron without reset.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    v_reset = dense<0.0> : tensor<2xf64>,
    reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-reset] node `hidden`: the model has no reset
// CHECK-NEXT: rule: a spike lowers the membrane potential by the threshold
// CHECK-NEXT: why:  the chip always subtracts the threshold
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "none", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-synapse] node `hidden`: this one adds its input to the membrane directly
// CHECK-NEXT: rule: every neuron has a synaptic current that decays
// CHECK-NEXT: why:  on the chip the synaptic current decays before the membrane adds it, and without memory (dash 0) nothing would arrive
// CHECK-NEXT: fix:  use CubaLIF layers, or allow a synaptic decay of 1/2 a step with --approximate synapse
// No synaptic filter.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-neuron] node `potential`: this one has none, so it does not spike or keeps nothing
// CHECK-NEXT: rule: every neuron has a membrane and a threshold
// CHECK-NEXT: why:  all neurons of the chip are leaky integrate-and-fire neurons
// CHECK-NEXT: fix:  use LIF or CubaLIF layers; a readout's membrane can be read from the chip in debug mode
// A readout of potentials: no threshold, and the output is not spikes.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %ro = "dt.neuron"(%hidden) {
    integration = "euler", beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    membrane_reads = "updated", compare = ">", comparison_reads = "updated", reset = "none", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("potential")
  "dt.output"(%ro) : (!dt.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-output] node `out`: this output takes something else
// CHECK-NEXT: rule: every output takes one population
// CHECK-NEXT: why:  what leaves the chip are recorded spikes of neurons
// CHECK-NEXT: fix:  end the model with a layer of spiking neurons
// CHECK: error[xylo-readout-neurons]: the network has 0 readout neurons; xylo-v1 has 1 to 8
// CHECK-NEXT: rule: the network has no more readout neurons than the chip
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  use a smaller last layer or a chip with more readouts
// An output that takes no population.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  "dt.output"(%fo) : (!dt.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-output] node `out`: a delay of 2 steps stands before this output
// CHECK-NEXT: rule: spikes leave in the step in which they come
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  delay the spikes behind the chip
// A delay behind the last population.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  %late = "dt.register"(%ro) {steps = dense<2> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  "dt.output"(%late) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `hidden`: a delay of 1 steps from `in`
// CHECK-NEXT: rule: inputs reach hidden neurons in the same step
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  delay the input before it enters the chip
// Delays: of an input; of two steps; of one for each neuron; two different ones between two layers.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  %fc = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `ro`: a delay of 2 steps from `hidden`
// CHECK-NEXT: rule: spikes reach their targets one step later
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  chain relay neurons, or train without the delay
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %late = "dt.register"(%hidden) {steps = dense<2> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  %fo = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `ro`: two paths from the same layer have different delays
// CHECK-NEXT: rule: all spikes of a population reach a target at the same time
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  train without the delay
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %late = "dt.register"(%hidden) {steps = dense<[0, 1]> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  %fo = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `ro`: two paths from the same layer have different delays
// CHECK-NEXT: rule: all spikes of a population reach a target at the same time
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  train without the delay
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %late = "dt.register"(%hidden) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  %fo = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %direct = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("direct")
  %sum = "dt.sum"(%fo, %direct) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("ro")
  %ro = "dt.neuron"(%sum) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-readout-recurrent] node `ro`: `ro` feeds `ro` and an output
// CHECK-NEXT: rule: readout neurons feed no neuron
// CHECK-NEXT: why:  readout neurons have no synapses to other neurons on the chip
// CHECK-NEXT: fix:  add a layer that only feeds the output
// Readouts that feed themselves.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %sum = "dt.sum"(%fo, %rec) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("ro")
  %ro = "dt.neuron"(%sum) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  %late = "dt.register"(%ro) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("ro")
  %rec = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("rec")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-input-channels] node `in`: the network has 17 input channels; xylo-v1 has 1 to 16
// CHECK-NEXT: rule: the network has no more input channels than the chip
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  merge or drop input channels
// CHECK: error[xylo-readout-neurons] node `ro`: the network has 9 readout neurons; xylo-v1 has 1 to 8
// CHECK-NEXT: rule: the network has no more readout neurons than the chip
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  use a smaller last layer or a chip with more readouts
// Too many channels and readouts: both are named.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[17]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x17xf32>} : (!dt.spikes<[17]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<9x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[9]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<9xf64>, input_gain = dense<1.75> : tensor<9xf64>,
    beta = dense<0.9375> : tensor<9xf64>, current_gain = dense<0.5> : tensor<9xf64>,
    v_threshold = dense<1.0> : tensor<9xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[9]>) -> !dt.spikes<[9]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[9]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-op] node `in`: a value that is not spikes reaches a neuron
// CHECK-NEXT: rule: every op has a form on the chip
// CHECK-NEXT: why:  what reaches a neuron of the chip are spikes, which carry no number
// CHECK-NEXT: fix:  let the layer spike, or give the model spikes as input
// An input that is a current.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.current<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-weights-missing] node `fc`: tensor `fc.weight` is not in the file: its weights were elided
// CHECK-NEXT: rule: the tensors that a module names are with it
// CHECK-NEXT: fix:  write the IR with `--print-weights`
// Weights that are not in the file.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense_resource<"fc.weight"> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-attribute] node `hidden`: attribute `compare` of `dt.neuron` is `"="`, it should be one of the words: > >=
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
// CHECK: error[ir-level] node `other level`: `ct.input` is not an op of dialect `dt`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
// A word that the pass does not know, and another level.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %hidden = "dt.neuron"(%in) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = "=", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %ct = "ct.input"() : () -> !ct.current<[2]> loc("other level")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-not-finite] node `weight of NaN`: a weight is not a number or infinite
// CHECK-NEXT: rule: weights are finite numbers
// Weights that are no numbers.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<[[1.0, 0x7FC00000], [3.0, 4.0]]> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("weight of NaN")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-not-finite] node `infinite weight`: a weight is not a number or infinite
// CHECK-NEXT: rule: weights are finite numbers
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<[[1.0, 0x7F800000], [3.0, 4.0]]> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("infinite weight")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-threshold] node `hidden`: v_threshold is -1 at neuron 1
// CHECK-NEXT: rule: a threshold is more than 0
// CHECK-NEXT: why:  the chip subtracts the threshold at every spike; 0 or less does not lower the membrane potential, so the neuron would spike 31 times in every step
// CHECK-NEXT: fix:  train with a positive threshold
// A threshold that is not positive, where the chip subtracts it.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<[1.0, -1.0]> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-op] node `filter`: it is in a cycle without a neuron: `filter`
// CHECK-NEXT: rule: every op has a form on the chip
// CHECK-NEXT: why:  the state of a filter needs a neuron on the chip, and none of them is linear
// CHECK-NEXT: fix:  put the filter's time constant into a neuron, as tau_syn or tau_mem
// A cycle without a neuron.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %sum = "dt.sum"(%fc, %late) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("filter")
  %filter = "dt.scale"(%sum) {scale = dense<0.5> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("filter")
  %late = "dt.register"(%filter) {steps = dense<1> : tensor<2xi64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("filter")
  %hidden = "dt.neuron"(%filter) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[ir-shape] node `fc`: `dt.linear`: a weight of shape [2, 1] does not map [2] to [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
// A weight that does not fit.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x1xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-op] node `late`: it is a delay of -1 steps
// CHECK-NEXT: rule: every op has a form on the chip
// CHECK-NEXT: why:  a delay is a whole number of steps
// CHECK-NEXT: fix:  give the delay in steps of the model
// A negative number of steps.
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %hidden = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %late = "dt.register"(%hidden) {steps = dense<-1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("late")
  %fo = "dt.linear"(%late) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}
