public import ModelGraph

/// A size that a file must not exceed.
public struct SizeLimit: Hashable, Sendable {
  /// The name on the command line, such as `google-play`; the amount if the user gave one.
  public var name: String
  public var title: String
  public var bytes: ByteCount

  /// Where the limit is published; empty if the user gave it.
  public var source: String

  public init(name: String, title: String, bytes: ByteCount, source: String = "") {
    self.name = name
    self.title = title
    self.bytes = bytes
    self.source = source
  }

  /// Finds a limit by name, or reads an amount such as `100MB`.
  public init(parsing text: String) throws(ByteCount.ParsingError) {
    if let known = Self.catalog.first(where: { $0.name == text.lowercased() }) {
      self = known
    } else {
      self.init(name: text, title: text, bytes: try ByteCount(parsing: text))
    }
  }
}

extension SizeLimit {
  /// The sizes of a model that keep within the limit, largest first.
  public func sizesThatFit(_ store: StoreFootprint) -> [StoreFootprint.DataTypeSize] {
    store.sizes.filter { $0.bytes <= bytes }.sorted { $0.bytes > $1.bytes }
  }

  /// Whether a size keeps within the limit.
  public func allows(_ size: ByteCount) -> Bool { size <= bytes }
}
