/// Finds the largest size that fits a device, such as a batch or a context, by asking for one after the other.
public enum LargestSize {
  /// What a size takes, and whether that is there.
  public struct Demand: Hashable, Sendable {
    public var bytes: Int
    public var fits: Bool

    public init(bytes: Int, fits: Bool) {
      self.bytes = bytes
      self.fits = fits
    }
  }

  /// More than any device holds samples, or any model reads tokens.
  fileprivate static let limit = 1 << 30

  /// Asks where the line through the two nearest answers reaches the amount; of what grows by a straight line that
  /// takes about five questions.
  ///
  /// A size that the model cannot have has no demand. Returns `nil` if not even one fits, or if memory does not grow
  /// with the size.
  public static func find(
    from start: Int, reaching amount: Int, demand: (Int) -> Demand?
  ) -> Int? {
    var bracket = Bracket(amount: amount)
    var next: Int? = max(1, min(start, limit))
    while let size = next {
      bracket.add(size, demand(size))
      next = bracket.next
    }
    return bracket.low > 0 && bracket.high != nil ? bracket.low : nil
  }
}

/// What is known of where the largest size lies.
private struct Bracket {
  let amount: Int

  /// The largest size known to fit; zero for none.
  var low = 0

  /// The smallest size known not to fit.
  var high: Int?
  private var points: [(size: Int, bytes: Int)] = []
  private var questions = 0

  init(amount: Int) { self.amount = amount }

  mutating func add(_ size: Int, _ demand: LargestSize.Demand?) {
    questions += 1
    if let demand { points.append((size, demand.bytes)) }
    if demand?.fits ?? false { low = max(low, size) } else { high = min(high ?? size, size) }
  }

  /// The size to ask for next; `nil` if all is known that can be.
  var next: Int? {
    guard let high else {
      guard low < LargestSize.limit, !isFlat else { return nil }
      // Where guesses fall short, the steps double all the same.
      let least = low + (1 << min(max(0, questions - 3), 30))
      return min(max(guess ?? low * Self.largeStep, least), LargestSize.limit)
    }
    guard high - low > 1 else { return nil }
    // What grows by no line is halved now and then.
    guard questions % 4 != 0, let guess else { return low + (high - low) / 2 }
    return max(low + 1, min(guess, high - 1))
  }

  /// Whether memory does not depend on the size: blocks of an allocator may hide a small step, but not a large one.
  private var isFlat: Bool {
    guard let first = points.first, points.allSatisfy({ $0.bytes == first.bytes }) else {
      return false
    }
    let sizes = points.map(\.size)
    return (sizes.max() ?? 0) / max(1, sizes.min() ?? 1) >= Self.largeStep
  }
  private static let largeStep = 4096

  /// Where memory reaches the amount, by the two answers that come nearest to it.
  ///
  /// One answer alone is taken for proportional: it falls short, since some bytes are there for any size.
  private var guess: Int? {
    let near = points.sorted { abs($0.bytes - amount) < abs($1.bytes - amount) }.prefix(2)
    guard let first = near.first else { return nil }
    guard let second = near.dropFirst().first else {
      return whole(Double(first.size) * Double(amount) / Double(max(1, first.bytes)))
    }
    let slope = Double(second.bytes - first.bytes) / Double(second.size - first.size)
    guard slope > 0 else { return nil }
    return whole(Double(first.size) + Double(amount - first.bytes) / slope)
  }

  private func whole(_ size: Double) -> Int {
    Int(max(0, min(size, Double(LargestSize.limit))))
  }
}
