/// What a change of choices makes different, stage by stage, until it is adopted.
struct RetentionTrial {
  struct Change {
    var value: Int
    var choice: RetentionChoice
  }

  /// A stage that ran again.
  struct Rerun {
    var index: Int
    var record: StageRecord
  }

  let wordCount: Int
  private(set) var replaced: [Change] = []
  private(set) var reruns: [Rerun] = []
  private(set) var rerunTouches: [UInt64] = []

  /// The values live as they were not before, and the bytes more: now, and up to each rerun.
  private(set) var difference: [UInt64]
  private(set) var shift = 0
  private(set) var differences: [UInt64] = []
  private(set) var shifts: [Int] = []

  /// The bytes more while the forward tasks after a last reader run.
  private var forwardShifts: [(reader: Int, bytes: Int)] = []

  private var changed: [UInt64]
  private var watched: [UInt64]
  private var watchedWords = 0..<0

  init(wordCount: Int) {
    self.wordCount = wordCount
    difference = Array(repeating: 0, count: wordCount)
    changed = difference
    watched = difference
  }

  mutating func begin() {
    replaced.removeAll(keepingCapacity: true)
    reruns.removeAll(keepingCapacity: true)
    rerunTouches.removeAll(keepingCapacity: true)
    differences.removeAll(keepingCapacity: true)
    shifts.removeAll(keepingCapacity: true)
    forwardShifts.removeAll(keepingCapacity: true)
    for word in 0..<wordCount { (difference[word], changed[word]) = (0, 0) }
    shift = 0
  }

  mutating func replace(_ value: Int, _ old: RetentionChoice) {
    replaced.append(Change(value: value, choice: old))
    changed[value >> 6] |= 1 << UInt64(value & 63)
    watch()
  }

  /// Notes that a value that was gone after the forward pass is live, or the other way round.
  mutating func toggle(_ value: Int, _ bytes: Int, after reader: Int) {
    difference[value >> 6] ^= 1 << UInt64(value & 63)
    shift += bytes
    forwardShifts.append((reader, bytes))
    watch()
  }

  @inline(__always)
  func forwardShift(at task: Int) -> Int {
    var shift = 0
    for entry in forwardShifts where entry.reader < task { shift += entry.bytes }
    return shift
  }

  /// Whether the outcome of a stage may be another.
  @inline(__always)
  func concerns(_ index: Int, _ touches: [UInt64]) -> Bool {
    for word in watchedWords where watched[word] & touches[index * wordCount + word] != 0 {
      return true
    }
    return false
  }

  /// Notes what a stage is now, and what is different after it.
  mutating func note(
    _ rerun: Rerun, _ stage: RetentionStage, next lives: ArraySlice<UInt64>, shift newShift: Int
  ) {
    reruns.append(rerun)
    rerunTouches += stage.touched
    close()
    for word in 0..<wordCount {
      difference[word] = stage.live[word] ^ lives[lives.startIndex + word]
    }
    shift = newShift
    watch()
  }

  /// Keeps the difference up to the last rerun, or to the end.
  mutating func close() {
    differences += difference
    shifts.append(shift)
  }

  private mutating func watch() {
    var (first, end) = (wordCount, 0)
    for word in 0..<wordCount {
      watched[word] = difference[word] | changed[word]
      guard watched[word] != 0 else { continue }
      first = min(first, word)
      end = word + 1
    }
    watchedWords = min(first, end)..<end
  }
}
