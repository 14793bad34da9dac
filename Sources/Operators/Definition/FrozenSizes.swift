public import ModelGraph

/// A change of a size that a file had fixed: of the batch, or of the sequence.
public struct SizeChange: Hashable, Sendable {
  public var old: Int
  public var new: Int

  public init(from old: Int, to new: Int) {
    self.old = old
    self.new = new
  }
}

/// Where exporters write the output's sizes down, as those of the exported batch.
public struct FrozenSizes: Sendable {
  public let place: Place

  /// Whether the operator is given no tensor from whose sizes those of the output follow.
  public let isOfGenerator: Bool

  public enum Place: Hashable, Sendable {
    case operand(Int)
    case attribute(String)
  }

  private let correct: @Sendable (Resized, [SizeChange]) -> Shape?

  /// The shapes of the first operand and the output at export, that of the operand now, what the place says,
  /// and the attribute `axis`.
  public struct Resized: Sendable {
    public var oldInput: Shape
    public var newInput: Shape
    public var oldOutput: Shape
    public var stated: [Int]
    public var axis: Int?

    public init(
      oldInput: Shape, newInput: Shape, oldOutput: Shape, stated: [Int] = [], axis: Int? = nil
    ) {
      self.oldInput = oldInput
      self.newInput = newInput
      self.oldOutput = oldOutput
      self.stated = stated
      self.axis = axis
    }
  }

  public init(
    in place: Place, isOfGenerator: Bool = false,
    _ correct: @escaping @Sendable (Resized, [SizeChange]) -> Shape?
  ) {
    self.place = place
    self.isOfGenerator = isOfGenerator
    self.correct = correct
  }

  /// The same correction of sizes that stand elsewhere.
  public func moved(to place: Place) -> FrozenSizes {
    FrozenSizes(in: place, isOfGenerator: isOfGenerator, correct)
  }

  /// The sizes that would stand there; `nil` if those written down still do.
  public func callAsFunction(_ resized: Resized, _ changes: [SizeChange]) -> Shape? {
    correct(resized, changes)
  }
}
