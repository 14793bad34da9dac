/// Gives every buffer bytes of its own: the arena that needs no planner.
public struct NoReuse: Planner {
  public init() {}

  public var name: String { "no reuse" }

  public func place(_ buffers: [Buffer]) -> Placement {
    var top = 0
    let offsets = buffers.map { buffer in
      guard buffer.isPlaced else { return 0 }
      defer { top = end(of: buffer.byteCount, at: top) }
      return top
    }
    return Placement(buffers: buffers, offsets: offsets, planner: name)
  }
}
