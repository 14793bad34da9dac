// "Robust Speech Recognition via Large-Scale Weak Supervision", Radford et al., 2022.
// <https://arxiv.org/abs/2212.04356>

import ModelGraph

/// Two convolutions over bands of frequencies, then an encoder and a decoder like BART's.
enum Whisper {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try BARTSizes(
      c,
      BARTSizes(
        vocabulary: 51865, features: 384, encoder: .init(depth: 4, inner: 1536, heads: 6),
        decoder: .init(depth: 4, inner: 1536, heads: 6), dropout: 0,
        positions: .learned(offset: 0), isNormalizedFirst: true, hasFinalNorm: true,
        hasEmbeddingNorm: false, hasTokenState: false, hasKeyBias: false))
    sizes.context = try c.size("max_source_positions", default: 1500)
    sizes.targetContext = try c.size("max_target_positions", default: 448)
    let bands = try c.size("num_mel_bins", default: 80)
    guard sizes.task != .sequenceClassification else { return try classifier(c, sizes, bands) }
    let head = Tokens(sizes: sizes)
    var network = EncoderDecoder()
    network.head = sizes.task == .none ? nil : head
    network.base = sizes.task == .none ? "" : "model"
    if sizes.task != .nextToken {
      network.encoder = WhisperEncoder(sizes: sizes, bands: bands).named("encoder")
    }
    network.decoder = { [sizes] in
      BARTStack(sizes: sizes, isDecoder: true, source: $0).named("decoder")
    }
    let target = sizes.targetContext ?? sizes.context
    return Blueprint(
      network: network,
      input: sizes.task == .nextToken
        ? .tokens(sequence: target) : input(sizes, bands, target: target),
      cache: BART.cache(
        sizes, source: sizes.context, of: .init(axis: "frames", sizePerEntry: 2)))
  }

  private static func input(
    _ sizes: BARTSizes, _ bands: Int, target: Int?
  ) -> Architecture.Input {
    .spectrum(
      .init(bands: bands, frames: 2 * sizes.context, target: target, isBandsFirst: true))
  }

  private static func classifier(
    _ c: Configuration, _ sizes: BARTSizes, _ bands: Int
  ) throws(ConfigurationError) -> Blueprint {
    let classifier = Classifier(
      sizes: sizes, bands: bands, projected: try c.size("classifier_proj_size", default: 256),
      hasLayerWeights: try c.flag("use_weighted_layer_sum", default: false))
    return Blueprint(network: classifier, input: input(sizes, bands, target: nil))
  }

  private struct Tokens: Layer {
    let sizes: BARTSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary, name: "proj_out",
        table: sizes.isTied ? "model.decoder.embed_tokens.weight" : nil, bias: .none)(
          x, in: &graph)
    }
  }

  private struct Classifier: Layer {
    let sizes: BARTSizes
    let bands: Int
    let projected: Int
    let hasLayerWeights: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let hidden = WhisperEncoder(sizes: sizes, bands: bands).named("encoder")(x, in: &graph)
      if hasLayerWeights { _ = graph.parameter("layer_weights", [sizes.encoder.depth + 1]) }
      let projection = Linear(sizes.features, projected).named("projector")(hidden, in: &graph)
      let mean = graph.apply(
        "ReduceMean", projection, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
      return Linear(projected, sizes.labels).named("classifier")(mean, in: &graph)
    }
  }
}

/// Whisper's encoder of bands `[batch, bands, frames]`.
struct WhisperEncoder: Layer {
  let sizes: BARTSizes
  let bands: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = sizes.features
    let frames = Sequential {
      Conv1d(bands, features, kernel: 3, padding: 1).named("conv1")
      Activation.gelu
      Conv1d(features, features, kernel: 3, stride: 2, padding: 1).named("conv2")
      Activation.gelu
    }(graph.cast(x, to: graph.floatingType), in: &graph)
    let rows = graph.transpose(frames, 1, 2)
    graph.require(
      rows.size(1) == sizes.context, "there must be \(2 * sizes.context) frames, not \(x.size(2))")
    let places = graph.scoped("embed_positions") { graph in
      graph.call(
        "Embedding", graph.parameter("weight", [sizes.context, features]),
        graph.positions(count: sizes.context))
    }
    return BARTStack(sizes: sizes, isDecoder: false).blocks(graph.add(rows, places), in: &graph)
  }
}
