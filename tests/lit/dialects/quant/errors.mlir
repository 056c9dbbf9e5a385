// Each module breaks one rule of the dialect; every one of them is reported.

// RUN: not nirc opt %s --split-input-file 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-invalid] node `input without max_spikes`: 'quant.input' op attribute "max_spikes" is expected but not provided
%in = "quant.input"() : () -> !quant.spikes<[2]> loc("input without max_spikes")

// -----
// CHECK: error[ir-invalid] node `max_spikes that is a float`: expected base attribute 'builtin.integer' but got 'builtin.float'
%in = "quant.input"() {max_spikes = 15.0 : f64} : () -> !quant.spikes<[2]> loc("max_spikes that is a float")

// -----
// CHECK: error[ir-invalid] node `spikes out of linear`: expected base type 'quant.events' but got '!quant.spikes<[2]>'
// Weight tables make events, not spikes.
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
%fc = "quant.linear"(%in) {
  weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>,
  relative_error = 0.0 : f64
} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("spikes out of linear")

// -----
// CHECK: error[ir-invalid] node `neuron of spikes`: expected base type 'quant.events' but got '!quant.spikes<[2]>'
// Neurons take events, not spikes.
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
%lif = "quant.neuron"(%in) {
  event_timing = "before-decay", decay = "bit-shift", current_overflow = "saturate", compare = ">=",
    decay_syn = dense<3> : tensor<2xi16>, decay_mem = dense<4> : tensor<2xi16>,
  threshold = dense<100> : tensor<2xi16>, scale = dense<100.0> : tensor<2xf64>,
  decay_error = 0.0 : f64, current_range = array<i64: -32768, 32767>, membrane_range = array<i64: -32768, 32767>,
    membrane_overflow = "saturate-increment", reset = "subtract",
  max_spikes = 31 : i64
} : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("neuron of spikes")

// -----
// CHECK: error[ir-invalid] node `linear without relative_error`: 'quant.linear' op attribute "relative_error" is expected but not provided
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
%fc = "quant.linear"(%in) {weight = dense<1> : tensor<2x2xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<2xf64>}
  : (!quant.spikes<[2]>) -> !quant.events<[2]> loc("linear without relative_error")

// -----
// CHECK: error[ir-invalid] node `register with a tensor for a number`: expected base attribute 'builtin.integer' but got 'builtin.dense_int_or_fp_elements'
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
%late = "quant.register"(%in) {steps = dense<1> : tensor<2xi64>}
  : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("register with a tensor for a number")

// -----
// CHECK: error[ir-invalid]: line [[#@LINE+2]]: use of value '%in' expects different type than prior uses: '!quant.spikes<[3]>' vs '!quant.spikes<[2]>'; prior use here
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
"quant.output"(%in) : (!quant.spikes<[3]>) -> () loc("output of another shape")

// -----
// CHECK: error[ir-invalid] node `unknown op`: unregistered operation 'quant.sum' found in dialect ('quant') that does not allow unknown operations
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
%sum = "quant.sum"(%in) : (!quant.spikes<[2]>) -> !quant.spikes<[2]> loc("unknown op")
