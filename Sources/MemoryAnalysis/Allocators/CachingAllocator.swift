/// PyTorch's caching allocator for CUDA, byte for byte, for one stream.
///
/// A request is rounded up to 512 bytes and served from the smallest free block that holds it, the
/// one at the lowest address among equals. If there is none, a segment is taken from the device:
/// 2 MiB for up to 1 MiB, 20 MiB for less than 10 MiB, else the size rounded up to 2 MiB. What is left
/// of a block is split off if it is at least 512 bytes (small pool) or more than 1 MiB (large pool).
/// A freed block merges with its free neighbours and stays with the allocator until the device is
/// full.
///
/// Source: `c10/cuda/CUDACachingAllocator.cpp` of PyTorch 2.15; checked against the real binary.
public struct CachingAllocator: Sendable {
  public let configuration: Configuration

  /// What is handed out and what is held, now and at most.
  public internal(set) var statistics = Statistics()

  var blocks: [Block] = []
  var recycled: [BlockIndex] = []
  var small = Pool()
  var large = Pool()
  var nextAddress = Size.addressAlignment

  /// What was taken from the device and given back since ``takeSegmentEvents()``; `nil` if not kept.
  var segmentEvents: [SegmentEvent]?

  public init(
    _ configuration: Configuration = Configuration(), keepsSegmentEvents: Bool = false
  ) {
    self.configuration = configuration
    segmentEvents = keepsSegmentEvents ? [] : nil
  }

  /// A block that was handed out.
  public struct Handle: Hashable, Sendable {
    let block: BlockIndex
  }

  /// Figures in bytes, named as in `torch.cuda.memory_stats`.
  public struct Statistics: Hashable, Sendable {
    /// The sizes of the blocks handed out.
    public internal(set) var allocated = Peaked()

    /// The bytes asked for.
    public internal(set) var requested = Peaked()

    /// The bytes taken from the device.
    public internal(set) var reserved = Peaked()

    /// The number of segments taken from the device.
    public internal(set) var segments = 0

    /// How often cached blocks were given back because the device was full.
    public internal(set) var retries = 0
  }

  /// A figure with its largest value.
  public struct Peaked: Hashable, Sendable {
    public private(set) var current = 0
    public private(set) var peak = 0

    mutating func add(_ amount: Int) {
      current += amount
      peak = max(peak, current)
    }

    mutating func resetPeak() { peak = current }
  }

  /// Forgets the largest values, as `torch.cuda.reset_peak_memory_stats` does.
  public mutating func resetPeaks() {
    statistics.allocated.resetPeak()
    statistics.requested.resetPeak()
    statistics.reserved.resetPeak()
  }
}

extension CachingAllocator {
  /// Serves a request of a positive number of bytes.
  ///
  /// - Throws: ``OutOfMemory`` if the device is full even without what is cached.
  public mutating func allocate(_ bytes: Int) throws(OutOfMemory) -> Handle {
    let size = Self.blockSize(forRequest: bytes, configuration.roundUpPowerOfTwoDivisions)
    let isSmall = size <= Size.small
    guard let block = takeFreeBlock(size, isSmall) ?? takeFromDevice(size, isSmall) else {
      throw outOfMemory(bytes, attempted: segmentSize(forBlock: size))
    }
    splitOff(from: block, keeping: size)
    blocks[block].isAllocated = true
    blocks[block].requested = bytes
    statistics.allocated.add(blocks[block].size)
    statistics.requested.add(bytes)
    return Handle(block: block)
  }

  /// Takes a block back; it must have been handed out and not taken back since.
  public mutating func free(_ handle: Handle) {
    let index = handle.block
    precondition(blocks[index].isAllocated, "a block is freed once")
    statistics.allocated.add(-blocks[index].size)
    statistics.requested.add(-blocks[index].requested)
    blocks[index].isAllocated = false
    blocks[index].requested = 0
    mergeWithNeighbours(index)
    insertFree(index)
  }

  /// Gives everything cached back to the device, as `torch.cuda.empty_cache` does.
  public mutating func emptyCache() { releaseCachedBlocks() }

  private func outOfMemory(_ bytes: Int, attempted: Int) -> OutOfMemory {
    OutOfMemory(
      requested: bytes, attempted: attempted, limit: configuration.memoryLimit ?? .max,
      allocated: statistics.allocated.current, reserved: statistics.reserved.current)
  }
}

extension CachingAllocator {
  /// A request that the device cannot serve.
  public struct OutOfMemory: Error, Hashable, Sendable {
    /// The bytes that the tensor asks for.
    public var requested: Int

    /// The bytes that the allocator asks the device for.
    public var attempted: Int
    public var limit: Int
    public var allocated: Int
    public var reserved: Int

    /// The bytes that the allocator holds and no tensor uses.
    public var unallocated: Int { reserved - allocated }

    /// The bytes the device has left.
    public var available: Int { limit - reserved }
  }
}
