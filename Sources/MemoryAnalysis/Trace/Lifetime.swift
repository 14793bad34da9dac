public import ModelGraph

/// A buffer and the steps during which it is live.
public struct Lifetime: Hashable, Sendable {
  public var name: String
  public var bytes: ByteCount
  public var category: Trace.Category

  /// The steps, half-open, counted from the first that is told of.
  public var steps: Range<Int>

  public init(name: String, bytes: ByteCount, category: Trace.Category, steps: Range<Int>) {
    self.name = name
    self.bytes = bytes
    self.category = category
    self.steps = steps
  }
}

extension Trace {
  /// The buffers that are live during some events, with the steps that begin among those events.
  ///
  /// A buffer that is there before the first step begins at 0; one that outlives the last ends
  /// after it. Buffers that are live during no step are left out.
  func lifetimes(in window: Range<Int>? = nil) -> [Lifetime] {
    let window = window ?? 0..<events.count
    var starts: [Int32: Int] = [:]
    var lifetimes: [Lifetime] = []
    var step = -1
    func close(_ index: Int32) {
      guard let start = starts.removeValue(forKey: index), step >= start else { return }
      let allocation = allocations[Int(index)]
      lifetimes.append(
        Lifetime(
          name: allocation.name, bytes: allocation.bytes, category: allocation.category,
          steps: start..<step + 1))
    }
    for (position, event) in events.prefix(window.upperBound).enumerated() {
      switch event {
      case .begin: step += window.contains(position) ? 1 : 0
      case .allocate(let index): starts[index] = max(0, step)
      case .free(let index): close(index)
      }
    }
    for index in starts.keys.sorted() { close(index) }
    return lifetimes.sorted { ($0.steps.lowerBound, $1.bytes) < ($1.steps.lowerBound, $0.bytes) }
  }
}
