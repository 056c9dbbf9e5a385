// Every path from an input or a neuron to a neuron is held back; a path to an output is not.

// RUN: nirc opt %s --ct-to-dt='input-delay=2 synaptic-delay=3' 2>%t | FileCheck %s
// RUN: count 0 < %t

module attributes {ct.step = 1.0e-3 : f64} {
  // CHECK: %[[IN:.*]] = "dt.input"
  %in = "ct.input"() : () -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("in")
  // CHECK-NEXT: %[[LATE:.*]] = "dt.register"(%[[IN]]) {steps = dense<2> : tensor<2xi64>}
  // CHECK-NEXT: %[[FC:.*]] = "dt.linear"(%[[LATE]])
  %fc = "ct.linear"(%in) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("fc")
  // The bias acts from the first step on.
  // CHECK-NEXT: %[[BIAS:.*]] = "dt.bias"(%[[FC]])
  %bias = "ct.bias"(%fc) {bias = dense<0.5> : tensor<2xf32>} : (!ct.current<[2]>) -> !ct.current<[2]> loc("fc")
  // CHECK-NEXT: %[[SUM:.*]] = "dt.sum"(%[[BIAS]], %[[BACK:[0-9]+]])
  %sum = "ct.sum"(%bias, %back) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("lif")
  // CHECK-NEXT: %[[LIF:.*]] = "dt.neuron"(%[[SUM]])
  %lif = "ct.neuron"(%sum) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  // A cycle that is held back needs no step of its own.
  // CHECK-NEXT: %[[AGAIN:.*]] = "dt.register"(%[[LIF]]) {steps = dense<3> : tensor<2xi64>}
  // CHECK-NEXT: %[[BACK]] = "dt.linear"(%[[AGAIN]])
  %back = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("recurrent")
  // CHECK-NEXT: %[[READ:.*]] = "dt.linear"(%[[LIF]])
  %read = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("readout")
  // CHECK-NEXT: "dt.output"(%[[READ]])
  "ct.output"(%read) : (!ct.current<[2]>) -> () loc("out")
}
