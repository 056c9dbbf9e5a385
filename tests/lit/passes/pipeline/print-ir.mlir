// The IR between passes, on standard error or in a folder, and the time of each pass.

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --mlir-print-ir-before=ct-to-dt --mlir-print-ir-after=nir-to-ct,ct-to-dt 2>&1 >/dev/null | FileCheck %s --check-prefix=NAMED --implicit-check-not='IR Dump'
// NAMED: // -----// IR Dump After nir-to-ct //----- //
// NAMED-NEXT: module attributes {ct.step = 1.000000e-03 : f64} {
// NAMED: // -----// IR Dump Before ct-to-dt //----- //
// NAMED-NEXT: module attributes {ct.step = 1.000000e-03 : f64} {
// NAMED: // -----// IR Dump After ct-to-dt //----- //
// NAMED-NEXT: module attributes {dt.step = 1.000000e-03 : f64} {

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --mlir-print-ir-before-all 2>&1 >/dev/null | FileCheck %s --check-prefix=BEFORE --implicit-check-not='IR Dump'
// BEFORE: // -----// IR Dump Before nir-to-ct (nir-to-ct) ('builtin.module' operation) //----- //
// BEFORE-NEXT: module {
// BEFORE: // -----// IR Dump Before ct-to-dt (ct-to-dt) ('builtin.module' operation) //----- //
// BEFORE-NEXT: module attributes {ct.step

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --mlir-print-ir-after-all 2>&1 >/dev/null | FileCheck %s --check-prefix=AFTER --implicit-check-not='IR Dump'
// AFTER: // -----// IR Dump After nir-to-ct (nir-to-ct) ('builtin.module' operation) //----- //
// AFTER-NEXT: module attributes {ct.step
// AFTER: // -----// IR Dump After ct-to-dt (ct-to-dt) ('builtin.module' operation) //----- //
// AFTER-NEXT: module attributes {dt.step

// Canonicalize changes nothing, so it is not printed.
// RUN: nirc opt %s --canonicalize --nir-to-ct=dt=1e-3 --mlir-print-ir-after-all --mlir-print-ir-after-change 2>&1 >/dev/null | FileCheck %s --check-prefix=CHANGE --implicit-check-not='IR Dump'
// CHANGE: // -----// IR Dump After nir-to-ct (nir-to-ct)

// RUN: not nirc opt %s --nir-to-ct=dt=1e-1 --ct-to-dt --mlir-print-ir-after-all --mlir-print-ir-after-failure 2>&1 >/dev/null | FileCheck %s --check-prefix=FAILURE --implicit-check-not='IR Dump'
// FAILURE: // -----// IR Dump After ct-to-dt Failed (ct-to-dt)
// FAILURE: error[dt-euler-unstable] node `li`

// RUN: rm -rf %t.tree
// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --mlir-print-ir-after-all --mlir-print-ir-tree-dir=%t.tree 2>%t.log >/dev/null
// RUN: FileCheck %s --check-prefix=TREE-CT --input-file=%t.tree/builtin_module_no-symbol-name/0_nir-to-ct.mlir
// RUN: FileCheck %s --check-prefix=TREE-DT --input-file=%t.tree/builtin_module_no-symbol-name/1_ct-to-dt.mlir
// RUN: not grep -F 'IR Dump' %t.log
// TREE-CT: module attributes {ct.step
// TREE-DT: module attributes {dt.step

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 --ct-to-dt --mlir-timing 2>&1 >/dev/null | FileCheck %s --check-prefix=TIMING
// TIMING: Execution time report
// TIMING: nir-to-ct
// TIMING: ct-to-dt
// TIMING: Total

%in = "nir.input"() : () -> !nir.signal<[2]> loc("in")
%fc = "nir.linear"(%in) {weight = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("fc")
%li = "nir.li"(%fc) {
  tau = dense<0.02> : tensor<2xf64>, r = dense<20.0> : tensor<2xf64>, v_leak = dense<0.0> : tensor<2xf64>
} : (!nir.signal<[2]>) -> !nir.signal<[2]> loc("li")
"nir.output"(%li) : (!nir.signal<[2]>) -> () loc("out")
