/// Builds orders task by task and keeps the most promising sets at each length.
struct BeamSearch {
  let instance: OrderInstance

  /// The sets kept at each length.
  let width: Int

  /// The peak that is known to be needed.
  let floor: Int

  private struct Candidate {
    var ideal: Ideal
    var trail: Int32
  }

  /// A move and the trail that it goes on from.
  private struct Trail {
    var previous: Int32
    var moves: [Int32]
  }

  /// An order of local tasks that stays below a peak; `nil` if none was met.
  func run(below ceiling: Int, until deadline: Deadline) -> [Int]? {
    var trails: [Trail] = []
    var best: (peak: Int, trail: Int32)?
    var beam: [Candidate] = []
    var start = Candidate(ideal: Ideal(instance), trail: -1)
    var moves: [Int32] = []
    instance.runFree(below: floor, on: &start.ideal, &moves)
    trails.append(Trail(previous: -1, moves: moves))
    start.trail = 0
    beam = [start]
    while !beam.isEmpty, !deadline.hasPassed {
      let limit = best?.peak ?? ceiling
      for done in beam where done.ideal.doneCount == instance.taskCount && done.ideal.peak < limit {
        if done.ideal.peak < best?.peak ?? ceiling { best = (done.ideal.peak, done.trail) }
      }
      beam = advance(beam, below: best?.peak ?? ceiling, &trails)
    }
    return best.map { Self.path($0.trail, trails) }
  }

  private func advance(
    _ beam: [Candidate], below ceiling: Int, _ trails: inout [Trail]
  ) -> [Candidate] {
    var next: [(candidate: Candidate, moves: [Int32])] = []
    var seen = FingerprintTable()
    for candidate in beam {
      for position in candidate.ideal.ready.indices {
        let effect = instance.effect(of: candidate.ideal.ready[position], on: candidate.ideal)
        let peak = max(candidate.ideal.peak, candidate.ideal.live + effect.during)
        guard peak < ceiling else { continue }
        var ideal = candidate.ideal
        var moves = [ideal.ready[position]]
        instance.run(at: position, effect, on: &ideal)
        instance.runFree(below: max(peak, floor), on: &ideal, &moves)
        let known = Int(seen[ideal.print])
        if known >= 0, next[known].candidate.ideal.peak <= ideal.peak { continue }
        seen[ideal.print] = Int32(next.count)
        next.append((Candidate(ideal: ideal, trail: candidate.trail), moves))
      }
    }
    return keep(next, &trails)
  }

  private func keep(
    _ next: [(candidate: Candidate, moves: [Int32])], _ trails: inout [Trail]
  ) -> [Candidate] {
    let order = next.indices.sorted { precedes(next[$0].candidate, next[$1].candidate) }
    return order.prefix(width).map { index in
      var candidate = next[index].candidate
      trails.append(Trail(previous: candidate.trail, moves: next[index].moves))
      candidate.trail = Int32(trails.count - 1)
      return candidate
    }
  }

  private func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    let (first, second) = (max(a.ideal.peak, floor), max(b.ideal.peak, floor))
    if first != second { return first < second }
    return a.ideal.live == b.ideal.live
      ? a.ideal.doneCount > b.ideal.doneCount : a.ideal.live < b.ideal.live
  }

  private static func path(_ trail: Int32, _ trails: [Trail]) -> [Int] {
    var stretches: [[Int32]] = []
    var next = trail
    while next >= 0 {
      stretches.append(trails[Int(next)].moves)
      next = trails[Int(next)].previous
    }
    return stretches.reversed().joined().map { Int($0) }
  }
}
