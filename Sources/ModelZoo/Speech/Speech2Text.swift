// "fairseq S2T: Fast Speech-to-Text Modeling with fairseq", Wang et al., 2020.
// <https://arxiv.org/abs/2010.05171>

import ModelGraph

/// Gated convolutions over bands of frequencies, then an encoder and a decoder like BART's.
enum Speech2Text {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try BARTSizes(
      c,
      BARTSizes(
        vocabulary: 10000, features: 256, encoder: .init(depth: 12, inner: 2048, heads: 4),
        decoder: .init(depth: 6, inner: 2048, heads: 4), activation: "relu", isScaled: true,
        positions: .waveState(offset: 2, name: "weights"), isNormalizedFirst: true,
        hasFinalNorm: true, hasEmbeddingNorm: false, hasTokenState: false))
    sizes.context = try c.size("max_source_positions", default: 6000)
    sizes.targetContext = try c.size("max_target_positions", default: 1024)
    let channels = try c.size("input_channels", default: 1)
    let bands = try c.size("input_feat_per_channel", default: 80) * channels
    let encoder = Encoder(
      sizes: sizes, bands: bands, channels: try c.size("conv_channels", default: 1024),
      kernels: try c.sizes("conv_kernel_sizes", in: 1...1024) ?? [5, 5])
    var network = EncoderDecoder()
    if sizes.task != .none {
      network.base = "model"
      network.head = TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary, name: "lm_head",
        table: sizes.isTied ? "model.decoder.embed_tokens.weight" : nil, bias: .none)
    }
    network.encoder = encoder.named("encoder")
    network.decoder = { [sizes] in
      BARTStack(sizes: sizes, isDecoder: true, source: $0).named("decoder")
    }
    let frames = 1024
    return Blueprint(
      network: network,
      input: .spectrum(
        .init(
          bands: bands, frames: frames, target: min(128, sizes.targetContext ?? 128),
          isBandsFirst: false)),
      cache: BART.cache(
        sizes, source: encoder.length(of: frames),
        of: .init(axis: "frames", sizePerEntry: 1 << min(encoder.kernels.count, 16))))
  }

  private struct Encoder: Layer {
    let sizes: BARTSizes
    let bands: Int
    let channels: Int
    let kernels: [Int]

    func length(of frames: Int) -> Int {
      kernels.reduce(frames) { count, kernel in (count + 2 * (kernel / 2) - kernel) / 2 + 1 }
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var frames = graph.contiguous(
        graph.transpose(graph.cast(x, to: graph.floatingType), 1, 2))
      for (index, kernel) in kernels.enumerated() {
        let isLast = index == kernels.count - 1
        let both = Conv1d(
          index == 0 ? bands : channels / 2, isLast ? 2 * sizes.features : channels,
          kernel: kernel, stride: 2, padding: kernel / 2
        ).named("conv.conv_layers.\(index)")(frames, in: &graph)
        frames = gatedLinear(both, axis: 1, in: &graph)
      }
      var hidden = graph.contiguous(graph.transpose(frames, 1, 2))
      if sizes.isScaled { hidden = graph.scale(hidden, by: Double(sizes.features).squareRoot()) }
      let positions = StackPositions(
        kind: sizes.positions, features: sizes.features, context: sizes.context)
      hidden = graph.add(hidden, positions.named("embed_positions")(hidden, in: &graph))
      return BARTStack(sizes: sizes, isDecoder: false).blocks(hidden, in: &graph)
    }
  }
}
