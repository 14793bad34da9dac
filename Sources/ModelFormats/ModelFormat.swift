public import ByteFormats
public import ModelGraph

/// A model file format that can be read.
///
/// To add a format, add a folder with one conforming type and name the type in ``modelFormats``.
/// Readers touch headers only; tensor data is never loaded.
public protocol ModelFormat: SendableMetatype {
  /// The name shown to people and in the JSON report, such as `ONNX`.
  static var name: String { get }

  /// Whether a file looks like this format, by its name and its first bytes.
  static func matches(_ candidate: Candidate) -> Bool

  /// Reads the tensors, and the graph if the format carries one.
  static func read(_ file: MappedFile) throws(FormatError) -> Model
}

/// What is known of a file before choosing a reader.
public struct Candidate: Sendable {
  public var fileName: String

  /// The first bytes, at most ``firstByteCount``.
  public var firstBytes: [UInt8]

  public static let firstByteCount = 64

  public init(fileName: String, firstBytes: [UInt8]) {
    self.fileName = fileName
    self.firstBytes = firstBytes
  }

  public func hasExtension(_ name: String) -> Bool {
    fileName.lowercased().hasSuffix(".\(name)")
  }

  public func starts(with magic: StaticString) -> Bool {
    magic.withUTF8Buffer { firstBytes.starts(with: $0) }
  }
}
