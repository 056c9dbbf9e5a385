// The convention of the updates is written on every neuron.

// RUN: nirc opt %s --ct-to-dt | FileCheck %s --check-prefix=DEFAULT
// RUN: nirc opt %s --ct-to-dt='compare=>= max-spikes=31' | FileCheck %s --check-prefix=OTHER
// RUN: nirc opt %s --ct-to-dt='reset-timing=next-step initial=v_reset' | FileCheck %s --check-prefix=NEXT

module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  // DEFAULT: "dt.neuron"{{.*}}compare = ">", comparison_reads = "updated",{{.*}}integration = "euler", max_spikes = 1 : i64, membrane_reads = "updated", reset = "subtract", reset_timing = "same-step", v_threshold = dense<1.000000e+00> : tensor<2xf64>}
  // OTHER: "dt.neuron"{{.*}}compare = ">=", comparison_reads = "updated",{{.*}}integration = "euler", max_spikes = 31 : i64, membrane_reads = "updated", reset = "subtract", reset_timing = "same-step"
  %subtract = "ct.neuron"(%in) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("subtract")
  // DEFAULT: reset = "value", reset_timing = "same-step", v_reset = dense<-1.000000e+00> : tensor<2xf64>, v_threshold = dense<1.000000e+00> : tensor<2xf64>}
  // NEXT: reset = "value", reset_timing = "next-step", v_initial = dense<-1.000000e+00> : tensor<2xf64>, v_reset = dense<-1.000000e+00>
  %value = "ct.neuron"(%subtract) {
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>,
    v_reset = dense<-1.0> : tensor<2xf64>, reset = "value"
  } : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("value")
  // A threshold without membrane spikes once at most, whatever max-spikes says.
  // OTHER: "dt.neuron"
  // OTHER: "dt.neuron"({{.*}}) {compare = ">=", comparison_reads = "updated", integration = "euler", max_spikes = 1 : i64
  %threshold = "ct.neuron"(%value) {v_threshold = dense<0.5> : tensor<2xf64>, reset = "none"}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("threshold")
  "ct.output"(%threshold) : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> () loc("out")
}
