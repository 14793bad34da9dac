// "Nomic Embed: Training a Reproducible Long Context Text Embedder", Nussbaum et al., 2024.
// <https://arxiv.org/abs/2402.01613>

import ModelGraph

/// BERT with rotary positions and gated networks without biases.
enum NomicBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c,
      EncoderSizes(
        vocabulary: 30528, context: 2048, activation: "silu", dropout: 0, attentionDropout: 0))
    let width = try c.size("head_dim", default: sizes.width)
    let stack = Stack(sizes: sizes, width: width, turned: try c.scaledRotaryWidth(width))
    let isPooled = sizes.task == .sequenceClassification
    let network = Encoder(
      base: "nomic_bert", stack: stack,
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil, head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let width: Int
    let turned: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var embeddings = EncoderEmbeddings(sizes)
      embeddings.positions = .none
      let embedded = embeddings.named("embeddings")(x, in: &graph)
      let tables = graph.scoped("rotary_emb") { graph in
        RotaryEmbedding(width: turned)(length: x.size(1), in: &graph)
      }
      return Repeat(sizes.depth) { _ in block(tables) }.named("layers")(embedded, in: &graph)
    }

    private func block(_ tables: RotaryTables) -> EncoderBlock {
      var attention = Attention(
        features: sizes.features, heads: sizes.heads, width: width, bias: .none,
        dropout: sizes.attentionDropout)
      attention.rotary = tables
      let network = GatedFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation)
      let branches = [
        EncoderBlock.Branch(
          body: attention.named("self_attn"), inner: sizes.heads * width,
          projection: "self_attn.o_proj", norm: "post_attention_layernorm", bias: false),
        EncoderBlock.Branch(
          body: network.named("mlp"), inner: sizes.inner, norm: "post_mlp_layernorm"),
      ]
      return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
    }
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification: return Encoder.onText(sizes.classifier(sizes.labels))
    case .multipleChoice: return Encoder.onText(sizes.classifier(1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      return Encoder.onTokens(predictions(sizes))
    }
  }

  private static func predictions(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: sizes.activation,
        epsilon: sizes.epsilon, norm: "layer_norm"
      ).named("transform")
      TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary,
        table: sizes.isTied ? "nomic_bert.embeddings.word_embeddings.weight" : nil,
        bias: .beside("bias"))
    }.named("cls.predictions")
  }
}
