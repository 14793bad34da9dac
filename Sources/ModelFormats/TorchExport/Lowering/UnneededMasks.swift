import ModelGraph

/// Attention masks that an export of transformers holds although the module never makes them.
///
/// While a program is traced, transformers writes out a mask even if nobody gives it one; run
/// eagerly, it lets attention be causal or unmasked instead.
/// Source: `_ignore_causal_mask_sdpa` and `_ignore_bidirectional_mask_sdpa` of `masking_utils.py`,
/// transformers 5.23.
struct UnneededMasks {
  /// The nodes that make nothing but such masks, by index.
  private(set) var nodes: Set<Int> = []

  /// Whether the mask of a name is causal; masks that are needed are not here.
  private(set) var isCausal: [String: Bool] = [:]

  /// The tensors that are others with nothing hidden, by name: biases of positions that meet a mask
  /// of everything.
  private(set) var unmasked: [String: String] = [:]

  /// The tensors that are others with the future hidden, by name: run eagerly, each is made from a
  /// triangle of its own.
  private(set) var futureHidden: [String: String] = [:]

  /// Masks of the future that meet one of padding, which a decoder makes of ones while nothing traces
  /// it, and so are written out for every sequence.
  private(set) var padded: Set<String> = []

  /// The keys and values that are repeated only because there is a mask.
  private(set) var repeated = RepeatedHeads()

  /// The nodes that make each tensor from sizes alone, by the tensor's name.
  private var origins: [String: Set<Int>] = [:]

  /// What a node is given, without the masks that it needs not.
  func arguments(of node: ExportedNode) -> [ExportedNode.Argument] {
    guard !isCausal.isEmpty else { return node.arguments }
    return node.arguments.filter { isCausal[$0.value.tensorNames.first ?? ""] == nil }
  }

  init(_ body: ExportedBody) {
    guard body.isOfTransformers else { return }
    origins = TensorOrigins(body).nodes
    for index in body.nodes.indices where body.nodes[index].isAttention {
      guard let name = body.nodes[index].mask, let origins = origins[name],
        body.tensors[name]?.dataType == .bool
      else { continue }
      let made = origins.map { body.nodes[$0] }
      if made.contains(where: \.isOfPaddedDecoder) {
        padded.insert(name)
        continue
      }
      guard !made.contains(where: { $0.tellsSequencesApart || $0.isAlwaysMade }),
        !Self.isWindowed(made, body, name)
      else { continue }
      isCausal[name] = made.contains { $0.name(isIn: ["le", "tril", "triu"]) }
      nodes.formUnion(origins)
    }
    for index in body.nodes.indices {
      switch body.nodes[index].target.name {
      case "where": unmask(body.nodes[index], body)
      case "add": addNothing(body.nodes[index], body)
      default: continue
      }
    }
    // Most networks have none.
    guard !nodes.isEmpty || !isCausal.isEmpty else { return }
    noteRemains(body)
    let unmasked = body.nodes.filter { node in
      node.isAttention && node.mask.map { isCausal[$0] != nil } ?? false
    }
    repeated = RepeatedHeads(body, attention: unmasked)
    nodes.formUnion(repeated.nodes)
    keepWhatIsRead(body)
  }

  /// Notes a choice between a tensor and a number by a mask that hides nothing.
  private mutating func unmask(_ node: ExportedNode, _ body: ExportedBody) {
    guard node.isOfTransformers, let result = node.outputs.first,
      let result, let condition = node.tensor("condition"), let original = node.tensor("self"),
      node.tensor("other") == nil, let origins = origins[condition]
    else { return }
    let made = origins.map { body.nodes[$0] }
    guard !made.contains(where: \.tellsSequencesApart), !Self.isWindowed(made, body, condition)
    else { return }
    if made.contains(where: \.isDirected) {
      guard !made.contains(where: \.isOfPaddedDecoder), self.origins[original] == nil,
        body.tensors[original]?.sizes.count == 4
      else { return }
      futureHidden[result] = original
    } else {
      unmasked[result] = original
    }
    nodes.formUnion(origins)
  }

  /// Notes a sum of scores, or of what is added to them, and a mask that hides nothing, which run eagerly
  /// is not there.
  ///
  /// Source: `eager_mask` of `masking_utils.py`, transformers 5.23.
  private mutating func addNothing(_ node: ExportedNode, _ body: ExportedBody) {
    guard node.isOfTransformers, let result = node.outputs.first,
      let result, let scores = node.tensor("self"), let mask = node.tensor("other"),
      let origins = origins[mask], self.origins[scores] == nil
    else { return }
    let made = origins.map { body.nodes[$0] }
    let isOfTruthValues = body.tensors[mask]?.dataType == .bool
    guard made.contains(where: { isOfTruthValues ? $0.isOfMaskFunction : $0.choosesLeast }),
      !made.contains(where: { $0.isDirected || $0.tellsSequencesApart || $0.isAlwaysMade }),
      !Self.isWindowed(made, body, mask)
    else { return }
    unmasked[result] = scores
    nodes.formUnion(origins)
  }

  /// Notes what else the statements of unneeded masks make, which nothing reads.
  private mutating func noteRemains(_ body: ExportedBody) {
    let statements = Set(nodes.map { body.nodes[$0].frames })
    for (index, node) in body.nodes.enumerated()
    where statements.contains(node.frames) && !node.name(isIn: ["all"])
      && node.outputs.contains(where: { $0.map { origins[$0] != nil } ?? false })
    {
      nodes.insert(index)
    }
  }

  /// Keeps the nodes whose outputs others read.
  private mutating func keepWhatIsRead(_ body: ExportedBody) {
    var read = Set(body.outputs.flatMap(\.tensorNames))
    for (index, node) in body.nodes.enumerated().reversed() {
      let isRead = node.outputs.contains { $0.map { read.contains($0) } ?? false }
      guard !nodes.contains(index) || isRead else { continue }
      nodes.remove(index)
      for argument in node.arguments {
        let isMask = node.isAttention && argument.name == "attn_mask"
        let isUnneeded =
          ["condition", "other"].contains(argument.name)
          && node.outputs.contains {
            $0.map { unmasked[$0] != nil || futureHidden[$0] != nil } ?? false
          }
        for name in argument.value.tensorNames
        where !isUnneeded && (!isMask || isCausal[name] == nil) {
          read.insert(node.isAttention ? repeated.originals[name] ?? name : name)
        }
      }
    }
  }

  /// Whether a mask leaves out what lies further back than a window, and the window is shorter.
  private static func isWindowed(
    _ made: [ExportedNode], _ body: ExportedBody, _ mask: String
  ) -> Bool {
    let isBounded = made.contains { $0.name(isIn: ["gt", "lt"]) || $0.comparesDistance }
    guard isBounded else { return false }
    let bounds = made.filter { $0.name(isIn: ["sub", "add"]) || $0.comparesDistance }
    let windows = bounds.flatMap { node in
      node.arguments.compactMap { argument -> Int? in
        guard case .size(.number(let number)) = argument.value else { return nil }
        return abs(number)
      }
    }
    let length = body.tensors[mask]?.sizes.last?.number ?? .max
    return windows.max().map { $0 <= length } ?? true
  }
}

extension ExportedNode {
  fileprivate var isAttention: Bool { target.name == "scaled_dot_product_attention" }

  fileprivate var mask: String? { tensor("attn_mask") }

  /// Whether it tells what comes before from what comes after.
  fileprivate var isDirected: Bool { name(isIn: ["le", "lt", "gt", "tril", "triu"]) }

  /// Whether it tells sequences that are packed into one row from each other, or tokens from padding.
  ///
  /// Run eagerly, transformers looks at the contents to see whether that is needed.
  fileprivate var tellsSequencesApart: Bool { name(isIn: ["diff", "cumsum", "ones"]) }

  /// Whether it compares how far two places are apart with a number.
  fileprivate var comparesDistance: Bool {
    guard target.name == "le", target.overload == "Scalar" else { return false }
    return arguments.contains { argument in
      guard case .size(.number(let number)) = argument.value else { return false }
      return number > 0
    }
  }

  /// Whether it makes numbers of truth values: nothing to add, or the least number.
  fileprivate var choosesLeast: Bool {
    guard name(isIn: ["where"]) else { return false }
    return arguments.contains { argument in
      guard argument.name == "other", case .float(let number) = argument.value else { return false }
      return number < -1e4
    }
  }

  /// Whether a function of transformers that makes masks runs it.
  fileprivate var isOfMaskFunction: Bool {
    frames.last?.statement.createsMask ?? false
  }

  /// Whether it belongs to a model that has its masks written out always.
  fileprivate var isAlwaysMade: Bool {
    let models: Set = ["falcon", "doge", "diffusion_gemma"]
    guard let file = frames.last?.file else { return false }
    return models.contains { file == "modeling_\($0).py" }
  }

  /// Whether it hides the future in a decoder that makes a mask of ones if nobody gives it one and
  /// nothing traces it.
  fileprivate var isOfPaddedDecoder: Bool {
    let decoders: Set = [
      "bart", "bigbird_pegasus", "biogpt", "blenderbot", "blenderbot_small", "longt5", "m2m_100",
      "marian", "mbart", "pegasus", "pegasus_x", "plbart", "pop2piano", "switch_transformers",
      "udop",
    ]
    guard isDirected, let file = frames.last?.file else { return false }
    return decoders.contains { file == "modeling_\($0).py" }
  }

  fileprivate func name(isIn names: Set<String>) -> Bool { names.contains(target.name) }
}
