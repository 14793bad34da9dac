import MemFit

/// A placement as a table and as a document.
struct ArenaAnswer: Presentable {
  private let file: String
  private let capacity: Int?
  private let problem: ArenaProblem
  private let solution: ArenaSolution

  init(file: String, capacity: Int?, _ problem: ArenaProblem, _ solution: ArenaSolution) {
    self.file = file
    self.capacity = capacity
    self.problem = problem
    self.solution = solution
  }

  func page(_ style: NumberStyle) -> Page {
    Page(
      title: file, subtitle: "\(problem.items.count) buffers",
      sections: [
        Section(
          key: "arena", title: "Arena", blocks: [.figures(figures), .paragraph(sentence)]),
        Section(key: "offsets", title: "Offsets", blocks: [.table(table)]),
      ])
  }

  private var figures: [Figure] {
    [
      Figure(
        "bytes", "arena", bytes: ByteCount(solution.arenaByteCount),
        note: solution.placement.planner),
      Figure(
        "lowerBoundBytes", "lower bound", bytes: ByteCount(solution.lowerBound),
        note: "no arena is smaller"),
      Figure("steps", "search steps", count: solution.steps),
    ]
  }

  private var sentence: String {
    let (size, bound) = (solution.arenaByteCount, solution.lowerBound)
    switch solution.status {
    case .optimal: return "Proven optimal: \(size) bytes, and no arena is smaller."
    case .feasible:
      let gap = size - bound
      return "Feasible: \(size) bytes; the smallest arena may be up to \(gap) bytes smaller."
    case .notFound where bound > capacity ?? .max:
      return "Proven not to fit: every arena takes at least \(bound) bytes."
    case .notFound:
      return "Not found in time: neither a placement nor a proof that there is none."
    }
  }

  private var table: Table {
    let columns = [
      Column("name", "Buffer", .name), Column("first", "From step", .number),
      Column("end", "Up to", .number), Column("bytes", "Size", .number),
      Column("offset", "Offset", .number),
    ]
    let order = problem.items.indices.sorted {
      (solution.placement.offsets[$0], $0) < (solution.placement.offsets[$1], $1)
    }
    return Table(key: "offsets", columns: columns, rows: order.map(row))
  }

  private func row(_ index: Int) -> [Cell] {
    let item = problem.items[index]
    return [
      .text(item.name), .count(item.buffer.lifetime.lowerBound),
      .count(item.buffer.lifetime.upperBound), .count(item.buffer.byteCount),
      .count(solution.placement.offsets[index]),
    ]
  }

  var json: JSON {
    let offsets = zip(problem.items, solution.placement.offsets).map { item, offset -> JSON in
      [
        "name": .string(item.name), "lower": .integer(item.buffer.lifetime.lowerBound),
        "upper": .integer(item.buffer.lifetime.upperBound),
        "bytes": .integer(item.buffer.byteCount), "offset": .integer(offset),
      ]
    }
    return [
      "memfit": .string(MemFit.version),
      "plan": [
        "arena": [
          "bytes": .integer(solution.arenaByteCount),
          "lowerBoundBytes": .integer(solution.lowerBound),
          "status": .string(solution.status.rawValue),
          "planner": .string(solution.placement.planner), "steps": .integer(solution.steps),
          "offsets": .array(offsets),
        ]
      ],
    ]
  }
}
