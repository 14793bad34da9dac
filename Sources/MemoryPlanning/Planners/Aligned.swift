/// Places buffers at multiples of an alignment, by rounding sizes up to it.
///
/// TensorFlow Lite aligns at 64 bytes, TensorFlow Lite Micro at 16.
public struct Aligned<Base: Planner>: Planner {
  public let base: Base

  /// The divisor of every offset; a power of two.
  public let alignment: Int

  public init(_ base: Base, to alignment: Int) {
    precondition(alignment > 0, "alignments are positive")
    self.base = base
    self.alignment = alignment
  }

  public var name: String { "\(base.name), aligned to \(alignment)" }

  public func place(_ buffers: [Buffer]) -> Placement {
    var placement = base.place(buffers.map { $0.aligned(to: alignment) })
    placement.buffers = buffers
    return placement
  }
}

extension Buffer {
  /// The same buffer with its size rounded up.
  public func aligned(to alignment: Int) -> Buffer {
    let remainder = byteCount % alignment
    return remainder == 0 ? self : Buffer(byteCount + alignment - remainder, live: lifetime)
  }
}
