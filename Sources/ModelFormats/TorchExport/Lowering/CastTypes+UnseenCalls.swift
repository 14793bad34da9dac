import ModelGraph

extension CastTypes {
  /// Some casts of one call of a function of which the file tells no statement.
  struct UnseenCall {
    var casts: [Int]

    /// The place of the statement that calls the function among the frames of its nodes.
    var depth: Int
    var frame: PythonFrame
  }

  /// Tells the types that functions ask for whose statements the file does not tell.
  ///
  /// They cast what they are given before they compute, and give back the type that it had, as in
  ///
  /// ```
  /// initial_dtype = query.dtype
  /// query, key = [x.to(torch.float32) for x in (query, key)]
  /// return f(query, key).to(initial_dtype)
  /// ```
  mutating func tellUnseenCalls(_ uses: Deferred<TensorUses>) {
    for call in unseenCalls() {
      defer { tellPartners(call, uses) }
      guard call.casts.count > 1 else {
        giveBackType(call, uses)
        continue
      }
      let made = computing(in: call)
      // What was cast back may be joined with what was not turned.
      let lastMade = made.last { body.nodes[$0].target.name != "cat" }
      guard let firstMade = made.first, let lastMade else { continue }
      let leading = call.casts.prefix { $0 < firstMade }
      guard leading.count < call.casts.count else { continue }
      let operands = leading.compactMap { body.nodes[$0].operand }
      let given = operands.first { uses.value.makers[$0] != nil }
      guard let given else { continue }
      if leading.count > 1, leading.allSatisfy({ body.nodes[$0].method == "to" }) {
        markSingle(leading, call)
      }
      for index in call.casts where index > lastMade && body.nodes[index].method == "to" {
        guard let result = body.nodes[index].outputs.first ?? nil else { continue }
        models[result] = models[result] ?? given
      }
    }
  }

  /// Tells that what a function casts for a product or a sum alone is cast to the type of the other operand, as in
  /// `x * scale.to(x.dtype)`.
  private mutating func tellPartners(_ call: UnseenCall, _ uses: Deferred<TensorUses>) {
    for index in call.casts where body.nodes[index].method == "to" {
      let node = body.nodes[index]
      guard node.target.overload == "dtype", node.frames.last?.namesSinglePrecision == false,
        let result = node.outputs.first ?? nil, models[result] == nil,
        let reader = uses.value.directReaders(of: result).first,
        body.nodes[reader].frames == node.frames
      else { continue }
      models[result] = partner(of: index, uses.value)
    }
  }

  /// The other number that a product or a sum reads that alone reads what a cast gives; `nil` if something else reads that.
  func partner(of cast: Int, _ uses: TensorUses) -> String? {
    guard let result = body.nodes[cast].outputs.first ?? nil,
      case let readers = uses.directReaders(of: result), readers.count == 1,
      body.nodes[readers[0]].target.sign != nil
    else { return nil }
    return body.nodes[readers[0]].tensorNames.first { name in
      name != result && uses.makers[name].map { $0 < cast } ?? false
        && body.tensors[name]?.dataType.isFloatingPoint ?? false
    }
  }

  /// Tells that a function which casts nothing but what it has computed gives back the type of what it is given first, as
  /// in `return (x * cos + turned(x) * sin).to(x.dtype)`.
  private mutating func giveBackType(_ call: UnseenCall, _ uses: Deferred<TensorUses>) {
    let index = call.casts[0]
    let cast = body.nodes[index]
    let makers = uses.value.makers
    guard cast.method == "to", cast.target.overload == "dtype",
      let result = cast.outputs.first ?? nil, models[result] == nil,
      let maker = cast.operand.flatMap({ makers[$0] })
    else { return }
    let statement = body.nodes[..<index].reversed().prefix { node in
      node.frames.count > call.depth && node.frames[call.depth] == call.frame
    }
    let start = index - statement.count
    guard maker >= start, !body.nodes[maker].onlyMoves else { return }
    let read = body.nodes[start..<index].flatMap(\.tensorNames)
    models[result] = read.first { name in
      let isNumbers = body.tensors[name]?.dataType.isFloatingPoint ?? false
      return isNumbers && makers[name].map { $0 < start } ?? false
    }
  }

  /// Marks numbers that are made of integers alone and cast to the type of something else at the end as of
  /// single precision.
  ///
  /// That is, as in
  ///
  /// ```
  /// slopes = torch.pow(torch.tensor(base, dtype=torch.float32), powers)
  /// places = (slopes * positions).to(x.dtype)
  /// ```
  mutating func markMadeOfIntegers(_ uses: Deferred<TensorUses>) {
    for node in body.nodes where node.method == "to" && node.target.overload == "dtype" {
      guard body.castsNothing(node), node.frames.last?.namesSinglePrecision == false,
        let numbers = numbers(madeInto: node, uses)
      else { continue }
      for index in numbers {
        let last = body.nodes[index].frames.count - 1
        body.nodes[index].frames[last].namesSinglePrecision = true
      }
    }
  }

  /// The nodes that make numbers of which alone, beside integers, a cast's operand is made; `nil` if there is
  /// anything else.
  private func numbers(madeInto cast: ExportedNode, _ uses: Deferred<TensorUses>) -> [Int]? {
    var (waiting, seen, found) = (cast.operand.map { [$0] } ?? [], Set<String>(), [Int]())
    while let name = waiting.popLast(), seen.insert(name).inserted {
      guard seen.count <= Self.mostSteps, let maker = uses.value.makers[name] else { return nil }
      let node = body.nodes[maker]
      let floating = node.tensorNames.filter {
        body.tensors[$0]?.dataType.isFloatingPoint ?? true
      }
      if floating.isEmpty {
        guard node.makesNumbers, !node.frames.isEmpty else { return nil }
        found.append(maker)
      }
      waiting += floating.filter { !seen.contains($0) }
    }
    return found.isEmpty ? nil : found
  }

  /// Numbers made in more steps are not looked into.
  private static let mostSteps = 16

  /// The nodes of a call from its first cast on.
  private func nodes(of call: UnseenCall) -> Range<Int> {
    let start = call.casts[0]
    let count = body.nodes[start...].prefix { node in
      node.frames.count > call.depth && node.frames[call.depth] == call.frame
    }.count
    return start..<(start + count)
  }

  /// The nodes of a call that make anything but other shapes and types.
  private func computing(in call: UnseenCall) -> [Int] {
    nodes(of: call).filter { !body.nodes[$0].onlyMoves }
  }

  /// Marks what a call casts before it computes, and the tensors that it makes for it, as of single precision.
  private mutating func markSingle(_ leading: ArraySlice<Int>, _ call: UnseenCall) {
    let casts = Set(leading)
    for index in nodes(of: call) where casts.contains(index) || body.nodes[index].makesNumbers {
      guard body.nodes[index].frames.count == call.depth + 1 else { continue }
      body.nodes[index].frames[call.depth].namesSinglePrecision = true
    }
  }

  private func unseenCalls() -> [UnseenCall] {
    var calls: [UnseenCall] = []
    for index in body.nodes.indices where ["to", "float"].contains(body.nodes[index].method) {
      let node = body.nodes[index]
      guard let frame = node.frames.last, body.castsNothing(node),
        !frame.statement.members.contains(node.method)
      else { continue }
      let depth = node.frames.count - 1
      if let last = calls.last?.casts.last, calls[calls.count - 1].frame == frame,
        calls[calls.count - 1].depth == depth,
        body.nodes[last...index].allSatisfy({ $0.frames.count > depth && $0.frames[depth] == frame }
        )
      {
        calls[calls.count - 1].casts.append(index)
      } else {
        calls.append(UnseenCall(casts: [index], depth: depth, frame: frame))
      }
    }
    return calls
  }
}

extension ExportedNode {
  /// Whether it makes a tensor of a shape and a type.
  fileprivate var makesNumbers: Bool {
    ["zeros", "ones", "eye", "empty", "full"].contains(target.name)
  }

  fileprivate var onlyMoves: Bool {
    let moves: Set = [
      "view", "reshape", "flatten", "unsqueeze", "squeeze", "transpose", "permute", "expand",
      "slice", "select", "contiguous", "clone", "detach",
    ]
    return target.isCast || target.isAssertion || moves.contains(target.name)
  }
}
