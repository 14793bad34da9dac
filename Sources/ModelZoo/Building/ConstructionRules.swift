import ModelGraph

/// What a model's constructor does otherwise than make the tensors in the order of the calls.
struct ConstructionRules: Sendable {
  /// Names that a module lists in another order than it calls them.
  var registered: [[String]] = []

  /// Names that a constructor makes in another order than it lists them.
  var constructed: [[String]] = []

  /// When a tensor is made and listed, for constructors that go through a model more than once.
  var pass: (@Sendable (String) -> Int)?

  /// What the constructor makes and drops before and after a tensor; others are found by name.
  var around: @Sendable (Tensor, [String: Tensor]) -> Surroundings = { _, _ in Surroundings() }

  struct Surroundings {
    var before: [Construction.Step] = []
    var after: [Construction.Step] = []
  }

  /// The weights whose random numbers are checked when all is made.
  var isChecked: @Sendable (Tensor) -> Bool = { _ in false }

  /// In which order a model's tensors, given in the order of their first use, are made and listed.
  func order(of tensors: [Tensor]) -> Construction.Order {
    let named = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
    let used = sortedByPass(tensors.map(\.name))
    let listed =
      pass != nil
      ? used : ModulePaths.ordered(used) { Self.rearranged($0 + $1, registered) }
    let made =
      constructed.isEmpty
      ? used : ModulePaths.ordered(listed) { Self.rearranged($0 + $1, constructed) }
    var steps = made.compactMap { named[$0] }.flatMap { tensor -> [Construction.Step] in
      let around = around(tensor, named)
      return around.before + [.make(tensor.name, tensor.type)] + around.after
    }
    steps += listed.compactMap { named[$0] }.filter(isChecked).map { .check($0.type) }
    return Construction.Order(steps: steps, registered: listed)
  }

  private func sortedByPass(_ names: [String]) -> [String] {
    guard let pass else { return names }
    return names.enumerated()
      .sorted { (pass($0.element), $0.offset) < (pass($1.element), $1.offset) }
      .map(\.element)
  }

  /// Puts the names of each rule that are there into the rule's order, in the places they have.
  private static func rearranged(_ names: [String], _ rules: [[String]]) -> [String] {
    rules.reduce(names) { names, rule in
      let places = names.indices.filter { rule.contains(names[$0]) }
      var result = names
      for (place, name) in zip(places, rule.filter(names.contains)) { result[place] = name }
      return result
    }
  }
}

extension ConstructionRules {
  /// The projection of a residual block is made before the block that it is listed last in.
  static let residual = ConstructionRules(
    constructed: [["downsample", "conv1", "bn1", "conv2", "bn2", "conv3", "bn3"]])

  /// The scale of a block is made after it; all products' weights are checked.
  static let convNeXt = ConstructionRules(
    constructed: [["block", "layer_scale"]],
    around: { tensor, _ in
      guard tensor.name.hasSuffix(".layer_scale") else { return Surroundings() }
      return Surroundings(before: [.make("ones", tensor.type)], after: [.drop("ones")])
    }, isChecked: { $0.type.rank >= 2 && $0.name.hasSuffix(".weight") })

  /// Positions and kinds of tokens are noted after the tables that they point to.
  static let bert = ConstructionRules(
    registered: [["word_embeddings", "position_embeddings", "token_type_embeddings"]],
    constructed: [
      [
        "word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm",
        "position_ids", "token_type_ids",
      ], ["transform", "decoder", "bias"],
    ])

  /// A block's normalizations are made after what they stand before.
  static let llama = ConstructionRules(registered: llamaOrder, constructed: llamaOrder)

  private static let llamaOrder = [
    ["self_attn", "mlp", "input_layernorm", "post_attention_layernorm"],
    ["embed_tokens", "layers", "norm", "rotary_emb"], ["model", "lm_head"],
  ]

  /// As it was measured: all enlargements, then all the convolutions behind them.
  static let uNet = ConstructionRules(
    pass: { name in
      guard name.hasPrefix("up") else { return name.hasPrefix("outc") ? 3 : 0 }
      return name.contains(".up.") ? 1 : 2
    })

  static let visionTransformer = ConstructionRules(
    constructed: [["conv_proj", "class_token"]], isChecked: { $0.name == "conv_proj.weight" })

  static let swin = ConstructionRules(
    registered: [
      ["norm1", "attn", "norm2", "mlp"], ["reduction", "norm"], ["qkv", "proj", "cpb_mlp"],
    ],
    constructed: [
      [
        "qkv", "proj", "relative_position_bias_table", "relative_coords_table",
        "relative_position_index", "logit_scale", "cpb_mlp",
      ]
    ], around: { tensor, _ in swinSteps(tensor) },
    isChecked: { $0.type.rank == 2 && $0.name.hasSuffix(".weight") })

  /// The projection is listed before the path; positions are looked up in a table made first.
  static let maxViT = ConstructionRules(
    constructed: [
      ["to_qkv", "merge", "relative_position_bias_table", "relative_position_index"]
    ], around: maxViTSteps)
}

// MARK: - Tables of positions

/// The number of places along the side of a window, of the index of each pair of places.
private func side(ofIndex tensor: Tensor) -> Int {
  var side = 1
  while side * side * side * side < tensor.type.elementCount { side += 1 }
  return side
}

private func integers(_ name: String, _ count: Int) -> Construction.Step {
  .make(name, TensorType(.int64, [count]))
}

private func swinSteps(_ tensor: Tensor) -> ConstructionRules.Surroundings {
  switch tensor.name.split(separator: ".").last {
  case "relative_position_bias_table": return .init(after: [.check(tensor.type)])
  case "relative_position_index":
    let side = side(ofIndex: tensor)
    let pairs = 2 * tensor.type.elementCount
    return .init(
      before: [
        integers("rows", side), integers("columns", side), integers("grid", 2 * side * side),
        integers("differences", pairs), integers("ordered", pairs), .drop("differences"),
      ], after: [.drop("rows"), .drop("columns"), .drop("grid"), .drop("ordered")])
  case "logit_scale":
    return .init(
      before: [.make("ones", tensor.type), .make("tens", tensor.type), .drop("ones")],
      after: [.drop("tens")])
  case "relative_coords_table": return coordinateSteps(tensor)
  default: return .init()
  }
}

/// The logarithms of distances, with their signs.
private func coordinateSteps(_ tensor: Tensor) -> ConstructionRules.Surroundings {
  let line = TensorType(.float32, [tensor.type.shape.dropFirst().first ?? 1])
  func made(_ name: String) -> Construction.Step { .make(name, tensor.type) }
  return .init(
    before: [
      .make("rows", line), .make("columns", line), made("grid"), made("ordered"), .drop("grid"),
      made("signs"), made("sizes"), made("shifted"), .drop("sizes"), made("logarithms"),
      .drop("shifted"), made("signed"), .drop("signs"), .drop("logarithms"),
    ], after: [.drop("signed"), .drop("ordered"), .drop("rows"), .drop("columns")])
}

private func maxViTSteps(
  _ tensor: Tensor, _ all: [String: Tensor]
) -> ConstructionRules.Surroundings {
  guard tensor.name.hasSuffix(".relative_position_index") else { return .init() }
  let side = side(ofIndex: tensor)
  let pairs = 2 * tensor.type.elementCount
  let table = all[tensor.name.dropLast("index".count) + "bias_table"]
  return .init(
    before: [
      integers("rows", side), integers("columns", side), integers("grid", 2 * side * side),
      .drop("columns"), .drop("rows"), integers("differences", pairs),
      integers("ordered", pairs), .drop("differences"),
    ],
    after: [.drop("grid"), .drop("ordered")] + (table.map { [.check($0.type)] } ?? []))
}
