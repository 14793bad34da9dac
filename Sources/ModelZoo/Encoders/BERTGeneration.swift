// "Leveraging Pre-trained Checkpoints for Sequence Generation Tasks", Rothe, Narayan and Severyn, 2019.
// <https://arxiv.org/abs/1907.12461>

import ModelGraph

/// BERT without kinds of parts, as the encoder or the decoder of a pair.
enum BERTGeneration {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "BertGenerationEncoder")
    try c.requireClass(name, endingIn: ["BertGenerationEncoder", "BertGenerationDecoder"])
    let sizes = try EncoderSizes(
      c,
      EncoderSizes(
        vocabulary: 50358, features: 1024, inner: 4096, depth: 24, heads: 16, types: 0))
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.types = 0
    embeddings.keepsTypes = false
    let predictions = TokenProjection(
      features: sizes.features, vocabulary: sizes.vocabulary,
      table: sizes.isTied ? "bert.embeddings.word_embeddings.weight" : nil, bias: .beside("bias"))
    let network = Encoder(
      base: "bert", stack: BERT.stack(sizes, embeddings),
      head: name.hasSuffix("Decoder") ? Encoder.onTokens(predictions.named("lm_head")) : nil)
    return BERT.blueprint(sizes, network)
  }
}
