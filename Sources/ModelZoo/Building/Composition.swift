/// Layers applied one after the other.
struct Sequential: Layer {
  let layers: [any Layer]

  init(_ layers: [any Layer]) { self.layers = layers }

  init(@LayerBuilder _ layers: () -> Sequential) { self = layers() }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    layers.reduce(x) { x, layer in layer(x, in: &graph) }
  }
}

/// Layers applied one after the other and named `0`, `1`, `2`, …, as PyTorch's `Sequential` does.
struct Numbered: Layer {
  let layers: [any Layer]

  init(_ layers: [any Layer]) { self.layers = layers }

  init(@LayerBuilder _ layers: () -> Sequential) { self.layers = layers().layers }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    layers.enumerated().reduce(x) { x, element in
      graph.scoped("\(element.offset)") { element.element(x, in: &$0) }
    }
  }
}

/// A layer whose parameters carry a name of their own.
struct Named<Inner: Layer>: Layer {
  let name: String
  let layer: Inner

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.scoped(name) { layer(x, in: &$0) }
  }
}

extension Layer {
  /// Names the parameters of this layer as a PyTorch module of this name would.
  func named(_ name: String) -> Named<Self> { Named(name: name, layer: self) }
}

/// `count` layers in a row, named `0`, `1`, `2`, ….
struct Repeat<Inner: Layer>: Layer {
  let count: Int
  let layer: @Sendable (Int) -> Inner

  init(_ count: Int, _ layer: @escaping @Sendable (Int) -> Inner) {
    self.count = count
    self.layer = layer
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    (0..<count).reduce(x) { x, index in layer(index).named("\(index)")(x, in: &graph) }
  }
}

/// The sum `x + inner(x)`, a new tensor.
struct Residual: Layer {
  let inner: Sequential

  init(@LayerBuilder _ inner: () -> Sequential) { self.inner = inner() }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let y = inner(x, in: &graph)
    return graph.add(x, y)
  }
}

/// Branches over the same input, concatenated along the channels.
struct Branches: Layer {
  let branches: [any Layer]

  init(@LayerBuilder _ branches: () -> Sequential) { self.branches = branches().layers }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let outputs = branches.map { $0(x, in: &graph) }
    return graph.concatenate(outputs, axis: 1)
  }
}

/// The input itself; keeps the place of a layer that is left out.
struct Identity: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable { x }
}

/// Layers that only training runs, for a loss of their own.
struct TrainingOnly: Layer {
  let inner: Sequential

  init(@LayerBuilder _ inner: () -> Sequential) { self.inner = inner() }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.trainingHead(after: x) { inner(x, in: &$0) }
    return x
  }
}
