/// Runs one backward task after what it reads and is not there, and meters it.
///
/// What is missing is made again in the order of the forward pass, and what that needs, too.
struct RetentionStage {
  private let reads: RetentionReads

  /// The forward values that are live, one bit each.
  var live: [UInt64]

  /// The forward values that the outcome depends on: whether they are live, and what is chosen for them.
  private(set) var touched: [UInt64]

  /// The bytes that come to those live before, at last and at most.
  private(set) var growth = 0
  private(set) var peak = 0

  /// What running again costs.
  private(set) var cost = 0.0

  /// The tasks run, where they are wanted.
  var schedule: [Int]?

  private var missing: [UInt64]
  private var uses: [Int32]

  init(_ reads: RetentionReads) {
    self.reads = reads
    live = Array(repeating: 0, count: (reads.forwardCount + 63) / 64)
    touched = live
    missing = live
    uses = Array(repeating: 0, count: reads.forwardCount)
  }

  func isLive(_ value: Int) -> Bool { live[value >> 6] >> UInt64(value & 63) & 1 != 0 }

  mutating func setLive(_ value: Int, _ isLive: Bool) {
    let bit = UInt64(1) << UInt64(value & 63)
    live[value >> 6] = isLive ? live[value >> 6] | bit : live[value >> 6] & ~bit
  }

  mutating func run(_ stage: Int, _ choices: [RetentionChoice]) {
    let task = reads.forwardCount + stage
    (growth, peak, cost) = (0, 0, 0)
    for word in touched.indices { touched[word] = 0 }
    if collectMissing(for: task) { remake(for: task, choices) }
    make(task)
    for entry in reads.dependencies[task] {
      dropIfDone(Int(reads.dependencies.entries[entry]), at: task, choices)
    }
    growth -= reads.endingBytes[stage]
  }

  /// Counts the uses of the missing values that a task reads, and of theirs.
  private mutating func collectMissing(for task: Int) -> Bool {
    need(task)
    var word = missing.count - 1
    var isAny = false
    while word >= 0 {
      var below = UInt64.max
      while missing[word] & below != 0 {
        let bit = 63 - (missing[word] & below).leadingZeroBitCount
        below = (1 << UInt64(bit)) - 1
        isAny = true
        need(word << 6 + bit)
      }
      word -= 1
    }
    return isAny
  }

  private mutating func need(_ task: Int) {
    for entry in reads.dependencies[task] {
      let value = Int(reads.dependencies.entries[entry])
      let (word, bit) = (value >> 6, UInt64(1) << UInt64(value & 63))
      touched[word] |= bit
      guard live[word] & bit == 0 else { continue }
      missing[word] |= bit
      uses[value] += 1
    }
  }

  private mutating func remake(for task: Int, _ choices: [RetentionChoice]) {
    for word in missing.indices {
      while missing[word] != 0 {
        let bit = missing[word].trailingZeroBitCount
        missing[word] &= missing[word] - 1
        remake(word << 6 + bit, for: task, choices)
      }
    }
    for word in touched.indices {
      var left = touched[word]
      while left != 0 {
        uses[word << 6 + left.trailingZeroBitCount] = 0
        left &= left - 1
      }
    }
  }

  private mutating func remake(_ value: Int, for task: Int, _ choices: [RetentionChoice]) {
    make(value)
    live[value >> 6] |= 1 << UInt64(value & 63)
    cost += reads.costs[value]
    for entry in reads.dependencies[value] {
      let read = Int(reads.dependencies.entries[entry])
      guard uses[read] > 0 else { continue }
      uses[read] -= 1
      if uses[read] == 0 { dropIfDone(read, at: task, choices) }
    }
  }

  private mutating func make(_ task: Int) {
    growth += reads.bytes[task]
    peak = max(peak, growth)
    schedule?.append(task)
  }

  private mutating func dropIfDone(_ value: Int, at task: Int, _ choices: [RetentionChoice]) {
    let isDone =
      reads.lastReads[value] <= task
      || choices[value] == .transient && !reads.isRead(value, at: task + 1)
    guard isDone else { return }
    live[value >> 6] &= ~(1 << UInt64(value & 63))
    growth -= reads.bytes[value]
  }
}
