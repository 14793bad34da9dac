import ModelGraph

/// Casts to the type of a module's weights that it makes only where what it is given has another one,
/// and of which an export in single precision holds nothing.
///
/// Under autocast such a layer gets its operand in single precision, and casts it back. A norm that
/// computes in single precision casts before it scales if its weight is of 16 bits.
/// Falcon adds places to scores of 16 bits in single precision.
/// Source: `T5DenseActDense` and `T5LayerNorm` of `modeling_t5.py` and their copies, `FalconAttention` of
/// `modeling_falcon.py`, transformers 5.23.
struct UnseenCasts {
  /// The program with the casts written out.
  private(set) var body: ExportedBody

  private static let likeT5 = [
    "kosmos2_5", "longt5", "mt5", "pix2struct", "pop2piano", "switch_transformers", "t5", "udop",
    "umt5",
  ]

  /// The files whose norms scale in their weights' type.
  private static let norms = Set((likeT5 + ["idefics"]).map { "modeling_\($0).py" })

  /// The layers that are given their weights' type, by the file that calls them.
  private static let layers: [String: String] = {
    let others = ["nllb_moe", "seamless_m4t", "seamless_m4t_v2"]
    let pairs = likeT5.map { ($0, "wo") } + others.map { ($0, "fc2") }
    return Dictionary(uniqueKeysWithValues: pairs.map { ("modeling_\($0).py", $1) })
  }()

  init(_ program: ExportedBody) {
    body = program
    guard program.isOfTransformers,
      program.nodes.contains(where: { Self.cast(of: $0) != nil || Self.isLeftByAutocast($0) })
    else { return }
    body.nodes = []
    for node in program.nodes {
      if Self.isLeftByAutocast(node) {
        appendLeftByAutocast(node)
      } else if let cast = Self.cast(of: node), program.tensors[cast.name]?.dataType == .float32 {
        append(node, cast)
      } else {
        body.nodes.append(node)
      }
    }
  }

  /// Whether a node is a normalization whose operands a module casts itself under autocast, which it
  /// switches off.
  ///
  /// Source: `NemotronLayerNorm1P` of `modeling_nemotron.py`, transformers 5.23.
  private static func isLeftByAutocast(_ node: ExportedNode) -> Bool {
    node.isOfTransformers && node.target.name == "layer_norm"
      && node.frames.last?.file == "modeling_nemotron.py"
  }

  private mutating func appendLeftByAutocast(_ node: ExportedNode) {
    var layer = node
    layer.isUncast = true
    for operand in ["input", "weight", "bias"] {
      guard let name = node.tensor(operand) else { continue }
      let result = "\(name).cast.\(node.name)"
      var cast = node
      cast.target = Self.autocast
      cast.name = result
      cast.arguments = [ExportedNode.Argument(name: "self", value: .tensor(name))]
      cast.outputs = [result]
      cast.frames.removeLast()
      cast.frames += node.frames.suffix(1).map { $0.before(assigningTo: []) }
      body.tensors[result] = body.tensors[name]
      body.nodes.append(cast)
      layer.renameOperands([name: result])
    }
    body.nodes.append(layer)
  }

  private static let autocast = AtenTarget("torch.ops.transformers.in_autocast")

  /// A tensor that is cast, and the place of the frame that does it.
  private struct Cast {
    var name: String
    var depth: Int

    /// Whether it is to single precision.
    var isSingle = false

    /// The variables that get the result; `nil` if they are those of the layer's own.
    var targets: [String]?
  }

  /// What is cast before a node; `nil` if nothing is.
  private static func cast(of node: ExportedNode) -> Cast? {
    guard node.isOfTransformers else { return nil }
    if node.target.name == "linear", let name = node.tensor("input") {
      let place = node.frames.firstIndex { frame in
        layers[frame.file].map { frame.statement.methods.contains($0) } ?? false
      }
      return place.map { Cast(name: name, depth: $0) }
    }
    if node.target.name == "add", let frame = node.frames.last, frame.file == "modeling_falcon.py",
      frame.targets == ["attention_logits"], let name = node.tensor("self")
    {
      return Cast(
        name: name, depth: node.frames.count - 1, isSingle: true, targets: ["attention_scores"])
    }
    // As in `return self.weight * hidden_states`.
    guard node.target.name == "mul", let frame = node.frames.last,
      norms.contains(frame.file), frame.statement.attributes == ["weight"],
      let name = node.tensor("other")
    else { return nil }
    let operand = frame.statement.readNames.subtracting(["return", "self"])
    return Cast(name: name, depth: node.frames.count - 1, targets: operand.sorted())
  }

  private mutating func append(_ node: ExportedNode, _ made: Cast) {
    let (name, depth) = (made.name, made.depth)
    let result = "\(name).cast.\(node.name)"
    var cast = node
    cast.target = AtenTarget("torch.ops.aten.to.dtype")
    cast.name = result
    cast.arguments = [
      ExportedNode.Argument(name: "self", value: .tensor(name)),
      ExportedNode.Argument(name: "dtype", value: .scalarType(7)),
    ]
    cast.outputs = [result]
    cast.frames = Array(node.frames[...depth])
    let frame = node.frames[depth]
    cast.frames[depth] = frame.before(assigningTo: made.targets ?? frame.targets)
    cast.frames[depth].namesSinglePrecision = made.isSingle
    cast.module = cast.frames[depth].module
    body.tensors[result] = body.tensors[name]
    body.nodes.append(cast)
    var layer = node
    layer.renameOperands([name: result])
    body.nodes.append(layer)
  }
}
