import ModelGraph

/// The types of a graph's inputs for the sizes a user chose.
struct InputBinding {
  /// What is known of each input.
  private(set) var inputs: [ValueID: Inferred] = [:]

  /// What is known of each input with the sizes that the file fixes.
  private(set) var original: [ValueID: Inferred] = [:]

  /// The fixed sizes that were replaced.
  var changes: [SizeChange] = []

  /// The size of each symbol, chosen or assumed.
  private(set) var sizes: [String: Int]
  private(set) var diagnostics: [Diagnostic] = []

  /// The tensors among the inputs, with every open size named.
  var tensors: [Input] = []

  struct Input {
    var id: ValueID
    var name: String
    var dataType: DataType
    var dimensions: [Dimension]
  }

  init(of graph: SymbolicGraph, _ bindings: Bindings) throws(BindingError) {
    sizes = bindings.sizes
    tensors = graph.inputs.compactMap { Input($0, of: graph) }
    try check(bindings, of: graph)
    for input in tensors {
      guard let value = bindings.inputs[input.name] else { continue }
      try take(value, of: input)
    }
    let fixed = tensors
    try setAxes(bindings)
    assumeSizes(graph.assumedSizes)
    try setTypes(of: graph, bindings)
    original = inputs
    for input in fixed { original[input.id] = input.declared.resolved(sizes).map { Inferred($0) } }
  }

  /// Sets a symbol, which may have been set by name to the same size.
  mutating func set(_ symbol: String, to size: Int) throws(BindingError) {
    if let known = sizes[symbol], known != size {
      throw .contradiction(name: symbol, sizes: [known, size])
    }
    sizes[symbol] = size
  }
}

extension InputBinding.Input {
  init?(_ id: ValueID, of graph: SymbolicGraph) {
    let value = graph.values[id.index]
    guard value.role == .input, case .tensor(let dataType, let dimensions?)? = value.declared
    else { return nil }
    self.id = id
    name = value.name
    self.dataType = dataType
    self.dimensions = dimensions.enumerated().map { axis, dimension in
      dimension == .unknown ? .symbol("\(value.name)[\(axis)]") : dimension
    }
  }

  var declared: DeclaredType { .tensor(dataType, AxisSizes(dimensions)) }
  var symbols: [String] { declared.symbols }

  /// The type at the chosen sizes, be they ever so large.
  func chosenType(_ sizes: [String: Int]) -> TensorType {
    TensorType(
      dataType,
      dimensions.map { dimension in
        switch dimension {
        case .size(let size): size
        case .symbol(let name): sizes[name] ?? 1
        case .unknown: 1
        }
      })
  }
}

// MARK: Checks

extension InputBinding {
  private func check(_ bindings: Bindings, of graph: SymbolicGraph) throws(BindingError) {
    if !bindings.sizes.isEmpty {
      let known = knownSymbols(of: graph)
      for (name, size) in bindings.sizes.sorted(by: { $0.key < $1.key }) {
        guard known.contains(name) else {
          throw .unknownSymbol(name: name, known: known.sorted())
        }
        guard size > 0 else { throw .notPositive(name: name, size: size) }
      }
    }
    let names = graph.inputs.map { graph.values[$0.index].name }
    let given = Array(bindings.inputs.keys) + Array(bindings.composites.keys)
    for name in given.sorted() where !names.contains(name) {
      throw .unknownInput(name: name, known: names)
    }
    for (name, type) in bindings.composites.sorted(by: { $0.key < $1.key }) {
      guard let declared = graph.declaredType(ofInput: name), !declared.admits(type) else {
        continue
      }
      throw .inputTypeMismatch(name: name, expected: declared.description, found: type)
    }
  }

  /// The symbols of the inputs and of every other value, those of bodies apart.
  private func knownSymbols(of graph: SymbolicGraph) -> Set<String> {
    var known = Set(tensors.flatMap(\.symbols))
    for value in graph.values where value.declared != nil {
      known.formUnion(value.declared?.symbols ?? [])
    }
    return known
  }

  /// Takes the sizes of symbols from the contents of an input.
  private mutating func take(_ value: TensorValue, of input: Input) throws(BindingError) {
    let fits =
      value.type.dataType == input.dataType && value.type.rank == input.dimensions.count
      && value.type.shape.isPlausible
    guard fits else { throw mismatch(value, input) }
    for (size, dimension) in zip(value.type.shape, input.dimensions) {
      switch dimension {
      case .size(let expected):
        guard size == expected else { throw mismatch(value, input) }
      case .symbol(let symbol):
        guard sizes[symbol] ?? size == size else { throw mismatch(value, input) }
        sizes[symbol] = size
      case .unknown: break
      }
    }
  }

  private func mismatch(_ value: TensorValue, _ input: Input) -> BindingError {
    .inputTypeMismatch(
      name: input.name, expected: input.declared.description, found: .tensor(value.type))
  }
}

// MARK: Types

extension InputBinding {
  private mutating func assumeSizes(_ proposed: [String: Int]) {
    for symbol in unsetSymbols({ proposed[$0] != nil }) {
      guard let size = proposed[symbol] else { continue }
      sizes[symbol] = size
      let message = "the size \(symbol) is not set; the file's \(size) is assumed"
      diagnostics.append(Diagnostic(.note, "assumedSize", message))
    }
    let open = unsetSymbols { SizeExpression($0) == nil }
    for symbol in open { sizes[symbol] = 1 }
    for symbol in unsetSymbols({ _ in true }) {
      sizes[symbol] = SizeExpression(symbol)?.value(sizes)
    }
    let unclear = unsetSymbols { _ in true }
    for symbol in unclear { sizes[symbol] = 1 }
    reportAssumed(open + unclear)
  }

  /// The symbols without a size, in order of appearance.
  private func unsetSymbols(_ isWanted: (String) -> Bool) -> [String] {
    var seen: Set<String> = []
    return tensors.flatMap(\.symbols).filter {
      sizes[$0] == nil && isWanted($0) && seen.insert($0).inserted
    }
  }

  private mutating func reportAssumed(_ open: [String]) {
    guard !open.isEmpty else { return }
    let more = open.count > 12 ? " and \(open.count - 12) more" : ""
    let names = open.prefix(12).joined(separator: ", ") + more
    let message =
      open.count == 1
      ? "the size \(names) is not set; 1 is assumed"
      : "the sizes \(names) are not set; 1 is assumed for each"
    diagnostics.append(Diagnostic(.note, "assumedSize", message))
  }

  private mutating func setTypes(
    of graph: SymbolicGraph, _ bindings: Bindings
  ) throws(BindingError) {
    for input in tensors {
      if let value = bindings.inputs[input.name] {
        inputs[input.id] = Inferred(.tensor(value.type), contents: value.isSound ? value : nil)
      } else if let type = input.declared.resolved(sizes) {
        inputs[input.id] = Inferred(type)
      } else if hasChosenSize(input) {
        throw .tooLarge(input: input.name, type: input.chosenType(sizes))
      } else {
        reportUnknown(input.name)
      }
    }
    for id in graph.inputs where graph.values[id.index].role == .input && inputs[id] == nil {
      setUndeclared(id, of: graph, bindings)
    }
  }

  /// Whether a user chose a size of the input, which then is not the file's fault.
  private func hasChosenSize(_ input: Input) -> Bool {
    !input.symbols.isEmpty || !changes.isEmpty
  }

  /// Sets an input of which the file states no shape.
  private mutating func setUndeclared(
    _ id: ValueID, of graph: SymbolicGraph, _ bindings: Bindings
  ) {
    let value = graph.values[id.index]
    if let type = bindings.composites[value.name] {
      inputs[id] = Inferred(type)
      return
    }
    guard let contents = bindings.inputs[value.name] else {
      if !diagnostics.contains(where: { $0.location == value.name }) { reportUnknown(value.name) }
      return
    }
    inputs[id] = Inferred(.tensor(contents.type), contents: contents.isSound ? contents : nil)
  }

  private mutating func reportUnknown(_ name: String) {
    diagnostics.append(
      Diagnostic(.warning, "unknownInputType", "the file states no usable size for it", at: name))
  }
}
