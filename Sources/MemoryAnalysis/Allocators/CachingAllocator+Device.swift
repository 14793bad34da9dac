// How memory is taken from the device and given back.

extension CachingAllocator {
  /// Takes memory from the device, giving cached blocks back if it is full: `malloc`'s slow path.
  mutating func takeFromDevice(_ size: Int, _ isSmall: Bool) -> BlockIndex? {
    collectGarbage()
    if let block = takeSegment(size, isSmall) { return block }
    if releaseOversized(size, isSmall), let block = takeSegment(size, isSmall) { return block }
    statistics.retries += 1
    releaseCachedBlocks()
    return takeSegment(size, isSmall)
  }

  private mutating func takeSegment(_ size: Int, _ isSmall: Bool) -> BlockIndex? {
    if configuration.expandableSegments { return expand(size, isSmall) }
    let segment = segmentSize(forBlock: size)
    guard reserve(segment) else { return nil }
    statistics.segments += 1
    let address = takeAddresses(segment)
    note(.taken, address, segment)
    return makeBlock(Block(address: address, size: segment, isSmall: isSmall))
  }

  private mutating func reserve(_ bytes: Int) -> Bool {
    let limit = configuration.allowedMemory ?? .max
    guard bytes <= limit - statistics.reserved.current else { return false }
    statistics.reserved.add(bytes)
    return true
  }

  /// The start of fresh address space; every page size divides it.
  private mutating func takeAddresses(_ bytes: Int) -> Int {
    defer { nextAddress += (bytes + 1).roundedUp(toMultipleOf: Size.addressAlignment) }
    return nextAddress
  }
}

// Expandable segments.

extension CachingAllocator {
  private func pageSize(_ isSmall: Bool) -> Int {
    isSmall ? Size.smallSegment : configuration.largeSegmentSize
  }

  /// Makes room by mapping pages: `try_allocate_expandable_block`.
  private mutating func expand(_ size: Int, _ isSmall: Bool) -> BlockIndex? {
    var candidate = roomToExpand(size, isSmall) ?? makeExpandableSegment(isSmall)
    if !blocks[candidate].isMapped {
      guard map(candidate, min(blocks[candidate].size, size)) else { return nil }
    }
    while blocks[candidate].size < size {
      guard let next = blocks[candidate].next,
        map(next, min(size - blocks[candidate].size, blocks[next].size))
      else { return nil }
      candidate = next
    }
    removeFree(candidate)
    return candidate
  }

  /// The first free or unmapped block with room behind it: `find_expandable_block`.
  private func roomToExpand(_ size: Int, _ isSmall: Bool) -> BlockIndex? {
    for entry in pool(isSmall).unmapped.entries {
      var candidate = entry.block
      if let previous = blocks[candidate].previous, !blocks[previous].isAllocated {
        candidate = previous
      }
      if hasRoom(size, from: candidate) { return candidate }
    }
    return nil
  }

  private func hasRoom(_ size: Int, from first: BlockIndex) -> Bool {
    var (room, block) = (0, Optional(first))
    while let index = block, room < size, !blocks[index].isAllocated {
      room += blocks[index].size
      block = blocks[index].next
    }
    return room >= size
  }

  private mutating func makeExpandableSegment(_ isSmall: Bool) -> BlockIndex {
    let size = Size.expandableAddressSpace
    var block = Block(address: takeAddresses(size), size: size, isSmall: isSmall)
    block.isMapped = false
    block.isExpandable = true
    let index = makeBlock(block)
    insertFree(index)
    statistics.segments += 1
    return index
  }

  /// Puts pages behind the front of an unmapped block, which becomes free: `map_block`.
  private mutating func map(_ index: BlockIndex, _ size: Int) -> Bool {
    let mapped = size.roundedUp(toMultipleOf: pageSize(blocks[index].isSmall))
    guard reserve(mapped) else { return false }
    note(.mapped, blocks[index].address, mapped)
    removeFree(index)
    if mapped < blocks[index].size { insertFree(divide(index, at: mapped)) }
    blocks[index].isMapped = true
    mergeWithNeighbours(index)
    insertFree(index)
    return true
  }

  /// Takes the whole pages inside a free block away: `unmap_block`.
  private mutating func unmap(_ index: BlockIndex) {
    let page = pageSize(blocks[index].isSmall)
    let first = blocks[index].address.roundedUp(toMultipleOf: page)
    let end = (blocks[index].address + blocks[index].size).roundedDown(toMultipleOf: page)
    guard first < end else { return }
    removeFree(index)
    var middle = index
    if first > blocks[index].address {
      middle = divide(index, at: first - blocks[index].address)
      insertFree(index)
    }
    if end < blocks[middle].address + blocks[middle].size {
      insertFree(divide(middle, at: end - blocks[middle].address))
    }
    blocks[middle].isMapped = false
    note(.unmapped, first, end - first)
    statistics.reserved.add(first - end)
    mergeWithNeighbours(middle)
    insertFree(middle)
  }
}

// Giving memory back.

extension CachingAllocator {
  /// Gives all free segments back: `release_cached_blocks`.
  mutating func releaseCachedBlocks() {
    for isSmall in [false, true] {
      for entry in pool(isSmall).free.entries { release(entry.block) }
    }
  }

  private mutating func release(_ index: BlockIndex) {
    if blocks[index].isExpandable { return unmap(index) }
    guard blocks[index].previous == nil, blocks[index].next == nil else { return }
    removeFree(index)
    note(.givenBack, blocks[index].address, blocks[index].size)
    statistics.reserved.add(-blocks[index].size)
    statistics.segments -= 1
    recycled.append(index)
  }

  /// Gives blocks too large to be split back, the largest first: `release_available_cached_blocks`.
  private mutating func releaseOversized(_ size: Int, _ isSmall: Bool) -> Bool {
    guard let limit = configuration.maximumSplitSize else { return false }
    let wanted = max(size, limit)
    let free = pool(isSmall).free
    let index = free.firstIndex(ofSize: wanted)
    if index < free.entries.count {
      release(free.entries[index].block)
      return true
    }
    var released = 0
    for entry in free.entries.reversed() where released < wanted && entry.size >= limit {
      released += entry.size
      release(entry.block)
    }
    return released >= wanted
  }

  /// Gives old free segments back above the threshold: `garbage_collect_cached_blocks`.
  ///
  /// All that are older than the mean go, even if fewer would do.
  private mutating func collectGarbage() {
    guard configuration.garbageCollectionThreshold > 0, configuration.memoryFraction < 1,
      let limit = configuration.allowedMemory
    else { return }
    let threshold = Int(configuration.garbageCollectionThreshold * Double(limit))
    let target = statistics.reserved.current - threshold
    guard target > 0 else { return }

    var reclaimed = 0
    var candidates = large.free.entries.map(\.block).filter(isWholeSegment)
    while reclaimed < target, !candidates.isEmpty {
      let ages = candidates.map { large.searches - blocks[$0].freedAtSearch }
      let meanAge = Double(ages.reduce(0, +)) / Double(candidates.count)
      let old = zip(candidates, ages).filter { Double($1) >= meanAge }.map(\.0)
      for block in old {
        reclaimed += blocks[block].size
        release(block)
      }
      candidates.removeAll { old.contains($0) }
    }
  }

  private func isWholeSegment(_ index: BlockIndex) -> Bool {
    !blocks[index].isExpandable && blocks[index].previous == nil && blocks[index].next == nil
  }
}
