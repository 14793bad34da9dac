/// The nodes of the backward pass that may run: those that end in a parameter first, else the latest.
///
/// Which of several parameters comes first is what the heap of C++'s standard library makes of it.
/// Source: `ReadyQueue` of `torch/csrc/autograd/engine.h`, PyTorch 2.15; `std::push_heap` and `std::pop_heap`
/// of libstdc++.
struct ReadyQueue {
  private struct Entry {
    var node: Int
    var priority: Int
  }

  private var heap: [Entry] = []

  mutating func add(_ node: Int, _ tape: Tape) {
    let entry = Entry(node: node, priority: tape.priority(node))
    heap.append(entry)
    rise(entry, from: heap.count - 1)
  }

  /// Takes the node to run.
  mutating func takeNext() -> Int? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty { rise(last, from: sink()) }
    return first.node
  }

  /// Moves the larger child up from place to place, and returns the leaf that is free then.
  private mutating func sink() -> Int {
    var hole = 0
    while 2 * hole + 2 < heap.count {
      var child = 2 * hole + 2
      if heap[child].priority < heap[child - 1].priority { child -= 1 }
      heap[hole] = heap[child]
      hole = child
    }
    guard 2 * hole + 2 == heap.count else { return hole }
    heap[hole] = heap[2 * hole + 1]
    return 2 * hole + 1
  }

  private mutating func rise(_ entry: Entry, from place: Int) {
    var hole = place
    while hole > 0, heap[(hole - 1) / 2].priority < entry.priority {
      heap[hole] = heap[(hole - 1) / 2]
      hole = (hole - 1) / 2
    }
    heap[hole] = entry
  }
}

extension Tape {
  fileprivate func priority(_ node: Int) -> Int {
    switch nodes[node].kind {
    case .accumulate, .leaf, .regionInput: .max
    case .function, .region: node
    }
  }
}
