/// Which of the gaps that are large enough a greedy planner takes.
public enum GapChoice: String, Hashable, Sendable {
  /// The lowest.
  case first

  /// The smallest; the lowest of several.
  case best
}

/// A placed buffer, as the search for a gap sees it.
struct PlacedRange {
  var offset: Int
  var end: Int
}

extension GapChoice {
  /// The offset for a buffer among placed ones sorted by offset; above them if no gap suits.
  func offset(for byteCount: Int, among placed: [PlacedRange]) -> Int {
    var top = 0
    var chosen: (offset: Int, room: Int)?
    for range in placed {
      let room = range.offset - top
      if room >= byteCount, room < chosen?.room ?? .max {
        chosen = (top, room)
        if self == .first { break }
      }
      top = max(top, range.end)
    }
    return chosen?.offset ?? top
  }
}
