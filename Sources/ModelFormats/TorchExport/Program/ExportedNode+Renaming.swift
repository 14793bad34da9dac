extension ExportedNode {
  /// The node with other names for what it is given and makes, where they are listed.
  func renamed(_ names: [String: String]) -> ExportedNode {
    guard !names.isEmpty else { return self }
    var node = self
    node.outputs = outputs.map { name in name.map { names[$0] ?? $0 } }
    node.renameOperands(names)
    return node
  }

  /// Gives the node other tensors and sizes in place of those that are listed.
  mutating func renameOperands(_ names: [String: String]) {
    for index in arguments.indices {
      arguments[index].value = arguments[index].value.renamed(names)
    }
  }
}

extension ExportedArgument {
  func renamed(_ names: [String: String]) -> ExportedArgument {
    switch self {
    case .tensor(let name): .tensor(names[name] ?? name)
    case .tensors(let all): .tensors(all.map { name in name.map { names[$0] ?? $0 } })
    case .size(let size): .size(size.renamed(names))
    case .sizes(let all): .sizes(all.map { $0.renamed(names) })
    default: self
    }
  }
}

extension ExportedArgument.Size {
  func renamed(_ names: [String: String]) -> Self {
    guard case .name(let name) = self else { return self }
    return .name(names[name] ?? name)
  }
}
