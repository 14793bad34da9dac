/// The sets still to be looked at, the least peak first, of equals the one with most tasks done.
struct IdealQueue {
  private var heap: [Entry] = []

  private struct Entry {
    var peak: Int
    var doneCount: Int
    var index: Int32

    func precedes(_ other: Entry) -> Bool {
      peak == other.peak ? doneCount > other.doneCount : peak < other.peak
    }
  }

  mutating func insert(_ index: Int32, peak: Int, doneCount: Int) {
    heap.append(Entry(peak: peak, doneCount: doneCount, index: index))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> Int32? {
    guard let first = heap.first else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while let child = smallerChild(of: parent), heap[child].precedes(heap[parent]) {
      heap.swapAt(child, parent)
      parent = child
    }
    return first.index
  }

  private func smallerChild(of parent: Int) -> Int? {
    let left = 2 * parent + 1
    guard left < heap.count else { return nil }
    return left + 1 < heap.count && heap[left + 1].precedes(heap[left]) ? left + 1 : left
  }
}

/// A number for each fingerprint, -1 where there is none.
struct FingerprintTable {
  private var prints: [Fingerprint] = Array(repeating: Fingerprint(), count: 1024)
  private var numbers: [Int32] = Array(repeating: -1, count: 1024)
  private var count = 0

  subscript(print: Fingerprint) -> Int32 {
    get { numbers[slot(of: print)] }
    set {
      let slot = slot(of: print)
      if numbers[slot] < 0 { count += 1 }
      prints[slot] = print
      numbers[slot] = newValue
      if 2 * count > numbers.count { grow() }
    }
  }

  private func slot(of print: Fingerprint) -> Int {
    let mask = numbers.count - 1
    var slot = Int(truncatingIfNeeded: print.low) & mask
    while numbers[slot] >= 0, prints[slot] != print { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = (prints, numbers)
    prints = Array(repeating: Fingerprint(), count: 2 * old.0.count)
    numbers = Array(repeating: -1, count: 2 * old.0.count)
    for (print, number) in zip(old.0, old.1) where number >= 0 {
      let slot = slot(of: print)
      prints[slot] = print
      numbers[slot] = number
    }
  }
}
