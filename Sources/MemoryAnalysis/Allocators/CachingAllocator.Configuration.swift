extension CachingAllocator {
  /// The settings of PyTorch's allocator, as in `PYTORCH_ALLOC_CONF`.
  ///
  /// Names, defaults and meanings are those of
  /// <https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-alloc-conf>.
  public struct Configuration: Hashable, Sendable {
    /// Whether segments grow page by page instead of being taken whole.
    public var expandableSegments: Bool

    /// The size from which a block is never split, in bytes; `nil` splits all.
    public var maximumSplitSize: Int?

    /// The steps between two powers of two to which sizes round up; 1 rounds to 512 bytes only.
    public var roundUpPowerOfTwoDivisions: RoundUpDivisions

    /// The segment for requests below 10 MiB, in bytes.
    public var largeSegmentSize = 20 << 20

    /// How much larger than a request a block may be that is too large to be split, in bytes.
    public var maximumUnsplitRounding = 20 << 20

    /// The share of ``allowedMemory`` above which old free blocks are given back; 0 never does.
    ///
    /// PyTorch does so only where ``memoryFraction`` is less than 1.
    public var garbageCollectionThreshold: Double

    /// The share of ``memoryLimit`` that the process may take.
    public var memoryFraction = 1.0

    /// The bytes the device can give in all; `nil` is without end.
    public var memoryLimit: Int?

    public init(
      expandableSegments: Bool = false, maximumSplitSize: Int? = nil,
      roundUpPowerOfTwoDivisions: RoundUpDivisions = 1, garbageCollectionThreshold: Double = 0,
      memoryLimit: Int? = nil
    ) {
      self.expandableSegments = expandableSegments
      self.maximumSplitSize = maximumSplitSize
      self.roundUpPowerOfTwoDivisions = roundUpPowerOfTwoDivisions
      self.garbageCollectionThreshold = garbageCollectionThreshold
      self.memoryLimit = memoryLimit
    }

    /// The bytes that the process may take in all; `nil` is without end.
    public var allowedMemory: Int? {
      memoryLimit.map { memoryFraction < 1 ? Int(Double($0) * memoryFraction) : $0 }
    }
  }

  /// The constants of `c10/core/AllocatorConfig.h`, in bytes.
  enum Size {
    /// Every block is a multiple of this.
    static let minimumBlock = 512

    /// The largest request served from the small pool.
    static let small = 1 << 20

    /// A segment of the small pool, and a page of an expandable one.
    static let smallSegment = 2 << 20

    /// Where segments may begin.
    static let addressAlignment = 20 << 20

    /// Requests from here on get a segment of their own size.
    static let minimumLarge = 10 << 20

    /// Large segments are multiples of this.
    static let largeRounding = 2 << 20

    /// The address space of an expandable segment, larger than any device.
    static let expandableAddressSpace = 1 << 50
  }

  /// The size of the block that serves a request: `round_size` of the allocator.
  static func blockSize(forRequest bytes: Int, _ table: RoundUpDivisions) -> Int {
    guard bytes > Size.minimumBlock else { return Size.minimumBlock }
    let divisions = table.divisions(forSize: bytes)
    if divisions > 1, bytes > Size.minimumBlock * divisions {
      return nextDivision(of: bytes, divisions: divisions)
    }
    return bytes.roundedUp(toMultipleOf: Size.minimumBlock)
  }

  private static func nextDivision(of bytes: Int, divisions: Int) -> Int {
    let floor = 1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)
    guard bytes != floor else { return bytes }
    let step = floor >> (Int.bitWidth - 1 - divisions.leadingZeroBitCount)
    return step == 0 ? floor << 1 : bytes.roundedUp(toMultipleOf: step)
  }

  /// The size of the segment that is taken from the device for a block: `get_allocation_size`.
  func segmentSize(forBlock bytes: Int) -> Int {
    if bytes <= Size.small { return Size.smallSegment }
    if bytes < Size.minimumLarge { return configuration.largeSegmentSize }
    return bytes.roundedUp(toMultipleOf: Size.largeRounding)
  }
}

extension Int {
  func roundedUp(toMultipleOf factor: Int) -> Int { (self + factor - 1) / factor * factor }
  func roundedDown(toMultipleOf factor: Int) -> Int { self / factor * factor }
}
