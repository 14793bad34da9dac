/// A buffer to place, with what a runtime may ask of its offset.
public struct ArenaItem: Hashable, Sendable {
  public var name: String
  public var buffer: Buffer

  /// The divisor of the offset, at least one.
  public var alignment: Int

  /// The offset, where it is given.
  public var fixedOffset: Int?

  /// The index of the item whose offset this one shares, as an operator in place does.
  public var alias: Int?

  public init(
    _ buffer: Buffer, name: String = "", alignment: Int = 1, fixedOffset: Int? = nil,
    alias: Int? = nil
  ) {
    self.name = name
    self.buffer = buffer
    self.alignment = min(max(1, alignment), 1 << 40)
    self.fixedOffset = fixedOffset.map { min(max(0, $0), Buffer.maximumByteCount) }
    self.alias = alias
  }
}

/// Items to place in one arena.
public struct ArenaProblem: Hashable, Sendable {
  public var items: [ArenaItem]

  public init(_ items: [ArenaItem]) { self.items = items }

  /// Buffers that ask for nothing but room.
  public init(_ buffers: [Buffer]) { items = buffers.map { ArenaItem($0) } }

  /// The bytes live at the busiest step, and the ends of fixed items.
  public var lowerBound: Int {
    let merged = merged.items
    let ends = merged.map { item in
      item.fixedOffset.map { end(of: item.buffer.byteCount, at: $0) } ?? 0
    }
    return max(peakByteCount(of: merged.map(\.buffer)), ends.max() ?? 0)
  }
}

extension ArenaProblem {
  /// The items without aliases, and for each original item the index of the one that holds it.
  ///
  /// A group of aliases is as large as its largest item, and lives from the first step of one to the
  /// last of another.
  var merged: (items: [ArenaItem], groups: [Int]) {
    var roots = items.indices.map { root(of: $0) }
    var positions: [Int: Int] = [:]
    var result: [ArenaItem] = []
    for index in items.indices {
      if let position = positions[roots[index]] {
        result[position].absorb(items[index])
        roots[index] = position
      } else {
        positions[roots[index]] = result.count
        roots[index] = result.count
        result.append(items[index])
      }
    }
    return (result, roots)
  }

  /// The end of a chain of aliases; a chain that goes round or out of bounds ends where it is.
  private func root(of index: Int) -> Int {
    var root = index
    for _ in items.indices {
      guard let next = items[root].alias, items.indices.contains(next), next != root else { break }
      root = next
    }
    return root
  }
}

extension ArenaItem {
  fileprivate mutating func absorb(_ other: ArenaItem) {
    let (a, b) = (buffer.lifetime, other.buffer.lifetime)
    let lifetime =
      a.isEmpty
      ? b : b.isEmpty ? a : min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    buffer = Buffer(max(buffer.byteCount, other.buffer.byteCount), live: lifetime)
    alignment = leastCommonMultiple(alignment, other.alignment)
    fixedOffset = fixedOffset ?? other.fixedOffset
  }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}

private func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
  let (product, overflows) = (a / greatestCommonDivisor(a, b)).multipliedReportingOverflow(by: b)
  return overflows ? 1 << 40 : min(product, 1 << 40)
}
