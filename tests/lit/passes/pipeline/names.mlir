// Three ways to name passes, one result; upstream passes run among ours.

// RUN: nirc opt %s --pass-pipeline='builtin.module(nir-to-ct{dt=1e-3 reset=zero},ct-to-dt{integration=exact})' -o %t.1.mlir
// RUN: nirc opt %s --pass-pipeline='nir-to-ct{dt=1e-3 reset=zero},ct-to-dt{integration=exact}' -o %t.2.mlir
// RUN: nirc opt %s --nir-to-ct='dt=1e-3 reset=zero' --ct-to-dt=integration=exact > %t.3.mlir
// RUN: nirc opt %s --canonicalize --nir-to-ct='dt=1e-3 reset=zero' --cse --pass-pipeline= --ct-to-dt=integration=exact --canonicalize=max-iterations=2 > %t.4.mlir
// RUN: nirc opt - < %s --verify-each=false --nir-to-ct='dt=1e-3 reset=zero' --ct-to-dt=integration=exact --no-names > %t.5.mlir
// RUN: nirc opt %t.1.mlir --no-names -o %t.6.mlir
// RUN: FileCheck %s --input-file=%t.1.mlir
// RUN: diff %t.1.mlir %t.2.mlir
// RUN: diff %t.1.mlir %t.3.mlir
// RUN: diff %t.1.mlir %t.4.mlir
// RUN: diff %t.5.mlir %t.6.mlir

// No pass: the module itself.
// RUN: nirc opt %s --no-names | FileCheck %s --check-prefix=NONE
// NONE: "nir.linear"

// CSE leaves ops alone whose effects it does not know: both linear maps stay.
// CHECK: module attributes {dt.step = 1.000000e-03 : f64}
// CHECK: "dt.linear"
// CHECK: "dt.linear"
// CHECK: integration = "exact"
%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%fc = "nir.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("fc")
%fd = "nir.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("fc")
%li = "nir.li"(%fc, %fd) {
  tau = dense<0.02> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>, !nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")
