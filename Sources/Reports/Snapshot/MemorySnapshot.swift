public import MemoryAnalysis
import ModelGraph

/// A predicted snapshot of PyTorch's allocator, in the schema of `torch.cuda.memory._snapshot`.
///
/// Read by `python -m torch.cuda._memory_viz` and <https://pytorch.org/memory_viz>. The clock counts
/// events, one a microsecond: the order is predicted, how long kernels run is not. Frames name, from
/// the inside out, the operator at its node, the modules around it, and the phase.
public struct MemorySnapshot: Sendable {
  private let recording: AllocatorRecording
  private let configuration: CachingAllocator.Configuration
  private let frames: SnapshotFrames

  /// Makes a snapshot whose frames call the model by a name.
  public init(
    of recording: AllocatorRecording, model: String,
    allocator configuration: CachingAllocator.Configuration
  ) {
    self.recording = recording
    self.configuration = configuration
    frames = SnapshotFrames(recording, model: model)
  }

  /// The snapshot as a file of Python's pickle.
  public var pickle: [UInt8] { PickleWriter.bytes(of: document) }

  var document: PickleValue {
    [
      "segments": .list(recording.segments.map(segment)),
      "device_traces": [.list(recording.entries.indices.flatMap(traceEntries))],
      "external_annotations": .list(annotations),
      "allocator_settings": settings,
    ]
  }
}

// What is held.

extension MemorySnapshot {
  private static let pool: PickleValue = .tuple([0, 0])

  private func segment(_ segment: CachingAllocator.Segment) -> PickleValue {
    [
      "device": 0, "address": .integer(segment.address), "total_size": .integer(segment.size),
      "allocated_size": .integer(segment.allocated), "active_size": .integer(segment.allocated),
      "requested_size": .integer(segment.requested), "stream": 0,
      "segment_type": .string(segment.isSmall ? "small" : "large"),
      "segment_pool_id": Self.pool, "is_expandable": .bool(segment.isExpandable), "frames": [],
      "blocks": .list(segment.blocks.map(block)),
    ]
  }

  private func block(_ block: CachingAllocator.SegmentBlock) -> PickleValue {
    let owner = block.isAllocated ? recording.owners[block.address] : nil
    return [
      "address": .integer(block.address), "size": .integer(block.size),
      "requested_size": .integer(block.requested),
      "state": .string(block.isAllocated ? "active_allocated" : "inactive"),
      "frames": owner.map { frames.stack(ofAllocation: $0) } ?? [],
    ]
  }
}

// What happened.

extension MemorySnapshot {
  private func traceEntries(at index: Int) -> [PickleValue] {
    let entry = recording.entries[index]
    switch entry.action {
    case .begin: return []
    case .allocate(let allocation):
      let category = recording.trace.allocations[allocation].category
      let stack = frames.stack(ofAllocation: allocation)
      return [traceEntry("alloc", index, stack, category: category)]
    case .free:
      let stack = frames.stack(ofStep: entry.step)
      return ["free_requested", "free_completed"].map { traceEntry($0, index, stack) }
    case .segment(let kind):
      return [traceEntry(kind.action, index, frames.stack(ofStep: entry.step))]
    case .outOfMemory(let available):
      let stack = frames.stack(ofStep: entry.step)
      return [traceEntry("oom", index, stack, available: available)]
    }
  }

  private func traceEntry(
    _ action: String, _ index: Int, _ stack: PickleValue, category: Trace.Category? = nil,
    available: Int? = nil
  ) -> PickleValue {
    let entry = recording.entries[index]
    var members = [
      PickleValue.Member("action", .string(action)),
      available.map { PickleValue.Member("device_free", .integer($0)) }
        ?? PickleValue.Member("addr", .integer(entry.address)),
      PickleValue.Member("size", .integer(entry.size)), PickleValue.Member("stream", 0),
      PickleValue.Member("time_us", .integer(index)), PickleValue.Member("device", 0),
      PickleValue.Member("pool_id", Self.pool), PickleValue.Member("compile_context", "N/A"),
      PickleValue.Member("user_metadata", ""), PickleValue.Member("frames", stack),
    ]
    if let category {
      members.append(PickleValue.Member("category", .string(category.snapshotName)))
    }
    return .dictionary(members)
  }

  /// The begin and the end of each phase.
  private var annotations: [PickleValue] {
    recording.phases.flatMap { phase -> [PickleValue] in
      let name = phase.title
      return [("START", phase.entries.lowerBound), ("END", phase.entries.upperBound)].map {
        ["device": 0, "time_us": .integer($1), "name": .string(name), "stage": .string($0)]
      }
    }
  }

  /// The settings under the names and in the types that `_snapshot` gives them; -1 is without limit.
  private var settings: PickleValue {
    let expandable = configuration.expandableSegments
    return [
      "PYTORCH_CUDA_ALLOC_CONF": .string(expandable ? "expandable_segments:True" : ""),
      "max_split_size": .integer(configuration.maximumSplitSize ?? -1),
      "expandable_segments": .bool(expandable),
      "garbage_collection_threshold": .number(configuration.garbageCollectionThreshold),
      "roundup_power2_divisions": .dictionary(divisions),
    ]
  }

  /// The divisions for each power of two of megabytes; 0 where sizes round to 512 bytes only.
  private var divisions: [PickleValue.Member] {
    let table = configuration.roundUpPowerOfTwoDivisions
    return (0..<16).map { power in
      let divisions = table.divisions(forSize: 1 << (20 + power))
      return PickleValue.Member("\(1 << power)", .integer(divisions > 1 ? divisions : 0))
    }
  }
}

extension CachingAllocator.SegmentEvent.Kind {
  fileprivate var action: String {
    switch self {
    case .taken: "segment_alloc"
    case .givenBack: "segment_free"
    case .mapped: "segment_map"
    case .unmapped: "segment_unmap"
    }
  }
}

extension Trace.Category {
  /// The viewer's word, by which it colours.
  fileprivate var snapshotName: String {
    switch self {
    case .optimizerState: "optimizer_state"
    case .workspace: "temporary"
    default: rawValue
    }
  }
}

extension AllocatorRecording.RecordedPhase {
  /// The phase with its step, such as “steady step: backward”.
  var title: String {
    switch step {
    case ..<0: "building the model"
    case 0: "first step: \(phase.rawValue)"
    default: "steady step: \(phase.rawValue)"
    }
  }
}
