// Weights are elided unless they are asked for; with them, and with what was found so far, another
// process goes on as if nothing had been cut.

// Elided: the handle stays. Going on from there is refused where the weights are needed.
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 2>/dev/null | FileCheck %s --check-prefix=ELIDED --implicit-check-not=dialect_resources
// ELIDED: "ct.linear"({{.*}}) {weight = dense_resource<fc.weight> : tensor<8x4xf32>}
// RUN: nirc opt %s --nir-to-ct='dt=1e-3 reset=subtract' --ct-to-dt 2>/dev/null | not nirc opt - --dt-to-quant=target=xylo-v1 2>&1 | FileCheck %s --check-prefix=REFUSED
// REFUSED: error[ir-weights-missing]{{.*}}: tensor `fc.weight` is not in the file: its weights were elided
// REFUSED-NEXT: rule: the tensors that a module names are with it
// REFUSED-NEXT: fix: write the IR with `--print-weights`

// With weights: the same bytes, and the findings beside them.
// RUN: nirc opt %s --print-weights --nir-to-ct=dt=1e-3 2>/dev/null | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: "ct.linear"({{.*}}) {weight = dense_resource<fc.weight> : tensor<8x4xf32>}
// WEIGHTS: dialect_resources: {
// WEIGHTS-NEXT: builtin: {
// WEIGHTS-NEXT: fc.weight: "0x04000000000000000000803E0000003F0000403F0000803F0000A03F0000C03F0000E03F0000004000001040000020400000304000004040000050400000604000007040000080400000884000009040000098400000A0400000A8400000B0400000B8400000C0400000C8400000D0400000D8400000E0400000E8400000F0400000F840"
// WEIGHTS: external_resources: {
// WEIGHTS-NEXT: nirc: {
// WEIGHTS-NEXT: findings: "[{{.*}}nir-reset

// One run, and four processes one after the other.
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --dt-to-quant=target=xylo-audio-2 --quant-to-hw --print-weights -o %t.whole.mlir 2>%t.whole.log
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --print-weights -o %t.ct.mlir
// RUN: nirc opt %t.ct.mlir --ct-to-dt --print-weights -o %t.dt.mlir
// RUN: nirc opt %t.dt.mlir --dt-to-quant=target=xylo-audio-2 --print-weights -o %t.quant.mlir
// RUN: nirc opt %t.quant.mlir --quant-to-hw --print-weights -o %t.hw.mlir 2>%t.cut.log
// RUN: diff %t.whole.mlir %t.hw.mlir
// RUN: diff %t.whole.log %t.cut.log
// RUN: FileCheck %s --check-prefix=HW --input-file=%t.whole.mlir
// HW: "hw.synapses"{{.*}}role = "input"{{.*}}weight = dense_resource<quant.hidden.in.weight> : tensor<8x4xi8>

// Small weights stand in the IR; a print can leave them out, and says so.
// RUN: nirc opt %s --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=LARGER
// LARGER: tau_mem = dense<[4.000000e-03, {{.*}}]> : tensor<8xf64>
// LARGER: weight = dense_resource<__elided__> : tensor<2x8xf32>

// A resource that does not have the size of its type.
// RUN: sed 's/: tensor<8x4xf32>/: tensor<8x5xf32>/' %s | not nirc opt - 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: error[ir-resources]: tensor `fc.weight`: 128 bytes for `dense_resource<fc.weight> : tensor<8x5xf32>`
// SIZE-NEXT: rule: a tensor's data has the size that its type says

%in = "nir.input"() : () -> !nir.signal<[4]> loc("in")
%fc = "nir.linear"(%in) {weight = dense_resource<"fc.weight"> : tensor<8x4xf32>}
  : (!nir.signal<[4]>) -> !nir.signal<[8]> loc("fc")
%hidden = "nir.cuba_lif"(%fc) {
  tau_syn = dense<8.0e-3> : tensor<8xf64>, tau_mem = dense<[4.0e-3, 8.0e-3, 16.0e-3, 4.0e-3, 8.0e-3, 16.0e-3, 4.0e-3, 8.0e-3]> : tensor<8xf64>,
  r = dense<1.0> : tensor<8xf64>, v_leak = dense<0.0> : tensor<8xf64>, v_threshold = dense<1.0> : tensor<8xf64>
} : (!nir.signal<[8]>) -> !nir.signal<[8]> loc("hidden")
%fo = "nir.linear"(%hidden) {weight = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]]> : tensor<2x8xf32>}
  : (!nir.signal<[8]>) -> !nir.signal<[2]> loc("fo")
%ro = "nir.cuba_lif"(%fo) {
  tau_syn = dense<8.0e-3> : tensor<2xf64>, tau_mem = dense<16.0e-3> : tensor<2xf64>,
  r = dense<1.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>, v_threshold = dense<1.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("ro")
"nir.output"(%ro) : (!nir.signal<[2]>) -> () loc("out")

{-#
  dialect_resources: {
    builtin: {
      fc.weight: "0x04000000000000000000803E0000003F0000403F0000803F0000A03F0000C03F0000E03F0000004000001040000020400000304000004040000050400000604000007040000080400000884000009040000098400000A0400000A8400000B0400000B8400000C0400000C8400000D0400000D8400000E0400000E8400000F0400000F840"
    }
  }
#-}
