// A time constant below zero would grow without bound.

// RUN: not nirc opt %s --ct-to-dt 2>&1 | FileCheck %s
// RUN: not nirc opt %s --ct-to-dt=integration=exact 2>&1 | FileCheck %s

// CHECK: error[ct-tau] node `negative tau`: tau_mem is -1 s
// CHECK-NEXT: rule: a time constant is positive
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[2]> loc("in")
  %li = "ct.neuron"(%in) {tau_mem = dense<-1.0> : tensor<2xf64>, r = dense<1.0> : tensor<2xf64>, reset = "none"}
    : (!ct.current<[2]>) -> !ct.current<[2]> loc("negative tau")
  "ct.output"(%li) : (!ct.current<[2]>) -> () loc("out")
}
