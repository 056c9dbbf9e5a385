// The integers of Lava, worked out by hand: weights int(0.25 w 256) = int(64 w), those of a table with
// both signs even, rounded down; membrane 4096 - int(0.25 * 4095) = 3073 of 4096; threshold
// (int(131071) >> 9) << 6 = 16320. A neuron without synaptic current keeps nothing of it; the decay of
// 0.5 of the second keeps 4096 - (int(0.5 * 4095) + 1) = 2048.

// RUN: nirc opt %s --dt-to-quant=target=lava-fixed 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='error[' --implicit-check-not='warning['

// CHECK: module attributes {quant.step = 1.000000e-04 : f64, quant.target = "lava-fixed"} {
// CHECK-NEXT: %[[IN:.*]] = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[2]>
// A weight of 1.171 is 74.9, so 74.
// CHECK-NEXT: %[[FC:.*]] = "quant.linear"(%[[LATE:.*]]) {{{.*}}, shift = 6 : i64, weight = dense<{{\[\[}}74, 0], [64, 3{{\]\]}}> : tensor<2x2xi16>}
// Of 2 times the delayed spikes, a table with both signs: 2 * -0.5 * 64 = -64, and -12.8 is -12; 6.4 is 6;
// 0.078125 * 128 = 10; -0.1328125 * 128 = -17 is -18.
// CHECK-NEXT: %[[REC:.*]] = "quant.linear"(%[[LATER:.*]]) {{{.*}}, scale = dense<1.280000e+02> : tensor<2xf64>, shift = 6 : i64, weight = dense<{{\[\[}}-64, -18], [10, -12{{\]\]}}> : tensor<2x2xi16>}
// The bias of 0.125: int(0.25 * 0.125 * 256) << 6 = 512.
// CHECK-NEXT: %[[LIF:.*]] = "quant.neuron"(%[[FC]], %[[REC]]) {bias = dense<512> : tensor<2xi32>, compare = ">"
// CHECK-SAME: {{^}}, current_overflow = "wrap", current_range = array<i64: -8388607, 8388608>
// CHECK-SAME: {{^}}, decay = "multiply", decay_bits = 12 : i64, decay_error = 2.44140625E-4 : f64
// CHECK-SAME: {{^}}, decay_mem = dense<3073> : tensor<2xi32>, decay_syn = dense<0> : tensor<2xi32>
// CHECK-SAME: {{^}}, event_timing = "after-decay", max_spikes = 1 : i64, membrane_overflow = "saturate"
// CHECK-SAME: {{^}}, membrane_range = array<i64: -8388607, 8388607>, reset = "value", rounding = "toward-zero"
// CHECK-SAME: {{^}}, scale = dense<1.638400e+04> : tensor<2xf64>, threshold = dense<16320> : tensor<2xi32>
// CHECK-SAME: {{^}}, v_reset = dense<0> : tensor<2xi32>}
// Spikes without a linear map have a table of their own.
// CHECK-NEXT: %[[EACH:.*]] = "quant.linear"(%{{.*}}) {{{.*}}, weight = dense<{{\[\[}}64, 0], [0, 64{{\]\]}}> : tensor<2x2xi16>}
// CHECK-NEXT: %[[CUBA:.*]] = "quant.neuron"(%[[EACH]]) {{{.*}}, decay_syn = dense<2048> : tensor<2xi32>
// CHECK-NEXT: "quant.output"(%[[CUBA]])
// CHECK-NEXT: %[[LATE]] = "quant.register"(%[[IN]]) {steps = 1 : i64}
// CHECK-NEXT: %{{.*}} = "quant.register"(%[[LIF]]) {steps = 1 : i64}
// CHECK-NEXT: %[[LATER]] = "quant.register"(%[[LIF]]) {steps = 3 : i64}
// CHECK-NEXT: }

// LOG: warning[lava-synapse] node `cuba`: this neuron has a synaptic current, for which the importer has no rule

module attributes {dt.step = 1.0e-4 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[1, 2]> loc("in")
  %flat = "dt.reshape"(%in) : (!dt.spikes<[1, 2]>) -> !dt.spikes<[2]> loc("flat")
  %late = "dt.register"(%flat) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%late) {weight = dense<[[1.171, 0.0], [1.0, 0.05]]> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %biased = "dt.bias"(%fc) {bias = dense<0.125> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc")
  // A delay of a step before the table and two behind it.
  %back = "dt.register"(%lif) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("rec")
  %rec = "dt.linear"(%back) {weight = dense<[[-0.5, -0.1328125], [0.078125, -0.1]]> : tensor<2x2xf64>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("rec")
  %twice = "dt.scale"(%rec) {scale = dense<2.0> : tensor<2xf64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("rec")
  %held = "dt.register"(%twice) {steps = dense<2> : tensor<2xi64>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("rec")
  %sum = "dt.sum"(%biased, %held) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("lif")
  %lif = "dt.neuron"(%sum) {
    integration = "euler", beta = dense<0.75> : tensor<2xf64>, current_gain = dense<0.25> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("lif")
  %next = "dt.register"(%lif) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("lif")
  %cuba = "dt.neuron"(%next) {
    integration = "euler", alpha = dense<0.5> : tensor<2xf64>, input_gain = dense<1.0> : tensor<2xf64>,
    beta = dense<0.75> : tensor<2xf64>, current_gain = dense<0.25> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, v_reset = dense<0.0> : tensor<2xf64>, membrane_reads = "updated",
    comparison_reads = "updated", compare = ">", reset = "value", reset_timing = "same-step",
    max_spikes = 1 : i64
  } : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("cuba")
  "dt.output"(%cuba) : (!dt.spikes<[2]>) -> () loc("out")
}
