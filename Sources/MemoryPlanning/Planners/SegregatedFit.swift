/// Places buffers in time order from lists of free blocks by size class, in O(n log n).
///
/// This is the allocator for graphs so wide that comparing the buffers that live together would
/// take too long. A class holds the sizes between two powers of two, halved once more; a buffer
/// takes a block of its own class that is large enough, or one of a higher class, split.
/// The scheme is that of Masmano and others, *TLSF: a New Dynamic Memory Allocator*, 2004.
public struct SegregatedFit: Planner {
  public init() {}

  public var name: String { "segregated fit" }

  public func place(_ buffers: [Buffer]) -> Placement {
    let placed = buffers.indices.filter { buffers[$0].isPlaced }
    let byStart = placed.sorted {
      buffers[$0].lifetime.lowerBound < buffers[$1].lifetime.lowerBound
    }
    let byEnd = placed.sorted { buffers[$0].lifetime.upperBound < buffers[$1].lifetime.upperBound }
    var offsets = [Int](repeating: 0, count: buffers.count)
    var heap = SegregatedHeap()
    var ended = 0
    for index in byStart {
      while buffers[byEnd[ended]].lifetime.upperBound <= buffers[index].lifetime.lowerBound {
        heap.free(offsets[byEnd[ended]], buffers[byEnd[ended]].byteCount)
        ended += 1
      }
      offsets[index] = heap.allocate(buffers[index].byteCount)
    }
    return Placement(buffers: buffers, offsets: offsets, planner: name)
  }
}

/// Free blocks below a top, by size class; a block in a list may be stale.
private struct SegregatedHeap {
  private var top = 0
  private var sizeByStart: [Int: Int] = [:]
  private var startByEnd: [Int: Int] = [:]
  private var classes = [[Int]](repeating: [], count: 128)

  /// How many blocks of a buffer's own class are tried before a larger class is split.
  private static let tries = 8

  mutating func allocate(_ size: Int) -> Int {
    guard let block = takeBlock(for: size) else {
      defer { top = end(of: size, at: top) }
      return top
    }
    if block.size > size { insert(block.start + size, block.size - size) }
    return block.start
  }

  mutating func free(_ start: Int, _ size: Int) {
    var (start, size) = (start, size)
    if let previous = startByEnd[start], let previousSize = sizeByStart[previous] {
      remove(previous, previousSize)
      start = previous
      size += previousSize
    }
    if let nextSize = sizeByStart[start + size] {
      remove(start + size, nextSize)
      size += nextSize
    }
    if start + size == top { top = start } else { insert(start, size) }
  }

  private mutating func insert(_ start: Int, _ size: Int) {
    sizeByStart[start] = size
    startByEnd[start + size] = start
    classes[Self.sizeClass(size)].append(start)
  }

  private mutating func remove(_ start: Int, _ size: Int) {
    sizeByStart[start] = nil
    startByEnd[start + size] = nil
  }

  private mutating func takeBlock(for size: Int) -> (start: Int, size: Int)? {
    let own = Self.sizeClass(size)
    for sizeClass in own..<classes.count {
      guard let block = takeBlock(for: size, from: sizeClass) else { continue }
      return block
    }
    return nil
  }

  private mutating func takeBlock(
    for size: Int, from sizeClass: Int
  ) -> (start: Int, size: Int)? {
    for index in classes[sizeClass].indices.suffix(Self.tries).reversed() {
      let start = classes[sizeClass][index]
      guard let found = sizeByStart[start], Self.sizeClass(found) == sizeClass else {
        removeEntry(index, from: sizeClass)
        continue
      }
      guard found >= size else { continue }
      removeEntry(index, from: sizeClass)
      remove(start, found)
      return (start, found)
    }
    return nil
  }

  private mutating func removeEntry(_ index: Int, from sizeClass: Int) {
    classes[sizeClass].swapAt(index, classes[sizeClass].count - 1)
    classes[sizeClass].removeLast()
  }

  private static func sizeClass(_ size: Int) -> Int {
    let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
    guard exponent > 0 else { return 0 }
    return exponent * 2 + (size >> (exponent - 1)) & 1
  }
}
