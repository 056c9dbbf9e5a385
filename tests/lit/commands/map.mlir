// Four layers of 250 neurons, each fully connected to the next, a layer a core.

// RUN: nirc map generate:dense:1000 --arch mesh --set core.resource.neurons.capacity=250 \
// RUN:   --partition sequential-hwc --place in-order --write-partition %t.npy --write-hypergraph %t.hgr \
// RUN:   --sana-fe %t.sana --csv | FileCheck %s
// CHECK: partition,placement,cores,remote packets,packets,cut synapses,max axons,hops,multicast hops,max link
// CHECK-NEXT: sequential-hwc,in-order,4,750,750,187500,250,750,750,250

// A partition that was written is read again.
// RUN: nirc map generate:dense:1000 --arch mesh --set core.resource.neurons.capacity=250 \
// RUN:   --partition %t.npy --place in-order --csv | FileCheck %s --check-prefix=AGAIN
// AGAIN: .npy,in-order,4,750,750,187500,250,750,750,250

// RUN: FileCheck %s --check-prefix=HYPERGRAPH --input-file=%t.hgr
// HYPERGRAPH: 750 1000
// HYPERGRAPH-NEXT: 1 251 252

// RUN: FileCheck %s --check-prefix=SANA --input-file=%t.sana/network.yaml
// SANA: - p0_dense0.0 -> p1_dense1.0: [weight: 0]
// SANA: - p3_dense3.249: [core: {{.*}}, soma: "given[249]"]

// Every partitioner with every placer, and the last placer's maps refined.
// RUN: nirc map generate:convolution:600 --arch mesh --set core.resource.neurons.capacity=64 --compare --csv \
// RUN:   | FileCheck %s --check-prefix=COMPARE
// COMPARE: sequential-chw,in-order
// COMPARE: tiled,spectral
// COMPARE: aligned,force-directed
// COMPARE: refined,annealing,
// COMPARE: refined,"annealing, refined",

// RUN: not nirc map generate:ring:1000 --arch mesh 2>&1 | FileCheck %s --check-prefix=KIND
// KIND: generate:ring
// RUN: not nirc map generate:dense:1000 --arch mesh --cores 2 --set core.resource.neurons.capacity=250 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CORES
// CORES: it takes 4 cores
