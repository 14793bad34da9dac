import ModelGraph

/// Gemma 4's encoder of images, which come as rows of patches.
struct Gemma4Vision: Layer {
  var features: Int
  var inner: Int
  var depth: Int
  var heads: Int
  var keyHeads: Int
  var width: Int
  var activation: String
  var epsilon: Double
  var patch: Int

  /// The places along a side that have a vector.
  var places: Int
  var isClipped: Bool
  var isStandardized: Bool

  /// The patches along the side of a square that becomes one token.
  var pooling: Int

  init(_ c: Configuration) throws(ConfigurationError) {
    features = try c.size("hidden_size", default: 768)
    inner = try c.size("intermediate_size", default: 3072)
    depth = try c.depth("num_hidden_layers", default: 16)
    heads = try c.size("num_attention_heads", default: 12)
    keyHeads = try c.size("num_key_value_heads", default: 12)
    width = try c.size("head_dim", default: 64)
    activation = try c.text("hidden_activation", default: "gelu_pytorch_tanh")
    epsilon = try c.number("rms_norm_eps", default: 1e-6)
    patch = try c.size("patch_size", default: 16, in: 1...4096)
    places = try c.size("position_embedding_size", default: 10240)
    isClipped = try c.flag("use_clipped_linears", default: false)
    isStandardized = try c.flag("standardize", default: false)
    pooling = try c.size("pooling_kernel_size", default: 3, in: 1...64)
  }

  /// As many patches as the processor makes of an image unless told otherwise: 280 tokens.
  var input: TensorType {
    TensorType(.float32, [1, 280 * pooling * pooling, 3 * patch * patch])
  }

  private func normalization(_ features: Int) -> FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("patch_embedder") { embed(x, in: &$0) }
    var hidden = embedded
    graph.scoped("encoder") { graph in
      let tables = graph.scoped("rotary_emb") { rotary(length: x.size(1), in: &$0) }
      for index in 0..<depth {
        let input = hidden
        hidden = graph.scoped("layers.\(index)") { block(input, tables, in: &$0) }
      }
    }
    let rows = max(1, hidden.size(1) / (pooling * pooling))
    let type = TensorType(hidden.type.dataType, [hidden.size(0), rows, features])
    let pooled = graph.opaque("MeanOfSquares", [hidden], gives: [type])[0]
    guard isStandardized else { return pooled }
    let bias = graph.cast(
      graph.state("std_bias", graph.floatingType, [features]), to: type.dataType)
    let scale = graph.cast(
      graph.state("std_scale", graph.floatingType, [features]), to: type.dataType)
    return graph.multiply(graph.apply("Sub", pooled, bias), scale)
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let table = graph.parameter("position_embedding_table", [2, places, features])
    let patches = Linear(3 * patch * patch, features, bias: false).named("input_proj")(
      graph.cast(x, to: graph.floatingType), in: &graph)
    return graph.opaque("AddRowAndColumn", [patches, table], gives: [patches.type])[0]
  }

  /// Half of a head is turned by the row, half by the column.
  private func rotary(length: Int, in graph: inout GraphBuilder) -> RotaryTables {
    let count = (width / 2).dividedRoundingUp(by: 2)
    let frequencies = graph.state("inv_freq", .float32, [count])
    _ = graph.state("original_inv_freq", .float32, [count])
    let angles = graph.opaque(
      "AnglesByRowAndColumn", [frequencies],
      gives: [TensorType(.float32, [1, length, width])])[0]
    let made = ["Cos", "Sin"].map {
      graph.cast(graph.apply(OperatorName($0), angles), to: graph.floatingType)
    }
    return RotaryTables(cosine: made[0], sine: made[1], width: width)
  }

  private func block(
    _ x: Variable, _ tables: RotaryTables, in graph: inout GraphBuilder
  ) -> Variable {
    let norm = normalization(features)
    let normalized = norm.named("input_layernorm")(x, in: &graph)
    let attended = graph.scoped("self_attn") { attend(normalized, tables, in: &$0) }
    let sum = graph.add(x, norm.named("post_attention_layernorm")(attended, in: &graph))
    let before = norm.named("pre_feedforward_layernorm")(sum, in: &graph)
    let fed = graph.scoped("mlp") { feed(before, in: &$0) }
    return graph.add(sum, norm.named("post_feedforward_layernorm")(fed, in: &graph))
  }

  private func map(_ inputs: Int, _ outputs: Int) -> ClippableLinear {
    ClippableLinear(inputs: inputs, outputs: outputs, isClipped: isClipped)
  }

  private func attend(
    _ x: Variable, _ tables: RotaryTables, in graph: inout GraphBuilder
  ) -> Variable {
    let parts = [("q", heads), ("k", keyHeads), ("v", keyHeads)].map { name, count in
      let mapped = map(features, count * width).named("\(name)_proj")(x, in: &graph)
      var split = graph.view(mapped, [x.size(0), x.size(1), count, width])
      if name == "v" {
        let unlearned = FeatureNormalization(
          kind: .rootMeanSquareUnlearned, features: width, epsilon: epsilon)
        return graph.transpose(unlearned.named("v_norm")(split, in: &graph), 1, 2)
      }
      split = normalization(width).named("\(name)_norm")(split, in: &graph)
      return tables.turn(graph.transpose(split, 1, 2), in: &graph)
    }
    let mixed = graph.attention(parts, dropout: 0, isCausal: false)
    let joined = graph.view(graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * width])
    return map(heads * width, features).named("o_proj")(joined, in: &graph)
  }

  private func feed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let gate = NamedActivation(name: activation)(
      map(features, inner).named("gate_proj")(x, in: &graph), in: &graph)
    let up = map(features, inner).named("up_proj")(x, in: &graph)
    return map(inner, features).named("down_proj")(graph.multiply(gate, up), in: &graph)
  }
}
