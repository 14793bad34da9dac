import ModelGraph

extension GraphBuilder {
  /// Adds a value to the graph being built.
  mutating func addValue(
    _ name: String, declared: DeclaredType? = nil, role: ValueRole, isAvailable: Bool = true
  ) -> ValueID {
    addValue(
      SymbolicValue(name: name, declared: declared, role: role), at: levels.count - 1,
      isAvailable: isAvailable)
  }

  private mutating func addValue(
    _ value: SymbolicValue, at index: Int, isAvailable: Bool
  ) -> ValueID {
    let id = ValueID(levels[index].graph.values.count)
    levels[index].graph.values.append(value)
    levels[index].uses.append([])
    levels[index].isAvailable.append(isAvailable)
    return id
  }

  /// The value that a node reads under a name; `nil` if the operand is left out.
  mutating func operand(named name: String) -> ValueID? {
    guard !name.isEmpty, !level.scope.omitted.contains(name) else { return nil }
    return lookUp(name) ?? addDangling(name)
  }

  /// The value of a name in the graph being built or, captured, in a graph around it.
  mutating func lookUp(_ name: String) -> ValueID? {
    lookUp(name, at: levels.count - 1)
  }

  private mutating func lookUp(_ name: String, at index: Int) -> ValueID? {
    if let id = levels[index].scope.values[name] {
      if !levels[index].isAvailable[id.index] { levels[index].isUnsorted = true }
      return id
    }
    guard levels[index].scope.seesOuter, index > 0,
      let outer = lookUp(name, at: index - 1)
    else { return nil }

    var value = levels[index - 1].graph.values[outer.index]
    value.role = .captured(outer)
    value.contents = nil
    let id = addValue(value, at: index, isAvailable: true)
    levels[index].scope.values[name] = id
    return id
  }

  /// Makes a value for a name that nothing in the file defines.
  mutating func addDangling(_ name: String) -> ValueID {
    log.add(.error, "danglingName", "nothing in the graph has this name", at: name)
    let id = addValue(level.scope.prefix + name, role: .activation)
    level.scope.values[name] = id
    return id
  }

  /// The value that a node or a call writes under a name; `nil` if the output is left out.
  ///
  /// A second writer of a name breaks the format's rules; it gets a value of its own, which later
  /// nodes read.
  mutating func result(named name: String) -> ValueID? {
    guard !name.isEmpty else { return nil }
    if let id = level.scope.values[name], !level.isAvailable[id.index] { return id }
    log.add(.error, "duplicateOutput", "more than one node or input has this name", at: name)
    let id = addValue(
      "\(level.scope.prefix)\(name)#\(level.graph.values.count)", role: .activation,
      isAvailable: false)
    level.scope.values[name] = id
    return id
  }

  /// Notes that the nodes to come can read a value.
  mutating func makeAvailable(_ id: ValueID?) {
    if let id { level.isAvailable[id.index] = true }
  }
}
