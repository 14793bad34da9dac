import ModelGraph

/// One of the two stacks of T5.
struct T5Stack: Layer {
  let sizes: T5Sizes
  let isDecoder: Bool

  /// What the encoder gives.
  var source: Variable?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let outer = graph.path.split(separator: ".").dropLast().map { "\($0)." }.joined()
    let shape = [sizes.vocabulary, sizes.features]
    let shared = sizes.isShared ? graph.parameter(path: "\(outer)shared.weight", shape) : nil
    var hidden = graph.scoped("embed_tokens") { graph in
      if let shared { graph.tie("weight", to: shared) }
      let table = shared ?? graph.parameter("weight", shape)
      return graph.call("Embedding", table, x)
    }
    hidden = Dropout(sizes.dropout).named("dropout")(hidden, in: &graph)
    let depth = isDecoder ? sizes.decoderDepth : sizes.encoderDepth
    let none = source.map { noOffset(queries: x.size(1), keys: $0.size(1), in: &graph) }
    var offset: Variable?
    for index in 0..<depth {
      hidden = graph.scoped("block.\(index)") { graph in
        if index == 0 || sizes.hasOwnDistances {
          offset = graph.scoped("layer.0.\(selfAttention)") { distances(x.size(1), in: &$0) }
        }
        return block(index, offset, crossOffset: none)(hidden, in: &graph)
      }
    }
    return Sequential {
      sizes.norm.named("final_layer_norm")
      Dropout(sizes.dropout).named("dropout")
    }(hidden, in: &graph)
  }

  private var selfAttention: String {
    guard !isDecoder, let reach = sizes.reach else { return "SelfAttention" }
    return reach == .near ? "LocalSelfAttention" : "TransientGlobalSelfAttention"
  }

  // MARK: Offsets

  private func distances(_ length: Int, in graph: inout GraphBuilder) -> Variable {
    let positions = RelativePositions(
      buckets: sizes.buckets, heads: sizes.heads, isCausal: isDecoder)
    let table = positions.table(
      queries: length, keys: length, named: "relative_attention_bias", in: &graph)
    if !isDecoder, sizes.reach == .nearAndBlocks {
      graph.scoped("global_relative_attention_bias") { graph in
        _ = graph.table(graph.parameter("weight", [sizes.buckets, sizes.heads]))
      }
    }
    return isDecoder ? graph.add(table, futureMask(length, in: &graph)) : table
  }

  /// A number for each pair that takes those out that lie ahead.
  private func futureMask(_ length: Int, in graph: inout GraphBuilder) -> Variable {
    zeros([1, 1, length, length], in: &graph)
  }

  private func noOffset(
    queries: Int, keys: Int, in graph: inout GraphBuilder
  ) -> Variable {
    zeros([1, sizes.heads, queries, keys], in: &graph)
  }

  private func zeros(_ shape: Shape, in graph: inout GraphBuilder) -> Variable {
    graph.cast(graph.apply("ConstantOfShape", graph.constant(shape)), to: graph.floatingType)
  }

  // MARK: Blocks

  private func block(
    _ index: Int, _ offset: Variable?, crossOffset: Variable?
  ) -> EncoderBlock {
    var branches = [attention("layer.0", selfAttention, offset: offset)]
    if isDecoder {
      branches.append(
        attention("layer.1", "EncDecAttention", offset: crossOffset, source: source))
    }
    branches.append(network("layer.\(branches.count)", index))
    return EncoderBlock(
      branches: branches, norm: sizes.norm, isNormalizedFirst: true, dropout: sizes.dropout)
  }

  private func attention(
    _ module: String, _ name: String, offset: Variable?, source: Variable? = nil
  ) -> EncoderBlock.Branch {
    var attention = Attention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      names: .init(query: "q", key: "k", value: "v"), bias: .none, dropout: sizes.dropout,
      source: source, offset: offset)
    let reach = isDecoder ? nil : sizes.reach
    if reach == .near { attention.kernel = .opaque("LocalAttention") }
    if reach == .nearAndBlocks { attention.kernel = .opaque("TransientGlobalAttention") }
    let norm = reach == .nearAndBlocks ? sizes.norm.named("global_input_layer_norm") : nil
    return EncoderBlock.Branch(
      body: Beside(layer: attention, other: norm).named("\(module).\(name)"),
      inner: sizes.heads * sizes.width, module: module, projection: "\(name).o",
      norm: "layer_norm", bias: false)
  }

  private func network(_ module: String, _ index: Int) -> EncoderBlock.Branch {
    let name = "\(module).\(sizes.network)"
    if let experts = sizes.experts, sizes.isSparse(index, isDecoder) {
      let mixture = NumberedExperts(
        features: sizes.features, inner: sizes.inner, count: experts.count,
        routerBias: sizes.routerBias)
      return EncoderBlock.Branch(
        body: mixture.named(name), inner: sizes.inner, module: module, norm: "layer_norm")
    }
    let body = Sequential {
      if sizes.isGated {
        GatedUp(features: sizes.features, inner: sizes.inner, activation: sizes.activation)
      } else {
        Linear(sizes.features, sizes.inner, bias: false).named("wi")
        NamedActivation(name: sizes.activation).named("act")
      }
      Dropout(sizes.dropout).named("dropout")
    }
    return EncoderBlock.Branch(
      body: body.named(name), inner: sizes.inner, module: module,
      projection: "\(sizes.network).wo", norm: "layer_norm", bias: false)
  }
}

/// A layer, and another whose parameters it uses inside.
private struct Beside: Layer {
  let layer: any Layer
  let other: (any Layer)?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if let other { graph.parametersOnly { other(x, in: &$0) } }
    return layer(x, in: &graph)
  }
}

/// Two maps up, of which one gates the other.
private struct GatedUp: Layer {
  let features: Int
  let inner: Int
  let activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let first = Linear(features, inner, bias: false).named("wi_0")(x, in: &graph)
    let gate = NamedActivation(name: activation).named("act")(first, in: &graph)
    let other = Linear(features, inner, bias: false).named("wi_1")(x, in: &graph)
    return graph.multiply(gate, other)
  }
}

/// Experts that are modules of their own, of which each token goes through one.
///
/// Fedus, Zoph and Shazeer, "Switch Transformers", 2022. <https://arxiv.org/abs/2101.03961>
struct NumberedExperts: Layer {
  var features: Int
  var inner: Int
  var count: Int
  var routerBias: Bool
  var up = "wi"
  var down = "wo"
  var bias = false

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let rows = graph.view(x, [-1, features])
    let scores = Linear(features, count, bias: routerBias).named("router.classifier")(
      rows, in: &graph)
    let mixed = graph.scoped("experts") { graph in
      var inputs = [rows, scores]
      for index in 0..<count {
        inputs += graph.scoped("expert_\(index)") { weights(in: &$0) }
      }
      return graph.opaque("MixtureOfExperts", inputs, gives: [rows.type], layer: .experts)[0]
    }
    return graph.view(mixed, x.shape)
  }

  private func weights(in graph: inout GraphBuilder) -> [Variable] {
    weights(up, [inner, features], in: &graph) + weights(down, [features, inner], in: &graph)
  }

  private func weights(
    _ name: String, _ shape: Shape, in graph: inout GraphBuilder
  ) -> [Variable] {
    graph.scoped(name) { graph in
      var weights = [graph.parameter("weight", shape)]
      if bias { weights.append(graph.parameter("bias", [shape[0]])) }
      return weights
    }
  }
}
