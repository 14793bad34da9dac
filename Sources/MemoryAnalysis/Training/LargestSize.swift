/// Finds the largest size that fits a device, such as a batch or a context, by asking for one after the other.
public enum LargestSize {
  /// More than any device holds samples, or any model reads tokens.
  private static let limit = 1 << 30

  /// Goes up or down from a guess in steps that double, then bisects; a good guess takes two
  /// questions.
  ///
  /// Returns `nil` if not even one fits, or if memory does not grow with the size.
  public static func find(near guess: Int, fits: (Int) -> Bool) -> Int? {
    let start = max(1, min(guess, limit))
    var (low, high) = (0, start)
    var step = max(1, start / 64)
    if fits(start) {
      repeat {
        guard high < limit else { return nil }
        low = high
        high = min(high + step, limit)
        step *= 2
      } while fits(high)
    } else {
      while high - step > 0 {
        guard !fits(high - step) else {
          low = high - step
          break
        }
        high -= step
        step *= 2
      }
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low > 0 ? low : nil
  }

  /// The size at which memory that grows by a straight line reaches an amount.
  public static func guess(
    _ first: (size: Int, bytes: Int), _ second: (size: Int, bytes: Int), reaching amount: Int
  ) -> Int {
    guard first.size != second.size else { return first.size }
    let slope = Double(second.bytes - first.bytes) / Double(second.size - first.size)
    guard slope > 0 else { return first.size }
    let size = Double(first.size) + Double(amount - first.bytes) / slope
    return max(1, Int(max(1, min(size, Double(limit)))))
  }
}
