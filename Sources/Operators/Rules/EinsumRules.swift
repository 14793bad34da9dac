import ModelGraph

extension ShapeRule {
  /// The sizes of the indices that the result names.
  static let einsum = ShapeRule.tensor { call throws(ShapeError) in
    let equation = try EinsumEquation(call)
    return TensorType(try call.dataType(0), try equation.outputShape())
  }
}

extension WorkRule {
  /// One product for each combination of all indices, for each operand after the first.
  static let einsum = WorkRule { call, _ in
    guard let equation = try? EinsumEquation(call) else { return .zero }
    let combinations = Shape(Array(equation.sizes.values)).elementCount
    return Work(
      multiplyAccumulates: saturatingProduct(combinations, max(1, call.inputs.count - 1)))
  }
}

/// An equation such as `bij,bjk->bik`, with the size of each index.
///
/// The axes that `...` stands for are named by digits, counted from the end.
struct EinsumEquation {
  /// An index: letters, of which no two are compared as people read them.
  typealias Label = Unicode.Scalar

  var output: [Label]

  /// The index of each axis of each operand.
  private(set) var operands: [[Label]] = []
  private(set) var sizes: [Label: Int] = [:]

  init(_ call: OperatorCall) throws(ShapeError) {
    guard let text = call.attributes.string("equation") else {
      throw .missingAttribute("equation")
    }
    let sides = Self.sides(text.unicodeScalars.filter { $0 != " " })
    let terms = sides.inputs.split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == call.inputs.count else {
      throw .attribute(
        name: "equation", expected: "\(call.inputs.count) operands", found: text)
    }
    var counts: [Label: Int] = [:]
    var ellipsisRank = 0
    output = []
    for (index, term) in terms.enumerated() {
      let shape = try call.shape(index)
      let labels = try Self.labels(Array(term), rank: shape.count, input: index, shape: shape)
      operands.append(labels)
      ellipsisRank = max(ellipsisRank, labels.count { $0.isNumber })
      for (label, size) in zip(labels, shape) {
        counts[label, default: 0] += 1
        try bind(label, size: size)
      }
    }
    output = Self.outputLabels(sides.output, counts: counts, ellipsisRank: ellipsisRank)
  }

  func outputShape() throws(ShapeError) -> Shape {
    var shape: Shape = []
    for label in output {
      guard let size = sizes[label] else {
        throw .attribute(
          name: "equation", expected: "indices of the operands in the result",
          found: String(label))
      }
      shape.append(size)
    }
    return shape
  }

  /// Notes the size of an index; a size of 1 repeats where `...` stands for it.
  private mutating func bind(_ label: Label, size: Int) throws(ShapeError) {
    guard let known = sizes[label], known != size else {
      sizes[label] = size
      return
    }
    guard known == 1 || size == 1 else {
      throw .incompatible(rule: "index \(label) has two sizes", shapes: [[known], [size]])
    }
    sizes[label] = max(known, size)
  }
}

extension EinsumEquation {
  private static func sides(_ text: [Label]) -> (inputs: [Label], output: [Label]?) {
    guard let arrow = text.firstIndex(of: "-"), arrow + 1 < text.count, text[arrow + 1] == ">"
    else { return (text, nil) }
    return (Array(text[..<arrow]), Array(text[(arrow + 2)...]))
  }

  /// One label for each axis of an operand.
  private static func labels(
    _ term: [Label], rank: Int, input: Int, shape: Shape
  ) throws(ShapeError) -> [Label] {
    let named = term.count { $0 != "." }
    let covered = term.contains(".") ? rank - named : 0
    guard covered >= 0, covered < 10, named + covered == rank else {
      throw .rank(
        input: input, expected: "the axes \(String(String.UnicodeScalarView(term)))", found: shape)
    }
    return expand(term, ellipsis: ellipsis(covered))
  }

  /// The labels of the result: those named, or all that occur once, in alphabetical order.
  private static func outputLabels(
    _ term: [Label]?, counts: [Label: Int], ellipsisRank: Int
  ) -> [Label] {
    if let term { return expand(term, ellipsis: ellipsis(ellipsisRank)) }
    let once = counts.filter { $0.value == 1 && !$0.key.isNumber }.keys.sorted()
    return ellipsis(ellipsisRank) + once
  }

  private static func expand(_ term: [Label], ellipsis: [Label]) -> [Label] {
    guard let dot = term.firstIndex(of: ".") else { return term }
    return term[..<dot] + ellipsis + term[dot...].filter { $0 != "." }
  }

  private static func ellipsis(_ count: Int) -> [Label] {
    (0..<count).reversed().compactMap { Label(0x30 + $0) }
  }
}

extension EinsumEquation.Label {
  /// Whether it names an axis that `...` stands for.
  fileprivate var isNumber: Bool { "0"..."9" ~= self }
}
