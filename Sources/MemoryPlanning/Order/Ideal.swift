/// A set of finished tasks that holds, with each task, all that it depends on.
struct Ideal {
  /// A bit for each finished task.
  var words: [UInt64]

  /// The tasks that can run next.
  var ready: [Int32]
  var print = Fingerprint()
  var doneCount = 0

  /// The bytes live now, and the most on the way here.
  var live: Int
  var peak: Int

  /// Nothing done yet.
  init(_ instance: OrderInstance) {
    words = Array(repeating: 0, count: instance.wordCount)
    ready = (0..<instance.taskCount).filter { instance.dependencies[$0].isEmpty }
      .map { Int32($0) }
    live = instance.startingBytes
    peak = instance.startingBytes
  }

  init(words: [UInt64], ready: [Int32], live: Int, peak: Int) {
    self.words = words
    self.ready = ready
    self.live = live
    self.peak = peak
  }

  @inline(__always)
  func contains(_ task: Int32) -> Bool {
    words[Int(task) >> 6] & (1 << UInt64(task & 63)) != 0
  }
}

/// What a task does to the bytes that are live.
struct TaskEffect {
  /// The bytes more than before, while it runs and after.
  var during: Int
  var after: Int
}

extension OrderInstance {
  /// What running a ready task does.
  func effect(of task: Int32, on ideal: Ideal) -> TaskEffect {
    var made = 0
    var first: Int32 = -1
    for position in makes[Int(task)] {
      let buffer = makes.entries[position]
      guard isNew(buffer, ideal) else { continue }
      if position == makes[Int(task)].lowerBound { first = buffer }
      made += sizes[Int(buffer)]
    }
    var freed = 0
    for position in touches[Int(task)] where isLast(task, of: touches.entries[position], ideal) {
      freed += sizes[Int(touches.entries[position])]
    }
    let saved = first < 0 ? 0 : savedBytes(task, making: first, ideal)
    return TaskEffect(during: made + workspaces[Int(task)] - saved, after: made - freed)
  }

  /// The bytes that the first made buffer takes over from one that dies.
  private func savedBytes(_ task: Int32, making first: Int32, _ ideal: Ideal) -> Int {
    for position in overwrites[Int(task)] {
      let buffer = overwrites.entries[position]
      if isLast(task, of: buffer, ideal) { return min(sizes[Int(buffer)], sizes[Int(first)]) }
    }
    return 0
  }

  private func isNew(_ buffer: Int32, _ ideal: Ideal) -> Bool {
    if isGiven[Int(buffer)] { return false }
    for position in makers[Int(buffer)] where ideal.contains(makers.entries[position]) {
      return false
    }
    return true
  }

  /// Whether no other task has still to touch a buffer, the last in the given order asked first.
  private func isLast(_ task: Int32, of buffer: Int32, _ ideal: Ideal) -> Bool {
    if isKept[Int(buffer)] { return false }
    var position = users[Int(buffer)].upperBound
    while position > users[Int(buffer)].lowerBound {
      position -= 1
      let user = users.entries[position]
      if user != task, !ideal.contains(user) { return false }
    }
    return true
  }

  /// Runs the ready task at a position.
  func run(at position: Int, _ effect: TaskEffect, on ideal: inout Ideal) {
    let task = ideal.ready.remove(at: position)
    ideal.words[Int(task) >> 6] |= 1 << UInt64(task & 63)
    ideal.print.add(Int(task), 0)
    ideal.doneCount += 1
    ideal.peak = max(ideal.peak, ideal.live + effect.during)
    ideal.live += effect.after
    for entry in successors[Int(task)] {
      let next = successors.entries[entry]
      if isReady(next, ideal) { ideal.ready.append(next) }
    }
  }

  private func isReady(_ task: Int32, _ ideal: Ideal) -> Bool {
    var position = dependencies[Int(task)].upperBound
    while position > dependencies[Int(task)].lowerBound {
      position -= 1
      if !ideal.contains(dependencies.entries[position]) { return false }
    }
    return true
  }

  /// Runs every ready task that leaves no more bytes than it found and keeps below a peak.
  ///
  /// Whatever comes later, such a task does no harm if it runs now: live bytes are a submodular
  /// function of the set of finished tasks, so from here on every set that has it holds no more.
  func runFree(below peak: Int, on ideal: inout Ideal, _ moves: inout [Int32]) {
    var position = 0
    while position < ideal.ready.count {
      let effect = effect(of: ideal.ready[position], on: ideal)
      guard effect.after <= 0, ideal.live + effect.during <= peak else {
        position += 1
        continue
      }
      moves.append(ideal.ready[position])
      run(at: position, effect, on: &ideal)
      position = 0
    }
  }
}
