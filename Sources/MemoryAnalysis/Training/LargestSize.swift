/// Finds the largest size that fits a device, such as a batch or a context, by asking for one after the other.
public enum LargestSize {
  /// What a size takes, and whether that is there.
  public struct Demand: Hashable, Sendable {
    public var bytes: Int

    /// The bytes without those that an allocator can give back: what fits takes no more of them than there are.
    public var least: Int
    public var fits: Bool

    public init(bytes: Int, least: Int? = nil, fits: Bool) {
      self.bytes = bytes
      self.least = least ?? bytes
      self.fits = fits
    }
  }

  /// More than any device holds samples, or any model reads tokens.
  fileprivate static let limit = 1 << 30

  /// Asks where the line through two answers reaches the amount; of what grows by a straight line that takes about five
  /// questions.
  ///
  /// From where an allocator gives back what it keeps, the line of the least bytes leads on.
  /// What is returned fits, and one more does not; an allocator that gives back what it keeps may have room for a still
  /// larger size all the same.
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
  private var points: [(size: Int, demand: LargestSize.Demand)] = []
  private var questions = 0

  /// Whether the last question left more than half of what was open.
  private var isSlow = false

  init(amount: Int) { self.amount = amount }

  mutating func add(_ size: Int, _ demand: LargestSize.Demand?) {
    questions += 1
    let open = high.map { $0 - low }
    defer { isSlow = open.flatMap { open in high.map { 2 * ($0 - low) > open } } ?? false }
    if let demand { points.append((size, demand)) }
    if demand?.fits ?? false { low = max(low, size) } else { high = min(high ?? size, size) }
  }

  /// The size to ask for next; `nil` if all is known that can be.
  var next: Int? {
    guard let high else {
      guard low < LargestSize.limit, !isFlat else { return nil }
      // Where guesses fall short, the steps double all the same: near the limit an allocator gives back what it keeps.
      let least = low + (1 << min(max(0, questions - 3), 30))
      let guess = isLevel ? low * Self.largeStep : guess(below: LargestSize.limit) ?? least
      return min(max(guess, least), LargestSize.limit)
    }
    guard high - low > 1 else { return nil }
    guard !isSlow, let guess = guess(below: high) else { return low + (high - low) / 2 }
    return max(low + 1, min(guess, high - 1))
  }

  /// Where memory reaches the amount, by the lines through all bytes or, where those lead no further than what is known
  /// to fit, near where the least bytes do: nearer than most of the way, for some bytes lie between others.
  private func guess(below high: Int) -> Int? {
    let guess = crossing(\.bytes)
    guard low > 0, let near = guess, near <= low + low / 64, let most = crossing(\.least) else {
      return guess
    }
    return low + (min(most, high - 1) - low) * 7 / 8
  }

  /// Whether memory does not depend on the size: blocks of an allocator may hide a small step, but not a large one.
  private var isFlat: Bool {
    let sizes = points.map(\.size)
    return isLevel && (sizes.max() ?? 0) / max(1, sizes.min() ?? 1) >= Self.largeStep
  }

  /// Whether several sizes took the same.
  private var isLevel: Bool {
    guard let first = points.first, points.count > 1 else { return false }
    return points.allSatisfy { $0.demand.least == first.demand.least }
  }

  private static let largeStep = 4096

  /// Where some bytes reach the amount, by the answer that comes nearest to it and the smallest size.
  ///
  /// One answer alone is taken for proportional: it falls short, since some bytes are there for any size.
  private func crossing(_ kind: KeyPath<LargestSize.Demand, Int>) -> Int? {
    let points = points.map { (size: $0.size, bytes: $0.demand[keyPath: kind]) }
    guard let near = points.min(by: { abs($0.bytes - amount) < abs($1.bytes - amount) }) else {
      return nil
    }
    let others = points.filter { $0.size != near.size }
    guard let far = others.min(by: { $0.size < $1.size }) else {
      return whole(Double(near.size) * Double(amount) / Double(max(1, near.bytes)))
    }
    let slope = Double(near.bytes - far.bytes) / Double(near.size - far.size)
    guard slope > 0 else { return nil }
    return whole(Double(near.size) + Double(amount - near.bytes) / slope)
  }

  private func whole(_ size: Double) -> Int {
    Int(max(0, min(size, Double(LargestSize.limit))))
  }
}
