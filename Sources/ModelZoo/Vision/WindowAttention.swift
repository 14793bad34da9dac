import ModelGraph

/// Self-attention within windows of an image `[batch, height, width, features]`, as torchvision's
/// Swin transformers write it out.
///
/// One function works with the weights of the modules `qkv` and `proj`, which are not called themselves.
/// Products of stacks of matrices copy stacks that do not lie in one run; the heads of a single window do.
struct WindowAttention: Layer {
  let features: Int
  let heads: Int
  let window: Int

  /// Whether the windows are moved by half their size.
  let isShifted: Bool

  /// The second version compares directions, and computes its position bias with a small network.
  let isSecondVersion: Bool

  private var tokens: Int { window * window }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let bias = graph.hold(positionBias(in: &graph))
    let grid = Grid(x, window: window, isShifted: isShifted)
    let windows = grid.partition(x, in: &graph)
    let parts = projected(windows, in: &graph)
    var scores = compare(parts[0], parts[1], in: &graph)
    scores = graph.add(scores, bias)
    if grid.isShifted { scores = masked(scores, grid, in: &graph) }
    let weights = graph.hold(graph.softmax(scores))
    let mixed = graph.matrixProduct(weights, parts[2])
    let joined = graph.reorder(mixed, [0, 2, 1, 3])
    graph.hold(windows, through: joined)
    let rows = graph.view(joined, windows.shape)
    let output = graph.call(
      "Linear", rows, graph.parameter("proj.weight", [features, features]),
      graph.parameter("proj.bias", [features]))
    return grid.reassemble(output, like: x, in: &graph)
  }

  /// Queries, keys and values, each `[windows, heads, tokens, features / heads]`.
  private func projected(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let weight = graph.parameter("qkv.weight", [3 * features, features])
    var bias = graph.parameter("qkv.bias", [3 * features])
    // The keys' part is set to zero in a copy.
    if isSecondVersion { bias = graph.hold(graph.copy(bias)) }
    let packed = graph.call("Linear", x, weight, bias)
    let split = graph.view(graph.hold(packed), [x.size(0), tokens, 3, heads, features / heads])
    let ordered = graph.permute(split, [2, 0, 3, 1, 4])
    return (0..<3).map { graph.select(ordered, axis: 0, index: $0) }
  }

  /// The scores of each query against each key.
  private func compare(
    _ query: Variable, _ key: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    guard isSecondVersion else {
      let scaled = graph.hold(
        graph.scale(query, by: 1 / Double(features / heads).squareRoot()))
      return product(scaled, key, in: &graph)
    }
    let (q, k) = (normalized(query, in: &graph), normalized(key, in: &graph))
    let cosines = product(q, k, in: &graph)
    let logarithm = graph.parameter("logit_scale", [heads, 1, 1])
    let factor = graph.apply(
      "Exp", graph.apply("Clip", logarithm, attributes: ["max": .float(4.605)]))
    return graph.multiply(cosines, factor)
  }

  private func product(
    _ query: Variable, _ key: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    graph.matrixProduct(query, graph.transpose(key, -2, -1))
  }

  /// Vectors of length one.
  private func normalized(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let length = graph.apply(
      "ReduceL2", x, attributes: ["axes": .integers([-1]), "keepdims": .integer(1)])
    let bounded = graph.apply("Clip", length, attributes: ["min": .float(1e-12)])
    let divisor = graph.expand(bounded, to: x.shape)
    return graph.apply("Div", x, divisor)
  }
}

// MARK: - Positions

extension WindowAttention {
  /// A learned number for each head and each offset between two tokens, `[1, heads, tokens, tokens]`.
  private func positionBias(in graph: inout GraphBuilder) -> Variable {
    let table = isSecondVersion ? computedTable(in: &graph) : storedTable(in: &graph)
    let index = graph.state("relative_position_index", .int64, [tokens * tokens])
    let bias = graph.view(graph.rows(of: table, at: index), [tokens, tokens, heads])
    let headed = graph.reorder(bias, [2, 0, 1])
    let positions = graph.view(headed, [1, heads, tokens, tokens])
    guard isSecondVersion else { return positions }
    graph.hold(table, through: headed)
    let scaled = graph.scale(graph.apply("Sigmoid", positions), by: 16)
    graph.hold(headed, through: scaled)
    return scaled
  }

  private var offsets: Int { 2 * window - 1 }

  private func storedTable(in graph: inout GraphBuilder) -> Variable {
    graph.parameter("relative_position_bias_table", [offsets * offsets, heads])
  }

  /// The table that a network makes of logarithmic coordinates.
  private func computedTable(in graph: inout GraphBuilder) -> Variable {
    let coordinates = graph.state("relative_coords_table", .float32, [1, offsets, offsets, 2])
    let network = Numbered {
      Linear(2, 512)
      Activation.relu(inPlace: true)
      Linear(512, heads, bias: false)
    }
    let table = network.named("cpb_mlp")(coordinates, in: &graph)
    return graph.view(table, [-1, heads])
  }
}

// MARK: - Shifted windows

extension WindowAttention {
  /// Adds a large negative number where a shifted window joins tokens that are no neighbours.
  private func masked(
    _ scores: Variable, _ grid: Grid, in graph: inout GraphBuilder
  ) -> Variable {
    let count = grid.windowCount
    let mask = graph.hold(grid.mask(in: &graph))
    let grouped = graph.view(scores, [-1, count, heads, tokens, tokens])
    let sum = graph.add(grouped, graph.view(mask, [1, count, 1, tokens, tokens]))
    return graph.view(sum, scores.shape)
  }
}
