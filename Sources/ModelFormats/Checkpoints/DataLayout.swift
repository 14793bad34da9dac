import ByteFormats
import ModelGraph

/// Where the tensors of a checkpoint lie in the bytes after its header.
struct DataLayout {
  /// The names of the tensors, in the order of the header.
  private(set) var names: [String] = []

  /// The bytes of each tensor, counted from the start of the data.
  private(set) var ranges: [Range<Int>] = []

  /// The bytes of data that the file has.
  let byteCount: Int

  /// The multiple at which tensors start; fewer bytes than that between two are no hole.
  let alignment: Int

  init(byteCount: Int, alignment: Int = 1) {
    self.byteCount = max(0, byteCount)
    self.alignment = max(1, alignment)
  }

  mutating func append(_ name: String, _ range: Range<Int>) {
    names.append(name)
    ranges.append(range)
  }

  /// Numbers the storages, tensors of the same bytes alike, and reports what does not add up.
  func storages(reportingTo log: inout DiagnosticLog) -> [Int] {
    var storages = Array(ranges.indices)
    var previous: Int?
    var end = 0
    for index in indicesByPosition {
      let range = ranges[index]
      if let previous, ranges[previous] == range {
        storages[index] = storages[previous]
        reportShared(index, with: previous, to: &log)
        continue
      }
      reportGap(before: index, after: previous, end: end, to: &log)
      previous = index
      end = max(end, range.upperBound)
    }
    reportEnd(end, to: &log)
    return storages
  }

  /// The tensors that have bytes, by where they start; a file written in order is not sorted again.
  private var indicesByPosition: [Int] {
    let indices = ranges.indices.filter { !ranges[$0].isEmpty }
    let precedes = { (a: Int, b: Int) in
      let (first, second) = (ranges[a], ranges[b])
      return (first.lowerBound, first.upperBound, a) < (second.lowerBound, second.upperBound, b)
    }
    let isSorted = zip(indices, indices.dropFirst()).allSatisfy(precedes)
    return isSorted ? indices : indices.sorted(by: precedes)
  }
}

// MARK: What does not add up

extension DataLayout {
  private func reportShared(_ index: Int, with other: Int, to log: inout DiagnosticLog) {
    log.add(
      .note, "sharedStorage",
      "\(names[index].quoted) has the bytes of \(names[other].quoted); "
        + "they are counted once", at: names[index].shortened(to: 200))
  }

  private func reportGap(
    before index: Int, after previous: Int?, end: Int, to log: inout DiagnosticLog
  ) {
    let range = ranges[index]
    if range.lowerBound < end, let previous {
      let name = names[index]
      log.add(
        .warning, "overlappingTensors",
        "\(name.quoted) starts \(end - range.lowerBound) bytes before the end of the data "
          + "before it, \(names[previous].quoted) among it", at: name.shortened(to: 200))
    } else if range.lowerBound - end >= alignment {
      let name = names[index]
      log.add(
        .warning, "unusedBytes",
        "\(range.lowerBound - end) bytes before \(name.quoted) belong to no tensor",
        at: name.shortened(to: 200))
    }
  }

  private func reportEnd(_ end: Int, to log: inout DiagnosticLog) {
    if end > byteCount {
      let cut = ranges.count { !$0.isEmpty && $0.upperBound > byteCount }
      log.add(
        .error, "missingData",
        "the file is cut: \(end - byteCount) of \(end) bytes of data are missing, "
          + "and \(cut) of \(ranges.count) tensors with them")
    } else if byteCount - end >= alignment {
      log.add(
        .warning, "trailingBytes", "\(byteCount - end) bytes after the last tensor belong to none")
    }
  }
}
