// What the chip's neuron has no form for is refused by the name of the node, all of it at once.

// RUN: not nirc opt %s --split-input-file --dt-to-quant=target=loihi2 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[loihi2-reset] node `soft`: the reset is by subtraction, of a neuron with a synaptic current
// CHECK-NEXT: rule: a spike sets the membrane potential to one value
// CHECK: fix: train with a reset to zero (--reset zero), or without synaptic current
// CHECK: error[loihi2-reset] node `none`: the model has no reset, and a synaptic current
// CHECK: error[loihi2-reset-timing] node `late`: the model sets it one step later, in place of that step's input
// CHECK: error[loihi2-threshold] node `low`: it is -0.5 from it
// CHECK: error[loihi2-initial] node `initial`: the model has an initial potential, and it is not 0
// CHECK: error[loihi2-lower-bound] node `bound`: the model has a lower bound, `v_min`
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n0 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    alpha = dense<0.5> : tensor<2xf64>, input_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "subtract", reset_timing = "same-step",
    max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("soft")
  "dt.output"(%n0) : (!dt.spikes<[2]>) -> () loc("out0")
  %n1 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    alpha = dense<0.5> : tensor<2xf64>, input_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "none", reset_timing = "same-step",
    max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("none")
  "dt.output"(%n1) : (!dt.spikes<[2]>) -> () loc("out1")
  %n2 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "next-step",
    max_spikes = 1 : i64, v_reset = dense<0.0> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("late")
  "dt.output"(%n2) : (!dt.spikes<[2]>) -> () loc("out2")
  %n3 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<0.5> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64, v_reset = dense<1.0> : tensor<2xf64>, v_initial = dense<1.0> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("low")
  "dt.output"(%n3) : (!dt.spikes<[2]>) -> () loc("out3")
  %n4 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64, v_reset = dense<0.0> : tensor<2xf64>, v_initial = dense<0.25> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("initial")
  "dt.output"(%n4) : (!dt.spikes<[2]>) -> () loc("out4")
  %n5 = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64, v_reset = dense<0.0> : tensor<2xf64>, v_min = dense<-1.0> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("bound")
  "dt.output"(%n5) : (!dt.spikes<[2]>) -> () loc("out5")
}

// -----
// CHECK: error[loihi2-delay] node `far`: spikes of `in` arrive after 65 steps
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %held = "dt.register"(%in) {steps = dense<64> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("delay")
  %now = "dt.linear"(%in) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %then = "dt.linear"(%held) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc2")
  %sum = "dt.sum"(%now, %then) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("far")
  %n = "dt.neuron"(%sum) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64, v_reset = dense<0.0> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("far")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}
