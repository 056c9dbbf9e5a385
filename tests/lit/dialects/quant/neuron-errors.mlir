// What a neuron's attributes must be to each other; quant-to-hw reads them.

// RUN: not nirc opt %s --split-input-file --quant-to-hw 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-shape] node `no bits`: `quant.neuron`: a decay that multiplies has `decay_bits` and `rounding`, no other has
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 7>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>,
  decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("no bits")
}

// -----
// CHECK: error[ir-shape] node `rounded shift`: `quant.neuron`: a decay that multiplies has `decay_bits` and `rounding`, no other has
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "bit-shift", rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 7>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>,
  decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("rounded shift")
}

// -----
// CHECK: error[ir-shape] node `no v_reset`: `quant.neuron`: a neuron that resets to a value has a `v_reset`, no other
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 7>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>, decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("no v_reset")
}

// -----
// CHECK: error[ir-shape] node `idle v_reset`: `quant.neuron`: a neuron that resets to a value has a `v_reset`, no other
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 7>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>,
  reset = "subtract", v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64,
  scale = dense<1.0> : tensor<1xf64>, decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("idle v_reset")
}

// -----
// CHECK: error[ir-shape] node `half a range`: `quant.neuron`: `membrane_range` is [-8]; it is two numbers with 0 between them
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 7>, current_overflow = "wrap", membrane_range = array<i64: -8>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>,
  decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("half a range")
}

// -----
// CHECK: error[ir-shape] node `range without 0`: `quant.neuron`: `current_range` is [1, 8]; it is two numbers with 0 between them
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: 1, 8>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>,
  decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("range without 0")
}

// -----
// CHECK: error[ir-shape] node `odd wrap`: `quant.neuron`: a current that wraps around has a range of 2^n numbers, not [-8, 8]
module attributes {quant.target = "xylo-v1"} {
%in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
} : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("fc")
%lif = "quant.neuron"(%fc) {
  event_timing = "after-decay", decay = "multiply", decay_bits = 12 : i64, rounding = "toward-zero",
  decay_syn = dense<0> : tensor<1xi16>, decay_mem = dense<3933> : tensor<1xi16>,
  current_range = array<i64: -8, 8>, current_overflow = "wrap", membrane_range = array<i64: -8, 7>,
  membrane_overflow = "saturate", compare = ">", threshold = dense<5> : tensor<1xi16>, reset = "value",
  v_reset = dense<0> : tensor<1xi16>, max_spikes = 1 : i64, scale = dense<1.0> : tensor<1xf64>,
  decay_error = 0.0 : f64
} : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("odd wrap")
}
