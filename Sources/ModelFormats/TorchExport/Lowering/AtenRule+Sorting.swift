import ModelGraph

// Sorting, counting and writing to places, as mixtures of experts do.

extension AtenRule {
  static let sorting = AtenRule { call, graph in
    guard let input = call.first, call.outputs.count == 2 else { return false }
    graph.emit("Sort", [input], ["axis": .integer(call.integer("dim") ?? -1)], of: call)
    return true
  }

  static let argumentSorting = unary("ArgSort") { call in
    ["axis": .integer(call.integer("dim") ?? -1)]
  }

  static let histogram = AtenRule { call, graph in
    guard let input = call.first, let count = call.integer("bins") else { return false }
    graph.emit("Histogram", [input], ["bins": .integer(count)], of: call)
    return true
  }

  /// A product of runs of rows.
  ///
  /// While a program is traced for a device without such a kernel, transformers writes one of its own;
  /// run on a GPU, it calls PyTorch's.
  ///
  /// Source: `_can_use_grouped_mm` of `integrations/moe.py`, transformers 5.23.
  static let groupedProduct = AtenRule { call, graph in
    guard let rows = call.tensor("input") ?? call.tensor("self"),
      let matrices = call.tensor("weight") ?? call.tensor("mat2"), let ends = call.tensor("offs"),
      rows.rank == 2, matrices.rank == 3
    else { return false }
    graph.emit("GroupedProduct", [rows, matrices, ends], of: call)
    return true
  }

  /// A number, or another tensor's elements, written to places along an axis.
  static let scattering = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(), let places = call.tensor("index") else {
      return false
    }
    let attributes = call.marked(["axis": .integer(axis)])
    if let source = call.tensor("src") {
      graph.emit("ScatterElements", [input, places, source], attributes, of: call)
    } else {
      graph.emit("ScatterNumber", [input, places], attributes, of: call)
    }
    return true
  }

  /// Elements that a mask picks: their number depends on contents.
  static let picking = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape,
      let mask = call.tensor("mask") ?? call.tensors("indices")?.compactMap(\.self).first
    else { return false }
    graph.emit("Picked", [input, mask], ["shape": .integers(shape)], of: call)
    return true
  }

  /// Others written over places, or a number over what a mask says.
  static let indexUpdate = AtenRule { call, graph in
    guard let input = call.first, let values = call.tensor("values"),
      let places = call.tensors("indices")?.compactMap(\.self), !places.isEmpty
    else { return false }
    guard !call.flag("accumulate") else {
      graph.emit("IndexSum", [input, values] + places, call.marked([:]), of: call)
      return true
    }
    if graph.updateRows(of: input, with: values, at: places, call) { return true }
    guard values.rank != 0 else { return overwriting.lower(call, &graph) }
    graph.emit("IndexUpdate", [input, values] + places, call.marked([:]), of: call)
    return true
  }

  static let gatedLinearUnit = unary("GatedLinearUnit") { call in
    ["axis": .integer(call.integer("dim") ?? -1)]
  }

  /// Each tensor seen in the shape that all have together.
  static let commonShape = AtenRule { call, graph in
    guard let parts = call.tensors("tensors"), parts.count == call.outputs.count else {
      return false
    }
    let seen = zip(parts, call.outputs).compactMap { part, type in
      part.flatMap { part in type.map { (part, $0) } }
    }
    guard seen.count == parts.count else { return false }
    for (index, (part, type)) in seen.enumerated() {
      graph.emit("ExpandView", [part], ["shape": .integers(type.shape)], output: index, of: call)
    }
    return true
  }
}

extension ProgramLowering {
  /// Rows of a tensor that is no view written over in place: what reads it from now on reads the result.
  fileprivate mutating func updateRows(
    of target: AtenOperand, with values: AtenOperand, at places: [AtenOperand], _ call: AtenCall
  ) -> Bool {
    guard call.isInPlace, let type = target.type, let shape = values.shape,
      let name = call.node.tensor("self"), base(of: name) == nil,
      let result = call.node.outputs.first ?? nil, call.tensors("indices")?.count == 1,
      let rows = places.first, !rows.isMask, let count = rows.shape
    else { return false }
    let written = shape.isEmpty ? count + type.shape.dropFirst() : shape
    let updated = intermediate(
      "IndexUpdate", [target, values, rows], call.marked(["shape": .integers(written)]),
      type: target.type, of: call)
    rename(name, as: updated)
    rename(result, as: updated)
    return true
  }
}
