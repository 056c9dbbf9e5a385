// A network that snnTorch trained and wrote, from its file to a chip, and from each level on: the same
// bytes. This file holds no module of its own.

// RUN: nirc opt %models/motions/motions.nir --print-weights -o %t.nir.mlir
// RUN: nirc opt %models/motions/motions.nir --nir-to-ct='reset=subtract' --ct-to-dt --dt-to-quant=target=xylo-audio-2 --quant-to-hw --print-weights -o %t.whole.mlir
// RUN: nirc opt %t.nir.mlir --nir-to-ct='reset=subtract' --print-weights -o %t.ct.mlir
// RUN: nirc opt %t.ct.mlir --ct-to-dt --print-weights -o %t.dt.mlir
// RUN: nirc opt %t.dt.mlir --dt-to-quant=target=xylo-audio-2 --print-weights -o %t.quant.mlir
// RUN: nirc opt %t.quant.mlir --quant-to-hw --print-weights -o %t.hw.mlir
// RUN: diff %t.whole.mlir %t.hw.mlir
// RUN: FileCheck %s --input-file=%t.whole.mlir
// RUN: mlir-opt --irdl-file=%irdl/hw/hw.irdl.mlir %t.hw.mlir | FileCheck %s --check-prefixes=CHECK

// CHECK: module attributes {hw.step = {{.*}} : f64}
// CHECK: "hw.chip"() {part = "xylo-audio-2"}
// CHECK: "hw.channels"() {count = 12 : i64, first = 0 : i64}
// CHECK: "hw.neurons"(){{.*}}count = 40 : i64{{.*}}role = "hidden"
// CHECK-DAG: "hw.synapses"(){{.*}}role = "input"{{.*}}tensor<40x12xi8>
// CHECK-DAG: "hw.synapses"(){{.*}}role = "recurrent"{{.*}}tensor<40x40xi8>
// CHECK: "hw.neurons"(){{.*}}count = 4 : i64{{.*}}role = "readout"
// CHECK: "hw.synapses"(){{.*}}role = "readout"{{.*}}tensor<4x40xi8>
// CHECK: dialect_resources
