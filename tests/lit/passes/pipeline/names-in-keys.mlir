// Two nodes of one name keep their own tensors, in one process and over several.

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --print-weights -o %t.1.mlir
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --print-weights -o %t.ct.mlir
// RUN: nirc opt %t.ct.mlir --ct-to-dt --print-weights -o %t.2.mlir
// RUN: diff %t.1.mlir %t.2.mlir
// RUN: FileCheck %s --input-file=%t.1.mlir

// 1 - 1e-3 / tau in f64, little endian: tau = 1 is 0.999 (3FEFF7CED916872B), tau = 100 is 0.99999
// (3FEFFFEB074A771D).
// CHECK: "dt.neuron"{{.*}}beta = dense_resource<[[FIRST:[a-z._0-9]+]]>
// CHECK: "dt.neuron"{{.*}}beta = dense_resource<[[SECOND:[a-z._0-9]+]]>
// CHECK-DAG: [[FIRST]]: "0x080000002B8716D9CEF7EF3F
// CHECK-DAG: [[SECOND]]: "0x080000001D774A07EBFFEF3F

%in = "nir.input"() : () -> !nir.signal<[20]> loc("in")
%x = "nir.li"(%in) {tau = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0]> : tensor<20xf64>, r = dense<1.0> : tensor<20xf64>, v_leak = dense<0.0> : tensor<20xf64>} : (!nir.signal<[20]>) -> !nir.signal<[20]> loc("same")
%y = "nir.li"(%x) {tau = dense<[100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0, 108.0, 109.0, 110.0, 111.0, 112.0, 113.0, 114.0, 115.0, 116.0, 117.0, 118.0, 119.0]> : tensor<20xf64>, r = dense<1.0> : tensor<20xf64>, v_leak = dense<0.0> : tensor<20xf64>} : (!nir.signal<[20]>) -> !nir.signal<[20]> loc("same")
"nir.output"(%y) : (!nir.signal<[20]>) -> () loc("out")
