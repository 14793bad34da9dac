// What the allocator holds, for whoever wants to look at it.

extension CachingAllocator {
  /// Something taken from the device or given back to it.
  public struct SegmentEvent: Hashable, Sendable {
    public var kind: Kind
    public var address: Int
    public var size: Int

    public enum Kind: Hashable, Sendable {
      case taken, givenBack

      /// Pages put behind the addresses of an expandable segment, or taken away again.
      case mapped, unmapped
    }
  }

  /// Memory of the device that lies in one piece.
  public struct Segment: Hashable, Sendable {
    /// The blocks in the order of their addresses, of which there is at least one.
    public var blocks: [SegmentBlock]
    public var isSmall: Bool
    public var isExpandable: Bool

    public var address: Int { blocks.first?.address ?? 0 }
    public var size: Int { blocks.reduce(0) { $0 + $1.size } }
    public var allocated: Int { blocks.reduce(0) { $0 + ($1.isAllocated ? $1.size : 0) } }
    public var requested: Int { blocks.reduce(0) { $0 + $1.requested } }
  }

  /// A piece of a segment, handed out or free.
  public struct SegmentBlock: Hashable, Sendable {
    public var address: Int
    public var size: Int

    /// The bytes asked for; 0 if free.
    public var requested: Int
    public var isAllocated: Bool
  }

  /// Where a block that was handed out begins.
  public func address(of handle: Handle) -> Int { blocks[handle.block].address }

  /// The segments in the order of their addresses; of an expandable one, each run of mapped pages.
  public var segments: [Segment] {
    let unused = Set(recycled)
    return blocks.indices
      .filter { !unused.contains($0) && isFront($0) }
      .map { segment(from: $0) }
      .sorted { $0.address < $1.address }
  }

  private func isFront(_ index: BlockIndex) -> Bool {
    guard blocks[index].isMapped else { return false }
    guard let previous = blocks[index].previous else { return true }
    return !blocks[previous].isMapped
  }

  private func segment(from front: BlockIndex) -> Segment {
    var segment = Segment(
      blocks: [], isSmall: blocks[front].isSmall, isExpandable: blocks[front].isExpandable)
    var next = Optional(front)
    while let index = next, blocks[index].isMapped {
      let block = blocks[index]
      segment.blocks.append(
        SegmentBlock(
          address: block.address, size: block.size, requested: block.requested,
          isAllocated: block.isAllocated))
      next = block.next
    }
    return segment
  }
}

extension CachingAllocator {
  /// What was taken and given back since the last call; always empty unless events are kept.
  mutating func takeSegmentEvents() -> [SegmentEvent] {
    guard let events = segmentEvents, !events.isEmpty else { return [] }
    segmentEvents = []
    return events
  }

  mutating func note(_ kind: SegmentEvent.Kind, _ address: Int, _ size: Int) {
    segmentEvents?.append(SegmentEvent(kind: kind, address: address, size: size))
  }
}
