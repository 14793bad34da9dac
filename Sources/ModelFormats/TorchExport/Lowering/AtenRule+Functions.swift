import ModelGraph

// Functions that people call by name in modules of their own.

extension AtenRule {
  /// Elements added to places along an axis.
  static let scatterAdd = AtenRule { call, graph in
    guard let input = call.first, let places = call.tensor("index"),
      let source = call.tensor("src")
    else { return false }
    graph.emit("ScatterAdd", [input, places, source], call.marked([:]), of: call)
    return true
  }

  static let scatterReduce = AtenRule { call, graph in
    guard let input = call.first, let places = call.tensor("index"),
      let source = call.tensor("src"), let reduction = call.string("reduce")
    else { return false }
    graph.emit(
      "ScatterReduce", [input, places, source], call.marked(["reduce": .string(reduction)]),
      of: call)
    return true
  }

  /// Rows added to, or written over, those that integers name.
  static func indexUpdating(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.first, let places = call.tensor("index") else { return false }
      let source = call.tensor("source").map { [$0] } ?? []
      guard name == "IndexFill" || !source.isEmpty else { return false }
      graph.emit(name, [input, places] + source, call.marked([:]), of: call)
      return true
    }
  }

  /// The sums or means of bags of rows of a table.
  static let embeddingBag = AtenRule { call, graph in
    guard let table = call.tensor("weight"), let indices = call.tensor("indices"),
      let shape = call.output?.shape, call.tensor("per_sample_weights") == nil
    else { return false }
    graph.emit(
      "EmbeddingBag", [table, indices, call.tensor("offsets")],
      ["shape": .integers(shape), "mode": .string(call.integer("mode") == 2 ? "max" : "sum")],
      output: 0, of: call)
    return true
  }

  /// A step of a recurrent network: the states follow the input, then the weights and biases.
  static func cell(_ name: OperatorName) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.tensor("input"), let states = call.tensors("hx"),
        let first = call.tensor("w_ih"), let second = call.tensor("w_hh")
      else { return false }
      let biases = ["b_ih", "b_hh"].map { call.tensor($0) }
      let isRectifier = call.node.target.name.contains("relu")
      graph.emit(
        name, [input] + states + [first, second] + biases,
        isRectifier ? ["function": .string("relu")] : [:], of: call)
      return true
    }
  }

  /// All layers of a recurrent network over a sequence; what cuDNN keeps of each step of a layer is some vectors.
  ///
  /// Sequences that are packed are left as they are.
  static func recurrence(kept: Int) -> AtenRule {
    AtenRule { call, graph in
      guard let input = call.tensor("input"), let weights = call.tensors("params") else {
        return false
      }
      let states = call.tensors("hx") ?? [call.tensor("hx")]
      let numbers = ["batch_first", "bidirectional"].map { call.flag($0) ? 1 : 0 }
      graph.emit(
        "StackedRecurrence", [input] + states + weights,
        [
          "states": .integer(states.count), "kept": .integer(kept),
          "batch_first": .integer(numbers[0]), "bidirectional": .integer(numbers[1]),
        ], of: call)
      return true
    }
  }

  static let bilinear = AtenRule { call, graph in
    guard let a = call.tensor("input1"), let b = call.tensor("input2"),
      let weight = call.tensor("weight"), let shape = call.output?.shape
    else { return false }
    graph.emit(
      "Bilinear", [a, b, weight, call.tensor("bias")], ["shape": .integers(shape)], of: call)
    return true
  }

  /// The product of each element of one vector with each of another.
  static let outerProduct = AtenRule { call, graph in
    guard call.operands.count == 2, let a = call.operands[0], let b = call.operands[1],
      var type = a.type, type.rank == 1
    else { return false }
    type.shape.append(1)
    let column = graph.intermediate(
      "View", [a], ["shape": .integers(type.shape)], type: type, of: call)
    graph.emit("Mul", [column, b], of: call)
    return true
  }

  static let affineGrid = AtenRule { call, graph in
    guard let map = call.first, let shape = call.output?.shape else { return false }
    graph.emit(
      "AffinePlaces", [map],
      ["shape": .integers(shape), "aligned": .integer(call.flag("align_corners") ? 1 : 0)],
      of: call)
    return true
  }

  static let interpolation = AtenRule { call, graph in
    guard let a = call.first, let b = call.tensor("end") else { return false }
    graph.emit("Interpolation", [a, b], call.marked([:]), of: call)
    return true
  }

  /// Degrees as radians, or the other way: a product with a number.
  static let rescaling = unary("Scale") { _ in ["factor": .float(1)] }

  /// A result written over a tensor that is given for it.
  static let written = AtenRule { call, graph in
    guard let target = call.tensor("out"), let name = call.name(of: "out") else { return false }
    graph.rename(name, as: target)
    return graph.alias(call, to: target)
  }

  /// The input kept between tensors that are as large as it, or larger.
  static let clampingBetween = AtenRule { call, graph in
    let bounds = [call.tensor("min"), call.tensor("max")]
    guard let input = call.first,
      !bounds.allSatisfy({ $0?.shape?.isEmpty ?? false })
    else { return clamping.lower(call, &graph) }
    graph.emit("ClampBetween", [input] + bounds, of: call)
    return true
  }

  /// The diagonal of a matrix as a tensor of its own.
  static let diagonal = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape, input.rank == 2 else {
      return false
    }
    let view = graph.intermediate(
      "Diagonal", [input], ["shape": .integers(shape)], type: call.output, of: call)
    graph.emit("Contiguous", [view], ["copies": .integer(2)], of: call)
    return true
  }

  static let trace = AtenRule { call, graph in
    guard let input = call.first, let shape = input.shape, shape.count == 2,
      let type = call.output
    else { return false }
    let line = [min(shape[0], shape[1])]
    let view = graph.intermediate(
      "Diagonal", [input], ["shape": .integers(line)], type: TensorType(type.dataType, line),
      of: call)
    graph.emit("ReduceSum", [view], ["keepdims": .integer(0)], of: call)
    return true
  }

  static let unpooling = AtenRule { call, graph in
    guard let input = call.first, let places = call.tensor("indices"),
      let shape = call.output?.shape
    else { return false }
    graph.emit("Unpooled", [input, places], ["shape": .integers(shape)], of: call)
    return true
  }

  /// Axes that go to other places, the others staying in order.
  static let movement = AtenRule { call, graph in
    guard let input = call.first, let rank = input.rank, let sources = call.integers("source"),
      let targets = call.integers("destination"), sources.count == targets.count
    else { return false }
    func axis(_ axis: Int) -> Int { axis < 0 ? axis + rank : axis }
    var order = [Int?](repeating: nil, count: rank)
    for (source, target) in zip(sources.map(axis), targets.map(axis)) {
      guard order.indices.contains(source), order.indices.contains(target) else { return false }
      order[target] = source
    }
    var rest = (0..<rank).filter { !order.contains($0) }[...]
    let all = order.map { $0 ?? rest.popFirst() ?? 0 }
    graph.emitTranspose(input, all, of: call)
    return true
  }

  /// Pixels of blocks as channels: views, and a copy where they do not lie in one run.
  static let pixelUnshuffle = AtenRule { call, graph in
    guard let input = call.first, let type = input.type, type.rank == 4,
      let factor = call.integer("downscale_factor"), factor > 0
    else { return false }
    let (n, c, h, w) = (type.shape[0], type.shape[1], type.shape[2], type.shape[3])
    return graph.emitRearranged(
      input, type, as: [n, c, h / factor, factor, w / factor, factor], [0, 1, 3, 5, 2, 4], call)
  }

  /// Channels of groups in turn.
  static let channelShuffle = AtenRule { call, graph in
    guard let input = call.first, let type = input.type, type.rank > 1,
      let groups = call.integer("groups"), groups > 0
    else { return false }
    let rest = type.shape.dropFirst(2)
    let shape = [type.shape[0], groups, type.shape[1] / groups] + rest
    return graph.emitRearranged(
      input, type, as: shape, [0, 2, 1] + Array(3..<shape.count), call)
  }
}

extension ProgramLowering {
  /// The elements of a view with its axes in another order, copied into the shape of the output.
  fileprivate mutating func emitRearranged(
    _ input: AtenOperand, _ type: TensorType, as shape: Shape, _ order: [Int], _ call: AtenCall
  ) -> Bool {
    guard let result = call.output, shape.elementCount == type.shape.elementCount else {
      return false
    }
    let apart = intermediate(
      "View", [input], ["shape": .integers(shape)], type: TensorType(type.dataType, shape), of: call
    )
    let turned = TensorType(type.dataType, order.map { shape[$0] })
    var moved = intermediate(
      "Transpose", [apart], ["perm": .integers(order)], type: turned, of: call)
    moved.strides = nil
    let copy = intermediate(
      "Contiguous", [moved], ["copies": .integer(2)], type: turned, of: call)
    emit("View", [copy], ["shape": .integers(result.shape)], of: call)
    return true
  }
}
