// A recurrent network with two readouts, for two chips. The numbers, worked out by hand:
//
// Decays of 0.875 and 0.9375 are shifts of 3 and 4 (1 - 2^-n). The chip adds an event before the
// synaptic decay a, so a weight acts with k g / a = 0.5 * 1.75 / 0.875 = 1.
// The scale of a neuron is bounded by its weights (127 << shift over the largest), by what its states
// may grow to (32767 over T + min(8 S, 31 T), S the sum of its weights of one sign, 8 = 2^3 for the
// synaptic decay) and by its threshold (16383); of the shifts, the pair with the least expected error
// is taken, and lowered until the threshold is whole. Hidden neuron 0: 32767 / (1 + 8 * 3) = 1310.68,
// so 1310; neuron 1: 127 * 32 / 4 = 1016. Weights 1 * 1310 / 32 = 40.94, so 41, and so on. Readout:
// 32767 / 9, so 3640, and 32767 / 8.75 = 3744.8, so 2808 / 0.75 = 3744; its weight 0.5 * 3744 / 32 =
// 58.5 rounds to the even 58.
// The hidden neurons spike above their threshold, the chip at it: one unit more. The readouts spike
// at it, as the chip. xylo-v1 has one threshold for each pair of readouts, so both get a
// common threshold there, 2808.

// RUN: nirc opt %s --dt-to-quant=target=xylo-audio-2 2>%t.log | FileCheck %s --check-prefixes=CHECK,AUDIO
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='warning[' --implicit-check-not='error['
// RUN: nirc opt %s --dt-to-quant=target=xylo-v1 2>/dev/null | FileCheck %s --check-prefixes=CHECK,V1

// CHECK: module attributes {quant.step = 1.000000e-03 : f64, quant.target = "{{xylo-v1|xylo-audio-2}}"} {
// CHECK-NEXT: %[[IN:.*]] = "quant.input"() {max_spikes = 15 : i64} : () -> !quant.spikes<[2]>
// Events come by ascending id: inputs, then hidden neurons.
// CHECK-NEXT: %[[FC:.*]] = "quant.linear"(%[[IN]]) {relative_error = 0.0015629429656{{[0-9]+}} : f64
// CHECK-SAME: {{^}}, scale = dense<[4.093750e+01, 3.175000e+01]> : tensor<2xf64>, shift = 5 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}41, 82], [95, 127{{\]\]}}> : tensor<2x2xi8>}
// CHECK-SAME: {{^}} : (!quant.spikes<[2]>) -> !quant.events<[2]>
// CHECK-NEXT: %[[REC:.*]] = "quant.linear"(%[[BACK:.*]]) {relative_error = {{.*}} : f64
// CHECK-SAME: {{^}}, scale = dense<[1.637500e+02, 1.270000e+02]> : tensor<2xf64>, shift = 3 : i64
// CHECK-SAME: {{^}}, weight = dense<{{\[\[}}0, -82], [32, 0{{\]\]}}> : tensor<2x2xi8>}
// CHECK-NEXT: %[[HIDDEN:.*]] = "quant.neuron"(%[[FC]], %[[REC]]) {compare = ">=", current_overflow = "saturate", current_range = array<i64: -32768, 32767>
// CHECK-SAME: {{^}}, decay = "bit-shift", decay_error = 0.000000e+00 : f64
// CHECK-SAME: {{^}}, decay_mem = dense<4> : tensor<2xi16>, decay_syn = dense<3> : tensor<2xi16>
// CHECK-SAME: {{^}}, event_timing = "before-decay", max_spikes = 31 : i64
// V1-SAME: {{^}}, membrane_overflow = "saturate"
// AUDIO-SAME: {{^}}, membrane_overflow = "saturate-increment"
// CHECK-SAME: {{^}}, membrane_range = array<i64: -32768, 32767>, reset = "subtract"
// CHECK-SAME: {{^}}, scale = dense<[1.310000e+03, 1.016000e+03]> : tensor<2xf64>
// CHECK-SAME: {{^}}, threshold = dense<[1311, 1017]> : tensor<2xi16>}
// CHECK-SAME: {{^}} : (!quant.events<[2]>, !quant.events<[2]>) -> !quant.spikes<[2]>
// The chip's own step of delay between populations: recurrent and to the readout.
// CHECK-NEXT: %[[BACK]] = "quant.register"(%[[HIDDEN]]) {steps = 1 : i64}
// CHECK-NEXT: %[[FO:.*]] = "quant.linear"(%[[BACK]])
// AUDIO-SAME: scale = dense<[1.137500e+02, 1.170000e+02]> : tensor<2xf64>, shift = 5 : i64, weight = dense<{{\[\[}}114, -114], [58, 58{{\]\]}}> : tensor<2x2xi8>}
// V1-SAME: shift = 5 : i64, weight = dense<{{\[\[}}88, -88], [58, 58{{\]\]}}> : tensor<2x2xi8>}
// CHECK-NEXT: %[[RO:.*]] = "quant.neuron"(%[[FO]]) {{{.*}}decay_mem = dense<4> : tensor<2xi16>, decay_syn = dense<3> : tensor<2xi16>{{.*}}, max_spikes = 1 : i64
// AUDIO-SAME: scale = dense<[3.640000e+03, 3.744000e+03]> : tensor<2xf64>, threshold = dense<[3640, 2808]> : tensor<2xi16>}
// V1-SAME: scale = dense<[2.808000e+03, 3.744000e+03]> : tensor<2xf64>, threshold = dense<2808> : tensor<2xi16>}
// CHECK-NEXT: "quant.output"(%[[RO]]) : (!quant.spikes<[2]>) -> ()
// CHECK-NEXT: }

// LOG: note[xylo-multiple-spikes] node `hidden`: the model has 1 at most; hidden neurons of the chip have up to 31
// LOG: note[xylo-latency] node `ro`: all its inputs arrive 1 step later on the chip

module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %sum = "dt.sum"(%fc, %rec) : (!dt.current<[2]>, !dt.current<[2]>) -> !dt.current<[2]> loc("hidden")
  %hidden = "dt.neuron"(%sum) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fc = "dt.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
    : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %back = "dt.register"(%hidden) {steps = dense<1> : tensor<2xi64>} : (!dt.spikes<[2]>) -> !dt.spikes<[2]> loc("rec")
  %rec = "dt.linear"(%back) {weight = dense<[[0.0, -0.5], [0.25, 0.0]]> : tensor<2x2xf32>}
    : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("rec")
  %fo = "dt.linear"(%hidden) {weight = dense<[[1.0, -1.0], [0.5, 0.5]]> : tensor<2x2xf32>}
    : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<[1.0, 0.75]> : tensor<2xf64>, membrane_reads = "updated", compare = ">=", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}
