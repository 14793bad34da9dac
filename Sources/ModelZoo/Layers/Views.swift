import ModelGraph

/// All axes but the first as one.
struct Flatten: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.call("Flatten", x, attributes: ["axis": .integer(1)])
  }
}

/// The axes in another order, as a view.
struct Permute: Layer {
  let axes: [Int]

  init(_ axes: [Int]) { self.axes = axes }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.permute(x, axes)
  }
}
