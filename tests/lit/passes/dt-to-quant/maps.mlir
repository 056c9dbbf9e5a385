// Linear maps in a row, convolutions and pools are one weight table between two populations. Worked out by hand:
//
// fc2 after fc is [[1, 1], [0, 2]] [[1, 2], [3, 4]] = [[4, 6], [6, 8]]; with a scale of 15.984 and of 15.875 for a
// row (see network.mlir) that is 63.9, 95.9 and 95.25, 127.
// The second network's kernel [1, 2] over rows of two gives [[1, 2, 0, 0], [0, 0, 1, 2]], with a scale of 40.94
// 40.94 and 81.9. The pool by means of two neurons has 0.5 for each, with a scale of 227.5 113.75.

// RUN: nirc opt %s --split-input-file --dt-to-quant=target=xylo-audio-2 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='error[' --implicit-check-not='warning['

// LOG: note[xylo-latency] node `ro`: all its inputs arrive 1 step later on the chip

// CHECK: %[[IN:.*]] = "quant.input"()
// CHECK: "quant.linear"(%[[IN]]) {{.*}}scale = dense<[15.984375, 1.587500e+01]>{{.*}}weight = dense<{{\[\[}}64, 96], [95, 127{{\]\]}}> : tensor<2x2xi8>
module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[2]> loc("in")
  %fc = "dt.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fc")
  %f2 = "dt.linear"(%fc) {weight = dense<[[1.0, 1.0], [0.0, 2.0]]> : tensor<2x2xf32>} : (!dt.current<[2]>) -> !dt.current<[2]> loc("fc2")
  %hidden = "dt.neuron"(%f2) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %fo = "dt.linear"(%hidden) {weight = dense<1.0> : tensor<2x2xf32>} : (!dt.spikes<[2]>) -> !dt.current<[2]> loc("fo")
  %ro = "dt.neuron"(%fo) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[2]>) -> () loc("out")
}

// -----
// CHECK: %[[IMAGE:.*]] = "quant.input"()
// CHECK: "quant.linear"(%[[IMAGE]]) {{.*}}scale = dense<4.093750e+01>{{.*}}weight = dense<{{\[\[}}41, 82, 0, 0], [0, 0, 41, 82{{\]\]}}> : tensor<2x4xi8>
// CHECK: "quant.linear"(%{{.*}}) {{.*}}scale = dense<2.275000e+02>{{.*}}weight = dense<114> : tensor<1x2xi8>
module attributes {dt.step = 1.0e-3 : f64} {
  %image = "dt.input"() : () -> !dt.spikes<[1, 2, 2]> loc("image")
  %conv = "dt.convolution"(%image) {
    weight = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>,
    dilation = array<i64: 1, 1>, groups = 1 : i64
  } : (!dt.spikes<[1, 2, 2]>) -> !dt.current<[1, 2, 1]> loc("conv")
  %flat = "dt.reshape"(%conv) : (!dt.current<[1, 2, 1]>) -> !dt.current<[2]> loc("flat")
  %hidden = "dt.neuron"(%flat) {
    integration = "euler", alpha = dense<0.875> : tensor<2xf64>, input_gain = dense<1.75> : tensor<2xf64>,
    beta = dense<0.9375> : tensor<2xf64>, current_gain = dense<0.5> : tensor<2xf64>,
    v_threshold = dense<1.0> : tensor<2xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[2]>) -> !dt.spikes<[2]> loc("hidden")
  %pooled = "dt.reshape"(%hidden) : (!dt.spikes<[2]>) -> !dt.spikes<[1, 1, 2]> loc("unflat")
  %pool = "dt.pool"(%pooled) {
    kind = "average", kernel_size = array<i64: 1, 2>, stride = array<i64: 1, 2>, padding = array<i64: 0, 0, 0, 0>
  } : (!dt.spikes<[1, 1, 2]>) -> !dt.current<[1, 1, 1]> loc("pool")
  %flat2 = "dt.reshape"(%pool) : (!dt.current<[1, 1, 1]>) -> !dt.current<[1]> loc("flat2")
  %ro = "dt.neuron"(%flat2) {
    integration = "euler", alpha = dense<0.875> : tensor<1xf64>, input_gain = dense<1.75> : tensor<1xf64>,
    beta = dense<0.9375> : tensor<1xf64>, current_gain = dense<0.5> : tensor<1xf64>,
    v_threshold = dense<1.0> : tensor<1xf64>, membrane_reads = "updated", compare = ">", comparison_reads = "updated",
    reset = "subtract", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[1]>) -> !dt.spikes<[1]> loc("ro")
  "dt.output"(%ro) : (!dt.spikes<[1]>) -> () loc("out")
}
