import ModelGraph

/// The operator of a call by its name, such as `torch.ops.aten.relu_.default`, taken apart once for all calls.
final class AtenTarget: Hashable, Sendable {
  let namespace: String
  let name: String
  let overload: String

  /// Name and overload.
  let fullName: String

  /// Whether it writes its result over its first operand.
  let isInPlace: Bool

  /// Whether it only looks whether something holds.
  let isAssertion: Bool

  /// Whether it gives elements in another type, maybe the same.
  let isCast: Bool

  /// The target of a call that names none.
  static let none = AtenTarget("")

  init(_ target: String) {
    let isRegistered = target.utf8.starts(with: Self.registry.utf8)
    let path = target.utf8.dropFirst(isRegistered ? Self.registry.utf8.count : 0)
    var parts = path.split(separator: Self.dot, maxSplits: 2).map { String(Substring($0)) }[...]
    namespace = parts.count > 1 ? parts.removeFirst() : ""
    var name = parts.popFirst() ?? target
    overload = parts.joined(separator: ".")
    isInPlace =
      namespace == "aten" && name.utf8.last == Self.mark && name.utf8.dropLast().last != Self.mark
    if isInPlace { name.removeLast() }
    self.name = name
    fullName = "\(name).\(overload)"
    isAssertion = name.hasPrefix("_assert")
    isCast = ["to", "_to_copy", "float", "type_as"].contains(name)
  }

  static func == (first: AtenTarget, second: AtenTarget) -> Bool {
    first === second
      || first.fullName == second.fullName && first.namespace == second.namespace
        && first.isInPlace == second.isInPlace
  }

  func hash(into hasher: inout Hasher) { hasher.combine(fullName) }

  private static let registry = "torch.ops."
  private static let dot = UInt8(ascii: ".")

  /// What the name of an operator in place ends in; names of Python's own end in two.
  private static let mark = UInt8(ascii: "_")

  /// The name under which an operator without a rule is reported.
  var opaqueName: OperatorName {
    let base = isInPlace ? name + "_" : name
    let full = overload.isEmpty || overload == "default" ? base : "\(base).\(overload)"
    return OperatorName(full, domain: namespace.isEmpty ? "python" : namespace)
  }
}
