/// A kind of layer, by which parameters are counted.
public enum LayerType: String, Hashable, Sendable, CaseIterable {
  case linear, convolution
  case groupedConvolution = "grouped convolution"
  case depthwiseConvolution = "depthwise convolution"
  case transposedConvolution = "transposed convolution"
  case normalization, embedding, attention, recurrent, activation
  case positionEmbedding = "position embedding"
  case experts
  case other
}
