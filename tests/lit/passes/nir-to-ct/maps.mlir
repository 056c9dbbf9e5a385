// Linear maps: padding is explicit, before and after each dimension; a bias is an op of its own, and
// left out where it is zero.

// RUN: nirc opt %s --nir-to-ct=dt=1e-3 2>%t.log | FileCheck %s
// RUN: FileCheck %s --check-prefix=LOG --input-file=%t.log --implicit-check-not='warning['

%image = "nir.input"() : () -> !nir.signal<[1, 8, 8]> loc("image")

// dilation * (kernel - 1) zeros: 3 rows (1 before, 2 after) and 4 columns (2 and 2).
// CHECK: "ct.convolution"({{.*}}) {dilation = array<i64: 1, 2>, groups = 1 : i64, padding = array<i64: 1, 2, 2, 2>, stride = array<i64: 1, 1>, weight = dense<1.000000e+00> : tensor<2x1x4x3xf32>}
// CHECK-SAME: -> !ct.current<[2, 8, 8]>
// CHECK-NEXT: "ct.bias"({{.*}}) {bias = dense<[0.000000e+00, 1.000000e+00]> : tensor<2xf32>} : (!ct.current<[2, 8, 8]>) -> !ct.current<[2, 8, 8]>
%same = "nir.conv2d"(%image) {
  weight = dense<1.0> : tensor<2x1x4x3xf32>, bias = dense<[0.0, 1.0]> : tensor<2xf32>,
  stride = array<i64: 1, 1>, padding = "same", dilation = array<i64: 1, 2>, groups = 1 : i64
} : (!nir.signal<[1, 8, 8]>) -> !nir.signal<[2, 8, 8]> loc("same")

// CHECK-NEXT: "ct.convolution"({{.*}}) {dilation = array<i64: 1, 1>, groups = 2 : i64, padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>
%valid = "nir.conv2d"(%same) {
  weight = dense<1.0> : tensor<2x1x3x3xf32>, bias = dense<0.0> : tensor<2xf32>,
  stride = array<i64: 1, 1>, padding = "valid", dilation = array<i64: 1, 1>, groups = 2 : i64
} : (!nir.signal<[2, 8, 8]>) -> !nir.signal<[2, 6, 6]> loc("valid")

// No ct.bias between: it is zero.
// CHECK-NEXT: "ct.convolution"({{.*}}) {{{.*}}padding = array<i64: 1, 1, 0, 0>, stride = array<i64: 2, 1>
%explicit = "nir.conv2d"(%valid) {
  weight = dense<1.0> : tensor<2x2x3x3xf32>, bias = dense<0.0> : tensor<2xf32>,
  stride = array<i64: 2, 1>, padding = array<i64: 1, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64
} : (!nir.signal<[2, 6, 6]>) -> !nir.signal<[2, 3, 4]> loc("explicit")

// CHECK-NEXT: "ct.pool"({{.*}}) {kernel_size = array<i64: 1, 2>, kind = "sum", padding = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 2>}
%sum = "nir.sum_pool2d"(%explicit) {
  kernel_size = array<i64: 1, 2>, stride = array<i64: 1, 2>, padding = array<i64: 1, 0>
} : (!nir.signal<[2, 3, 4]>) -> !nir.signal<[2, 5, 2]> loc("sum")

// CHECK-NEXT: "ct.pool"({{.*}}) {kernel_size = array<i64: 5, 2>, kind = "average", padding = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
%mean = "nir.avg_pool2d"(%sum) {
  kernel_size = array<i64: 5, 2>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0>
} : (!nir.signal<[2, 5, 2]>) -> !nir.signal<[2, 1, 1]> loc("mean")

// LOG: warning[nir-average-pool-padding] node `padded`: the padding is [1, 0]; its zeros count in the mean
// LOG-NEXT: rule: an AvgPool2d has no padding
// LOG-NEXT: why: NIR does not say whether they do; this is PyTorch's default
// CHECK-NEXT: "ct.pool"({{.*}}) {kernel_size = array<i64: 3, 1>, kind = "average", padding = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 1>}
%padded = "nir.avg_pool2d"(%mean) {
  kernel_size = array<i64: 3, 1>, stride = array<i64: 1, 1>, padding = array<i64: 1, 0>
} : (!nir.signal<[2, 1, 1]>) -> !nir.signal<[2, 1, 1]> loc("padded")

// CHECK-NEXT: "ct.reshape"({{.*}}) : (!ct.current<[2, 1, 1]>) -> !ct.current<[2]>
%flat = "nir.flatten"(%padded) {start_dim = 0 : i64, end_dim = -1 : i64}
  : (!nir.signal<[2, 1, 1]>) -> !nir.signal<[2]> loc("flat")

// CHECK-NEXT: "ct.linear"({{.*}}) {weight = dense<{{\[\[}}1.000000e+00, 2.000000e+00{{\]\]}}> : tensor<1x2xf32>}
// CHECK-NEXT: "ct.bias"({{.*}}) {bias = dense<3.000000e+00> : tensor<1xf32>}
%affine = "nir.affine"(%flat) {weight = dense<[[1.0, 2.0]]> : tensor<1x2xf32>, bias = dense<3.0> : tensor<1xf32>}
  : (!nir.signal<[2]>) -> !nir.signal<[1]> loc("affine")

// CHECK-NEXT: "ct.linear"
// CHECK-NEXT: "ct.linear"
%unbiased = "nir.affine"(%affine) {weight = dense<1.0> : tensor<1x1xf32>, bias = dense<0.0> : tensor<1xf32>}
  : (!nir.signal<[1]>) -> !nir.signal<[1]> loc("unbiased")
%linear = "nir.linear"(%unbiased) {weight = dense<1.0> : tensor<1x1xf32>}
  : (!nir.signal<[1]>) -> !nir.signal<[1]> loc("linear")
// CHECK-NEXT: "ct.output"
"nir.output"(%linear) : (!nir.signal<[1]>) -> () loc("out")
