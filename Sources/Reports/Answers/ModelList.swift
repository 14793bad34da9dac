/// The built-in architectures with their parameters and papers.
public struct ModelList: Hashable, Sendable {
  public var version: String
  public var models: [Entry]

  public struct Entry: Hashable, Sendable {
    public var name: String
    public var parameters: Int
    public var paper: String

    public init(name: String, parameters: Int, paper: String) {
      self.name = name
      self.parameters = parameters
      self.paper = paper
    }
  }

  public init(version: String, models: [Entry]) {
    self.version = version
    self.models = models
  }
}
