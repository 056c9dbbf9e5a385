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
}
