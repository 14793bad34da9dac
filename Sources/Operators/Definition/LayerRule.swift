public import ModelGraph

/// The kind of layer that a node with parameters forms.
public struct LayerRule: Sendable {
  private let classify: @Sendable (OperatorCall) -> LayerType

  public init(_ classify: @escaping @Sendable (OperatorCall) -> LayerType) {
    self.classify = classify
  }

  public func callAsFunction(_ call: OperatorCall) -> LayerType { classify(call) }

  public static func always(_ type: LayerType) -> LayerRule { LayerRule { _ in type } }
  public static let other = always(.other)

  /// A convolution, told apart by its groups: all channels one group each is depthwise.
  public static let convolution = LayerRule { call in
    let groups = call.attributes.integer("group") ?? 1
    guard groups > 1 else { return .convolution }
    let channels = (try? call.shape(0))?.dropFirst().first
    return channels == groups ? .depthwiseConvolution : .groupedConvolution
  }
}
