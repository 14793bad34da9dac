import MemoryAnalysis
import ModelGraph

extension ParameterParts {
  /// The parts that there are, as figures below that of all parameters.
  func figures(_ style: NumberStyle) -> [Figure] {
    var figures: [Figure] = []
    func add(_ key: String, _ title: String, _ tally: Tally, _ note: String) {
      figures.append(Figure(key, title, bytes: tally.bytes, count: tally.count, note: note))
    }
    if !tied.isEmpty {
      add("countingTiedTwice", "Tied twice", countingTiedTwice, "shared tensors under every name")
    }
    if embedding.count > 0 {
      add("embedding", "Embeddings", embedding, "tables that are looked up")
    }
    if head.count > 0 { add("head", "Head", head, "to the vocabulary, its own tensor") }
    guard experts.count > 0 else { return figures }
    add("experts", "Experts", experts, routing.map { routed($0, style) } ?? "routing not said")
    if let active { add("active", "Active", active, "what a token goes through") }
    return figures
  }

  private func routed(_ routing: ExpertRouting, _ style: NumberStyle) -> String {
    "a token uses \(style.count(routing.used)) of \(style.count(routing.count))"
  }

  /// The names that share a tensor.
  func tiedTable(limit: Int) -> Table {
    Table(
      key: "tied", title: "Names that share a tensor",
      columns: [
        Column("names", "Names", .name), Column("count", "Parameters", .number),
        Column("bytes", "Memory", .number),
      ],
      rows: tied.prefix(limit).map { tensor in
        [.text(tensor.shownNames), .count(tensor.content.count), .bytes(tensor.content.bytes)]
      },
      more: tied.count > limit
        ? Table.More(count: tied.count - limit, how: "--layers") : nil)
  }
}

extension ParameterParts.TiedTensor {
  /// The first names, so that a line stays one.
  fileprivate var shownNames: String {
    let first = names.prefix(2).joined(separator: ", ")
    return names.count > 2 ? "\(first) and \(names.count - 2) more" : first
  }
}
