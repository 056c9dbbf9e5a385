// Decays become shifts: the nearest -log2(1 - decay), at least 1 for the synapse. A difference is
// reported by node; a neuron without synaptic filter gets one only where that is asked for.

// RUN: nirc opt %s --dt-to-quant='target=xylo-audio-2 approximate=synapse,reset' 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='warning['
// RUN: not nirc opt %s --dt-to-quant='target=xylo-audio-2 approximate=reset' 2>&1 | FileCheck %s --check-prefix=RESET --implicit-check-not='error['

module attributes {dt.step = 1.0e-3 : f64} {
  %in = "dt.input"() : () -> !dt.spikes<[3]> loc("in")
  // 1 - 2^-n for n = 1, 5 and, for 0.3 (-log2 0.7 = 0.51), 1; membrane: 0.97 (5.06), 0.5 (1), 0 (0).
  // CHECK: "quant.neuron"({{.*}}) {{{.*}}, decay = "bit-shift"
  // The largest is 0.5 - 0.3.
  // CHECK-SAME: {{^}}, decay_error = 2.000000e-01 : f64
  // CHECK-SAME: {{^}}, decay_mem = dense<[5, 1, 0]> : tensor<3xi16>, decay_syn = dense<[1, 5, 1]> : tensor<3xi16>
  // LOG: warning[xylo-reset-timing] node `rounded`: the model subtracts it one step later, after decay; on the chip the reset is up to 100.0 % smaller in effect
  // LOG-NEXT: rule: a spike lowers the membrane potential by the threshold
  // LOG-NEXT: why: the chip subtracts the threshold in the step of the spike
  // LOG: warning[xylo-decay] node `rounded`: the synaptic decay is 0.3000 in the model and 0.5000 on the chip
  // LOG-NEXT: rule: decay factors are of the form 1 - 2^-n
  // LOG-NEXT: why: the chip decays by shifting; the largest error of a factor is 0.2000
  // LOG-NEXT: fix: train with decays of this form, e.g. 0.75, 0.875, 0.9375
  // LOG: warning[xylo-decay] node `rounded`: the membrane decay is 0.9700 in the model and 0.9688 on the chip
  %fc = "dt.linear"(%in) {weight = dense<1.0> : tensor<3x3xf32>} : (!dt.spikes<[3]>) -> !dt.current<[3]> loc("fc")
  %rounded = "dt.neuron"(%fc) {
    integration = "euler", alpha = dense<[0.5, 0.96875, 0.3]> : tensor<3xf64>, input_gain = dense<1.0> : tensor<3xf64>,
    beta = dense<[0.97, 0.5, 0.0]> : tensor<3xf64>, current_gain = dense<0.5> : tensor<3xf64>,
    v_threshold = dense<1.0> : tensor<3xf64>, membrane_reads = "updated", compare = ">=", comparison_reads = "updated",
    reset = "subtract", reset_timing = "next-step", max_spikes = 1 : i64
  } : (!dt.current<[3]>) -> !dt.spikes<[3]> loc("rounded")
  // CHECK: "quant.neuron"({{.*}}) {{{.*}}, decay_error = 0.000000e+00 : f64
  // CHECK-SAME: {{^}}, decay_mem = dense<3> : tensor<3xi16>, decay_syn = dense<1> : tensor<3xi16>
  // LOG: warning[xylo-reset-approximated] node `no synapse`: the model resets to a value; the chip subtracts, as asked
  // LOG-NEXT: rule: a spike lowers the membrane potential by the threshold
  // LOG-NEXT: why: what exceeds the threshold is kept, so the chip fires more
  // LOG: warning[xylo-synapse-approximated] node `no synapse`: this one has none and gets a decay of 1/2 a step, as asked
  // RESET: error[xylo-synapse] node `no synapse`: this one adds its input to the membrane directly
  %bare = "dt.linear"(%rounded) {weight = dense<1.0> : tensor<3x3xf32>} : (!dt.spikes<[3]>) -> !dt.current<[3]> loc("bare")
  %without = "dt.neuron"(%bare) {
    integration = "euler", beta = dense<0.875> : tensor<3xf64>, current_gain = dense<0.5> : tensor<3xf64>,
    v_threshold = dense<1.0> : tensor<3xf64>, v_reset = dense<0.0> : tensor<3xf64>, membrane_reads = "updated", compare = ">=", comparison_reads = "updated",
    reset = "value", reset_timing = "same-step", max_spikes = 1 : i64
  } : (!dt.current<[3]>) -> !dt.spikes<[3]> loc("no synapse")
  "dt.output"(%without) : (!dt.spikes<[3]>) -> () loc("out")
}
