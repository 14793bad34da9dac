import ModelGraph
import Operators

/// The bytes behind tensors, counted by reference as PyTorch does, written down as a trace.
struct StorageLedger {
  private(set) var trace = Trace()

  /// The references to each storage.
  private var counts: [Int32] = []

  /// The allocation of each storage; -1 for one of no bytes.
  private var allocations: [Int32] = []

  /// Says what runs from here on.
  mutating func begin(_ step: consuming Trace.Step) {
    if let last = trace.steps.indices.last, trace.steps[last] == step { return }
    trace.begin(step)
  }

  /// How many storages were made, whose numbers are below it.
  var storageCount: Int { counts.count }

  /// Makes a storage with one reference; `part` says which of what its owner makes it is.
  mutating func make(
    _ bytes: ByteCount, _ category: Trace.Category, named owner: String, _ part: String = ""
  ) -> Int {
    var allocation: Int32 = -1
    if bytes > .zero {
      let step = trace.steps.isEmpty ? nil : trace.steps.count - 1
      allocation = trace.allocate(
        Trace.Allocation(
          label: Trace.Label(owner: owner, part: part), bytes: bytes, category: category,
          step: step))
    }
    counts.append(1)
    allocations.append(allocation)
    return counts.count - 1
  }

  mutating func retain(_ storage: Int) { counts[storage] += 1 }

  mutating func release(_ storage: Int) {
    counts[storage] -= 1
    guard counts[storage] == 0, allocations[storage] >= 0 else { return }
    trace.free(allocations[storage])
  }

  mutating func release(_ tensors: [LiveTensor]) {
    for index in tensors.indices { release(tensors[index].storage) }
  }

  mutating func reserveCapacity(steps: Int, allocations: Int, events: Int) {
    trace.reserveCapacity(steps: steps, allocations: allocations, events: events)
    counts.reserveCapacity(counts.count + allocations)
    self.allocations.reserveCapacity(self.allocations.count + allocations)
  }

  /// Makes room for what was written down since an event and an allocation, once more.
  ///
  /// Who measures the first step holds the trace until now, so that it is copied where it goes on: once, not as it grows.
  mutating func reserveForRepeating(from event: Int, _ allocation: Int) {
    reserveCapacity(
      steps: trace.steps.count, allocations: trace.allocations.count - allocation,
      events: trace.events.count - event)
  }

  /// Writes events down once more, with allocations of their own for those that are not kept.
  mutating func repeatEvents(_ events: Range<Int>, _ copies: inout AllocationCopies) {
    for index in events {
      switch trace.events[index] {
      case .begin(let step): begin(trace.steps[Int(step)])
      case .allocate(let original):
        guard !copies.isKept(original) else { continue }
        var allocation = trace.allocations[Int(original)]
        allocation.step = trace.steps.isEmpty ? nil : trace.steps.count - 1
        copies[original] = trace.allocate(allocation)
      case .free(let original): trace.free(copies[original])
      }
    }
  }

  /// Makes a storage of an allocation that is there; -1 for one of no bytes.
  mutating func adopt(_ allocation: Int32, references: Int32) -> Int {
    counts.append(references)
    allocations.append(allocation)
    return counts.count - 1
  }

  /// The allocation behind a storage; -1 for one of no bytes.
  func allocation(of storage: Int) -> Int32 { allocations[storage] }

  func references(to storage: Int) -> Int32 { counts[storage] }

  func isLive(_ storage: Int) -> Bool { counts[storage] > 0 }

  func isUnique(_ storage: Int) -> Bool { counts[storage] == 1 }

  func bytes(of storage: Int) -> ByteCount {
    allocations[storage] < 0 ? .zero : trace.allocations[Int(allocations[storage])].bytes
  }

  /// Says what a storage turned out to be for.
  mutating func mark(_ storage: Int, as category: Trace.Category) {
    guard allocations[storage] >= 0 else { return }
    trace.recategorize(allocations[storage], as: category)
  }
}

extension Trace {
  fileprivate mutating func recategorize(_ index: Int32, as category: Category) {
    allocations[Int(index)].category = category
  }
}
