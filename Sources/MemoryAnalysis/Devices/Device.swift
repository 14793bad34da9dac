public import ModelGraph

/// A machine that models run on, with the memory a program can really use.
public struct Device: Hashable, Sendable {
  /// The name on the command line, such as `v100-16gb`.
  public var name: String

  /// The maker's name of it.
  public var title: String
  public var kind: Kind

  /// The bytes a program can allocate.
  public var usableMemory: ByteCount

  /// Where the figure comes from.
  public var source: String

  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case gpu, phone, microcontroller
  }

  public init(
    name: String, title: String, kind: Kind, usableMemory: ByteCount, source: String
  ) {
    self.name = name
    self.title = title
    self.kind = kind
    self.usableMemory = usableMemory
    self.source = source
  }
}
