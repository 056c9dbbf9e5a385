// Each module breaks one rule of the dialect; every one of them is reported.

// RUN: not nirc opt %s --split-input-file 2>&1 | FileCheck %s --implicit-check-not='error['

// CHECK: error[ir-invalid] node `chip without part`: 'hw.chip' op attribute "part" is expected but not provided
"hw.chip"() : () -> () loc("chip without part")

// -----
// CHECK: error[ir-invalid] node `part that is a symbol`: expected base attribute 'builtin.string' but got 'builtin.symbol_ref'
"hw.chip"() {part = @xylo} : () -> () loc("part that is a symbol")

// -----
// CHECK: error[ir-invalid] node `channels without count`: 'hw.channels' op attribute "count" is expected but not provided
"hw.channels"() {first = 0 : i64} : () -> () loc("channels without count")

// -----
// CHECK: error[ir-invalid] node `neurons without threshold`: 'hw.neurons' op attribute "threshold" is expected but not provided
"hw.neurons"() {
  core = 0 : i64, role = "hidden", first = 0 : i64, count = 2 : i64,
  dash_syn = dense<3> : tensor<2xi16>, dash_mem = dense<4> : tensor<2xi16>,
  scale = dense<100.0> : tensor<2xf64>, decay_error = 0.0 : f64
} : () -> () loc("neurons without threshold")

// -----
// CHECK: error[ir-invalid] node `weight that is an array`: 'array<i8: 1, 2>' does not satisfy the constraint
"hw.synapses"() {
  core = 0 : i64, role = "input", source = 0 : i64, target = 0 : i64, weight = array<i8: 1, 2>,
  shift = 2 : i64, relative_error = 0.0 : f64
} : () -> () loc("weight that is an array")

// -----
// CHECK: error[ir-invalid] node `channels with an operand`: op expects exactly 0 operands, but got 1
// Connections are ids in tables, so no op has operands.
%in = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]> loc("in")
"hw.channels"(%in) {first = 0 : i64, count = 2 : i64} : (!quant.spikes<[2]>) -> () loc("channels with an operand")

// -----
// CHECK: error[ir-invalid] node `unknown op`: unregistered operation 'hw.bridge' found in dialect ('hw') that does not allow unknown operations
"hw.bridge"() : () -> () loc("unknown op")
