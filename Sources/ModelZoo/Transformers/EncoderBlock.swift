import ModelGraph

/// Branches, each added back and normalized: attention, perhaps to another sequence, and a network.
struct EncoderBlock: Layer {
  var branches: [Branch]
  var norm: FeatureNormalization

  /// Whether branches are normalized before and not after.
  var isNormalizedFirst = false
  var dropout = 0.0

  /// What a branch does up to its last map, and where that map and the normalization are.
  struct Branch: Sendable {
    var body: any Layer

    /// The features that the last map takes.
    var inner: Int

    /// The module of the last map and of the normalization; the block itself if empty.
    var module = ""
    /// The last map's name; `nil` if the body has it inside.
    var projection: String?

    /// The normalization's name; `nil` if there is none.
    var norm: String?
    var bias = true

    /// Whether nothing runs it, because there is nothing to attend to.
    var isIdle = false
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = x
    for branch in branches {
      if branch.isIdle {
        graph.parametersOnly { run(branch, hidden, in: &$0) }
      } else {
        hidden = run(branch, hidden, in: &graph)
      }
    }
    return hidden
  }

  private func run(
    _ branch: Branch, _ x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var y = x
    if isNormalizedFirst, let name = branch.norm {
      y = graph.scoped(branch.module) { norm.named(name)(x, in: &$0) }
    }
    y = branch.body(y, in: &graph)
    return graph.scoped(branch.module) { graph in
      let projection = Sequential {
        if let name = branch.projection {
          Linear(branch.inner, norm.features, bias: branch.bias).named(name)
        }
        Dropout(dropout).named("dropout")
      }
      let projected = graph.hold(projection(y, in: &graph))
      let sum = graph.add(projected, x)
      guard !isNormalizedFirst, let name = branch.norm else { return sum }
      return norm.named(name)(sum, in: &graph)
    }
  }
}
