// What a chip cannot hold: every rule that is broken, each once a node, with the worst offender. No
// rule stops the others.

// RUN: not nirc opt %s --split-input-file --quant-to-hw 2>&1 | FileCheck %s --implicit-check-not='error[' --implicit-check-not='warning['

// CHECK: warning[xylo-threshold-not-positive] node `hidden`: 1 hidden neuron (ids 2) have a threshold of 0 or less
// CHECK-NEXT: rule: a threshold is positive
// CHECK-NEXT: why:  such a neuron spikes at rest, up to the most spikes of a step, in every step
// CHECK-NEXT: fix:  raise the integer scale of the layer so that the threshold rounds to 1 or more
// CHECK: error[xylo-weight-range] node `hidden`: 2 elements of weights_in (into hidden neurons 0, 1) outside -128 to 127; the worst is 200 into hidden neuron 0
// CHECK-NEXT: rule: a weight fits the chip's memory
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 Array2Int8; the vendor's tools would wrap it in silence
// CHECK-NEXT: fix:  scale the neuron's weights, bias and threshold down, or use the weight shift
// CHECK: error[xylo-threshold-range] node `hidden`: 1 hidden neuron (ids 1) have a threshold outside -32768 to 32767; the worst is 40000 at id 1
// CHECK-NEXT: rule: a threshold fits the chip's memory
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 integer bounds of threshold
// CHECK-NEXT: fix:  scale weights, biases and thresholds of the layer by one factor below 1
// CHECK: error[xylo-dash-range] node `hidden`: 1 hidden neuron (ids 2) have a dash_mem outside 0 to 15; the worst is -1 at id 2
// CHECK-NEXT: rule: a decay shift fits the chip's memory
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  choose a step for which every time constant lies between one and 2^15 steps
// CHECK: error[xylo-dash-range] node `hidden`: 1 hidden neuron (ids 1) have a dash_syn outside 0 to 15; the worst is 16 at id 1
// CHECK-NEXT: rule: a decay shift fits the chip's memory
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  choose a step for which every time constant lies between one and 2^15 steps
// CHECK: error[xylo-weight-shift-range]: weight_shift_in is 8; xylo-v1 has 0 to 7
// CHECK-NEXT: rule: a weight shift fits the chip
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  scale the thresholds down instead of the weights up
// CHECK: error[xylo-readout-threshold-pairs] node `readout`: 1 readout neuron (ids 1) differ from the neuron before; readouts 0 and 1 have thresholds 100 and 101, xylo-v1 has one for both
// CHECK-NEXT: rule: readouts 2k and 2k + 1 have equal thresholds
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration
// CHECK-NEXT: fix:  quantise the readout layer with one scale, not one a channel
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<[[1, 200], [3, -129], [1, 1], [1, 1]]> : tensor<4x2xi16>, shift = 8 : i64,
    scale = dense<1.0> : tensor<4xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[4]> loc("weights")
  %h = "quant.neuron"(%f) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<[3, 16, 3, 3]> : tensor<4xi16>, decay_mem = dense<[4, 4, -1, 4]> : tensor<4xi16>,
    threshold = dense<[100, 40000, 0, 100]> : tensor<4xi32>, scale = dense<2.0> : tensor<4xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[4]>) -> !quant.spikes<[4]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[4]>) -> !quant.spikes<[4]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x4xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[4]>) -> !quant.events<[2]> loc("readout weights")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<[100, 101]> : tensor<2xi16>,
    scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-fan-out] node `hidden`: 70 hidden neurons (ids 0, 1, 2, 3, 4, ...) send to more than 63 hidden neurons; the worst is id 0 with 70, xylo-v1 has 63
// CHECK-NEXT: rule: a hidden neuron sends to no more hidden neurons than the chip allows
// CHECK-NEXT: why:  the limit is verified: samna 0.7.1 validate_configuration (the overview says 64)
// CHECK-NEXT: fix:  prune the weakest recurrent weights of these neurons, or split a neuron with an alias
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[1]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<70x1xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<70xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[1]>) -> !quant.events<[70]> loc("f")
  %rec = "quant.linear"(%hd) {
    weight = dense<1> : tensor<70x70xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<70xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[70]>) -> !quant.events<[70]> loc("rec")
  %h = "quant.neuron"(%f, %rec) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<70xi16>, decay_mem = dense<4> : tensor<70xi16>,
    threshold = dense<100> : tensor<70xi16>, scale = dense<2.0> : tensor<70xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[70]>, !quant.events<[70]>) -> !quant.spikes<[70]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[70]>) -> !quant.spikes<[70]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<1x70xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[70]>) -> !quant.events<[1]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<1xi16>, decay_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[1]>) -> () loc("out")
}
