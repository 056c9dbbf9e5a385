// Names stay, as locations; metadata and the file's version do not, since they belong to the file.

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 2>/dev/null | FileCheck %s --implicit-check-not=metadata --implicit-check-not=version
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --no-names 2>/dev/null | FileCheck %s --check-prefix=NO-NAMES --implicit-check-not=loc

// CHECK: module attributes {ct.step = 1.000000e-03 : f64} {
// CHECK: "ct.input"{{.*}} loc(#[[IN:.*]])
// CHECK: "ct.linear"{{.*}} loc(#[[FC:.*]])
// CHECK: "ct.bias"{{.*}} loc(#[[FC]])
// CHECK: "ct.output"{{.*}} loc(#[[OUT:.*]])
// CHECK-DAG: #[[IN]] = loc("in.1")
// CHECK-DAG: #[[FC]] = loc("fc/1 \22weird\22")
// CHECK-DAG: #[[OUT]] = loc("out")
// NO-NAMES: "ct.output"
module attributes {nir.version = "1.0.5", nir.metadata = {author = "nobody"}} {
  %in = "nir.input"() {metadata = {a = 1 : i64}} : () -> !nir.signal<[2]> loc("in.1")
  %fc = "nir.affine"(%in) {
    weight = dense<1.0> : tensor<2x2xf32>, bias = dense<1.0> : tensor<2xf32>, metadata = {b = 2 : i64}
  } : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("fc/1 \22weird\22")
  "nir.output"(%fc) {metadata = {c = "c"}} : (!nir.signal<[2]>) -> () loc("out")
}
