#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A folder in the system's place for temporary files, which goes with this object.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    let name = "memfit-tests-\(UInt64.random(in: 0...UInt64.max))"
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  public func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  public func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }
}
