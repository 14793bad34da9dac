import Foundation
@testable import MemoryAnalysis
import TestSupport
import Testing

/// The allocator against PyTorch's own, which answered the same requests.
@Suite struct CachingAllocatorTests {
  private struct Vectors: Decodable {
    var vectors: [Vector]

    struct Vector: Decodable {
      var name: String
      var expandable: Bool
      var events: [Int]
      var allocated: [Int]
      var reserved: [Int]
    }
  }

  private struct Traces: Decodable {
    var traces: [Trace]

    struct Trace: Decodable {
      var name: String
      var expandable: Bool
      var events: [Int]
      var marks: [Mark]
      var max_allocated: Int
      var max_reserved: Int
    }

    struct Mark: Decodable {
      var at_event: Int
      var allocated: Int
      var requested: Int
      var reserved: Int
    }
  }

  private func decode<T: Decodable>(_ name: String) throws -> T {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/\(name)"))
    return try JSONDecoder().decode(T.self, from: Data(bytes))
  }

  /// Replays events: a positive one is a request, `-k-1` frees the k-th request.
  private func replay(
    _ events: [Int], _ configuration: CachingAllocator.Configuration,
    check: (Int, CachingAllocator) -> Void
  ) throws -> CachingAllocator {
    var allocator = CachingAllocator(configuration)
    var handles: [CachingAllocator.Handle] = []
    for (index, event) in events.enumerated() {
      if event > 0 {
        handles.append(try allocator.allocate(event))
      } else {
        allocator.free(handles[-event - 1])
      }
      check(index, allocator)
    }
    return allocator
  }

  @Test func `random requests get the bytes that PyTorch gives`() throws {
    let file: Vectors = try decode("allocator_vectors.json")
    #expect(file.vectors.count == 26)
    for vector in file.vectors {
      var mismatches: [Int] = []
      _ = try replay(vector.events, .init(expandableSegments: vector.expandable)) {
        let now = $1.statistics
        let isSame =
          now.allocated.current == vector.allocated[$0]
          && now.reserved.current == vector.reserved[$0]
        if !isSame { mismatches.append($0) }
      }
      #expect(mismatches.isEmpty, "\(vector.name): first at event \(mismatches.first ?? 0)")
    }
  }

  @Test func `whole training steps peak where PyTorch peaks`() throws {
    let file: Traces = try decode("allocator_traces.json")
    #expect(file.traces.count == 9)
    for trace in file.traces {
      var marks = trace.marks[...]
      let allocator = try replay(
        trace.events, .init(expandableSegments: trace.expandable)
      ) { index, allocator in
        while let mark = marks.first, mark.at_event == index + 1 {
          marks.removeFirst()
          let now = allocator.statistics
          #expect(now.allocated.current == mark.allocated, "\(trace.name)")
          #expect(now.requested.current == mark.requested, "\(trace.name)")
          #expect(now.reserved.current == mark.reserved, "\(trace.name)")
        }
      }
      #expect(marks.isEmpty, "\(trace.name)")
      #expect(allocator.statistics.allocated.peak == trace.max_allocated, "\(trace.name)")
      #expect(allocator.statistics.reserved.peak == trace.max_reserved, "\(trace.name)")
    }
  }

  @Test func `a full device gives cached blocks back before it fails`() throws {
    let mebibyte = 1 << 20
    var allocator = CachingAllocator(.init(memoryLimit: 100 * mebibyte))
    let first = try allocator.allocate(60 * mebibyte)
    allocator.free(first)
    _ = try allocator.allocate(80 * mebibyte)
    #expect(allocator.statistics.reserved.current == 80 * mebibyte)
    #expect(allocator.statistics.retries == 1)
    #expect(
      throws: CachingAllocator.OutOfMemory(
        requested: 30 * mebibyte, attempted: 30 * mebibyte, limit: 100 * mebibyte,
        allocated: 80 * mebibyte,
        reserved: 80 * mebibyte)
    ) { try allocator.allocate(30 * mebibyte) }
  }

  @Test func `an expandable segment gives its free pages back`() throws {
    let mebibyte = 1 << 20
    var allocator = CachingAllocator(.init(expandableSegments: true))
    let first = try allocator.allocate(50 * mebibyte)
    let second = try allocator.allocate(30 * mebibyte)
    #expect(allocator.statistics.reserved.current == 80 * mebibyte)
    allocator.free(first)
    allocator.emptyCache()
    #expect(allocator.statistics.reserved.current == 40 * mebibyte)
    allocator.free(second)
    allocator.emptyCache()
    #expect(allocator.statistics.reserved.current == 0)
  }
}
