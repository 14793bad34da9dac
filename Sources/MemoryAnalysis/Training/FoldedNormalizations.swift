public import ModelGraph

/// Batch normalizations that an export for inference has folded into convolutions.
///
/// An exporter folds them when it leaves none: the convolutions then have biases. Trained, each would
/// keep its input, which is as large as the convolution's output, and two numbers a channel.
public struct FoldedNormalizations: Hashable, Sendable {
  /// The convolutions with a bias, in a graph without batch normalization.
  public let convolutionCount: Int

  /// What their normalizations would keep for the backward pass.
  public let bytes: ByteCount

  public init(_ graph: Graph) {
    let convolutions = graph.nodes.filter { node in
      ["Conv", "ConvTranspose"].contains(node.operatorName) && node.inputs.count > 2
        && node.inputs[2] != nil
    }
    let isNormalized = graph.nodes.contains { $0.operatorName == "BatchNormalization" }
    convolutionCount = isNormalized ? 0 : convolutions.count
    bytes = (isNormalized ? [] : convolutions).map { Self.kept(after: $0, graph) }.total()
  }

  private static func kept(after node: Node, _ graph: Graph) -> ByteCount {
    guard let output = node.outputs.first, let output,
      let type = graph[output].type.tensorType, type.rank > 1
    else { return .zero }
    let statistics = TensorType(.float32, [2, type.shape[1]])
    return [type.byteCount, statistics.byteCount].total()
  }
}

extension FoldedNormalizations {
  /// The warning about training an export for inference.
  public var diagnostic: Diagnostic {
    let folded =
      convolutionCount == 0
      ? ""
      : "; normalizations folded into \(grouped(convolutionCount)) convolutions would keep "
        + "\(grouped(bytes.value)) bytes more, if each of them had one"
    return Diagnostic(
      .warning, "inferenceExport",
      "an export for inference has lost dropout, which keeps one byte for each element" + folded)
  }
}
