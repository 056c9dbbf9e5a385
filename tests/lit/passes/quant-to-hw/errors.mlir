// What is not of this level, does not fit, or would be something else on the chip.

// RUN: not nirc opt %s --split-input-file --quant-to-hw 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[hw-target]: `quant.target` is `loihi-2`, which is no chip of ours
// CHECK-NEXT: rule: the module says for which chip its integers are
// CHECK-NEXT: fix:  run dt-to-quant with target= one of xylo-v1, xylo-audio-2, xylo-audio-3, xylo-imu
module attributes {quant.step = 1.0e-3 : f64, quant.target = "loihi-2"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
}

// -----
// CHECK: error[lava-no-chip]: lava-fixed is Lava's software arithmetic; it has no chip
// CHECK-NEXT: rule: a module is placed on a chip
// CHECK-NEXT: why:  Intel's compiler for Loihi 2 is not public
// CHECK-NEXT: fix:  run the module at level quant
module attributes {quant.step = 1.0e-3 : f64, quant.target = "lava-fixed"} {
  %a = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[2]> loc("a")
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
// CHECK: error[ir-attribute] node `hidden`: attribute `decay` of `quant.neuron` is `"exponential"`, it should be one of the words: bit-shift multiply
// CHECK-NEXT: rule: an op has the attributes that its dialect asks for
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("f")
  %h = "quant.neuron"(%f) {
    event_timing = "before-decay", decay = "exponential", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
}

// -----
// CHECK: error[ir-shape] node `too wide`: `quant.linear`: a weight of shape [2, 3] does not map [2] to [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x3xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("too wide")
  %h = "quant.neuron"(%f) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<1x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<1xi16>, decay_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[1]>) -> () loc("out")
}

// -----
// CHECK: error[ir-shape] node `threshold of three`: `quant.neuron`: `threshold` has shape [3] for elements of shape [2]
// CHECK-NEXT: rule: an op's attributes, operands and result fit each other
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %a = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("a")
  %f = "quant.linear"(%a) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<2xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("f")
  %h = "quant.neuron"(%f) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<[1, 2, 3]> : tensor<3xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("threshold of three")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<1x2xi8>, shift = 0 : i64,
    scale = dense<1.0> : tensor<1xf64>, relative_error = 0.25 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[1]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<1xi16>, decay_mem = dense<4> : tensor<1xi16>,
    threshold = dense<100> : tensor<1xi16>, scale = dense<2.0> : tensor<1xf64>, decay_error = 0.125 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[1]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `fo of five steps`: those of `hidden` arrive 5 steps later
// CHECK-NEXT: rule: events of inputs arrive in the same step, spikes of neurons one step later
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  put registers of 1 step in all behind populations, and none behind inputs
// The chip's delay is one step from a population, none from an input.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 5 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo of five steps")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `fo of no step`: those of `hidden` arrive 0 steps later
// CHECK-NEXT: rule: events of inputs arrive in the same step, spikes of neurons one step later
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  put registers of 1 step in all behind populations, and none behind inputs
// None from a population.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%h) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo of no step")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-delay] node `fc of a late input`: those of `in` arrive 1 steps later
// CHECK-NEXT: rule: events of inputs arrive in the same step, spikes of neurons one step later
// CHECK-NEXT: why:  the chip has no delay lines
// CHECK-NEXT: fix:  put registers of 1 step in all behind populations, and none behind inputs
// One from an input.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %late = "quant.register"(%in) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%late) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc of a late input")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-no-hidden-layer] node `skip`: `in` feeds the readout population `readout` directly
// CHECK-NEXT: rule: inputs reach the readouts through a hidden layer
// CHECK-NEXT: why:  no chip of the family has a connection from inputs to readouts
// CHECK-NEXT: fix:  add a layer of neurons between the input and the output
// Channels are no hidden neurons.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %skip = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("skip")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%skip, %fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>, !quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-readout-recurrent] node `back`: `readout` feeds `hidden` and an output
// CHECK-NEXT: rule: readout neurons feed no neuron
// CHECK-NEXT: why:  readout neurons have no synapses to other neurons on the chip
// CHECK-NEXT: fix:  add a layer that only feeds the output
// Readouts are no hidden neurons.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc, %back) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>, !quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  %rod = "quant.register"(%ro) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("readout")
  %back = "quant.linear"(%rod) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("back")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-table] node `fc2`: a shift of 3 beside one of 0; a table has one
// CHECK-NEXT: rule: a table fits the ids that it is for
// The tables of a role have one shift.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %in2 = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in2")
  %fc2 = "quant.linear"(%in2) {
    weight = dense<1> : tensor<2x2xi8>, shift = 3 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc2")
  %h = "quant.neuron"(%fc, %fc2) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>, !quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-arithmetic] node `hidden of another arithmetic`: membrane_overflow is saturate-increment, on the chip saturate; current_range is [-2147483648, 2147483647], on the chip [-32768, 32767]; membrane_range is [-2147483648, 2147483647], on the chip [-32768, 32767]; max_spikes is 1, on the chip 31
// CHECK-NEXT: rule: the module says what the chip computes
// CHECK-NEXT: why:  these are fixed on the chip, so it would compute something else
// CHECK-NEXT: fix:  run dt-to-quant for this chip
// The arithmetic is the chip's.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -2147483648, 2147483647>, membrane_range = array<i64: -2147483648, 2147483647>, membrane_overflow = "saturate-increment", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden of another arithmetic")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: error[xylo-arithmetic] node `in`: max_spikes is 7, on the chip 15
// CHECK-NEXT: rule: the module says what the chip computes
// CHECK-NEXT: why:  these are fixed on the chip, so it would compute something else
// CHECK-NEXT: fix:  run dt-to-quant for this chip
// So are the spikes that an input takes.
module attributes {quant.step = 1.0e-3 : f64, quant.target = "xylo-v1"} {
  %in = "quant.input"() {max_spikes = 7 : i64} : () -> !quant.spikes<[2]> loc("in")
  %fc = "quant.linear"(%in) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fc")
  %h = "quant.neuron"(%fc) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 31 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %hd = "quant.register"(%h) {steps = 1 : i64} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("hidden")
  %fo = "quant.linear"(%hd) {
    weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("fo")
  %ro = "quant.neuron"(%fo) {
    event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
    threshold = dense<100> : tensor<2xi16>, scale = dense<2.0> : tensor<2xf64>, decay_error = 0.0 : f64,
    current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate", reset = "subtract", max_spikes = 1 : i64
  } : (!quant.events<[2]>) -> !quant.spikes<[2]> loc("readout")
  "quant.output"(%ro) : (!quant.spikes<[2]>) -> () loc("out")
}
