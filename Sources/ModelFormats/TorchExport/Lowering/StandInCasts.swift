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
    let casts = program.nodes.indices.filter { program.castsNothing(program.nodes[$0]) }
    guard !casts.isEmpty else { return }
    let uses = TensorUses(program)
    // What a cast is given may stand for something else itself.
    for index in casts { giveBack(index, uses) }
  }

  /// Gives the operand of a cast to the nodes that Python gives it to.
  private mutating func giveBack(_ index: Int, _ uses: TensorUses) {
    let cast = body.nodes[index]
    guard let result = cast.outputs.first ?? nil,
      let operand = cast.operand
    else { return }
    let readers = uses.directReaders(of: result)
    let places = readers.map { Place(of: body.nodes[$0], seenFrom: cast) }
    let isPartOfCall = places.contains { $0 != .elsewhere }
    let isPartOfExpression = places.contains(.statement)
    if places.allSatisfy({ $0 == .statement }), isCastForProduct(index, readers, uses) {
      for reader in readers.sorted().dropFirst() {
        body.nodes[reader].renameOperands([result: operand])
      }
    }
    for reader in readers where isSameCast(reader, as: cast) {
      body.nodes[reader].renameOperands([result: operand])
    }
    for reader in readersOfOperand(readers, cast, uses) {
      body.nodes[reader].renameOperands([result: operand])
    }
    for (reader, place) in zip(readers, places) {
      let readsOperand = place == .call ? isPartOfExpression : place == .elsewhere && isPartOfCall
      if readsOperand { body.nodes[reader].renameOperands([result: operand]) }
      // As in `f(x.float()).type_as(x)`.
      if place == .statement { body.nodes[reader].renameModel([result: operand]) }
    }
    if isPartOfCall { body.outputs = body.outputs.map { $0.renamed([result: operand]) } }
  }

  /// The readers of a cast in its own statement that Python gives its operand to.
  ///
  /// An expression is read once: `x * x.float().square()` multiplies `x` itself. A function of which the file tells no statement casts
  /// nothing twice: in `x.float() * cos + turned(x).float() * sin` it turns `x` itself.
  private func readersOfOperand(
    _ readers: [Int], _ cast: ExportedNode, _ uses: TensorUses
  ) -> [Int] {
    guard cast.method == "float", readers.count > 1, let frame = cast.frames.last,
      let first = readers.min()
    else { return [] }
    let others = readers.filter { $0 != first && body.nodes[$0].frames == cast.frames }
    guard frame.statement.members.contains("float") else {
      return others.filter { isMovedIntoCast($0, like: cast, uses) }
    }
    let method = frame.raised?.method ?? ""
    return !method.isEmpty && body.nodes[first].method == method ? others : []
  }

  /// Whether what a node gives is only moved and turned until it is cast as something else was.
  private func isMovedIntoCast(_ index: Int, like cast: ExportedNode, _ uses: TensorUses) -> Bool {
    var (waiting, steps) = ([index], 0)
    while let next = waiting.popLast(), steps < Self.mostSteps {
      steps += 1
      let node = body.nodes[next]
      guard node.frames == cast.frames else { continue }
      if node.method == "float", body.castsNothing(node) { return true }
      guard Self.moves.contains(node.target.name) else { continue }
      for case let name? in node.outputs { waiting += uses.directReaders(of: name) }
    }
    return false
  }

  /// Operations that turn pairs of elements, and how many of them are looked at.
  private static let moves: Set = [
    "slice", "select", "chunk", "split", "neg", "stack", "cat", "flatten", "unsqueeze", "view",
    "reshape",
  ]
  private static let mostSteps = 16

  /// Whether a function of which the file tells no statement casts once more what it has cast.
  ///
  /// That is, as in `q.float() * cos + turned(q.float()) * sin`.
  private func isSameCast(_ reader: Int, as cast: ExportedNode) -> Bool {
    let other = body.nodes[reader]
    return cast.method == "float" && other.method == "float" && body.castsNothing(other)
      && other.frames == cast.frames
      && cast.frames.last?.statement.members.contains("float") == false
  }

  /// Whether a function of which the file tells no statement casts a sum for a product alone.
  ///
  /// A recurrence goes on with the sum itself, as in
  ///
  /// ```
  /// state = decay * state + update
  /// output = torch.matmul(state.to(dtype), weights)
  /// ```
  private func isCastForProduct(_ index: Int, _ readers: [Int], _ uses: TensorUses) -> Bool {
    let cast = body.nodes[index]
    guard readers.count > 1, let first = readers.min(), body.nodes[first].target.name == "matmul",
      cast.method == "to", let frame = cast.frames.last, !frame.statement.members.contains("to"),
      let maker = cast.operand.flatMap({ uses.makers[$0] })
    else { return false }
    return body.nodes[maker].target.name == "add" && body.nodes[maker].frames == cast.frames
  }

  /// Where a node runs, seen from another.
  private enum Place {
    case statement, call, elsewhere

    init(of node: ExportedNode, seenFrom other: ExportedNode) {
      let depth = other.frames.count - 1
      guard node.frames.indices.contains(depth),
        node.frames[depth].call == other.frames[depth].call
      else {
        self = .elsewhere
        return
      }
      self = node.frames[depth].line == other.frames[depth].line ? .statement : .call
    }
  }
}

extension ExportedNode {
  /// Renames the tensor whose type a cast asks for, unless that is what is cast.
  fileprivate mutating func renameModel(_ names: [String: String]) {
    guard target.isCast, let index = arguments.firstIndex(where: { $0.name == "other" }) else {
      return
    }
    arguments[index].value = arguments[index].value.renamed(names)
  }
}

extension ExportedBody {
  /// Whether a node of a module casts single precision to itself.
  func castsNothing(_ node: ExportedNode) -> Bool {
    guard node.target.isCast, !node.frames.isEmpty, let result = node.outputs.first ?? nil,
      let operand = node.operand
    else { return false }
    return tensors[operand]?.dataType == .float32 && tensors[result]?.dataType == .float32
  }
}
