// "Evolutionary-scale prediction of atomic-level protein structure with a language model" (ESM-2), Lin
// et al., 2022. <https://doi.org/10.1101/2022.07.20.500902>

import ModelGraph

/// A BERT of amino acids, normalized before its branches, with positions learned or turned.
enum ESM {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "EsmModel"),
      endingIn: [
        "EsmModel", "ForMaskedLM", "ForSequenceClassification", "ForTokenClassification",
      ])
    guard c.has("vocab_size") else { throw .missing(key: "vocab_size") }
    let sizes = try EncoderSizes(c, EncoderSizes(context: 1026, types: 0, padding: 1))
    let kind = try c.choice(
      "position_embedding_type", default: "absolute",
      of: ["absolute", "rotary", "relative_key", "relative_key_query"])
    let stack = Stack(
      sizes: sizes, isPlaced: kind == "absolute", isTurned: kind == "rotary",
      hasFirstNorm: try c.flag("emb_layer_norm_before", default: false))
    let network = Encoder(
      base: "esm", stack: stack,
      pooler: sizes.task == .none ? FirstTokenPooler(features: sizes.features) : nil,
      head: head(sizes))
    return Blueprint(
      network: network, input: sizes.input(longest: stack.longest), cache: sizes.cache)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification, .tokenClassification:
      RoBERTa.head(sizes, table: "")
    default: Encoder.onTokens(predictions(sizes))
    }
  }

  private static func predictions(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: "gelu",
        epsilon: sizes.epsilon, norm: "layer_norm")
      TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary,
        table: sizes.isTied ? "esm.embeddings.word_embeddings.weight" : nil, bias: .none)
      AddedBias(features: sizes.vocabulary)
    }.named("lm_head")
  }

  /// A number added to each feature.
  private struct AddedBias: Layer {
    let features: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.add(x, graph.parameter("bias", [features]))
    }
  }
}

extension ESM {
  private struct Stack: Layer {
    let sizes: EncoderSizes
    let isPlaced: Bool
    let isTurned: Bool
    let hasFirstNorm: Bool

    private var embeddings: EncoderEmbeddings {
      var embeddings = EncoderEmbeddings(sizes)
      embeddings.positions = isPlaced ? .afterPadding(sizes.padding) : .none
      embeddings.keepsTypes = false
      embeddings.hasNorm = false
      embeddings.dropout = 0
      return embeddings
    }

    var longest: Int { isPlaced ? embeddings.longest : sizes.context }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let opened = Sequential {
        embeddings
        if hasFirstNorm { LayerNorm(sizes.features, epsilon: sizes.epsilon).named("layer_norm") }
      }.named("embeddings")(x, in: &graph)
      let tables = rotary(length: x.size(1), in: &graph)
      let form = PreNormalizedBERT(
        attentionNorm: "LayerNorm", networkNorm: "LayerNorm", lastNorm: "")
      let hidden = form.blocks(sizes, tables)(opened, in: &graph)
      // Which residues touch is told from the weights of all heads, where somebody asks.
      SpeechModel.declare("contact_head.regression", sizes.depth * sizes.heads, 1, in: &graph)
      return sizes.norm.named("encoder.emb_layer_norm_after")(hidden, in: &graph)
    }

    private func rotary(length: Int, in graph: inout GraphBuilder) -> RotaryTables {
      guard isTurned else { return RotaryTables(width: 0) }
      return graph.scoped("rotary_embeddings") { graph in
        RotaryEmbedding(width: sizes.width, tables: ["inv_freq"])(length: length, in: &graph)
      }
    }
  }
}
