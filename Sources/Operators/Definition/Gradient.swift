/// A value that a node touches.
public enum Operand: Hashable, Sendable {
  case input(Int)
  case output(Int)
  case auxiliary(Int)
}

/// The gradient of one input: which forward values computing it reads.
///
/// Operands that a call does not have, such as an optional input, are passed over.
public struct Gradient: Hashable, Sendable {
  public let input: Int
  public let reads: Set<Operand>

  /// Makes the gradient of the input at an index, reading nothing or the given operands.
  public static func of(_ input: Int, reads: Operand...) -> Gradient {
    Gradient(input: input, reads: Set(reads))
  }
}

/// An output that shares the bytes of an input.
public struct Alias: Hashable, Sendable {
  public let output: Int
  public let input: Int

  public init(output: Int, of input: Int) {
    self.output = output
    self.input = input
  }

  /// The first output is a view of the first input.
  public static let firstOfFirst = Alias(output: 0, of: 0)
}
