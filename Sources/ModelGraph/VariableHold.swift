/// A variable of a program that holds what a node makes.
public struct VariableHold: Hashable, Sendable {
  /// The value up to whose making it does.
  public var end: ValueID

  /// How deep the call is that the variable belongs to: of what goes after the same node, that of deeper
  /// calls goes first.
  public var depth: CallDepth

  /// The place among all variables in the order in which they let go.
  public var place: Int

  public init(until end: ValueID, depth: CallDepth, place: Int = 0) {
    (self.end, self.depth, self.place) = (end, depth, place)
  }
}

/// How deep a call is nested in calls of modules, and in those of other functions between them.
public struct CallDepth: Hashable, Sendable, Comparable {
  public var modules: Int
  public var functions: Int

  public init(modules: Int, functions: Int = 0) {
    (self.modules, self.functions) = (modules, functions)
  }

  /// That of an operand of the node itself, deeper than any call.
  public static let operand = CallDepth(modules: .max)

  public static func < (a: CallDepth, b: CallDepth) -> Bool {
    (a.modules, a.functions) < (b.modules, b.functions)
  }
}
