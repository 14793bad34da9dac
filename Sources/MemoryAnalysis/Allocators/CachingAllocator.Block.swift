extension CachingAllocator {
  /// The position of a block in ``CachingAllocator/blocks``.
  typealias BlockIndex = Int

  /// A run of bytes of one segment: handed out, free, or address space without memory behind it.
  struct Block {
    var address: Int
    var size: Int

    /// The bytes asked for, when handed out.
    var requested = 0
    var isAllocated = false
    var isMapped = true
    var isSmall: Bool
    var isExpandable = false

    /// The neighbours in the same segment.
    var previous: BlockIndex?
    var next: BlockIndex?

    /// The count of searches of the pool when the block was freed, from which its age follows.
    var freedAtSearch = 0
  }

  /// Free blocks in the order in which they are tried: by size, then by address.
  struct FreeList {
    private(set) var entries: [Entry] = []

    struct Entry: Comparable {
      var size: Int
      var address: Int
      var block: BlockIndex

      static func < (a: Entry, b: Entry) -> Bool { (a.size, a.address) < (b.size, b.address) }
    }

    /// The position of the first block of at least a size.
    func firstIndex(ofSize size: Int) -> Int {
      lowerBound(Entry(size: size, address: .min, block: 0))
    }

    mutating func insert(_ block: BlockIndex, size: Int, address: Int) {
      let entry = Entry(size: size, address: address, block: block)
      entries.insert(entry, at: lowerBound(entry))
    }

    mutating func remove(size: Int, address: Int) {
      let index = lowerBound(Entry(size: size, address: address, block: 0))
      precondition(entries[index].size == size && entries[index].address == address)
      entries.remove(at: index)
    }

    private func lowerBound(_ key: Entry) -> Int {
      var (low, high) = (0, entries.count)
      while low < high {
        let middle = (low + high) / 2
        if entries[middle] < key { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

  /// The small or the large half of the allocator.
  struct Pool {
    var free = FreeList()

    /// Address space of expandable segments without memory behind it.
    var unmapped = FreeList()

    /// How often a free block was looked for.
    var searches = 0
  }
}
