// A network on cores: one layer each, as processes of one parameter set, with what each takes.

// RUN: nirc opt %s --dt-to-quant=target=loihi2 --quant-to-hw 2>/dev/null | FileCheck %s
// RUN: not nirc opt %s --dt-to-quant=target=loihi2 --quant-to-hw=colour=red 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error[loihi2-option]: there is no option `colour`

// CHECK: "hw.chip"() {part = "loihi2"} : () -> ()
// CHECK-NEXT: "hw.spike_source"() {id = 0 : i64, message_bits = 4 : i64, shape = array<i64: 1, 4, 4>}
// CHECK-NEXT: "hw.lif"() {decay_error = 0.000000e+00 : f64, du = 4095 : i64, dv = 0 : i64, id = 1 : i64
// CHECK-SAME: shape = array<i64: 1, 2, 1>, threshold = 504 : i64}
// CHECK-NEXT: "hw.lif"() {bias = dense<1> : tensor<1xi16>, bias_exponent = dense<6> : tensor<1xi8>
// CHECK-SAME: id = 2 : i64
// CHECK-NEXT: "hw.lif"() {decay_error = 0.000000e+00 : f64, du = 1023 : i64, dv = 4096 : i64, id = 3 : i64
// CHECK-SAME: threshold = 15360 : i64}
// CHECK-NEXT: "hw.convolution_synapses"() {delay = 0 : i64
// CHECK-SAME: source = 0 : i64, stride = array<i64: 2, 2>, target = 1 : i64
// CHECK-NEXT: "hw.dense_synapses"() {delay = 0 : i64, exponent = 6 : i64, {{.*}}, source = 1 : i64, target = 3 : i64
// CHECK-NEXT: "hw.dense_synapses"() {delay = 1 : i64, exponent = 4 : i64, {{.*}}, source = 2 : i64, target = 3 : i64
// CHECK-NEXT: "hw.dense_synapses"() {delay = 0 : i64, exponent = 6 : i64, {{.*}}, source = 3 : i64, target = 3 : i64
// CHECK-NEXT: "hw.probe"() {populations = array<i64: 3>, signal = "spikes"}
// Eight rows of a kernel of one channel are a word each; five axons with two synapses, too.
// CHECK-NEXT: "hw.block"() {chip = 0 : i64, core = 0 : i64, origin = array<i64: 0, 0, 0>, population = 1 : i64, size = array<i64: 1, 2, 1>, words = array<i64: 2, 1, 2, 8, 2, 0>}
// CHECK-NEXT: "hw.block"() {chip = 0 : i64, core = 1 : i64, {{.*}}population = 2 : i64
// CHECK-NEXT: "hw.block"() {chip = 0 : i64, core = 2 : i64, {{.*}}population = 3 : i64, {{.*}} words = array<i64: 5, 1, 2, 5, 2, 0>}

module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1, 4, 4]> loc("in")
  %pool = "dt.pool"(%in) {kind = "sum", kernel_size = array<i64: 2, 2>, stride = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (!dt.spikes<[1, 4, 4]>) -> !dt.current<[1, 2, 2]> loc("pool")
  %c = "dt.convolution"(%pool) {
    weight = dense<[[[[1.0, -2.0]]]]> : tensor<1x1x1x2xf64>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    dilation = array<i64: 1, 1>, groups = 1 : i64
  } : (!dt.current<[1, 2, 2]>) -> !dt.current<[1, 2, 1]> loc("conv")
  %n = "dt.neuron"(%c) {
    integration = "euler", beta = dense<1.0> : tensor<1x2x1xf64>, current_gain = dense<1.0> : tensor<1x2x1xf64>,
    v_threshold = dense<4.0> : tensor<1x2x1xf64>, v_reset = dense<0.0> : tensor<1x2x1xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1, 2, 1]>) -> !dt.spikes<[1, 2, 1]> loc("if")
  %flat = "dt.reshape"(%n) : (!dt.spikes<[1, 2, 1]>) -> !dt.spikes<[2]> loc("flat")
  %fc = "dt.linear"(%flat) {weight = dense<[[1.0, 0.5], [-0.5, 0.25]]> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %biased = "dt.bias"(%fc) {bias = dense<[0.25, 0.0]> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  %lif = "dt.neuron"(%biased) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<1.0> : tensor<2xf64>,
    v_threshold = dense<[1.0, 2.0]> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">=", reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  "dt.output"(%lif) : (!dt.spikes<[2]>) -> () loc("out")
}
