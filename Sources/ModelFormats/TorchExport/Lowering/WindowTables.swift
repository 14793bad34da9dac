import ModelGraph

/// The tables by which attention in windows looks up relative places, as torchvision makes them: after the layers of their module,
/// although the module lists them before.
///
/// Source: `ShiftedWindowAttention` of `models/swin_transformer.py` and `ShiftedWindowAttention3d` of that of videos, torchvision
/// 0.29.
struct WindowTables {
  private static let table = "relative_position_bias_table"
  private static let index = "relative_position_index"

  /// Windows of more pairs of places are not told.
  private static let mostPairs = 1 << 32

  private let areMade: Bool

  /// Looks whether a program calls torchvision's functions.
  init(_ body: ExportedBody) {
    let functions = ["shifted_window_attention", "shifted_window_attention_3d"]
    areMade = body.nodes.contains { node in
      guard let frame = node.frames.last, frame.file == "swin_transformer.py" else { return false }
      return functions.contains { frame.statement.functions.contains($0) }
    }
  }

  /// The names of tensors, listed by module, as they are made.
  func ordered(_ names: [String]) -> [String] {
    guard areMade else { return names }
    return ModulePaths.ordered(names) { own, children in
      own.contains(Self.table) ? children + own : own + children
    }
  }

  /// How a table, or the index of each pair of places in it, is made; `nil` for other tensors.
  func construction(of name: String, _ types: [String: TensorType]) -> [Construction.Step]? {
    guard areMade, let type = types[name] else { return nil }
    if name.hasSuffix(Self.table) { return [.make(name, type), .check(type)] }
    guard name.hasSuffix(Self.index), type.elementCount < Self.mostPairs else { return nil }
    // Places in a volume, if each pair has a row and a column of its own.
    let axes = type.rank > 1 ? 3 : 2
    let places = Int(Double(type.elementCount).squareRoot())
    var side = 1
    while (0..<axes).reduce(1, { product, _ in product * side }) < places { side += 1 }
    func label(_ part: String) -> String { "\(name) \(part)" }
    func make(_ part: String, _ count: Int) -> Construction.Step {
      .make(label(part), TensorType(.int64, [count]))
    }
    let lines = (0..<axes).map { "line \($0)" }
    let pairs = axes * type.elementCount
    return lines.map { make($0, side) } + [make("grid", axes * places)]
      + [make("differences", pairs), make("ordered", pairs), .drop(label("differences"))]
      + [.make(name, type)] + lines.reversed().map { .drop(label($0)) }
      + [.drop(label("grid")), .drop(label("ordered"))]
  }
}
