import ModelGraph

/// Names for tensors of an unseen call: one for each shape and type, as long as no tensor is read after
/// the next of its kind is made.
///
/// What is made of a tensor of its own kind that nothing else reads any more goes by that one's name.
struct VariableNames {
  struct Kind: Hashable {
    var sizes: AxisSizes<SymbolicSize>
    var dataType: DataType
  }

  private struct Variable {
    var tensor: String
    var lastRead: Int
  }

  /// The number of each kind, in the order in which they were first named.
  private var kinds: [Kind: Int] = [:]

  /// The variables of each kind, in the order in which they were first named.
  private var variables: [[Variable]] = []

  /// The one of each kind that was given a value last.
  private var latest: [Int?] = []

  /// The one of its kind that holds each tensor, or has held it.
  private var places: [String: Int] = [:]

  /// The name of a tensor of a kind.
  mutating func name(
    of asked: Kind, holding tensor: String, madeOf operands: [String], at index: Int,
    readUntil last: Int
  ) -> String {
    let variable = Variable(tensor: tensor, lastRead: last)
    let kind = number(of: asked)
    let place = free(kind, operands, index) ?? variables[kind].count
    if place == variables[kind].count {
      variables[kind].append(variable)
    } else {
      variables[kind][place] = variable
    }
    (latest[kind], places[tensor]) = (place, place)
    return "kind \(kind) \(place)"
  }

  private mutating func number(of kind: Kind) -> Int {
    if let number = kinds[kind] { return number }
    kinds[kind] = variables.count
    variables.append([])
    latest.append(nil)
    return variables.count - 1
  }

  /// A variable of a kind that what is made at a node takes over; `nil` if it has one of its own.
  private func free(_ kind: Int, _ operands: [String], _ index: Int) -> Int? {
    let all = variables[kind]
    let held = operands.lazy.compactMap { operand in
      places[operand].flatMap { all.indices.contains($0) && all[$0].tensor == operand ? $0 : nil }
    }
    return held.first { all[$0].lastRead <= index }
      ?? latest[kind].flatMap { all[$0].lastRead <= index ? $0 : nil }
  }
}
