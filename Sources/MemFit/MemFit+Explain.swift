public import Reports

extension MemFit {
  /// The derivations of the figures whose key is, or begins with, a path of the JSON report.
  public static func explanations(
    of report: Report, key: String?
  ) throws(RequestError) -> ExplanationList {
    let all = report.explanations
    let chosen = all.filter { explanation in
      guard let key else { return true }
      return explanation.key == key || explanation.key.hasPrefix("\(key).")
    }
    if let key, chosen.isEmpty {
      throw .unknownFigure(key: key, known: all.map(\.key))
    }
    return ExplanationList(version: report.version, model: report.model, explanations: chosen)
  }
}
