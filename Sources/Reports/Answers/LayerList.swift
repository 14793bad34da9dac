public import MemoryAnalysis

/// The layers of a model, one by one.
public struct LayerList: Hashable, Sendable {
  public var version: String
  public var model: ModelSummary
  public var layers: [LayerFootprint]

  public init(version: String, model: ModelSummary, layers: [LayerFootprint]) {
    self.version = version
    self.model = model
    self.layers = layers
  }
}
