/// The checks of several models.
public struct CheckList: Hashable, Sendable {
  public var version: String
  public var checks: [Check]

  public init(version: String, checks: [Check]) {
    self.version = version
    self.checks = checks
  }

  public var holds: Bool { checks.allSatisfy(\.holds) }
}
