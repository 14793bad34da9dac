import ModelGraph
import Operators

extension ParameterParts {
  /// Where the figures come from.
  func explanations(of model: Model, isGuessed: Bool) -> [Explanation] {
    let origin = "tensors of \(model.source)"
    let toldByNames: Explanation.Certainty = isGuessed ? .assumed : .exact
    func line(
      _ key: String, _ formula: String, _ numbers: String,
      _ certainty: Explanation.Certainty = .exact
    ) -> Explanation {
      Explanation(
        key: "store.parameters.\(key).count", formula: formula, numbers: numbers, origin: origin,
        certainty: certainty)
    }
    var lines: [Explanation] = []
    if !tied.isEmpty {
      lines.append(
        line("countingTiedTwice", "Σ product of the sizes under every name", tiedNumbers))
    }
    if embedding.count > 0 {
      lines.append(
        line(
          "embedding", "Σ rows × features of the tables that are looked up", numbers(embedding),
          toldByNames))
    }
    if head.count > 0 {
      lines.append(
        line("head", "vocabulary × features, where no other layer has it", numbers(head)))
    }
    if experts.count > 0 {
      lines.append(
        line("experts", "Σ experts that routers choose among", numbers(experts), toldByNames))
      lines.append(
        line(
          "active", "parameters − experts × (experts − used) / experts", activeNumbers,
          active == nil ? .assumed : toldByNames))
    }
    return lines
  }

  private func numbers(_ tally: Tally) -> String {
    "\(grouped(tally.count)) elements, \(grouped(tally.bytes.value)) bytes"
  }

  private var tiedNumbers: String {
    let again = tied.prefix(12).map { tensor in
      grouped(saturatingProduct(tensor.content.count, tensor.names.count - 1))
    }
    let groups = "\(grouped(tied.count)) tensors of several names"
    return "\(grouped(countingTiedTwice.count)), of which again \(again.joined(separator: " + ")) "
      + "in \(groups)"
  }

  private var activeNumbers: String {
    guard let active, let routing else { return "UNKNOWN: nothing says how many experts are used" }
    return "\(routing.used) of \(routing.count) experts: \(numbers(active))"
  }
}
