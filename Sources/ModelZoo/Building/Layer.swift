/// A part of a model: something that turns one value into another, given parameters.
protocol Layer: Sendable {
  /// Adds this layer's nodes and parameters to the graph, and returns its output.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable
}

/// A layer made of other layers, applied one after the other.
protocol CompositeLayer: Layer {
  associatedtype Body: Layer

  @LayerBuilder var body: Body { get }
}

extension CompositeLayer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    body(x, in: &graph)
  }
}

/// Composes the layers of a ``CompositeLayer/body``.
@resultBuilder enum LayerBuilder {
  static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }
  static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
  static func buildFinalResult(_ parts: [any Layer]) -> Sequential { Sequential(parts) }
}
