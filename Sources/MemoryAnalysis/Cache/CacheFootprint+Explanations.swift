import ModelGraph

extension CacheFootprint {
  /// Where the figures come from.
  public var explanations: [Explanation] {
    let origin = "the layers' sizes, \(dataType.rawValue)\(isTypeAssumed ? " assumed" : "")"
    let certainty: Explanation.Certainty = isTypeAssumed ? .assumed : .exact
    return [
      Explanation(
        key: "run.cache.bytes",
        formula: "batch × Σ tensors of all layers, entries × bytes of an entry",
        numbers: "\(numbers) = \(grouped(needed.value)) bytes", origin: origin,
        certainty: certainty),
      Explanation(
        key: "run.cache.bytesPerToken", formula: "Σ bytes of one entry of every growing tensor",
        numbers: "\(grouped(perToken.value)) bytes", origin: origin, certainty: certainty),
    ]
      + reservations.map { reservation in
        Explanation(
          key: "run.cache.reserved.\(reservation.key)", formula: reservation.rule,
          numbers: reservation.bytes.map { "\(grouped($0.value)) bytes" } ?? "not in this type",
          origin: reservation.source, certainty: .modelled)
      }
  }

  private var numbers: String {
    groups.map { group in
      let tensors = group.tensors.map { "\($0.name) \($0.type)" }.joined(separator: " + ")
      return "\(grouped(group.layers)) × (\(tensors))"
    }.joined(separator: " + ")
  }
}
