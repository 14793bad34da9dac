import MemFit
import MemoryAnalysis
import ModelGraph
import Reports
import TestSupport
import Testing

/// The predicted snapshot against the report of the same step.
@Suite struct SnapshotTests {
  struct Case: CustomTestStringConvertible {
    var model: String
    var batch: Int
    var sequence: Int?
    var optimizer = "adam"
    var precision = "fp32"
    var isExpandable = false

    var testDescription: String { "\(model) \(optimizer) \(precision) \(isExpandable)" }

    var request: MemFit.Request {
      var training = TrainingRequest()
      training.optimizer = optimizer
      training.precision = precision
      training.allocator.expandableSegments = isExpandable
      training.findsLargestBatch = false
      return MemFit.Request(
        sections: [.train], bindings: Bindings(batch: batch, sequence: sequence),
        training: training)
    }

    func footprint() throws -> TrainingFootprint {
      try #require(try MemFit.report(on: MemFit.open(model), request).train)
    }

    func snapshot(_ moment: AllocatorRecording.Moment = .end) throws -> Pickled {
      let recorded = try MemFit.recording(on: MemFit.open(model), request, until: moment)
      return try PickleReader.read(recorded.snapshot.pickle)
    }
  }

  static let cases = [
    Case(model: "resnet18", batch: 4),
    Case(model: "resnet18", batch: 4, isExpandable: true),
    Case(model: "mobilenet_v2", batch: 2, optimizer: "sgd:momentum", precision: "amp-bf16"),
    Case(model: "gpt2", batch: 1, sequence: 64, optimizer: "adamw"),
  ]

  @Test(arguments: cases) func `the sums are the report's figures`(given: Case) throws {
    let steady = try given.footprint().measurement.steady
    let end = try given.snapshot()
    #expect(Self.steadyRequestedPeak(end) == steady.requested.value)
    #expect(Self.sum(end, "total_size") == steady.reserved.value)
    let peak = try given.snapshot(.peak)
    #expect(Self.sum(peak, "allocated_size") == steady.allocated.value)
    #expect(Self.sum(peak, "total_size") <= steady.reserved.value)
  }

  @Test(arguments: cases, AllocatorRecording.Moment.allCases)
  func `the state is what the history leads to`(
    given: Case, moment: AllocatorRecording.Moment
  ) throws {
    let snapshot = try given.snapshot(moment)
    var live: [Int: Int] = [:]
    var reserved = 0
    for entry in Self.history(snapshot) {
      let (address, size) = (try #require(entry.integer("addr")), entry.integer("size") ?? 0)
      switch entry["action"]?.string {
      case "alloc":
        #expect(live.updateValue(size, forKey: address) == nil)
      case "free_requested": #expect(live[address] == size)
      case "free_completed": live[address] = nil
      case "segment_alloc", "segment_map": reserved += size
      case "segment_free", "segment_unmap": reserved -= size
      default: Issue.record("unknown action in \(entry)")
      }
    }
    let blocks = snapshot["segments"]?.list.flatMap { $0["blocks"]?.list ?? [] } ?? []
    let active = blocks.filter { $0["state"]?.string == "active_allocated" }
    let pairs = active.map { ($0.integer("address") ?? 0, $0.integer("requested_size") ?? 0) }
    #expect(Dictionary(pairs) { first, _ in first } == live)
    #expect(pairs.count == live.count)
    #expect(Self.sum(snapshot, "total_size") == reserved)
  }

  @Test(arguments: cases) func `blocks fill their segments`(given: Case) throws {
    for segment in try given.snapshot(.peak)["segments"]?.list ?? [] {
      let blocks = segment["blocks"]?.list ?? []
      var next = try #require(segment.integer("address"))
      for block in blocks {
        #expect(block.integer("address") == next)
        next += block.integer("size") ?? 0
      }
      #expect(next - (segment.integer("address") ?? 0) == segment.integer("total_size"))
      let active = blocks.filter { $0["state"]?.string == "active_allocated" }
      #expect(
        active.reduce(0) { $0 + ($1.integer("size") ?? 0) } == segment.integer("allocated_size"))
      #expect(active.allSatisfy { $0["frames"]?.list.isEmpty == false })
    }
  }

  @Test func `stacks name the operator, its layer and the phase`() throws {
    let snapshot = try Self.cases[0].snapshot()
    let stacks = Self.history(snapshot).compactMap { $0["frames"]?.list }
    let made = try #require(
      stacks.first { $0.first?["filename"]?.string == "layer1.0.conv1" })
    #expect(made.first?["name"]?.string?.contains("convolution") == true)
    #expect(
      made.compactMap { $0["name"]?.string }.dropFirst()
        == ["layer1.0", "layer1", "first step: forward"])
    #expect(stacks.allSatisfy { !$0.isEmpty })
  }

  @Test func `a step that does not fit ends as PyTorch would`() throws {
    var request = Case(model: "resnet50", batch: 2000).request
    request.device = Device.named("v100-16gb")
    let recorded = try MemFit.recording(on: MemFit.open("resnet50"), request)
    let snapshot = try PickleReader.read(recorded.snapshot.pickle)
    let last = try #require(Self.history(snapshot).last)
    #expect(last["action"]?.string == "oom")
    let free = try #require(last.integer("device_free"))
    let limit = try #require(recorded.allocator.memoryLimit)
    #expect(Self.sum(snapshot, "total_size") + free == limit)
    #expect(last.integer("size") ?? 0 > free)
  }

  private static func history(_ snapshot: Pickled) -> [Pickled] {
    snapshot["device_traces"]?.list.first?.list ?? []
  }

  private static func sum(_ snapshot: Pickled, _ key: String) -> Int {
    snapshot["segments"]?.list.reduce(0) { $0 + ($1.integer(key) ?? 0) } ?? 0
  }

  /// The largest sum of requests between the annotations of the steady step.
  private static func steadyRequestedPeak(_ snapshot: Pickled) -> Int? {
    let start = snapshot["external_annotations"]?.list
      .first { $0["name"]?.string == "steady step: forward" }?.integer("time_us")
    guard let start else { return nil }
    var (current, peak) = (0, 0)
    for entry in history(snapshot) {
      if (entry.integer("time_us") ?? 0) >= start { peak = max(peak, current) }
      switch entry["action"]?.string {
      case "alloc": current += entry.integer("size") ?? 0
      case "free_completed": current -= entry.integer("size") ?? 0
      default: break
      }
    }
    return peak
  }
}

extension Pickled {
  fileprivate func integer(_ key: String) -> Int? { self[key]?.integer }
}
