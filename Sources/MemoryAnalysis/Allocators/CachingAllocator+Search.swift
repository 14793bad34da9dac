// How a block for a request is found.

extension CachingAllocator {
  /// Takes the best free block out of the pool: `get_free_block`.
  mutating func takeFreeBlock(_ size: Int, _ isSmall: Bool) -> BlockIndex? {
    withPool(isSmall) { $0.searches += 1 }
    let entries = pool(isSmall).free.entries
    var index = pool(isSmall).free.firstIndex(ofSize: size)
    guard index < entries.count else { return nil }
    if configuration.expandableSegments {
      // A block that can grow counts as large as it can grow.
      while index + 1 < entries.count, blocks[entries[index].block].isExpandable,
        growableSize(entries[index + 1].block) < growableSize(entries[index].block)
      {
        index += 1
      }
    }
    let found = entries[index]
    if let limit = configuration.maximumSplitSize {
      if size < limit, found.size >= limit { return nil }
      if size >= limit, found.size >= size + configuration.maximumUnsplitRounding { return nil }
    }
    removeFree(found.block)
    return found.block
  }

  private func growableSize(_ index: BlockIndex) -> Int {
    guard let next = blocks[index].next, !blocks[next].isMapped else { return blocks[index].size }
    return blocks[index].size + blocks[next].size
  }

  /// Splits what a block has beyond a size off as a free block, if the rule says so.
  mutating func splitOff(from index: BlockIndex, keeping size: Int) {
    let remainder = blocks[index].size - size
    guard shouldSplit(size: size, remainder: remainder, isSmall: blocks[index].isSmall) else {
      return
    }
    insertFree(divide(index, at: size))
  }

  private func shouldSplit(size: Int, remainder: Int, isSmall: Bool) -> Bool {
    if isSmall || configuration.expandableSegments { return remainder >= Size.minimumBlock }
    return size < configuration.maximumSplitSize ?? .max && remainder > Size.small
  }
}

// The lists of blocks.

extension CachingAllocator {
  func pool(_ isSmall: Bool) -> Pool { isSmall ? small : large }

  mutating func withPool<Result>(_ isSmall: Bool, _ body: (inout Pool) -> Result) -> Result {
    isSmall ? body(&small) : body(&large)
  }

  mutating func makeBlock(_ block: Block) -> BlockIndex {
    guard let index = recycled.popLast() else {
      blocks.append(block)
      return blocks.count - 1
    }
    blocks[index] = block
    return index
  }

  /// Cuts a block in two and returns the back part, which is in no list yet.
  mutating func divide(_ index: BlockIndex, at size: Int) -> BlockIndex {
    var back = blocks[index]
    back.address += size
    back.size -= size
    back.previous = index
    let made = makeBlock(back)
    if let next = back.next { blocks[next].previous = made }
    blocks[index].next = made
    blocks[index].size = size
    return made
  }

  mutating func insertFree(_ index: BlockIndex) {
    let block = blocks[index]
    let searches = pool(block.isSmall).searches
    blocks[index].freedAtSearch = searches
    withPool(block.isSmall) { pool in
      if block.isMapped {
        pool.free.insert(index, size: block.size, address: block.address)
      } else {
        pool.unmapped.insert(index, size: block.size, address: block.address)
      }
    }
  }

  mutating func removeFree(_ index: BlockIndex) {
    let block = blocks[index]
    withPool(block.isSmall) { pool in
      if block.isMapped {
        pool.free.remove(size: block.size, address: block.address)
      } else {
        pool.unmapped.remove(size: block.size, address: block.address)
      }
    }
  }

  /// Joins a block that is in no list with the free neighbours of its kind.
  mutating func mergeWithNeighbours(_ index: BlockIndex) {
    if let previous = blocks[index].previous, canMerge(previous, into: index) {
      removeFree(previous)
      blocks[index].address = blocks[previous].address
      blocks[index].size += blocks[previous].size
      blocks[index].previous = blocks[previous].previous
      if let before = blocks[index].previous { blocks[before].next = index }
      recycled.append(previous)
    }
    if let next = blocks[index].next, canMerge(next, into: index) {
      removeFree(next)
      blocks[index].size += blocks[next].size
      blocks[index].next = blocks[next].next
      if let after = blocks[index].next { blocks[after].previous = index }
      recycled.append(next)
    }
  }

  private func canMerge(_ other: BlockIndex, into index: BlockIndex) -> Bool {
    !blocks[other].isAllocated && blocks[other].isMapped == blocks[index].isMapped
  }
}
