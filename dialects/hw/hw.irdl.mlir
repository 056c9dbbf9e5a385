// Level 5: cores, tables and placement of one chip. See docs/dialects/hw.md.
//
// Module attribute: hw.step (s). Connections are ids in tables, as on the chip, so ops have no operands.
irdl.dialect @hw {
  // The chip that the program is placed on.
  irdl.operation @chip {
    %part = irdl.base "#builtin.string"
    irdl.attributes {"part" = %part}
  }

  // A NIR input on the chip's input channels first to first + count - 1.
  irdl.operation @channels {
    %first = irdl.base "#builtin.integer"
    %count = irdl.base "#builtin.integer"
    irdl.attributes {"first" = %first, "count" = %count}
  }

  // A population on neuron ids first to first + count - 1 of a core; role "hidden" or "readout".
  // Tables: one entry per neuron. Optional: bias.
  irdl.operation @neurons {
    %core = irdl.base "#builtin.integer"
    %role = irdl.base "#builtin.string"
    %first = irdl.base "#builtin.integer"
    %count = irdl.base "#builtin.integer"
    %dash_syn_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %dash_syn_1 = irdl.base "#builtin.dense_resource_elements"
    %dash_syn = irdl.any_of(%dash_syn_0, %dash_syn_1)
    %dash_mem_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %dash_mem_1 = irdl.base "#builtin.dense_resource_elements"
    %dash_mem = irdl.any_of(%dash_mem_0, %dash_mem_1)
    %threshold_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %threshold_1 = irdl.base "#builtin.dense_resource_elements"
    %threshold = irdl.any_of(%threshold_0, %threshold_1)
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %decay_error = irdl.base "#builtin.float"
    irdl.attributes {"core" = %core, "role" = %role, "first" = %first, "count" = %count, "dash_syn" = %dash_syn, "dash_mem" = %dash_mem, "threshold" = %threshold, "scale" = %scale, "decay_error" = %decay_error}
  }

  // A weight table [target, source] of a core; role "input" (from channels to hidden neurons),
  // "recurrent" (hidden to hidden) or "readout" (hidden to readout). Ids of the first source and
  // target.
  irdl.operation @synapses {
    %core = irdl.base "#builtin.integer"
    %role = irdl.base "#builtin.string"
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %shift = irdl.base "#builtin.integer"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"core" = %core, "role" = %role, "source" = %source, "target" = %target, "weight" = %weight, "shift" = %shift, "relative_error" = %relative_error}
  }

  // A run, for processing elements that are loaded with its length: ticks, microseconds of a tick, what
  // is recorded of output populations and of the others (words joined by commas), and whether tables
  // have the room that the vendor's tool gives them.
  irdl.operation @run {
    %ticks = irdl.base "#builtin.integer"
    %tick = irdl.base "#builtin.integer"
    %record = irdl.base "#builtin.string"
    %record_hidden = irdl.base "#builtin.string"
    %over_allocated = irdl.base "#builtin.integer"
    irdl.attributes {"ticks" = %ticks, "tick" = %tick, "record" = %record, "record_hidden" = %record_hidden, "over_allocated" = %over_allocated}
  }

  // A population of one application. Optional: reset, parameters [of the application, neurons] (or one
  // value for all neurons) and scale, which an input has not. copies: neurons for each element of an input.
  irdl.operation @population {
    %id = irdl.base "#builtin.integer"
    %application = irdl.base "#builtin.string"
    %count = irdl.base "#builtin.integer"
    %copies = irdl.base "#builtin.integer"
    irdl.attributes {"id" = %id, "application" = %application, "count" = %count, "copies" = %copies}
  }

  // Synapses from one population to another by source neuron: those of source i are the entries from
  // first[i] to first[i + 1], each a neuron of the target and a weight. delay: ticks beyond the first.
  irdl.operation @rows {
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %first_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %first_1 = irdl.base "#builtin.dense_resource_elements"
    %first = irdl.any_of(%first_0, %first_1)
    %neuron_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %neuron_1 = irdl.base "#builtin.dense_resource_elements"
    %neuron = irdl.any_of(%neuron_0, %neuron_1)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %delay = irdl.base "#builtin.integer"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"source" = %source, "target" = %target, "first" = %first, "neuron" = %neuron, "weight" = %weight, "delay" = %delay, "relative_error" = %relative_error}
  }

  // Synapses from one population to another as a convolution of two dimensions after a pool by sums:
  // weight [in channel, out channel, row, column]; padding before and after rows, before and after columns.
  irdl.operation @kernel {
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %input = irdl.base "#builtin.dense_array"
    %pool = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"source" = %source, "target" = %target, "weight" = %weight, "input" = %input, "pool" = %pool, "stride" = %stride, "padding" = %padding, "relative_error" = %relative_error}
  }

  // The spikes of a population are an output.
  irdl.operation @recorded {
    %population = irdl.base "#builtin.integer"
    irdl.attributes {"population" = %population}
  }

  // Neurons of a population on a core of a chip [column, row], with the key of the first neuron's packets
  // and the bytes that they take.
  irdl.operation @slice {
    %population = irdl.base "#builtin.integer"
    %first = irdl.base "#builtin.integer"
    %count = irdl.base "#builtin.integer"
    %chip = irdl.base "#builtin.dense_array"
    %core = irdl.base "#builtin.integer"
    %key = irdl.base "#builtin.integer"
    %bytes = irdl.base "#builtin.integer"
    irdl.attributes {"population" = %population, "first" = %first, "count" = %count, "chip" = %chip, "core" = %core, "key" = %key, "bytes" = %bytes}
  }

  // The multicast table of a chip [column, row], first match first: keys [entry, key and mask], routes
  // [entry, 64-bit words, lowest first].
  irdl.operation @routing_table {
    %chip = irdl.base "#builtin.dense_array"
    %keys_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %keys_1 = irdl.base "#builtin.dense_resource_elements"
    %keys = irdl.any_of(%keys_0, %keys_1)
    %routes_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %routes_1 = irdl.base "#builtin.dense_resource_elements"
    %routes = irdl.any_of(%routes_0, %routes_1)
    irdl.attributes {"chip" = %chip, "keys" = %keys, "routes" = %routes}
  }

  // Output channels of a population on a convolutional core, the population's channel `first` first, each
  // `step` channels of the core after the one before; the channels between are silent. input, output:
  // channels, rows, columns of what events address and of the neurons; stride, padding: rows, columns.
  // weight [output channel, input channel, row, column]: an event at input row r adds it to neuron row
  // (r + padding - i) / stride. A neuron spikes where v >= threshold, at most once an event; reset
  // "subtract" or "value" (to 0); v >= threshold_low always. Optional: bias, one for each output channel,
  // added in each tick. scale: integer per unit of the real v; relative_error: the largest RMS error over
  // RMS weight; load: synaptic operations if all that sends to it does so once.
  irdl.operation @convolution_core {
    %core = irdl.base "#builtin.integer"
    %first = irdl.base "#builtin.integer"
    %step = irdl.base "#builtin.integer"
    %input = irdl.base "#builtin.dense_array"
    %output = irdl.base "#builtin.dense_array"
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %threshold = irdl.base "#builtin.integer"
    %threshold_low = irdl.base "#builtin.integer"
    %reset = irdl.base "#builtin.string"
    %monitor = irdl.base "#builtin.integer"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %relative_error = irdl.base "#builtin.float"
    %load = irdl.base "#builtin.float"
    irdl.attributes {"core" = %core, "first" = %first, "step" = %step, "input" = %input, "output" = %output, "stride" = %stride, "padding" = %padding, "weight" = %weight, "threshold" = %threshold, "threshold_low" = %threshold_low, "reset" = %reset, "monitor" = %monitor, "scale" = %scale, "relative_error" = %relative_error, "load" = %load}
  }

  // A core that sends on every event that it gets, for more destinations than one core has. map:
  // channels, rows, columns.
  irdl.operation @relay_core {
    %core = irdl.base "#builtin.integer"
    %map = irdl.base "#builtin.dense_array"
    irdl.attributes {"core" = %core, "map" = %map}
  }

  // Events of a core go to another, or to the readout: channel + channel_shift, row / pooling, column /
  // pooling; those outside the target's map are lost.
  irdl.operation @route {
    %core = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %channel_shift = irdl.base "#builtin.integer"
    %pooling = irdl.base "#builtin.integer"
    irdl.attributes {"core" = %core, "target" = %target, "channel_shift" = %channel_shift, "pooling" = %pooling}
  }

  // The host sends the events of a NIR input, a map of channels, rows and columns, to a core: channel +
  // channel_shift, row and column over pooling (rows, columns).
  irdl.operation @host_events {
    %core = irdl.base "#builtin.integer"
    %channel_shift = irdl.base "#builtin.integer"
    %map = irdl.base "#builtin.dense_array"
    %pooling = irdl.base "#builtin.dense_array"
    irdl.attributes {"core" = %core, "channel_shift" = %channel_shift, "map" = %map, "pooling" = %pooling}
  }

  // A NIR input that the chip's own sensor is. origin, size: columns, rows of the sensor; pooling: columns,
  // rows that share an address. Then the mirrors, and last the swap of columns and rows.
  irdl.operation @sensor {
    %targets = irdl.base "#builtin.dense_array"
    %pooling = irdl.base "#builtin.dense_array"
    %origin = irdl.base "#builtin.dense_array"
    %size = irdl.base "#builtin.dense_array"
    %merge = irdl.base "#builtin.integer"
    %on = irdl.base "#builtin.integer"
    %off = irdl.base "#builtin.integer"
    %mirror_columns = irdl.base "#builtin.integer"
    %mirror_rows = irdl.base "#builtin.integer"
    %swap = irdl.base "#builtin.integer"
    irdl.attributes {"targets" = %targets, "pooling" = %pooling, "origin" = %origin, "size" = %size, "merge" = %merge, "on" = %on, "off" = %off, "mirror_columns" = %mirror_columns, "mirror_rows" = %mirror_rows, "swap" = %swap}
  }

  // The unit that counts the spikes of classes; mode "threshold" or "maximum".
  irdl.operation @readout {
    %mode = irdl.base "#builtin.string"
    %threshold = irdl.base "#builtin.integer"
    irdl.attributes {"mode" = %mode, "threshold" = %threshold}
  }

  // A NIR output takes the spikes of a population, summed over pooling (rows, columns).
  irdl.operation @result {
    %population = irdl.base "#builtin.string"
    %pooling = irdl.base "#builtin.dense_array"
    irdl.attributes {"population" = %population, "pooling" = %pooling}
  }

  // Synaptic operations that a core can do in a second, as the user says.
  irdl.operation @limit {
    %synaptic_operations = irdl.base "#builtin.float"
    irdl.attributes {"synaptic_operations" = %synaptic_operations}
  }

  // A NIR input as a population: channels, rows, columns, or elements; its spikes come from outside, each with a
  // count of message_bits, or without one.
  irdl.operation @spike_source {
    %id = irdl.base "#builtin.integer"
    %shape = irdl.base "#builtin.dense_array"
    %message_bits = irdl.base "#builtin.integer"
    irdl.attributes {"id" = %id, "shape" = %shape, "message_bits" = %message_bits}
  }

  // Neurons of one parameter set, a process of Lava: u = u (4096 - (du + 1)) / 4096 + (a << 6), v = v (4096 -
  // dv) / 4096 + u + (bias << bias_exponent), rounded towards 0; a spike and v = 0 where v > threshold << 6.
  // Optional: bias, one for each neuron or channel, and bias_exponent, as many or one; elements, the places of the neurons in the NIR node of
  // node_count neurons if they are not all. scale: integer per unit of the real v. decay_error: as of quant.neuron.
  irdl.operation @lif {
    %id = irdl.base "#builtin.integer"
    %shape = irdl.base "#builtin.dense_array"
    %du = irdl.base "#builtin.integer"
    %dv = irdl.base "#builtin.integer"
    %threshold = irdl.base "#builtin.integer"
    %node_count = irdl.base "#builtin.integer"
    %scale_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %scale_1 = irdl.base "#builtin.dense_resource_elements"
    %scale = irdl.any_of(%scale_0, %scale_1)
    %decay_error = irdl.base "#builtin.float"
    irdl.attributes {"id" = %id, "shape" = %shape, "du" = %du, "dv" = %dv, "threshold" = %threshold, "node_count" = %node_count, "scale" = %scale, "decay_error" = %decay_error}
  }

  // Neurons that send the sum of a step's input as a payload, where its magnitude is more than the threshold.
  irdl.operation @relay {
    %id = irdl.base "#builtin.integer"
    %shape = irdl.base "#builtin.dense_array"
    %threshold = irdl.base "#builtin.integer"
    irdl.attributes {"id" = %id, "shape" = %shape, "threshold" = %threshold}
  }

  // Synapses [target, source] from a population to one: a sum of weights is shifted by exponent. A spike takes
  // 1 + delay steps.
  irdl.operation @dense_synapses {
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %exponent = irdl.base "#builtin.integer"
    %delay = irdl.base "#builtin.integer"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"source" = %source, "target" = %target, "weight" = %weight, "exponent" = %exponent, "delay" = %delay, "relative_error" = %relative_error}
  }

  // Synapses of a convolution of two dimensions: weight [out channel, in channel of the group, row, column];
  // stride, padding on both sides, dilation: rows, columns.
  irdl.operation @convolution_synapses {
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %stride = irdl.base "#builtin.dense_array"
    %padding = irdl.base "#builtin.dense_array"
    %dilation = irdl.base "#builtin.dense_array"
    %groups = irdl.base "#builtin.integer"
    %delay = irdl.base "#builtin.integer"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"source" = %source, "target" = %target, "weight" = %weight, "stride" = %stride, "padding" = %padding, "dilation" = %dilation, "groups" = %groups, "delay" = %delay, "relative_error" = %relative_error}
  }

  // Synapses by source: those of source i are the entries from first[i] to first[i + 1], each a neuron of the
  // target and a weight.
  irdl.operation @sparse_synapses {
    %source = irdl.base "#builtin.integer"
    %target = irdl.base "#builtin.integer"
    %first_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %first_1 = irdl.base "#builtin.dense_resource_elements"
    %first = irdl.any_of(%first_0, %first_1)
    %neuron_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %neuron_1 = irdl.base "#builtin.dense_resource_elements"
    %neuron = irdl.any_of(%neuron_0, %neuron_1)
    %weight_0 = irdl.base "#builtin.dense_int_or_fp_elements"
    %weight_1 = irdl.base "#builtin.dense_resource_elements"
    %weight = irdl.any_of(%weight_0, %weight_1)
    %exponent = irdl.base "#builtin.integer"
    %delay = irdl.base "#builtin.integer"
    %relative_error = irdl.base "#builtin.float"
    irdl.attributes {"source" = %source, "target" = %target, "first" = %first, "neuron" = %neuron, "weight" = %weight, "exponent" = %exponent, "delay" = %delay, "relative_error" = %relative_error}
  }

  // What an output reads of populations, parts of one NIR node: "spikes" or "membrane".
  irdl.operation @probe {
    %populations = irdl.base "#builtin.dense_array"
    %signal = irdl.base "#builtin.string"
    irdl.attributes {"populations" = %populations, "signal" = %signal}
  }

  // Neurons of a population on a core: first channel, row, column, and how many of each; words: input axons,
  // neuron groups, neurons, synaptic memory, axon map, axon memory.
  irdl.operation @block {
    %population = irdl.base "#builtin.integer"
    %chip = irdl.base "#builtin.integer"
    %core = irdl.base "#builtin.integer"
    %origin = irdl.base "#builtin.dense_array"
    %size = irdl.base "#builtin.dense_array"
    %words = irdl.base "#builtin.dense_array"
    irdl.attributes {"population" = %population, "chip" = %chip, "core" = %core, "origin" = %origin, "size" = %size, "words" = %words}
  }
}
