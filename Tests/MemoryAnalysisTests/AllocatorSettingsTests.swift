import Foundation
import MemoryAnalysis
import TestSupport
import Testing

/// The allocator's settings and its end of memory against PyTorch's own allocator.
///
/// Made by `Validation/training/allocator_settings.py`.
@Suite struct AllocatorSettingsTests {
  private struct Vectors: Decodable {
    var vectors: [Vector]

    struct Vector: Decodable {
      var settings: String
      var total: Int
      var events: [Int]
      var allocated: [Int]
      var reserved: [Int]
      var retries: Int
      var words: String?
    }
  }

  private func vectors() throws -> [Vectors.Vector] {
    let file = TestFiles.fixture("PyTorch/allocator_settings.json")
    let bytes = Data(try TestFiles.bytes(of: file))
    return try JSONDecoder().decode(Vectors.self, from: bytes).vectors
  }

  @Test func `settings and small devices give the bytes that PyTorch gives`() throws {
    for vector in try vectors() {
      var settings = try CachingAllocator.Configuration(settings: vector.settings)
      settings.memoryLimit = vector.total << 20
      var allocator = CachingAllocator(settings)
      var handles: [CachingAllocator.Handle] = []
      var error: CachingAllocator.OutOfMemory?
      var first: Int?
      for (index, event) in vector.events.enumerated() {
        do throws(CachingAllocator.OutOfMemory) {
          if event > 0 {
            handles.append(try allocator.allocate(event))
          } else {
            allocator.free(handles[-event - 1])
          }
        } catch let found {
          error = found
          break
        }
        let now = allocator.statistics
        let isSame =
          index < vector.allocated.count
          && now.allocated.current == vector.allocated[index]
          && now.reserved.current == vector.reserved[index]
        if !isSame { first = first ?? index }
      }
      let name = "\(vector.settings) on \(vector.total) MiB"
      #expect(first == nil, "\(name): first differs at event \(first ?? 0)")
      #expect((error == nil) == (vector.words == nil), "\(name): end of memory")
      #expect(allocator.statistics.retries == vector.retries, "\(name): retries")
      guard let error, let words = vector.words else { continue }
      for bytes in [error.attempted, error.allocated, error.unallocated] {
        let figure = String(format: "%.2f MiB", Double(bytes) / 1_048_576)
        #expect(words.contains(" \(figure)"), "\(name): \(figure) in “\(words)”")
      }
      // The stand-in for the device does not count what expandable segments map.
      guard !settings.expandableSegments else { continue }
      let free = String(format: "%.2f MiB is free", Double(error.available) / 1_048_576)
      #expect(words.contains(free), "\(name): \(free) in “\(words)”")
    }
  }

  @Test(arguments: [
    "max_split_size_mb", "max_split_size_mb:", "max_split_size_mb:19", "max_split_size_mb:9e9",
    "max_split_size_mb:99999999999999999999", "garbage_collection_threshold:1",
    "garbage_collection_threshold:nan", "expandable_segments:yes", "roundup_power2_divisions:3",
    "roundup_power2_divisions:[1:2", "roundup_power2_divisions:[>", "roundup_power2_divisions:[]x",
    "backend:cudaMallocAsync", "split:1", "max_split_size_mb:32;expandable_segments:True",
  ])
  func `settings that PyTorch would refuse are refused`(_ settings: String) {
    #expect(throws: CachingAllocator.Configuration.SettingsError.self) {
      try CachingAllocator.Configuration(settings: settings)
    }
  }
}
