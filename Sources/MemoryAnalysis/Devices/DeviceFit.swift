public import ModelGraph

/// Whether a model fits on a device, and by how much.
public struct DeviceFit: Hashable, Sendable {
  public var device: Device

  /// What must be in memory at once, largest first.
  public var memory: [Part]

  /// What must be in flash; empty on devices without.
  public var flash: [Part]

  /// One thing that takes room.
  public struct Part: Hashable, Sendable {
    public var name: String
    public var bytes: ByteCount

    /// Whether the figure is taken for granted rather than worked out.
    public var isAssumed: Bool

    public init(name: String, bytes: ByteCount, isAssumed: Bool = false) {
      self.name = name
      self.bytes = bytes
      self.isAssumed = isAssumed
    }
  }

  /// Judges a model on a device.
  ///
  /// Without a run, as for a checkpoint without a graph, only the weights count, and what a decoder keeps.
  public init(
    of store: StoreFootprint, _ run: RunFootprint?, _ cache: CacheFootprint? = nil,
    weightType: DataType? = nil, on device: Device
  ) {
    self.device = device
    let weights = Part(name: "weights", bytes: store.residentBytes(in: weightType))
    let kept = cache.map { Part(name: "cache of the context", bytes: $0.needed) }
    switch device.kind {
    case .gpu:
      memory = [weights, kept, Self.peak(of: run), Self.context].compactMap(\.self)
      flash = []
    case .phone:
      memory = [weights, kept, Self.peak(of: run)].compactMap(\.self)
      flash = []
    case .microcontroller:
      memory = Self.arena(of: run)
      flash = [weights]
    }
    memory.sort { $0.bytes > $1.bytes }
  }
}

extension DeviceFit {
  public var fits: Bool { headroom >= .zero && flashHeadroom ?? .zero >= .zero }

  public var neededMemory: ByteCount { memory.map(\.bytes).total() }

  /// The memory left over; negative where it is exceeded.
  public var headroom: ByteCount { device.usableMemory - neededMemory }

  /// The flash left over; `nil` on devices without.
  public var flashHeadroom: ByteCount? {
    device.flash.map { $0 - flash.map(\.bytes).total() }
  }

  /// What the context of a CUDA process takes, by driver and device.
  ///
  /// <https://github.com/pytorch/pytorch/pull/86509>,
  /// <https://github.com/pytorch/pytorch/issues/109888>
  public static let contextRange = ByteCount(287_047_680)...ByteCount(450 << 20)

  /// What a CUDA process takes before it allocates anything.
  ///
  /// The difference of total and free memory that a V100's driver reports to a process that does
  /// nothing; other cards and drivers take 300 to 450 MiB.
  static let context = Part(
    name: "CUDA context", bytes: ByteCount(16_945_512_448 - 16_488_464_384), isAssumed: true)

  /// The bytes of ``context``.
  public static var assumedCUDAContext: ByteCount { context.bytes }

  private static func peak(of run: RunFootprint?) -> Part? {
    if let plan = run?.litePlan {
      return Part(name: "arena and session", bytes: plan.arena + plan.sessionBytes)
    }
    return run.map { Part(name: "activations at the peak", bytes: $0.peak.bytes) }
  }

  /// What lies in the static memory of a microcontroller while its weights stay in flash.
  private static func arena(of run: RunFootprint?) -> [Part] {
    guard let run else { return [] }
    let arena = Part(name: "arena", bytes: run.arena.bytes)
    guard let plan = run.litePlan else {
      return [arena, Part(name: "inputs and outputs", bytes: run.inputsAndOutputs)]
    }
    return [arena, Part(name: "kept for the session", bytes: plan.sessionBytes)]
  }
}
