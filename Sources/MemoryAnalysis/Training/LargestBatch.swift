/// Finds the largest batch that trains on a device, by asking the same simulation.
public enum LargestBatch {
  private static let limit = 1 << 20

  /// Doubles from a batch that fits, or halves from one that does not, then bisects.
  ///
  /// Returns `nil` if not even one sample fits, or if memory does not grow with the batch.
  public static func find(near start: Int, fits: (Int) -> Bool) -> Int? {
    var low = 0
    var high = max(1, min(start, limit))
    while high <= limit, fits(high) {
      low = high
      high *= 2
    }
    guard low < limit else { return nil }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low > 0 ? low : nil
  }
}
