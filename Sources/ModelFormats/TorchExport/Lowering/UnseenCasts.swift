import ModelGraph

/// Casts to the type of a module's weights that it makes only where what it is given has another one,
/// and of which an export in single precision holds nothing.
///
/// Under autocast such a layer gets its operand in single precision, and casts it back.
/// Source: `T5DenseActDense` of `modeling_t5.py` and its copies, transformers 5.23.
struct UnseenCasts {
  /// The program with the casts written out.
  private(set) var body: ExportedBody

  /// The layers that are given their weights' type, by the file that calls them.
  private static let layers: [String: String] = {
    let likeT5 = [
      "kosmos2_5", "longt5", "mt5", "pix2struct", "pop2piano", "switch_transformers", "t5", "udop",
      "umt5",
    ]
    let others = ["nllb_moe", "seamless_m4t", "seamless_m4t_v2"]
    let pairs = likeT5.map { ($0, "wo") } + others.map { ($0, "fc2") }
    return Dictionary(uniqueKeysWithValues: pairs.map { ("modeling_\($0).py", $1) })
  }()

  init(_ program: ExportedBody) {
    body = program
    guard program.nodes.contains(where: { Self.place(of: $0) != nil }) else { return }
    body.nodes = []
    for node in program.nodes {
      guard let depth = Self.place(of: node), let name = node.tensor("input"),
        program.tensors[name]?.dataType == .float32
      else {
        body.nodes.append(node)
        continue
      }
      append(node, castOf: name, calledAt: depth)
    }
  }

  /// The place of the frame that calls such a layer; `nil` if the node is none.
  private static func place(of node: ExportedNode) -> Int? {
    guard node.isOfTransformers, node.target.name == "linear" else { return nil }
    return node.frames.firstIndex { frame in
      layers[frame.file].map { frame.statement.methods.contains($0) } ?? false
    }
  }

  private mutating func append(_ node: ExportedNode, castOf name: String, calledAt depth: Int) {
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
    cast.frames[depth].line -= 1
    cast.frames[depth].statement = PythonStatement()
    cast.module = cast.frames[depth].module
    body.tensors[result] = body.tensors[name]
    body.nodes.append(cast)
    var layer = node
    for index in layer.arguments.indices where layer.arguments[index].value == .tensor(name) {
      layer.arguments[index].value = .tensor(result)
    }
    body.nodes.append(layer)
  }
}
