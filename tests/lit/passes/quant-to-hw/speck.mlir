// A layer of 32 channels of 64 x 64 neurons takes twice the largest memory of a core: it stands on two,
// and the layer behind it takes both parts, the second with its channels shifted.

// RUN: nirc opt %s --quant-to-hw | FileCheck %s
// RUN: not nirc opt %s --quant-to-hw=colour=red 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error[speck-map-option]: there is no option `colour`

// CHECK: "hw.chip"() {part = "speck2f"} : () -> ()
// CHECK-NEXT: "hw.host_events"() {channel_shift = 0 : i64, core = [[A:[0-2]]] : i64, map = array<i64: 1, 64, 64>
// CHECK-NEXT: "hw.host_events"() {channel_shift = 0 : i64, core = [[B:[0-2]]] : i64, map = array<i64: 1, 64, 64>
// CHECK-NEXT: "hw.convolution_core"() {core = [[A]] : i64, first = 0 : i64, input = array<i64: 1, 64, 64>
// CHECK-SAME: output = array<i64: 16, 64, 64>
// CHECK-NEXT: "hw.convolution_core"() {core = [[B]] : i64, first = 16 : i64, input = array<i64: 1, 64, 64>
// CHECK-SAME: output = array<i64: 16, 64, 64>
// CHECK-NEXT: "hw.route"() {channel_shift = 0 : i64, core = [[A]] : i64, pooling = 4 : i64, target = [[C:[0-8]]] : i64}
// CHECK-NEXT: "hw.route"() {channel_shift = 16 : i64, core = [[B]] : i64, pooling = 4 : i64, target = [[C]] : i64}
// CHECK-NEXT: "hw.convolution_core"() {core = [[C]] : i64, first = 0 : i64, input = array<i64: 32, 16, 16>
// CHECK-SAME: monitor = true
// CHECK-NEXT: "hw.result"() {pooling = array<i64: 1, 1>, population = "second"} : () -> ()
module attributes {quant.step = 1.0e-3 : f64, quant.target = "speck2f"} {
  %in = "quant.input"() {max_spikes = 65535 : i64} : () -> !quant.spikes<[1, 64, 64]> loc("in")
  %0 = "quant.convolution"(%in) {
    weight = dense<5> : tensor<32x1x1x1xi8>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    dilation = array<i64: 1, 1>, groups = 1 : i64, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>,
    relative_error = 0.0 : f64
  } : (!quant.spikes<[1, 64, 64]>) -> !quant.events<[32, 64, 64]> loc("c1")
  %1 = "quant.neuron"(%0) {
    event_timing = "after-decay", decay = "multiply", decay_syn = dense<0> : tensor<32x64x64xi16>,
    decay_mem = dense<1> : tensor<32x64x64xi16>, decay_bits = 0 : i64, rounding = "toward-zero",
    current_range = array<i64: -1073741824, 1073741824>, current_overflow = "saturate",
    membrane_range = array<i64: -100, 1073741824>, membrane_overflow = "saturate", compare = ">=",
    threshold = dense<100> : tensor<32x64x64xi16>, reset = "subtract", max_spikes = 65536 : i64,
    scale = dense<1.0> : tensor<32x64x64xf64>, decay_error = 0.0 : f64
  } : (!quant.events<[32, 64, 64]>) -> !quant.spikes<[32, 64, 64]> loc("first")
  %2 = "quant.pool"(%1) {
    kernel_size = array<i64: 4, 4>, stride = array<i64: 4, 4>, padding = array<i64: 0, 0, 0, 0>
  } : (!quant.spikes<[32, 64, 64]>) -> !quant.spikes<[32, 16, 16]> loc("pool")
  %3 = "quant.convolution"(%2) {
    weight = dense<3> : tensor<4x32x3x3xi8>, stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>,
    dilation = array<i64: 1, 1>, groups = 1 : i64, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>,
    relative_error = 0.0 : f64
  } : (!quant.spikes<[32, 16, 16]>) -> !quant.events<[4, 16, 16]> loc("c2")
  %4 = "quant.neuron"(%3) {
    event_timing = "after-decay", decay = "multiply", decay_syn = dense<0> : tensor<4x16x16xi16>,
    decay_mem = dense<1> : tensor<4x16x16xi16>, decay_bits = 0 : i64, rounding = "toward-zero",
    current_range = array<i64: -1073741824, 1073741824>, current_overflow = "saturate",
    membrane_range = array<i64: -100, 1073741824>, membrane_overflow = "saturate", compare = ">=",
    threshold = dense<100> : tensor<4x16x16xi16>, reset = "subtract", max_spikes = 65536 : i64,
    scale = dense<1.0> : tensor<4x16x16xf64>, decay_error = 0.0 : f64
  } : (!quant.events<[4, 16, 16]>) -> !quant.spikes<[4, 16, 16]> loc("second")
  "quant.output"(%4) : (!quant.spikes<[4, 16, 16]>) -> () loc("out")
}
