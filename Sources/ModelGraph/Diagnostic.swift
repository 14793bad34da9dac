/// Something the user should know that does not stop the work.
public struct Diagnostic: Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable, Comparable {
    case note, warning, error

    private var order: Int { [.note, .warning, .error].firstIndex(of: self) ?? 0 }
    public static func < (a: Severity, b: Severity) -> Bool { a.order < b.order }
  }

  public var severity: Severity

  /// A stable name for programs, in lower camel case, such as `opaqueOperator`.
  public var code: String

  /// One sentence for people: what was expected, what was found.
  public var message: String

  /// The node, tensor or byte it is about; empty if it is about the whole model.
  public var location: String

  public init(_ severity: Severity, _ code: String, _ message: String, at location: String = "") {
    self.severity = severity
    self.code = code
    self.message = message
    self.location = location
  }
}
