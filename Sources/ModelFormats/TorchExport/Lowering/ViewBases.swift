import ModelGraph

/// The tensors that views in a program are views of.
struct ViewBases {
  /// The tensor that owns the bytes, by the view's name.
  private(set) var bases: NameMap<String> = [:]

  private static let views: Set = [
    "select", "slice", "narrow", "view", "unsqueeze", "squeeze", "expand", "transpose", "permute",
    "t", "diagonal", "as_strided", "unfold", "alias",
  ]

  init(_ body: ExportedBody) {
    guard body.calls(\.isCopy) else { return }
    for node in body.nodes where Self.views.contains(node.target.name) {
      guard let operand = node.tensor("self"), let output = node.outputs.first, let output else {
        continue
      }
      bases[output] = bases[operand] ?? operand
    }
  }
}

extension AtenTarget {
  fileprivate var isCopy: Bool { isInPlace && name == "copy" }
}
