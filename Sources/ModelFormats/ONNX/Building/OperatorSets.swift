import ModelGraph

/// The version of every operator set that a model or a function imports.
struct OperatorSets {
  private let versions: [String: Int]

  /// The version of a domain that is not imported.
  private let otherwise: (String) -> Int

  /// The sets of a whole model.
  ///
  /// Files before the third version of the format import nothing and mean the first operators.
  init(_ model: ModelMessage, log: inout DiagnosticLog) {
    versions = Self.checked(model.operatorSets, log: &log)
    let standard = model.version < 3 ? 1 : Node.currentVersion
    otherwise = { $0.isEmpty ? standard : 1 }
    if versions[""] == nil, model.version >= 3, versions.isEmpty {
      log.add(
        .warning, "missingOperatorSet",
        "the file imports no operator set; the newest, version \(Node.currentVersion), is assumed")
    }
  }

  /// The sets of a function in a model.
  init(_ function: FunctionMessage, in model: OperatorSets, log: inout DiagnosticLog) {
    versions = Self.checked(function.operatorSets, log: &log)
    otherwise = { model.version(of: $0) }
  }

  func version(of domain: String) -> Int { versions[domain] ?? otherwise(domain) }

  private static func checked(
    _ versions: [String: Int], log: inout DiagnosticLog
  ) -> [String: Int] {
    for (domain, version) in versions.sorted(by: { $0.key < $1.key })
    where version > limit(of: domain) || version < 1 {
      let name = domain.isEmpty ? "ai.onnx" : domain
      log.add(
        .warning, "unknownOperatorSet",
        "the file is written for version \(version) of the operator set \(name), of which versions"
          + " 1 to \(limit(of: domain)) are known; the nearest is used")
    }
    return Dictionary(
      uniqueKeysWithValues: versions.map { ($0.key, min(max($0.value, 1), limit(of: $0.key))) })
  }

  /// The newest version that is known; domains of others count as they like.
  private static func limit(of domain: String) -> Int {
    domain.isEmpty ? Node.currentVersion : 1_000_000
  }
}
