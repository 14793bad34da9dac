import ModelGraph

/// Keys and values that an export of transformers repeats for groups of queries although the module
/// never does.
///
/// Without a mask, attention is given the fewer heads as they are and told so; while a program is
/// traced there is a mask.
/// Source: `use_gqa_in_sdpa` and `repeat_kv` of `sdpa_attention.py`, transformers 5.23.
struct RepeatedHeads {
  /// The tensor that each is without repeats, by name.
  private(set) var originals: [String: String] = [:]

  /// The nodes that repeat, by index.
  private(set) var nodes: Set<Int> = []

  /// Wider heads are repeated always.
  private static let maximumDepth = 256

  init() {}

  /// Looks at the attention nodes whose masks the module does without.
  init(_ body: ExportedBody, attention: [ExportedNode]) {
    guard !attention.isEmpty else { return }
    let uses = TensorUses(body)
    for node in attention {
      let found = ["key", "value"].compactMap { part -> Repeat? in
        node.tensor(part).flatMap { Self.repeated($0, node, body, uses) }
      }
      let depths = found.compactMap { body.tensors[$0.original]?.sizes.last?.number }
      guard found.count == 2, depths.count == 2, depths[0] == depths[1],
        depths[0] <= Self.maximumDepth
      else { continue }
      for one in found {
        originals[one.name] = one.original
        nodes.formUnion(one.nodes)
      }
    }
  }

  /// The nodes of a program, attention given the fewer heads.
  func undone(in nodes: [ExportedNode]) -> [ExportedNode] {
    guard !originals.isEmpty else { return nodes }
    return nodes.map { node in
      var (node, isGrouped) = (node, false)
      for index in node.arguments.indices {
        guard case .tensor(let name) = node.arguments[index].value, let original = originals[name]
        else { continue }
        node.arguments[index].value = .tensor(original)
        isGrouped = true
      }
      if isGrouped {
        node.arguments.removeAll { $0.name == "enable_gqa" }
        node.arguments.append(ExportedNode.Argument(name: "enable_gqa", value: .boolean(true)))
      }
      return node
    }
  }

  private struct Repeat {
    var name: String
    var original: String
    var nodes: [Int]
  }

  /// Follows a tensor back to what the statement of an attention node repeats.
  private static func repeated(
    _ name: String, _ attention: ExportedNode, _ body: ExportedBody, _ uses: TensorUses
  ) -> Repeat? {
    var found = Repeat(name: name, original: name, nodes: [])
    for step in ["reshape", "expand", "unsqueeze"] {
      guard let index = uses.makers[found.original], case let node = body.nodes[index],
        node.target.name == step, node.frames == attention.frames,
        let operand = node.operand
      else { return nil }
      found.nodes.append(index)
      found.original = operand
    }
    return found
  }
}
