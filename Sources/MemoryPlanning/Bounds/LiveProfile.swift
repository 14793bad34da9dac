/// The bytes live at every step at which a buffer starts.
///
/// Between two starts buffers only end, so the busiest step is one of these.
struct LiveProfile {
  /// The distinct first steps of buffers, ascending.
  private(set) var starts: [Int] = []

  /// The live bytes at each of ``starts``, at most ``Buffer/maximumByteCount``.
  private(set) var byteCounts: [Int] = []

  /// Sweeps over the starts and the ends, in O(n log n).
  init(_ buffers: [Buffer]) {
    let placed = buffers.filter(\.isPlaced)
    let byStart = placed.sorted { $0.lifetime.lowerBound < $1.lifetime.lowerBound }
    let byEnd = placed.sorted { $0.lifetime.upperBound < $1.lifetime.upperBound }
    var live = LiveBytes()
    var ended = 0
    for buffer in byStart {
      let step = buffer.lifetime.lowerBound
      while byEnd[ended].lifetime.upperBound <= step {
        live.remove(byEnd[ended].byteCount)
        ended += 1
      }
      live.add(buffer.byteCount)
      record(live.clamped, at: step)
    }
  }

  private mutating func record(_ byteCount: Int, at step: Int) {
    if starts.last == step {
      byteCounts[byteCounts.count - 1] = byteCount
    } else {
      starts.append(step)
      byteCounts.append(byteCount)
    }
  }

  /// The indices of the starts within a lifetime.
  func indices(in lifetime: Range<Int>) -> Range<Int> {
    let first = starts.partitionPoint { $0 >= lifetime.lowerBound }
    let end = starts.partitionPoint { $0 >= lifetime.upperBound }
    return first..<max(first, end)
  }
}

/// A sum that many huge buffers cannot overflow.
private struct LiveBytes {
  private var high = 0
  private var low = 0
  private static let unit = 1 << 61

  var clamped: Int { high > 0 ? Buffer.maximumByteCount : min(low, Buffer.maximumByteCount) }

  mutating func add(_ byteCount: Int) {
    low += byteCount
    guard low >= Self.unit else { return }
    low -= Self.unit
    high += 1
  }

  mutating func remove(_ byteCount: Int) {
    low -= byteCount
    guard low < 0 else { return }
    low += Self.unit
    high -= 1
  }
}

/// The bytes live at the busiest step, below which no arena can go.
public func peakByteCount(of buffers: [Buffer]) -> Int {
  LiveProfile(buffers).byteCounts.max() ?? 0
}

extension [Int] {
  /// The first index whose element satisfies a predicate that never turns false again.
  func partitionPoint(where isAfter: (Int) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
