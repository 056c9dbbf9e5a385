// RUN: not nirc opt %s --split-input-file --quant-to-hw 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[hw-target]: `quant.target` is `loihi-2`, which is no chip of ours
// CHECK-NEXT: rule: the module says for which chip its integers are
// CHECK-NEXT: fix:  run dt-to-quant with target= one of xylo-v1, xylo-audio-2, xylo-audio-3, xylo-imu
module attributes {quant.step = 1.0e-3 : f64, quant.target = "loihi-2"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
}

// -----
// CHECK: error[hw-target]: the module has no attribute `quant.target`
// CHECK-NEXT: rule: the module says for which chip its integers are
// CHECK-NEXT: fix:  run dt-to-quant with target= one of xylo-v1, xylo-audio-2, xylo-audio-3, xylo-imu
module attributes {quant.step = 1.0e-3 : f64} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
}

// -----
// CHECK: error[ir-level] node `other level`: `hw.chip` is not an op of dialect `quant`
// CHECK-NEXT: rule: a pass reads a module of one level
// CHECK-NEXT: fix:  run the passes in order: nir-to-ct, ct-to-dt, dt-to-quant, quant-to-hw
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  "hw.chip"() {part = "xylo-v1"} : () -> () loc("other level")
}

// -----
// CHECK: error[ir-attribute] node `hidden`: attribute `decay` of `quant.neuron` is `"exponential"`, it should be one of the words: bit-shift
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("f")
  %h = "quant.neuron"(%f) {
    decay = "exponential", dash_syn = dense<3> : tensor<2xi16>, dash_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    state_bits = 16 : i64, saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
}

// -----
// CHECK: error[xylo-table] node `too wide`: ids 0 to 0 + 3 of 2
// CHECK-NEXT: rule: a table fits the ids that it is for
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x3xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("too wide")
  %h = "quant.neuron"(%f) {
    decay = "bit-shift", dash_syn = dense<3> : tensor<2xi16>, dash_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    state_bits = 16 : i64, saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<1x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    decay = "bit-shift", dash_syn = dense<3> : tensor<1xi16>, dash_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    state_bits = 16 : i64, saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[1]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-table] node `threshold of three`: 3 entries for 2 neurons
// CHECK-NEXT: rule: a table fits the ids that it is for
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("f")
  %h = "quant.neuron"(%f) {
    decay = "bit-shift", dash_syn = dense<3> : tensor<2xi16>, dash_mem = dense<4> : tensor<2xi16>,
    threshold = dense<[1, 2, 3]> : tensor<3xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    state_bits = 16 : i64, saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("threshold of three")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<1x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    decay = "bit-shift", dash_syn = dense<3> : tensor<1xi16>, dash_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    state_bits = 16 : i64, saturation = "increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[1]>) -> () loc("out")
}
