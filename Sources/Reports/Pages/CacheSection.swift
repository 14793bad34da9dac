import MemoryAnalysis
import ModelGraph

/// What a decoder keeps of the tokens it has seen, arranged for reading.
struct CacheSection {
  let footprint: CacheFootprint
  let isOverview: Bool
  let style: NumberStyle

  var section: Section {
    var blocks: [Block] = [.figures(figures)]
    if !isOverview { blocks.append(.table(layers)) }
    blocks.append(.table(reserved))
    return Section(key: "cache", title: "Cache · \(footprint.dataType.rawValue)", blocks: blocks)
  }

  private var figures: [Figure] {
    let assumed = footprint.isTypeAssumed ? ", type assumed" : ""
    var figures = [
      Figure(
        "bytesPerToken", "A token", bytes: footprint.perToken,
        note: footprint.perToken == footprint.perTokenBeyondWindows ? "each one more" : beyond),
      Figure(
        "bytesPerSequence", "A sequence", bytes: footprint.perSequence,
        count: footprint.context, note: "tokens of context"),
      Figure(
        "bytes", "Needed", bytes: footprint.needed, count: footprint.batch,
        note: (footprint.batch == 1 ? "sequence" : "sequences") + assumed),
    ]
    if footprint.state > .zero {
      figures.append(
        Figure("stateBytes", "State", bytes: footprint.state, note: "that does not grow, included"))
    }
    return figures
  }

  private var beyond: String {
    "\(style.bytes(footprint.perTokenBeyondWindows)) once windows are full"
  }

  private var layers: Table {
    Table(
      key: "layers", title: "Kept by layers",
      columns: [
        Column("layers", "Layers", .number), Column("tensors", "Each keeps", .text),
        Column("bytes", "Memory", .number),
      ],
      rows: footprint.groups.map { group in
        let tensors = group.tensors.map { tensor in
          "\(tensor.name) \(tensor.type.shape.map(String.init).joined(separator: "×"))"
        }
        return [
          .count(group.layers), .text(tensors.joined(separator: ", ")), .bytes(group.bytes),
        ]
      })
  }

  private var reserved: Table {
    Table(
      key: "reserved", title: "Set aside by runtimes",
      columns: [
        Column("runtime", "Runtime", .text), Column("bytes", "Memory", .number),
        Column("rule", "Rule", .text, isOptional: true),
      ],
      rows: footprint.reservations.map { reservation in
        [
          .text(reservation.title), reservation.bytes.map { .bytes($0) } ?? .missing,
          .text(reservation.rule),
        ]
      })
  }
}
