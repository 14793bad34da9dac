import ModelGraph

/// The operator of a call by its name, such as `torch.ops.aten.relu_.default`, taken apart once.
struct AtenTarget: Hashable, Sendable {
  var namespace: String
  var name: String
  var overload: String

  /// Whether it writes its result over its first operand.
  var isInPlace: Bool

  var fullName: String { "\(name).\(overload)" }

  init(_ target: String) {
    let isRegistered = target.utf8.starts(with: Self.registry.utf8)
    let path = target.utf8.dropFirst(isRegistered ? Self.registry.utf8.count : 0)
    var parts = path.split(separator: Self.dot, maxSplits: 2).map { String(Substring($0)) }[...]
    namespace = parts.count > 1 ? parts.removeFirst() : ""
    name = parts.popFirst() ?? target
    overload = parts.joined(separator: ".")
    isInPlace =
      namespace == "aten" && name.utf8.last == Self.mark && name.utf8.dropLast().last != Self.mark
    if isInPlace { name.removeLast() }
  }

  private static let registry = "torch.ops."
  private static let dot = UInt8(ascii: ".")

  /// What the name of an operator in place ends in; names of Python's own end in two.
  private static let mark = UInt8(ascii: "_")

  /// Whether it only looks whether something holds.
  var isAssertion: Bool { name.hasPrefix("_assert") }

  /// Whether it gives elements in another type, maybe the same.
  var isCast: Bool { ["to", "_to_copy", "float", "type_as"].contains(name) }

  /// The name under which an operator without a rule is reported.
  var opaqueName: OperatorName {
    let base = isInPlace ? name + "_" : name
    let full = overload.isEmpty || overload == "default" ? base : "\(base).\(overload)"
    return OperatorName(full, domain: namespace.isEmpty ? "python" : namespace)
  }
}
