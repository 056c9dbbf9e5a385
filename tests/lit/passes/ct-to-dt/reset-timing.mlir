// A reset in the next step, where all neurons reset by subtraction (convention.mlir has one that does not).

// RUN: nirc opt %s --ct-to-dt='reset-timing=next-step' | FileCheck %s
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  // CHECK: "dt.neuron"{{.*}}reset = "subtract", reset_timing = "next-step"
  %lif = "ct.neuron"(%in) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  "ct.output"(%lif) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}
