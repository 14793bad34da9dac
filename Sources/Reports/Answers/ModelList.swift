/// The built-in architectures with their parameters and papers.
public struct ModelList: Hashable, Sendable {
  public var version: String
  public var models: [Entry]

  public struct Entry: Hashable, Sendable {
    public var name: String
    public var parameters: Int
    public var title: String
    public var paper: Paper

    public init(name: String, title: String, parameters: Int, paper: Paper) {
      self.name = name
      self.title = title
      self.parameters = parameters
      self.paper = paper
    }
  }

  /// The publication that describes an architecture.
  public struct Paper: Hashable, Sendable {
    public var title: String
    public var authors: String
    public var year: Int
    public var url: String

    public init(title: String, authors: String, year: Int, url: String) {
      self.title = title
      self.authors = authors
      self.year = year
      self.url = url
    }
  }

  public init(version: String, models: [Entry]) {
    self.version = version
    self.models = models
  }
}
