// What is uniform stays one number: a register of 10^12 elements takes no memory.

// RUN: nirc opt %s --ct-to-dt 2>/dev/null | FileCheck %s

// CHECK: "dt.register"({{.*}}) {steps = dense<1> : tensor<1000000x1000000xi64>}
// CHECK: "dt.register"({{.*}}) {steps = dense<2> : tensor<1000000x1000000xi64>}
module attributes {ct.step = 1.0e-3 : f64} {
  %in = "ct.input"() : () -> !ct.current<[1000000, 1000000]> loc("in")
  %sum = "ct.sum"(%in, %half)
    : (!ct.current<[1000000, 1000000]>, !ct.current<[1000000, 1000000]>) -> !ct.current<[1000000, 1000000]> loc("half")
  %half = "ct.scale"(%sum) {scale = dense<0.5> : tensor<1000000x1000000xf32>}
    : (!ct.current<[1000000, 1000000]>) -> !ct.current<[1000000, 1000000]> loc("half")
  %late = "ct.delay"(%half) {delay = dense<2.0e-3> : tensor<1000000x1000000xf64>}
    : (!ct.current<[1000000, 1000000]>) -> !ct.current<[1000000, 1000000]> loc("late")
  "ct.output"(%late) : (!ct.current<[1000000, 1000000]>) -> () loc("out")
}
