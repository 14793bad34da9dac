import ModelGraph

/// Where LiteRT keeps a tensor.
enum LiteRTStorage: Hashable {
  /// In the file.
  case file

  /// In the arena.
  case arena

  /// In the arena of what outlives a run: variables, constants unpacked.
  case session

  /// On the heap for the whole session, since it was worked out before the first run.
  case known

  /// On the heap, since only running tells its size.
  case dynamic

  /// Nowhere: a loop would only hand it through, and nothing reads it.
  case nowhere

  var isKnownBeforeTheRun: Bool { self == .file || self == .known }
}

/// Where LiteRT keeps each tensor of a graph, found node by node as its kernels prepare.
struct LiteRTStorages {
  private(set) var storages: [LiteRTStorage]

  init(_ graph: Graph) {
    storages = graph.values.map { value in
      switch value.role {
      case .parameter, .constant: .file
      case .state: .session
      case .input, .activation, .captured: .arena
      }
    }
    var read = Set(graph.outputs)
    for node in graph.nodes { read.formUnion(node.inputs.compactMap(\.self)) }
    // Lifetimes are set after the first nodes are prepared; what a later loop takes off has its place by then.
    var isPlanned = false
    for node in graph.nodes {
      prepare(node, in: graph)
      let unread = Self.handedThrough(by: node, in: graph).filter { !read.contains($0) }
      if !isPlanned { for output in unread { storages[output.index] = .nowhere } }
      isPlanned =
        isPlanned || node.outputs.contains { $0.map { self[$0] == .dynamic } ?? false }
    }
  }

  subscript(id: ValueID) -> LiteRTStorage { storages[id.index] }

  private mutating func prepare(_ node: Node, in graph: Graph) {
    let storage =
      Self.hasDynamicBody(node, in: graph) ? .dynamic : self.storage(ofOutputsOf: node)
    for case let output? in node.outputs where storages[output.index] == .arena {
      storages[output.index] = graph[output].type == .unknown ? .dynamic : storage
    }
  }

  /// Whether the results of a branch or a loop lie on the heap: they do if anything in a body of it does.
  ///
  /// Source: `Prepare` of <https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/kernels/while.cc>
  private static func hasDynamicBody(_ node: Node, in graph: Graph) -> Bool {
    node.bodies.contains { body in
      guard graph.bodies.indices.contains(body.index) else { return false }
      return LiteRTStorages(graph.bodies[body.index]).storages.contains(.dynamic)
    }
  }

  /// The results of a loop that its body takes and gives as they are.
  private static func handedThrough(by node: Node, in graph: Graph) -> [ValueID] {
    guard node.operatorName.name == "WHILE", let reference = node.bodies.last,
      graph.bodies.indices.contains(reference.index)
    else { return [] }
    let body = graph.bodies[reference.index]
    return zip(node.outputs, zip(body.inputs, body.outputs)).compactMap { output, inner in
      inner.0 == inner.1 ? output : nil
    }
  }

  private func storage(ofOutputsOf node: Node) -> LiteRTStorage {
    let name = node.operatorName.name
    func isKnown(_ index: Int) -> Bool {
      node.inputs.element(at: index).map { self[$0].isKnownBeforeTheRun } ?? true
    }
    switch name {
    case "DEQUANTIZE", "DENSIFY":
      let isStored = node.inputs.element(at: 0).map { self[$0] == .file } ?? false
      return isStored ? .session : .arena
    case "SHAPE", "RANK": return .known
    case "WHERE", "UNIQUE": return .dynamic
    default: break
    }
    if let inputs = Self.foldedInputs[name] {
      let count = name == "CONCATENATION" ? node.inputs.count : inputs
      if (0..<count).allSatisfy(isKnown) { return .known }
    }
    let needed = Self.shapeInputs[name] ?? []
    return needed.allSatisfy(isKnown) ? .arena : .dynamic
  }

  /// The operators that are worked out before the run if their first few operands are known.
  private static let foldedInputs: [String: Int] = [
    "MUL": 2, "GATHER": 2, "RESHAPE": 2, "STRIDED_SLICE": 3, "TILE": 2, "BROADCAST_ARGS": 2,
    "RANGE": 3, "CONCATENATION": 1, "REDUCE_PROD": 2,
  ]

  /// The operands whose contents tell the size of the output.
  private static let shapeInputs: [String: [Int]] = [
    "RESHAPE": [1], "PAD": [1], "PADV2": [1], "MIRROR_PAD": [1], "TRANSPOSE": [1],
    "SLICE": [1, 2], "STRIDED_SLICE": [1, 2, 3], "RESIZE_BILINEAR": [1],
    "RESIZE_NEAREST_NEIGHBOR": [1], "MEAN": [1], "SUM": [1], "REDUCE_PROD": [1],
    "REDUCE_MAX": [1], "REDUCE_MIN": [1], "REDUCE_ANY": [1], "REDUCE_ALL": [1], "FILL": [0],
    "EXPAND_DIMS": [1], "TILE": [1], "BROADCAST_TO": [1], "SPLIT": [0], "SPLIT_V": [1, 2],
    "TOPK_V2": [1], "ONE_HOT": [1], "TRANSPOSE_CONV": [0], "CONV_3D_TRANSPOSE": [0],
    "BATCH_TO_SPACE_ND": [1, 2], "SPACE_TO_BATCH_ND": [1, 2], "ARG_MAX": [1], "ARG_MIN": [1],
    "RANGE": [0, 1, 2], "SPARSE_TO_DENSE": [1], "SCATTER_ND": [2], "RFFT2D": [1],
    "SEGMENT_SUM": [1], "NON_MAX_SUPPRESSION_V4": [2], "NON_MAX_SUPPRESSION_V5": [2],
    "RANDOM_UNIFORM": [0], "RANDOM_STANDARD_NORMAL": [0], "MULTINOMIAL": [1],
  ]
}
