// A comparison of the potential before: spikes come a step later, and hold their cycle back by themselves.

// RUN: nirc opt %s --ct-to-dt='comparison-reads=previous lower-bound=all membrane-reads=previous' 2>%t | FileCheck %s --implicit-check-not=dt.register
// RUN: count 0 < %t
// RUN: nirc opt %s --ct-to-dt='reset-timing=before-and-after lower-bound=integrators' 2>/dev/null | FileCheck %s --check-prefix=AFTER
// RUN: not nirc opt %s --ct-to-dt='comparison-reads=previous reset-timing=before-and-after' 2>&1 | FileCheck %s --check-prefix=BOTH

// BOTH: error[ct-reset-timing] node `lif`: the comparison reads the potential of the step before
// BOTH-NEXT: rule: a reset before and after the comparison is of the potential of this step

module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %sum = "ct.sum"(%in, %back) : (!ct.current<[2]>, !ct.current<[2]>) -> !ct.current<[2]> loc("lif")
  // CHECK: "dt.neuron"{{.*}}comparison_reads = "previous",{{.*}}membrane_reads = "previous",{{.*}}v_min = dense<-2.000000e+00>
  // AFTER: "dt.neuron"{{.*}}comparison_reads = "updated",{{.*}}reset_timing = "before-and-after", v_threshold
  %lif = "ct.neuron"(%sum) {
    tau_syn = dense<1.0e-2> : tensor<2xf64>, w_in = dense<1.0> : tensor<2xf64>,
    tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_threshold = dense<2.0> : tensor<2xf64>,
    reset = "subtract"
  } : (!ct.current<[2]>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("lif")
  %back = "ct.linear"(%lif) {weight = dense<1.0> : tensor<2x2xf32>}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("recurrent")
  // Without synapse the membrane takes this step's input; without leak it has a lower bound in both runs.
  // CHECK: "dt.neuron"{{.*}}comparison_reads = "previous",{{.*}}membrane_reads = "updated",{{.*}}v_min = dense<-1.000000e+00>
  // AFTER: "dt.neuron"{{.*}}v_min = dense<-1.000000e+00>
  %if = "ct.neuron"(%lif) {
    r = dense<20.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>, reset = "subtract"
  } : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.spikes<[2], "pulse", 1.0e-3 : f64> loc("if")
  // A potential that is no more than read has no comparison.
  // CHECK: "dt.neuron"{{.*}}comparison_reads = "updated"
  // AFTER: "dt.neuron"{{.*}}reset_timing = "same-step"} :
  %li = "ct.neuron"(%if) {tau_mem = dense<2.0e-2> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, reset = "none"}
    : (!ct.spikes<[2], "pulse", 1.0e-3 : f64>) -> !ct.current<[2]> loc("li")
  "ct.output"(%li) : (!ct.current<[2]>) -> () loc("out")
}
