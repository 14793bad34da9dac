import ModelGraph

extension ExportedProgram {
  /// The program with what the archive stores and nothing reads among its inputs, such as counters of batches of a module in
  /// evaluation.
  ///
  /// Only strict exports leave it out, and names of tensors that have others, which are none of these.
  func with(unreadOf weights: WeightConfiguration) -> ExportedProgram {
    guard !lists(weights) else { return self }
    let told = Set(stored.values.map(\.name))
    var program = self
    let records = Set(weights.entries.filter { told.contains($0.name) }.map(\.record))
    for entry in weights.entries where !told.contains(entry.name) {
      let input = "unread.\(entry.name)"
      guard !records.contains(entry.record), program.stored[input] == nil else { continue }
      // Which of them are buffers is not told; those that nothing reads are counters.
      let isParameter = entry.type.dataType.isFloatingPoint
      var tensor = ExportedTensor(
        dataType: entry.type.dataType, sizes: AxisSizes(entry.type.shape),
        strides: AxisSizes(denseStrides(entry.type.shape)))
      tensor.needsGradient = isParameter
      program.body.tensors[input] = tensor
      program.body.inputs.append(.tensor(input))
      program.stored[input] = StoredInput(name: entry.name, role: isParameter ? .parameter : .state)
    }
    return program
  }

  /// Whether the inputs list all that the archive stores, in the same order.
  func lists(_ weights: WeightConfiguration) -> Bool {
    let names = body.inputNames.compactMap { stored[$0]?.name }
    var next = 0
    for entry in weights.entries {
      while next < names.count, names[next] != entry.name { next += 1 }
      guard next < names.count else { return false }
      next += 1
    }
    return true
  }
}
