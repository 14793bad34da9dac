import ModelGraph

// Copies, joined tensors and new ones.

extension AtenRule {
  /// A dense copy, unless the tensor is dense already.
  static let contiguous = AtenRule { call, graph in
    guard let input = call.first else { return false }
    guard !input.isDense else { return graph.alias(call, to: input) }
    graph.emit("Contiguous", [input], of: call)
    return true
  }

  /// A list of Python's as a tensor on the device; a single number stays on the host.
  static let lifted = AtenRule { call, graph in
    if graph.makesDeviceScalar(call) { return filled.lower(call, &graph) }
    guard let input = call.first else { return false }
    guard call.output?.rank ?? 0 > 0 else { return graph.alias(call, to: input) }
    return filled.lower(call, &graph)
  }

  /// A copy, whether the tensor is dense or not.
  static let copy = AtenRule { call, graph in
    guard let input = call.first else { return false }
    // Contiguous memory is asked for by its number.
    let isRowMajor = call.integer("memory_format") == 1
    graph.emit("Contiguous", [input], ["copies": .integer(isRowMajor ? 2 : 1)], of: call)
    return true
  }

  /// Another element type; the tensor itself if it has it already.
  static let conversion = AtenRule { call, graph in
    guard let input = call.first, let type = call.output else { return false }
    let isSingle = call.node.frames.last?.namesSinglePrecision ?? false
    let isRowMajor = call.integer("memory_format") == 1
    guard type.dataType != input.type?.dataType else {
      if call.flag("copy") {
        graph.emit("Contiguous", [input], ["copies": .integer(isRowMajor ? 2 : 1)], of: call)
        return true
      }
      guard type.dataType == .float32, call.asksForType else {
        return graph.alias(call, to: input)
      }
      // What is nothing in an export in single precision may be a copy in another.
      let model = isSingle ? nil : call.tensor("other") ?? graph.castModel(of: call)
      graph.emit(
        "InPrecision", [input] + (model.map { [$0] } ?? []),
        ["single": .integer(isSingle ? 1 : 0), "dense": .integer(isRowMajor ? 1 : 0)], of: call)
      return true
    }
    guard let code = type.dataType.conversionCode else { return false }
    graph.emit(
      "Cast", [input],
      [
        "to": .integer(code), "single": .integer(isSingle ? 1 : 0),
        "dense": .integer(isRowMajor ? 1 : 0),
      ], of: call)
    return true
  }

  /// Overlapping runs of an axis, as an axis of their own.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.unfold.html>
  static let runs = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape,
      let axis = call.axis("dimension"), let step = call.integer("step")
    else { return false }
    graph.emit(
      "Runs", [input],
      ["axis": .integer(axis), "step": .integer(step), "shape": .integers(shape)], of: call)
    return true
  }

  /// Tensors joined along an axis; a vector without elements joins with anything, as caches begin.
  ///
  /// Source: `cat_should_skip_tensor` of `ATen/native/TensorShape.h`, PyTorch 2.15.
  static let concatenation = AtenRule { call, graph in
    guard let all = call.tensors("tensors") else { return false }
    let parts = call.output?.rank == 1 ? all : all.filter { $0?.shape != [0] }
    let isBeside = call.node.target.name == "hstack" && (call.output?.rank ?? 0) > 1
    let axis = call.integer("dim") ?? (isBeside ? 1 : 0)
    graph.emit("Concat", parts, ["axis": .integer(axis)], of: call)
    return true
  }

  /// Tensors joined along a new axis.
  static let stack = AtenRule { call, graph in
    guard let parts = call.tensors("tensors"), let rank = call.output?.rank,
      let axis = call.axis(default: 0, rank: rank)
    else { return false }
    var views: [AtenOperand] = []
    for part in parts {
      guard let part, var type = part.type, axis <= type.rank else { return false }
      type.shape.insert(1, at: axis)
      views.append(
        graph.intermediate(
          "View", [part], ["shape": .integers(type.shape)], type: type, of: call))
    }
    graph.emit("Concat", views, ["axis": .integer(axis)], of: call)
    return true
  }

  /// Neighbours' differences along an axis, of the tensor with others put before and after it.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.diff.html>
  static let differences = AtenRule { call, graph in
    guard let input = call.first, (call.integer("n") ?? 1) == 1, let shape = call.output?.shape,
      let axis = call.axis(default: -1), shape.indices.contains(axis)
    else { return false }
    let parts = [call.tensor("prepend"), input, call.tensor("append")].compactMap(\.self)
    let (length, overflow) = shape[axis].addingReportingOverflow(1)
    guard !overflow, var type = input.type else { return false }
    type.shape[axis] = length
    let whole =
      parts.count > 1
      ? graph.intermediate("Concat", parts, ["axis": .integer(axis)], type: type, of: call)
      : input
    type.shape[axis] = length - 1
    let sides = [(1, length), (0, length - 1)].map { start, end in
      graph.intermediate(
        "Narrow", [whole],
        ["axis": .integer(axis), "start": .integer(start), "end": .integer(end)], type: type,
        of: call)
    }
    graph.emit("Sub", sides, of: call)
    return true
  }

  /// Padding is stated from the last axis on, before and after each.
  static let padding = AtenRule { call, graph in
    guard let input = call.first, let rank = input.rank, let pads = call.integers("pad"),
      pads.count % 2 == 0, pads.count / 2 <= rank
    else { return false }
    var before = Array(repeating: 0, count: rank)
    var after = before
    for index in 0..<pads.count / 2 {
      before[rank - 1 - index] = pads[2 * index]
      after[rank - 1 - index] = pads[2 * index + 1]
    }
    let modes = ["reflect": "reflect", "replicate": "edge", "circular": "wrap"]
    let mode = call.string("mode").flatMap { modes[$0] }
    graph.emit(
      "Pad", [input, graph.constant(before + after, for: call)],
      mode.map { ["mode": .string($0)] } ?? [:], of: call)
    return true
  }

  /// Each tensor seen along an axis of its own of a grid.
  static let grid = AtenRule { call, graph in
    guard let parts = call.tensors("tensors"), parts.count == call.outputs.count else {
      return false
    }
    let isTurned = call.string("indexing") == "xy" && parts.count > 1
    for (index, part) in parts.enumerated() {
      guard let part, let type = call.outputs[index], let count = part.shape?.elementCount,
        type.rank == parts.count
      else { return false }
      var shape = Shape(repeating: 1, count: type.rank)
      shape[isTurned && index < 2 ? 1 - index : index] = count
      let line = graph.intermediate(
        "View", [part], ["shape": .integers(shape)], type: TensorType(type.dataType, shape),
        of: call)
      graph.emit(
        "ExpandView", [line], ["shape": .integers(type.shape)], output: index, of: call)
    }
    return true
  }

  static let roll = AtenRule { call, graph in
    guard let input = call.first, let shifts = call.integers("shifts") else { return false }
    graph.emit(
      "Roll", [input],
      ["dims": .integers(call.integers("dims") ?? []), "shifts": .integers(shifts)], of: call)
    return true
  }

  static let repetition = AtenRule { call, graph in
    guard let input = call.first, var type = input.type, let counts = call.repeats(type.rank),
      counts.count >= type.rank
    else { return false }
    let added = counts.count - type.rank
    type.shape = Array(repeating: 1, count: added) + type.shape
    let source =
      added == 0
      ? input
      : graph.intermediate(
        "View", [input], ["shape": .integers(type.shape)], type: type, of: call)
    graph.emit("Tile", [source, graph.constant(counts, for: call)], of: call)
    return true
  }

  /// Each index of an axis repeated: a copy of a view in which the axis has another beside it.
  static let indexRepetition = AtenRule { call, graph in
    guard let input = call.first, var type = input.type, let count = call.integer("repeats"),
      count > 0, let axis = call.axis(), type.shape.indices.contains(axis),
      let result = call.output
    else { return false }
    func step(
      _ name: OperatorName, _ attributes: Attributes, _ x: AtenOperand,
      _ graph: inout ProgramLowering
    ) -> AtenOperand {
      graph.intermediate(name, [x], attributes, type: type, of: call)
    }
    type.shape.insert(1, at: axis + 1)
    let apart = step("View", ["shape": .integers(type.shape)], input, &graph)
    type.shape[axis + 1] = count
    var repeated = step(
      "ExpandView", ["shape": .integers(type.shape), "axis": .integer(axis + 1)], apart, &graph)
    repeated.strides = nil
    let copy = step("Contiguous", ["copies": .integer(2)], repeated, &graph)
    graph.emit("View", [copy], ["shape": .integers(result.shape)], of: call)
    return true
  }

  // MARK: Picking

  /// Indexing by one tensor along one axis, or by several.
  static let indexing = AtenRule { call, graph in
    guard let input = call.first, let indices = call.tensors("indices") else { return false }
    let given = indices.compactMap(\.self)
    if given.count > 1, let shape = call.output?.shape, given.allSatisfy({ !$0.isMask }) {
      graph.emit(
        "Indexed", [input] + given,
        ["shape": .integers(shape), "host": .integer(graph.readsHostPlaces(call) ? 1 : 0)],
        of: call)
      return true
    }
    guard given.count == 1,
      let axis = indices.firstIndex(where: { $0 != nil }), let index = indices[axis]
    else { return false }
    guard !index.isMask else { return picking.lower(call, &graph) }
    graph.emit(
      "Gather", [input, index],
      ["axis": .integer(axis), "host": .integer(graph.readsHostPlaces(call) ? 1 : 0)], of: call)
    return true
  }

  static let indexSelection = AtenRule { call, graph in
    guard let input = call.first, let axis = call.integer("dim"),
      let index = call.tensor("index")
    else { return false }
    graph.emit("Gather", [input, index], ["axis": .integer(axis), "adds": .integer(1)], of: call)
    return true
  }

  static let gathering = AtenRule { call, graph in
    guard let input = call.first, let axis = call.integer("dim"),
      let index = call.tensor("index")
    else { return false }
    graph.emit("GatherElements", [input, index], ["axis": .integer(axis)], of: call)
    return true
  }

  static let pixelShuffle = AtenRule { call, graph in
    guard let input = call.first, input.rank == 4, let factor = call.integer("upscale_factor")
    else { return false }
    graph.emit("DepthToSpace", [input], ["blocksize": .integer(factor)], of: call)
    return true
  }

  static let resizing = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape else { return false }
    graph.emit(
      "Resize", [input, nil, nil, graph.constant(shape, for: call)],
      ["kernel": .string(call.node.target.name)], of: call)
    return true
  }

  // MARK: New tensors

  static let arange = AtenRule { call, graph in
    guard let type = call.output, type.rank == 1 else { return false }
    guard type.dataType == .int64 else { return filled.lower(call, &graph) }
    graph.emit("Arange", [], ["count": .integer(type.shape[0])], of: call)
    return true
  }

  /// A tensor of the stated type, whatever is in it.
  static let filled = AtenRule { call, graph in
    guard let type = call.output else { return false }
    let isSingle = call.isSingleWithoutModel
    if !isSingle, let model = graph.noiseModel(of: call) ?? call.likeness {
      let liesLikewise = call.node.target.name.hasSuffix("_like")
      graph.emit(
        "FilledLike", [model],
        [
          "shape": .integers(type.shape), "lies": .integer(liesLikewise ? 1 : 0),
          Node.watchableAttribute: .integer(call.node.makesPlacesOfNone ? 1 : 0),
        ], of: call)
      if liesLikewise, model.hasKernelStrides, let strides = model.strides {
        graph.setStrides(strides, of: call)
      }
      return true
    }
    let value = TensorValue(
      TensorType(type.dataType, [1]),
      type.dataType.isFloatingPoint ? .floats([0]) : .integers([0]))
    graph.emit(
      "ConstantOfShape", [graph.constant(type.shape, for: call)],
      [
        "value": .tensor(value), "single": .integer(isSingle ? 1 : 0),
        Node.watchableAttribute: .integer(call.node.makesPlacesOfNone ? 1 : 0),
      ], of: call)
    return true
  }

  /// A number written over a tensor or a view of one, as a sum with a number would.
  static let overwriting = unary("AddNumber") { call in
    ["number": .float(call.number("value") ?? 0)]
  }

  /// Another tensor written over this one, or over the part of a tensor that this one is a view of.
  static let writing = AtenRule { call, graph in
    guard call.isInPlace, let target = call.first, let source = call.tensor("src"),
      let name = call.node.tensor("self"), let result = call.node.outputs.first ?? nil
    else { return overwriting.lower(call, &graph) }
    let base = graph.base(of: name)
    var attributes: Attributes = [:]
    if base != nil, let shape = target.shape { attributes["shape"] = .integers(shape) }
    let whole = base.map { graph.operand($0) } ?? target
    let updated = graph.intermediate(
      "PartUpdate", [whole, source], attributes, type: whole.type, of: call)
    graph.rename(base ?? name, as: updated)
    graph.rename(result, as: base == nil ? updated : target)
    return true
  }

  static let bernoulli = unary("Bernoulli")
}

extension AtenCall {
  /// How often each axis is repeated; for `tile` the first ones may be left out.
  fileprivate func repeats(_ rank: Int) -> [Int]? {
    if let counts = integers("repeats") { return counts }
    return integers("dims").map { Array(repeating: 1, count: max(0, rank - $0.count)) + $0 }
  }

  /// The tensor whose element type a call takes over, as in `torch.zeros_like(x)` and `x.new_zeros(3)`.
  fileprivate var likeness: AtenOperand? {
    let isLike = node.target.name.hasSuffix("_like") || node.target.name.hasPrefix("new_")
    guard isLike, integer("dtype") == nil, let model = tensor("self"),
      [.float32, .int64].contains(output?.dataType), model.type?.dataType == output?.dataType
    else { return nil }
    return model
  }

  /// Whether it makes a tensor of single precision whatever the model computes in: asked for it by name,
  /// or without saying of which type.
  fileprivate var isSingleWithoutModel: Bool {
    let makers: Set = ["eye", "ones", "zeros", "rand", "randn", "linspace", "arange", "empty"]
    let isNamed = node.frames.last?.namesSinglePrecision ?? false
    let makes = makers.contains(node.target.name) || node.target.name == "full" && isNamed
    return makes && (integer("dtype") == nil || isNamed) && output?.dataType == .float32
  }

  /// Whether an element type is among what the call is given.
  fileprivate var asksForType: Bool {
    integer("dtype") != nil || tensor("other") != nil || node.target.fullName.contains("float")
  }
}

extension AtenOperand {
  /// Whether elements are picked by truth values, so that only running tells how many.
  var isMask: Bool { type?.dataType.isMask ?? true }
}

extension ExportedNode {
  /// Whether it makes the zeros that attention without relative places adds in their place, which are to give gradients where layers
  /// are computed again.
  ///
  /// Source: `T5Attention` of `modeling_t5.py` and its copies, transformers 5.23.
  fileprivate var makesPlacesOfNone: Bool {
    isOfTransformers && target.name == "zeros" && frames.last?.targets == ["position_bias"]
  }
}
