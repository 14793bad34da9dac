import ModelGraph

/// The reference of all operators as a page of Markdown: `Documentation/Operators.md`.
public struct OperatorReference: Sendable {
  private let definitions: [OperatorDefinition]

  public init(_ catalog: OperatorCatalog = .standard) { definitions = catalog.all }

  /// The page, one table for each domain.
  public var markdown: String {
    let domains = Set(definitions.map(\.name.domain)).sorted()
    return ([Self.introduction] + domains.map(section)).joined(separator: "\n")
  }

  private static let introduction = """
    # Operators

    What each operator means for memory. This page is made from the declarations in
    `Sources/Operators/Catalog`; a test checks that it is current, and makes it anew when the
    environment variable `MEMFIT_UPDATE` is 1.

    - **Example**: the types of the operands and of the results, checked by a test.
    - **Saved**: what of the example must outlive the forward pass if every operand needs a
      gradient; an em dash where there is no gradient.
    - **Besides**: tensors that the forward pass makes for backward, apart from its outputs.
    - **Views**: outputs that share the bytes of an input; in parentheses where only tensors with
      strides can.
    - **Over**: inputs whose buffer the first output may take over.

    """

  private func section(_ domain: String) -> String {
    let rows = definitions.filter { $0.name.domain == domain }.map(row)
    let title = domain.isEmpty ? "ONNX (`ai.onnx`) and our own" : "`\(domain)`"
    return """
      ## \(title): \(rows.count)

      | Operator | Example | Saved | Besides | Views | Over |
      | --- | --- | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      """
  }

  private func row(_ definition: OperatorDefinition) -> String {
    let cells = [
      definition.name.name, definition.example.text, definition.savedText,
      definition.auxiliaries.map(\.name).joined(separator: ", "), definition.viewsText,
      definition.overwrites.map(\.description).joined(separator: ", "),
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}

extension OperatorDefinition {
  fileprivate var savedText: String {
    guard !gradients.isEmpty else { return "—" }
    let inputs = Set(example.call.inputs.indices)
    let saved = savedForBackward(differentiating: inputs).filter(isInExample)
      .sorted { $0.order < $1.order }
    return saved.isEmpty ? "nothing" : saved.map(text).joined(separator: ", ")
  }

  private func isInExample(_ operand: Operand) -> Bool {
    switch operand {
    case .input(let index): example.call.has(index)
    case .output(let index): index < example.outputs.count
    case .auxiliary(let index):
      auxiliaries.indices.contains(index) && auxiliaries[index].type(example.call) != nil
    }
  }

  private func text(_ operand: Operand) -> String {
    switch operand {
    case .input(let index): "input \(index)"
    case .output(let index): "output \(index)"
    case .auxiliary(let index): auxiliaries[index].name
    }
  }

  fileprivate var viewsText: String {
    let views = aliases.map { "\($0.output) of \($0.input)" }
    let strided = stridedAliases.map { "(\($0.output) of \($0.input))" }
    return (views + strided).joined(separator: ", ")
  }
}

extension Operand {
  /// Inputs first, then outputs, then auxiliaries.
  fileprivate var order: Int {
    switch self {
    case .input(let index): index
    case .output(let index): 1000 + index
    case .auxiliary(let index): 2000 + index
    }
  }
}

extension Example {
  fileprivate var text: String {
    let inputs = call.inputs.map { $0?.text ?? "–" }.joined(separator: ", ")
    let results = outputs.map(\.text).joined(separator: ", ")
    let settings = call.attributes.entries.map { "\($0.name) \($0.value.text)" }.sorted()
    let with = settings.isEmpty ? "" : " with " + settings.joined(separator: ", ")
    return "\(inputs)\(with) → \(results)"
  }
}

extension ValueType {
  fileprivate var text: String {
    switch self {
    case .tensor(let type): type.description
    case .sequence(let elements): "sequence of \(elements.count)"
    case .optional(let wrapped): "optional \(wrapped?.text ?? "nothing")"
    case .unknown: "unknown"
    }
  }
}

extension AttributeValue {
  fileprivate var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .float(let value): "\(value)"
    case .string(let value): "`\(value)`"
    case .integers(let values): "\(values)"
    case .floats(let values): "\(values)"
    case .strings(let values): "\(values)"
    case .tensor(let value): value.type.description
    case .type, .opaque: "…"
    }
  }
}
