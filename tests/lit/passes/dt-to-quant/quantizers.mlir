// The other quantisers, on the network of network.mlir: one scale for all hidden and one for all
// readout neurons; and, to compare, rockpool's two, which have no shifts, scale each row (or layer)
// to 127, take the threshold as it is and drop gains.

// RUN: nirc opt %s --dt-to-quant='target=xylo-audio-2 quantizer=global' 2>%t.global | FileCheck %s --check-prefixes=CHECK,GLOBAL
// RUN: not grep -F 'warning[' %t.global
// RUN: nirc opt %s --dt-to-quant='target=xylo-audio-2 quantizer=rockpool-channel' 2>%t.log | FileCheck %s --check-prefixes=CHECK,CHANNEL
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='warning['
// RUN: nirc opt %s --dt-to-quant='target=xylo-audio-2 quantizer=rockpool-global' 2>/dev/null | FileCheck %s --check-prefixes=CHECK,LAYER

// LOG: warning[xylo-rockpool]: quantizer `rockpool-channel` drops w_in, r and biases and takes the dash from log2(tau / dt), as rockpool 3.1.0 does
// LOG-NEXT: rule: integers are made to act as the model does
// LOG-NEXT: why: it is for comparison with that tool
// LOG-NEXT: fix: use --quantizer channel

// CHECK: "quant.input"
// CHECK-NEXT: "quant.linear"
// GLOBAL-SAME: shift = 5 : i64, weight = dense<{{\[\[}}32, 64], [95, 127{{\]\]}}> : tensor<2x2xi8>
// CHANNEL-SAME: shift = 0 : i64, weight = dense<{{\[\[}}64, 127], [95, 127{{\]\]}}> : tensor<2x2xi8>
// LAYER-SAME: shift = 0 : i64, weight = dense<{{\[\[}}32, 64], [95, 127{{\]\]}}> : tensor<2x2xi8>
// CHECK-NEXT: "quant.linear"
// GLOBAL-SAME: shift = 2 : i64, weight = dense<{{\[\[}}0, -127], [64, 0{{\]\]}}> : tensor<2x2xi8>
// CHANNEL-SAME: shift = 0 : i64, weight = dense<{{\[\[}}0, -32], [8, 0{{\]\]}}> : tensor<2x2xi8>
// LAYER-SAME: shift = 0 : i64, weight = dense<{{\[\[}}0, -16], [8, 0{{\]\]}}> : tensor<2x2xi8>
// CHECK-NEXT: "quant.neuron"({{.*}}) {{{.*}}, decay_mem = dense<4> : tensor<2xi16>, decay_syn = dense<3> : tensor<2xi16>
// GLOBAL-SAME: threshold = dense<1017> : tensor<2xi16>}
// CHANNEL-SAME: threshold = dense<[64, 32]> : tensor<2xi16>}
// LAYER-SAME: threshold = dense<32> : tensor<2xi16>}
// CHECK-NEXT: "quant.register"
// CHECK-NEXT: "quant.linear"
// GLOBAL-SAME: shift = 5 : i64, weight = dense<{{\[\[}}114, -114], [57, 57{{\]\]}}> : tensor<2x2xi8>
// CHANNEL-SAME: shift = 0 : i64, weight = dense<{{\[\[}}127, -127], [127, 127{{\]\]}}> : tensor<2x2xi8>
// LAYER-SAME: shift = 0 : i64, weight = dense<{{\[\[}}127, -127], [64, 64{{\]\]}}> : tensor<2x2xi8>
// CHECK-NEXT: "quant.neuron"
// GLOBAL-SAME: threshold = dense<[3641, 2731]> : tensor<2xi16>}
// 127 and 0.75 * 254 = 190.5, to even; 127 and 0.75 * 127 = 95.25.
// CHANNEL-SAME: threshold = dense<[127, 190]> : tensor<2xi16>}
// LAYER-SAME: threshold = dense<[127, 95]> : tensor<2xi16>}
// CHECK-NEXT: "quant.output"

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
