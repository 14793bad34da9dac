/// A training step by a choice for every forward value, metered against a budget.
///
/// A change of choices is metered by running again only the stages that it can make a difference to. The
/// others go on as they did, with as many bytes more or less live as the change makes.
struct RetentionRun {
  private let reads: RetentionReads
  private let meter: RetentionMeter
  private(set) var choices: [RetentionChoice]

  /// The bytes live while each forward task runs.
  private var forwardBytes: [Int] = []

  /// What each stage takes; the values live before it and those it depends on, in words of bits.
  private var stages: [StageRecord] = []
  private var lives: [UInt64] = []
  private var touches: [UInt64] = []

  private var stage: RetentionStage
  private var trial: RetentionTrial

  init(_ problem: RecomputationProblem, budget: Int) {
    reads = RetentionReads(problem)
    meter = RetentionMeter(budget: budget, idealCost: problem.idealCost)
    choices = Array(repeating: .kept, count: reads.forwardCount)
    stage = RetentionStage(reads)
    trial = RetentionTrial(wordCount: stage.live.count)
    runAll()
  }

  /// The forward values between which there is a choice.
  var movable: [Int] { choices.indices.filter(reads.isReadBackward) }

  /// What the choices cost, the bytes beyond the budget among it.
  var reading: RetentionMeter.Reading {
    var reading = RetentionMeter.Reading()
    for bytes in forwardBytes { reading.excess += meter.excess(bytes) }
    for stage in stages {
      reading.extraCost += stage.cost
      reading.excess += meter.excess(stage.peak)
    }
    return reading
  }

  /// The share of a step and of the budget that a reading is beyond the best there could be.
  func energy(_ reading: RetentionMeter.Reading) -> Double { meter.energy(reading) }

  /// The tasks that choices for all forward values make, first to last.
  func schedule(_ choices: [RetentionChoice]) -> [Int] {
    var run = self
    run.choices = choices
    run.stage.schedule = Array(0..<reads.forwardCount)
    run.runAll()
    return run.stage.schedule ?? []
  }

  private mutating func runAll() {
    var bytes = runForward()
    (stages, lives, touches) = ([], [], [])
    for index in 0..<reads.stageCount {
      lives += stage.live
      stage.run(index, choices)
      stages.append(
        StageRecord(bytesBefore: bytes, peak: bytes + stage.peak, cost: stage.cost))
      touches += stage.touched
      bytes += stage.growth
    }
    lives += stage.live
  }

  /// Runs the forward pass, and tells the bytes that are left.
  private mutating func runForward() -> Int {
    var bytes = 0
    var endings = [Int](repeating: 0, count: reads.forwardCount)
    for value in choices.indices {
      stage.setLive(value, isKept(value, choices[value]))
      if !stage.isLive(value) { endings[reads.lastForwardReads[value]] += reads.bytes[value] }
    }
    forwardBytes = []
    for task in choices.indices {
      bytes += reads.bytes[task]
      forwardBytes.append(bytes)
      bytes -= endings[task]
    }
    return bytes
  }

  private func isKept(_ value: Int, _ choice: RetentionChoice) -> Bool {
    choice == .kept && reads.isReadBackward(value)
  }
}

extension RetentionRun {
  /// Meters other choices; `nil` as soon as their energy is beyond a limit.
  ///
  /// They stay until ``adopt()`` or ``reject()``.
  mutating func tryOut(
    _ changes: [RetentionTrial.Change], limit: Double
  ) -> RetentionMeter.Reading? {
    trial.begin()
    for change in changes { apply(change) }
    var reading = RetentionMeter.Reading()
    for task in forwardBytes.indices {
      reading.excess += meter.excess(forwardBytes[task] + trial.forwardShift(at: task))
    }
    guard meter.energy(reading) <= limit else { return nil }
    for index in stages.indices {
      let record =
        trial.concerns(index, touches) ? rerun(index) : stages[index].shifted(by: trial.shift)
      reading.extraCost += record.cost
      reading.excess += meter.excess(record.peak)
      guard meter.energy(reading) <= limit else { return nil }
    }
    return reading
  }

  mutating func reject() {
    for change in trial.replaced.reversed() { choices[change.value] = change.choice }
  }

  private mutating func apply(_ change: RetentionTrial.Change) {
    let old = choices[change.value]
    choices[change.value] = change.choice
    trial.replace(change.value, old)
    let (was, becomes) = (isKept(change.value, old), isKept(change.value, change.choice))
    guard was != becomes else { return }
    let bytes = becomes ? reads.bytes[change.value] : -reads.bytes[change.value]
    trial.toggle(change.value, bytes, after: reads.lastForwardReads[change.value])
  }

  /// Runs a stage with what is live before it now.
  private mutating func rerun(_ index: Int) -> StageRecord {
    let words = trial.wordCount
    for word in 0..<words {
      stage.live[word] = lives[index * words + word] ^ trial.difference[word]
    }
    stage.run(index, choices)
    let bytes = stages[index].bytesBefore + trial.shift
    let record = StageRecord(bytesBefore: bytes, peak: bytes + stage.peak, cost: stage.cost)
    let after = bytes + stage.growth
    let before = index + 1 < stages.count ? stages[index + 1].bytesBefore : after
    trial.note(
      RetentionTrial.Rerun(index: index, record: record), stage,
      next: lives[(index + 1) * words..<(index + 2) * words], shift: after - before)
    return record
  }

  /// Takes over the choices that were tried out last.
  mutating func adopt() {
    for task in forwardBytes.indices { forwardBytes[task] += trial.forwardShift(at: task) }
    trial.close()
    var first = 0
    for (position, rerun) in trial.reruns.enumerated() {
      shift(first...rerun.index, position)
      stages[rerun.index] = rerun.record
      for word in 0..<trial.wordCount {
        touches[rerun.index * trial.wordCount + word] =
          trial.rerunTouches[position * trial.wordCount + word]
      }
      first = rerun.index + 1
    }
    shift(first...stages.count, trial.reruns.count)
  }

  /// Makes some stages what they are after a number of reruns.
  private mutating func shift(_ indices: ClosedRange<Int>, _ position: Int) {
    let words = trial.wordCount
    for index in indices {
      for word in 0..<words {
        lives[index * words + word] ^= trial.differences[position * words + word]
      }
      if index < stages.count { stages[index] = stages[index].shifted(by: trial.shifts[position]) }
    }
  }
}
