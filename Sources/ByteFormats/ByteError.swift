/// Bytes that do not say what their format promises.
public struct ByteError: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    /// A field needs more bytes than are left.
    case truncated(needed: Int, left: Int)
    case implausibleSize(String)
    case unknownCode(name: String, value: String)

    /// Nesting deeper than any honest file.
    case tooDeep(limit: Int)
    case malformed(expected: String, found: String)

    /// The operating system did not open or read the file.
    case system(operation: String, path: String, reason: String)
  }

  public var problem: Problem

  /// Where in the file the offending field starts.
  public var offset: Int

  public init(_ problem: Problem, at offset: Int = 0) {
    self.problem = problem
    self.offset = offset
  }
}

extension ByteError: CustomStringConvertible {
  public var description: String {
    switch problem {
    case .truncated(let needed, let left): "needs \(needed) bytes, \(left) left, at byte \(offset)"
    case .implausibleSize(let value): "implausible size \(value), at byte \(offset)"
    case .unknownCode(let name, let value): "unknown \(name) \(value), at byte \(offset)"
    case .tooDeep(let limit): "nested deeper than \(limit), at byte \(offset)"
    case .malformed(let expected, let found):
      "expected \(expected), found \(found), at byte \(offset)"
    case .system(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
    }
  }
}
