// "Lifting the Curse of Multilinguality by Pre-training Modular Transformers", Pfeiffer et al., 2022.
// <https://arxiv.org/abs/2205.06266>

import ModelGraph

/// RoBERTa with a small network for each language behind each block's own.
enum XMOD {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c, EncoderSizes(padding: 1))
    let languages = try c.texts("languages") ?? ["en_XX"]
    let block = Block(
      sizes: sizes,
      inner: sizes.features / (try c.size("adapter_reduction_factor", default: 2)),
      languages: languages, isNormalizedFirst: try c.flag("pre_norm", default: false),
      hasOwnNorm: try c.flag("adapter_layer_norm", default: false),
      reusesNorm: try c.flag("adapter_reuse_layer_norm", default: true),
      addsNormalized: try c.flag("ln_before_adapter", default: true))
    guard block.inner > 0, !languages.isEmpty, Set(languages).count == languages.count,
      languages.count * sizes.depth <= maximumAdapterCount
    else {
      throw .contradiction(
        "\(c.path)languages must name one, each once and not too many, and adapter_reduction_factor be "
          + "at most hidden_size")
    }
    return RoBERTa.blueprint(sizes, base: "roberta") { embeddings in
      Sequential {
        embeddings.named("embeddings")
        Repeat(sizes.depth) { _ in block }.named("encoder.layer")
        if block.isNormalizedFirst { sizes.norm.named("encoder.LayerNorm") }
      }
    }
  }

  /// More networks than any model has: 81 languages in 24 blocks are published.
  private static let maximumAdapterCount = 1 << 14

  private struct Block: Layer {
    let sizes: EncoderSizes
    let inner: Int
    let languages: [String]
    let isNormalizedFirst: Bool
    let hasOwnNorm: Bool
    let reusesNorm: Bool
    let addsNormalized: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var branches = [branch("attention")]
      if sizes.attendsElsewhere {
        branches.append(branch("crossattention"))
        branches[1].isIdle = true
      }
      let attended = EncoderBlock(
        branches: branches, norm: sizes.norm, isNormalizedFirst: isNormalizedFirst,
        dropout: sizes.dropout)(x, in: &graph)
      let norm = sizes.norm.named("output.LayerNorm")
      let read = isNormalizedFirst ? norm(attended, in: &graph) : attended
      let fed = Sequential {
        Linear(sizes.features, sizes.inner).named("intermediate.dense")
        NamedActivation(name: sizes.activation)
        Linear(sizes.inner, sizes.features).named("output.dense")
        Dropout(sizes.dropout)
      }(read, in: &graph)
      let sum = graph.scoped("output") { adapt($0.add(fed, attended), in: &$0) }
      return isNormalizedFirst ? sum : norm(sum, in: &graph)
    }

    private func branch(_ module: String) -> EncoderBlock.Branch {
      BERT.branch(BERT.attention(sizes), sizes, module: module)
    }

    /// The network of the first language; those of others have their parameters.
    private func adapt(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var y = x
      if hasOwnNorm {
        y = sizes.norm.named("adapter_layer_norm")(y, in: &graph)
      } else if reusesNorm {
        y = sizes.norm.named("LayerNorm")(y, in: &graph)
      }
      let rest = addsNormalized ? y : x
      for language in languages.dropFirst() {
        graph.scoped("adapter_modules.\(language)") { graph in
          SpeechModel.declare("dense1", sizes.features, inner, in: &graph)
          SpeechModel.declare("dense2", inner, sizes.features, in: &graph)
        }
      }
      return graph.add(
        Dropout(sizes.dropout)(adapter(languages[0])(y, in: &graph), in: &graph), rest)
    }

    private func adapter(_ language: String) -> some Layer {
      Sequential {
        Linear(sizes.features, inner).named("dense1")
        NamedActivation(name: sizes.activation)
        Linear(inner, sizes.features).named("dense2")
      }.named("adapter_modules.\(language)")
    }
  }
}
