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
}
