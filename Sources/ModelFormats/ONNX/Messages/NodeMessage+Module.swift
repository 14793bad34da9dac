extension NodeMessage {
  /// The path of the module call that made the node, where the exporter says it.
  ///
  /// PyTorch's exporter writes the scopes from the model inwards, as a Python list whose last
  /// entry is the operator; its predecessor wrote `/layer1/layer1.0/conv1/Conv` as the node's name.
  var module: String? {
    if let scopes { return Self.module(ofScopes: scopes) }
    guard name.hasPrefix("/") else { return nil }
    return Self.module(ofPath: name)
  }

  private static func module(ofScopes text: String) -> String? {
    let scopes = text.split(separator: ",").map { part in
      part.drop { " ['\"".contains($0) }.prefix { !"]'\"".contains($0) }
    }
    return scopes.dropLast().last.map(String.init)
  }

  /// Joins the parts of a path, of which each may repeat the one before: `layer1/layer1.0`.
  private static func module(ofPath path: String) -> String {
    var modules: [Substring] = []
    for part in path.split(separator: "/").dropLast() {
      if let last = modules.last, part.hasPrefix("\(last).") { modules.removeLast() }
      modules.append(part)
    }
    return modules.joined(separator: ".")
  }
}
