// The chips stand in one table a family, each under heads of its own limits.

// RUN: nirc targets | FileCheck %s --match-full-lines --strict-whitespace
//      CHECK:| target | part | input channels | hidden neurons | readout neurons | fan-out | connections | bias bits |
// CHECK-NEXT:| --- | --- | --- | --- | --- | --- | --- | --- |
// CHECK-NEXT:| xylo-v1 | SYNS61300 | 16 | 1000 | 8 | 63 | 32000 | 0 |
//  CHECK-NOT:| target {{.*}}
//      CHECK:| xylo-imu | {{.*}}
// CHECK-EMPTY:
// CHECK-NEXT:| target | part | cores | kernel words | neurons | channels of a core | side of a kernel | rows of a map | destinations of a core |
// CHECK-NEXT:| --- | --- | --- | --- | --- | --- | --- | --- | --- |
// CHECK-NEXT:| speck2b | Speck 2b | 9 | 278528 | 327680 | 1024 | 16 | 64 | 2 |
// CHECK-NEXT:| speck2e | {{.*}}
// CHECK-NEXT:| speck2f | {{.*}}
// CHECK-EMPTY:
// CHECK-NEXT:| target | part | chips | cores | neurons on a core | synapse words on a core | words on a core |
// CHECK-NEXT:| --- | --- | --- | --- | --- | --- | --- |
// CHECK-NEXT:| loihi2 | Oheo Gulch | 1 | 120 | 4095 | 16000 | 20000 |
// CHECK-NEXT:| loihi2-8 | {{.*}}
// CHECK-NEXT:| loihi2-32 | {{.*}}
// CHECK-EMPTY:
// CHECK-NEXT:| target | part | chips | processing elements | {{.*}}
// CHECK-NEXT:| --- | --- | --- | --- | {{.*}}
// CHECK-NEXT:| spinnaker2{{.*}}
