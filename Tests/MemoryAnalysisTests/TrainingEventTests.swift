import Foundation
@testable import MemoryAnalysis
import ModelGraph
import TestSupport
import Testing

/// The steady step, allocation by allocation, against the streams that PyTorch's allocator saw.
@Suite struct TrainingEventTests {
  private struct Stream: Decodable {
    var model: String
    var events: [Event]
  }

  /// A request of bytes, or the end of the k-th request, or of a buffer older than the step.
  private enum Event: Decodable, Hashable {
    case make(Int)
    case free(Int)
    case freeOld(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = number > 0 ? .make(number) : .free(-number - 1)
      } else {
        let text = try container.decode(String.self)
        self = .freeOld(Int(text.dropFirst()) ?? 0)
      }
    }
  }

  /// The recorded streams, with the number of groups of events that agree if not all do.
  ///
  /// Numbers only grow. What differs: CUB's scratch for sorting an embedding's indices, the order
  /// of the parameters of another U-Net, and which names of Python's outlive a call.
  private static let streams: [String: Int?] = [
    "alexnet_adam": nil, "resnet18_adam": nil, "resnet50_adam": nil, "vgg16_adam": nil,
    "squeezenet1_1_adam": nil, "densenet121_adam": nil, "mobilenet_v2_adam": nil,
    "vit_b_16_adam": nil, "resnet50_sgdm_channels_last": nil,
    "mobilenet_v2_sgdm_channels_last": nil, "resnet50_adafactor": nil, "unet_adam": 343,
    "gpt2-sdpa_adamw_batch_8": 1356, "bert-sdpa_adamw_batch_8": 1216,
    "gpt2-eager_adamw_batch_8": 784, "bert-eager_adamw_batch_8": 1492,
    "mobilenet_v2_sgdm_autocast_float16": 687, "gpt2-sdpa_adamw_batch_8_autocast_bfloat16": 75,
  ]

  @Test(arguments: streams.keys.sorted())
  func `allocates and frees what PyTorch does`(name: String) throws {
    let path = TestFiles.fixture("PyTorch/step_events/\(name).json")
    let truth = try JSONDecoder().decode(Stream.self, from: Data(try TestFiles.bytes(of: path)))
    let run = try #require(
      try TrainingTruth.load().runs.first { $0.name == "\(name)_cc80_ws0" })
    let trace = try #require(try run.trace())
    let ours = Self.stream(trace)
    let (a, b) = (Self.groups(ours.map(\.event)), Self.groups(truth.events))
    let firstDifference = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset
    guard let difference = firstDifference ?? (a.count == b.count ? nil : min(a.count, b.count))
    else { return }
    if let known = Self.streams[name] ?? nil, difference >= known { return }
    let around = max(0, difference - 6)..<difference + 6
    Issue.record(
      """
      \(name) differs at group \(difference) of \(b.count)
      ours:   \(around.clamped(to: a.indices).map { a[$0] })
      theirs: \(around.clamped(to: b.indices).map { b[$0] })
      \(Self.labels(ours, groups: a, around))
      """)
  }

  /// Requests one by one, and the frees between two requests as a set.
  private enum Group: Hashable, CustomStringConvertible {
    case make(Int)
    case free(Set<Event>)

    var description: String {
      switch self {
      case .make(let bytes): "\(bytes)"
      case .free(let events):
        "-\(events.map { event in switch event { case .free(let k): k; case .freeOld(let n): -n; case .make(let n): n } }.sorted())"
      }
    }
  }

  private static func groups(_ events: [Event]) -> [Group] {
    var groups: [Group] = []
    for event in events {
      if case .make(let bytes) = event {
        groups.append(.make(bytes))
      } else if case .free(let set)? = groups.last {
        groups[groups.count - 1] = .free(set.union([event]))
      } else {
        groups.append(.free([event]))
      }
    }
    return groups
  }

  private static func labels(
    _ events: [(event: Event, label: String)], groups: [Group], _ range: Range<Int>
  ) -> String {
    var index = -1
    var lastWasFree = false
    var lines: [String] = []
    for (event, label) in events {
      var isFree = true
      if case .make = event { isFree = false }
      if !(isFree && lastWasFree) { index += 1 }
      lastWasFree = isFree
      if range.contains(index) { lines.append("  \(event) \(label)") }
    }
    return lines.joined(separator: "\n")
  }

  /// The events of the steady step, numbered as in the recorded streams.
  private static func stream(_ trace: TrainingTrace) -> [(event: Event, label: String)] {
    let (start, end) = (trace.events(ofStep: 1).lowerBound, trace.events(ofStep: 1).upperBound)
    var numbers: [Int32: Int] = [:]
    var stream: [(event: Event, label: String)] = []
    for event in trace.trace.events[start..<end] {
      switch event {
      case .begin: break
      case .allocate(let index):
        numbers[index] = numbers.count
        let allocation = trace.trace.allocations[Int(index)]
        stream.append((.make(allocation.bytes.value), allocation.name))
      case .free(let index):
        let allocation = trace.trace.allocations[Int(index)]
        stream.append(
          (numbers[index].map(Event.free) ?? .freeOld(allocation.bytes.value), allocation.name))
      }
    }
    return stream
  }
}
