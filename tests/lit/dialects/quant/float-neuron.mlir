// A neuron with a state of floats prints and parses again, here and in the stock mlir-opt.

// RUN: nirc opt %s | nirc opt - | FileCheck %s
// RUN: mlir-opt --irdl-file=%irdl/quant/quant.irdl.mlir %s | FileCheck %s

// CHECK: "quant.float_neuron"(%{{.*}}) {bias = dense<2.500000e-01> : tensor<1xf32>
// CHECK-SAME: {{^}}, decay_excitatory = dense<5.000000e-01> : tensor<1xf32>, decay_inhibitory = dense<2.500000e-01> : tensor<1xf32>
// CHECK-SAME: {{^}}, decay_mem = dense<8.750000e-01> : tensor<1xf32>, reset = "value", scale = dense<3.000000e+00> : tensor<1xf64>
// CHECK-SAME: {{^}}, threshold = dense<1.000000e+01> : tensor<1xf32>, v_initial = dense<1.000000e+00> : tensor<1xf32>
// CHECK-SAME: {{^}}, v_reset = dense<-1.000000e+00> : tensor<1xf32>} : (!quant.events<[1]>) -> !quant.spikes<[1]>
module attributes {quant.step = 1.0e-3 : f64, quant.target = "spinnaker2"} {
  %in = "quant.input"() {max_spikes = 1 : i64} : () -> !quant.spikes<[1]> loc("in")
  %w = "quant.linear"(%in) {
    weight = dense<6> : tensor<1x1xi8>, shift = 0 : i64, scale = dense<1.0> : tensor<1xf64>, relative_error = 0.0 : f64
  } : (!quant.spikes<[1]>) -> !quant.events<[1]> loc("w")
  %lif = "quant.float_neuron"(%w) {
    decay_excitatory = dense<0.5> : tensor<1xf32>, decay_inhibitory = dense<0.25> : tensor<1xf32>,
    decay_mem = dense<0.875> : tensor<1xf32>, bias = dense<0.25> : tensor<1xf32>, threshold = dense<10.0> : tensor<1xf32>,
    v_initial = dense<1.0> : tensor<1xf32>, reset = "value", v_reset = dense<-1.0> : tensor<1xf32>,
    scale = dense<3.0> : tensor<1xf64>
  } : (!quant.events<[1]>) -> !quant.spikes<[1]> loc("lif")
  "quant.output"(%lif) : (!quant.spikes<[1]>) -> () loc("out")
}
