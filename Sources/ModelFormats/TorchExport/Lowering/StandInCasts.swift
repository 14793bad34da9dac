import ModelGraph

/// Casts that have nothing to do where a program is traced, so that their results stand for their
/// operands in all that is traced after them.
///
/// Python goes on with the operand where the result was a part of an expression, as in
/// `variance = x.to(torch.float32).pow(2).mean(-1)`, or of a module's own work, as in a norm that computes
/// in single precision what a residual path passes by. In 16 bits the two are not the same.
struct StandInCasts {
  /// The program with the operands in their places.
  private(set) var body: ExportedBody

  init(_ program: ExportedBody) {
    body = program
    let casts = program.nodes.indices.filter { Self.isStandIn(program.nodes[$0], program) }
    guard !casts.isEmpty else { return }
    let uses = TensorUses(program)
    // What a cast is given may stand for something else itself.
    for index in casts { giveBack(index, uses) }
  }

  private static func isStandIn(_ node: ExportedNode, _ body: ExportedBody) -> Bool {
    guard ["to", "float", "type_as", "_to_copy"].contains(node.target.name),
      let operand = node.arguments.first?.value.tensorNames.first,
      let result = node.outputs.first, let result, !node.frames.isEmpty
    else { return false }
    return body.tensors[operand]?.dataType == .float32 && body.tensors[result]?.dataType == .float32
  }

  /// Gives the operand of a cast to the nodes that Python gives it to.
  private mutating func giveBack(_ index: Int, _ uses: TensorUses) {
    let cast = body.nodes[index]
    guard let result = cast.outputs.first ?? nil,
      let operand = cast.arguments.first?.value.tensorNames.first
    else { return }
    let readers = uses.directReaders(of: result)
    let places = readers.map { Place(of: body.nodes[$0], seenFrom: cast) }
    let isPartOfCall = places.contains { $0 != .elsewhere }
    let isPartOfExpression = places.contains(.statement)
    for (reader, place) in zip(readers, places) {
      let readsOperand = place == .call ? isPartOfExpression : place == .elsewhere && isPartOfCall
      if readsOperand { body.nodes[reader].replace(result, by: operand) }
    }
    guard isPartOfCall else { return }
    for place in body.outputs.indices where body.outputs[place] == .tensor(result) {
      body.outputs[place] = .tensor(operand)
    }
  }

  /// Where a node runs, seen from another.
  private enum Place {
    case statement, call, elsewhere

    init(of node: ExportedNode, seenFrom other: ExportedNode) {
      let depth = other.frames.count - 1
      guard node.frames.indices.contains(depth),
        node.frames[depth].file == other.frames[depth].file,
        node.frames[depth].module == other.frames[depth].module
      else {
        self = .elsewhere
        return
      }
      self = node.frames[depth].line == other.frames[depth].line ? .statement : .call
    }
  }
}

extension ExportedNode {
  fileprivate mutating func replace(_ name: String, by other: String) {
    for index in arguments.indices {
      switch arguments[index].value {
      case .tensor(name): arguments[index].value = .tensor(other)
      case .tensors(let names):
        arguments[index].value = .tensors(names.map { $0 == name ? other : $0 })
      default: continue
      }
    }
  }
}
