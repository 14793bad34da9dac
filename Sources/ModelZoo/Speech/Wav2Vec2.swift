// "wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations", Baevski et al.,
// 2020. <https://arxiv.org/abs/2006.11477>
// "HuBERT", Hsu et al., 2021. <https://arxiv.org/abs/2106.07447>
// "UniSpeech", Wang et al., 2021. <https://arxiv.org/abs/2101.07597>
// "UniSpeech-SAT", Chen et al., 2021. <https://arxiv.org/abs/2110.05752>
// "Performance-Efficiency Trade-offs in Unsupervised Pre-training for Speech Recognition" (SEW), Wu et
// al., 2021. <https://arxiv.org/abs/2109.06870>
// "data2vec", Baevski et al., 2022. <https://arxiv.org/abs/2202.03555>

import ModelGraph

/// Samples made into frames, blocks over frames, and tasks on top.
enum Wav2Vec2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    blueprint(try SpeechSizes(c), base: "wav2vec2")
  }

  static func blueprint(
    _ sizes: SpeechSizes, base: String, _ parts: SpeechStack.Parts = .init()
  ) -> Blueprint {
    blueprint(
      SpeechModel(base: base, sizes: sizes, stack: SpeechStack(sizes: sizes, parts: parts)))
  }

  static func blueprint(_ model: SpeechModel) -> Blueprint {
    Blueprint(network: model, input: .waveform(samples: shownSamples))
  }

  /// A second of speech.
  static let shownSamples = 16000
}

enum HuBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try SpeechSizes(c)
    var parts = SpeechStack.Parts()
    let hasNorm = try c.flag("feat_proj_layer_norm", default: true)
    parts.projection = { SpeechProjection(sizes: $0, hasNorm: hasNorm) }
    let normalizesBatch = try c.flag("conv_pos_batch_norm", default: false)
    parts.positions = { ConvolvedPositions(sizes: $0, normalizesBatch: normalizesBatch) }
    return Wav2Vec2.blueprint(sizes, base: "hubert", parts)
  }
}

enum UniSpeech {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try SpeechSizes(c)
    let classes = try c.size("num_ctc_classes", default: 80)
    var model = SpeechModel(base: "unispeech", sizes: sizes, stack: SpeechStack(sizes: sizes))
    model.preTraining = { x, sizes, graph in
      SpeechModel.declareCodes(sizes, inputs: sizes.extracted, in: &graph)
      SpeechModel.declare("project_q", sizes.codes.features, sizes.codes.projected, in: &graph)
      SpeechModel.declare("project_hid", sizes.codes.projected, sizes.features, in: &graph)
      return Linear(sizes.features, classes).named("ctc_proj")(x, in: &graph)
    }
    return Wav2Vec2.blueprint(model)
  }

  /// The same, which also tells speakers apart in pre-training.
  static func speakers(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try SpeechSizes(c)
    let clusters = try c.size("num_clusters", default: 504)
    var model = SpeechModel(base: "unispeech_sat", sizes: sizes, stack: SpeechStack(sizes: sizes))
    model.preTraining = { x, sizes, graph in
      SpeechModel.declareCodes(sizes, inputs: sizes.features, in: &graph)
      _ = graph.parameter("label_embeddings_concat", [clusters, sizes.codes.features])
      graph.parametersOnly { LayerNorm(sizes.features).named("layer_norm_for_extract")(x, in: &$0) }
      SpeechModel.declare("speaker_proj", sizes.features, sizes.codes.features, in: &graph)
      SpeechModel.declare("project_q", sizes.codes.features, sizes.codes.projected, in: &graph)
      SpeechModel.declare("project_hid", sizes.features, sizes.codes.projected, in: &graph)
      return x
    }
    return Wav2Vec2.blueprint(model)
  }
}

/// Blocks over fewer frames, which are spread out again behind them.
enum SEW {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var standard = SpeechSizes()
    standard.channels = [64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512]
    standard.strides = [5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    standard.kernels = [10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1]
    var sizes = try SpeechSizes(c, standard)
    sizes.isNormalizedFirst = false
    var parts = SpeechStack.Parts()
    let squeeze = try c.size("squeeze_factor", default: 2, in: 1...1024)
    parts.squeeze = squeeze
    parts.projection = { sizes in
      Sequential {
        LayerNorm(sizes.extracted, epsilon: sizes.epsilon).named("layer_norm")
        if sizes.extracted != sizes.features {
          Linear(sizes.extracted, sizes.features).named("feature_projection")
        }
      }
    }
    parts.positions = { ConvolvedPositions(sizes: $0, stride: squeeze) }
    return Wav2Vec2.blueprint(sizes, base: "sew", parts)
  }
}

/// Places told by several convolutions one after the other.
enum Data2VecAudio {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var standard = SpeechSizes()
    standard.normalizesChannels = true
    var sizes = try SpeechSizes(c, standard)
    sizes.normalizesChannels = true
    sizes.isNormalizedFirst = false
    let count = try c.depth("num_conv_pos_embeddings", default: 5)
    let kernel = try c.size("conv_pos_kernel_size", default: 19)
    var parts = SpeechStack.Parts()
    parts.positions = { Positions(sizes: $0, count: count, kernel: kernel) }
    return Wav2Vec2.blueprint(sizes, base: "data2vec_audio", parts)
  }

  private struct Positions: Layer {
    let sizes: SpeechSizes
    let count: Int
    let kernel: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var hidden = graph.transpose(x, 1, 2)
      for index in 0..<count {
        hidden = graph.scoped("layers.\(index)") { layer(hidden, in: &$0) }
      }
      return graph.transpose(hidden, 1, 2)
    }

    private func layer(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let convolved = Conv1d(
        sizes.features, sizes.features, kernel: kernel, padding: kernel / 2,
        groups: sizes.positionGroups
      ).named("conv")(x, in: &graph)
      let frames = graph.narrow(
        convolved, axis: 2, from: 0, to: convolved.size(2) - (kernel % 2 == 0 ? 1 : 0))
      let normalized = FeatureNormalization(
        kind: .layerUnlearned, features: sizes.features, epsilon: 1e-5)(
          graph.transpose(frames, 1, 2), in: &graph)
      return NamedActivation(name: sizes.convolutionActivation)(
        graph.transpose(normalized, 1, 2), in: &graph)
    }
  }
}
