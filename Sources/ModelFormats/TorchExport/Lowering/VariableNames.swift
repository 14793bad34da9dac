/// Names for tensors of an unseen call: one for each shape and type, as long as no tensor is read after
/// the next of its kind is made.
///
/// What is made of a tensor of its own kind that nothing else reads any more goes by that one's name.
struct VariableNames {
  private struct Variable {
    var tensor: String
    var lastRead: Int
  }

  /// The variables of each kind, in the order in which they were first named.
  private var variables: [String: [Variable]] = [:]

  /// The one of each kind that was given a value last.
  private var latest: [String: Int] = [:]

  /// The one of its kind that holds each tensor, or has held it.
  private var places: [String: Int] = [:]

  /// The name of a tensor of a kind.
  mutating func name(
    of kind: String, holding tensor: String, madeOf operands: [String], at index: Int,
    readUntil last: Int
  ) -> String {
    let variable = Variable(tensor: tensor, lastRead: last)
    let place = free(kind, operands, index) ?? variables[kind]?.count ?? 0
    if place == variables[kind]?.count ?? 0 {
      variables[kind, default: []].append(variable)
    } else {
      variables[kind]?[place] = variable
    }
    (latest[kind], places[tensor]) = (place, place)
    return place == 0 ? kind : "\(kind) \(place)"
  }

  /// A variable of a kind that what is made at a node takes over; `nil` if it has one of its own.
  private func free(_ kind: String, _ operands: [String], _ index: Int) -> Int? {
    guard let all = variables[kind] else { return nil }
    let held = operands.lazy.compactMap { operand in
      places[operand].flatMap { all.indices.contains($0) && all[$0].tensor == operand ? $0 : nil }
    }
    return held.first { all[$0].lastRead <= index }
      ?? latest[kind].flatMap { all[$0].lastRead <= index ? $0 : nil }
  }
}
