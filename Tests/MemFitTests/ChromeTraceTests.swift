import Foundation
import MemFit
import MemoryAnalysis
import ModelGraph
import Reports
import Testing

@Suite struct ChromeTraceTests {
  private struct Document: Decodable {
    var traceEvents: [Event]
  }

  private struct Event: Decodable {
    var name: String
    var ph: String
    var ts: Int?
    var dur: Int?
    var tid: Int?
    var args: [String: Value]
  }

  /// A number or a name.
  private enum Value: Decodable {
    case number(Int)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    var number: Int { if case .number(let number) = self { number } else { 0 } }
  }

  private static func events(_ given: SnapshotTests.Case) throws -> [Event] {
    let recorded = try MemFit.recording(on: MemFit.open(given.model), given.request)
    let text = recorded.chromeTrace.text
    return try JSONDecoder().decode(Document.self, from: Data(text.utf8)).traceEvents
  }

  @Test(arguments: SnapshotTests.cases)
  func `the counters reach the report's peaks`(given: SnapshotTests.Case) throws {
    let measurement = try given.footprint().measurement
    let counters = try Self.events(given).filter { $0.ph == "C" }
    let memory = counters.filter { $0.name == "memory" }
    func largest(_ key: String) -> Int { memory.map { $0.args[key]?.number ?? 0 }.max() ?? 0 }
    let (first, steady) = (measurement.first, measurement.steady)
    #expect(largest("requested") == max(first.requested, steady.requested).value)
    #expect(largest("allocated") == max(first.allocated, steady.allocated).value)
    #expect(largest("reserved") == max(first.reserved, steady.reserved).value)
    let byUse = counters.filter { $0.name == "requested, by use" }
    #expect(byUse.count == memory.count)
    let differences = zip(byUse, memory).count { parts, whole in
      parts.args.values.reduce(0) { $0 + $1.number } != whole.args["requested"]?.number
    }
    #expect(differences == 0)
  }

  @Test(arguments: SnapshotTests.cases)
  func `time never runs backwards and kernels of a lane never overlap`(
    given: SnapshotTests.Case
  ) throws {
    let events = try Self.events(given).filter { $0.ph != "M" }
    let times = events.compactMap(\.ts)
    #expect(times.count == events.count)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    for (_, lane) in Dictionary(grouping: events.filter { $0.ph == "X" }, by: \.tid) {
      for (event, next) in zip(lane, lane.dropFirst()) {
        #expect((event.ts ?? 0) + (event.dur ?? 0) <= next.ts ?? 0)
      }
    }
  }

  @Test func `each kernel has one event, which names its node`() throws {
    let given = SnapshotTests.cases[0]
    let recorded = try MemFit.recording(on: MemFit.open(given.model), given.request)
    let kernels = try Self.events(given).filter { $0.ph == "X" && $0.tid != 1 }
    #expect(kernels.count == recorded.recording.trace.steps.count)
    #expect(kernels.allSatisfy { $0.args["node"] != nil })
  }
}
