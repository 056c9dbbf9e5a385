// What Lava's arithmetic has no form for is refused by the name of the node, all of it at once.

// RUN: not nirc opt %s --split-input-file --dt-to-quant=target=lava-fixed 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[lava-reset] node `lif`: the reset is `subtract`, timing `same-step`
// CHECK-NEXT: rule: a spike sets the membrane potential to 0, in its step
// CHECK: error[lava-max-spikes] node `lif`: `max_spikes` is 2
// CHECK: error[lava-compare] node `lif`: this one compares with `>=`, the `updated` potential
// CHECK: error[lava-membrane] node `lif`: this one reads the current before, or a part of the input reaches it directly
// CHECK: error[lava-lower-bound] node `lif`: the model has a lower bound, `v_min`
// CHECK: error[lava-decay-range] node `lif`: that of the membrane is 1.5
// CHECK: error[lava-threshold] node `lif`: v_threshold is 600
// All that a neuron of Lava has not, at once.
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<1.5> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<[1.0, 600.0]> : tensor<2xf64>,
    membrane_reads = "updated", comparison_reads = "updated", compare = ">=", reset = "subtract",
    reset_timing = "same-step", max_spikes = 2 : i64, input_to_membrane = dense<0.5> : tensor<2xf64>,
    v_min = dense<-1.0> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-reset] node `lif`: the reset is to [0.5]
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.5> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-neuron] node `lif`: this one has not both
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<0.0> : tensor<2xf64>,
    membrane_reads = "updated", comparison_reads = "updated", compare = ">", reset = "value",
    reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-op] node `conv`: it is a convolution
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %image = "dt.reshape"(%late) : (!dt.spikes<[2]>) -> !dt.spikes<[1, 2]> loc("image")
  %conv = "dt.convolution"(%image) {
    weight = dense<1.0> : tensor<1x1x1xf64>, stride = array<i64: 1>, padding = array<i64: 0, 0>,
    dilation = array<i64: 1>, groups = 1 : i64
  } : (!dt.spikes<[1, 2]>) -> !dt.current<[1, 2]> loc("conv")
  %fc = "dt.reshape"(%conv) : (!dt.current<[1, 2]>) -> !dt.current<[2]> loc("flat")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-op] node `second`: two linear maps follow each other
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %first = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %fc = "dt.linear"(%first) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("second")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-weight-range] node `lif`: 1 are not from 0 to 255 steps of 1/256, as one of 256
// CHECK-NEXT: rule: weights are 8 bits, and a sign where there are both
// CHECK-NEXT: why:  these are the weights times the neuron's gain
// CHECK-NEXT: fix:  scale the neuron's weights and its threshold by one factor
// The one is 4 * 0.25 * 256 = 256.
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<[[4.0, 0.5], [0.5, 0.5]]> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-bias] node `lif`: a bias is 4096 steps of 1/256, beyond 4095
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64,
    leak = dense<[16.0, 0.0]> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-bias] node `lif`: this one is added to a synaptic current that decays
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %plain = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %fc = "dt.bias"(%plain) {bias = dense<0.5> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64,
    alpha = dense<0.5> : tensor<2xf64>
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-delay] node `slow`: delays differ within a layer
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %slow = "dt.register"(%late) {steps = dense<[1, 2]> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("slow")
  %fc = "dt.linear"(%slow) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-delay] node `slow`: this is a delay of 65
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %slow = "dt.register"(%late) {steps = dense<64> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("slow")
  %fc = "dt.linear"(%slow) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-output] node `out`: this output takes something else
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<0.5> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %lif = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  %n = "dt.scale"(%lif) {scale = dense<2.0> : tensor<2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("twice")
  "dt.output"(%n) : (!dt.current<[2]>) -> () loc("out")
}

// -----
// CHECK: error[lava-sum-range] node `lif`: to one neuron they sum to 262400
// 2050 weights of 2 * 0.25 * 256 = 128.
module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %late = "dt.register"(%in) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %wide = "dt.input"() : () -> !dt.spikes<[2050]> loc("wide")
  %fc = "dt.linear"(%wide) {weight = dense<2.0> : tensor<2x2050xf64>} : (!dt.spikes<[2050]>) -> !dt.current<[2]> loc("fc")
  %n = "dt.neuron"(%fc) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>,
    current_gain = dense<0.25> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated", comparison_reads = "updated",
    compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%n) : (!dt.spikes<[2]>) -> () loc("out")
}

// RUN: not nirc opt %s --split-input-file --dt-to-quant='target=lava-fixed quantizer=global' 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error[quantizer]: lava-fixed has no quantiser `global`
// OPTION: its quantisers are channel, lava
