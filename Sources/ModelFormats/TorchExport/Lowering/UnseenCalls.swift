import ModelGraph

/// Calls of functions that are no module's `forward`, of which an export holds no frame.
///
/// What ran in one is known by the statement that calls it: `x = x + self._attn(self.norm1(x))` runs
/// in `_attn` whatever is neither in the modules that it names nor an operation that it writes out.
/// The names in the function are not known. A tensor is taken to have one until another of its shape
/// and type is made, or until the call returns, unless it looks like a part of an expression. What is
/// read again after another of its shape and type is made has a name of its own, and keeps it. What
/// only tensors like `torch.cat((token, x))` are made of loses its name to the last of them.
struct UnseenCalls {
  /// The frames of each node, those of unseen calls among them.
  private(set) var frames: [[PythonFrame]]

  /// The tensors that each call is given and nothing else names, by the call's first node.
  private(set) var arguments: [Int: [String]] = [:]

  /// The tensors whose names what a node makes takes over, by the node.
  private(set) var succeeded: [Int: [String]] = [:]

  private let body: ExportedBody
  private let uses: TensorUses

  /// Deeper frames are not looked into.
  private static let maximumDepth = 64

  init(_ body: ExportedBody, _ uses: TensorUses) {
    self.body = body
    self.uses = uses
    frames = body.nodes.map(\.frames)
    find(in: body.nodes.indices, depth: 0)
  }

  /// Finds the calls in the statements of the calls at a depth.
  private mutating func find(in range: Range<Int>, depth: Int) {
    guard depth < Self.maximumDepth else { return }
    var start = range.lowerBound
    while start < range.upperBound {
      guard let frame = frame(of: start, depth) else {
        start += 1
        continue
      }
      let rest = body.nodes[start..<range.upperBound]
      let end = rest.indices.first { !isIn(frame, $0, depth) } ?? range.upperBound
      if end - start > 1 {
        find(in: start..<end, depth: depth + 1)
        findCall(in: start..<end, Statement(frame: frame, depth: depth))
      }
      start = end
    }
  }

  private func frame(of index: Int, _ depth: Int) -> PythonFrame? {
    let frames = body.nodes[index].frames
    return depth < frames.count ? frames[depth] : nil
  }

  private func isIn(_ frame: PythonFrame, _ index: Int, _ depth: Int) -> Bool {
    let frames = body.nodes[index].frames
    return depth < frames.count && frames[depth] == frame
  }

  /// The module of the call that a node ran in at a depth; `nil` if there is no such call.
  private func module(of index: Int, _ depth: Int) -> String? {
    let frames = body.nodes[index].frames
    return depth < frames.count ? frames[depth].module : nil
  }
}

// MARK: One statement

extension UnseenCalls {
  /// A statement that several nodes in a row ran in.
  private struct Statement {
    var frame: PythonFrame
    var depth: Int
  }

  private mutating func findCall(in range: Range<Int>, _ statement: Statement) {
    let text = statement.frame.statement
    let isKnown = !text.members.isEmpty && known(range, statement.frame) != nil
    guard !text.methods.isEmpty || !text.functions.isEmpty || isKnown else { return }
    let children = children(range, statement)
    var called: Set<String> = []
    for (index, name) in children.enumerated() where index == 0 || name != children[index - 1] {
      if let name { called.insert(name) }
    }
    let callsFunction =
      (!text.functions.isEmpty || isKnown) && range.contains { isDirect($0, statement) }
    guard callsFunction || !text.methods.isSubset(of: called) else { return }
    let outside = called.intersection(text.attributes)
    var inside = range.filter { index in
      children[index - range.lowerBound].map { !outside.contains($0) } ?? true
    }
    while let last = inside.last, isDirect(last, statement), text.writesOut(target(last)) {
      inside.removeLast()
    }
    guard let first = inside.first, let last = inside.last, last > first else { return }
    let read = (first...last).flatMap { body.nodes[$0].tensorNames }
    arguments[first] = read.filter { name in
      uses.makers[name].map { range.lowerBound <= $0 && $0 < first } ?? false
    }
    insertFrames(first...last, statement)
  }

  private func known(
    _ nodes: some Sequence<Int>, _ frame: PythonFrame
  ) -> KnownFunction? {
    KnownFunction(calledBy: frame) { name in nodes.contains { target($0).name == name } }
  }

  private func isDirect(_ index: Int, _ statement: Statement) -> Bool {
    body.nodes[index].frames.count == statement.depth + 1
  }

  private func target(_ index: Int) -> AtenTarget { body.nodes[index].target }

  /// The names by which a statement's module knows the modules that nodes are in.
  private func children(_ range: Range<Int>, _ statement: Statement) -> [String?] {
    var (last, name): (module: String?, String?) = (nil, nil)
    return range.map { index in
      let module = module(of: index, statement.depth + 1)
      // Nodes in a row are of one module more often than not.
      if module != last {
        (last, name) = (module, module.flatMap { $0.child(of: statement.frame.module) })
      }
      return name
    }
  }

  private func child(_ index: Int, _ statement: Statement) -> String? {
    module(of: index, statement.depth + 1).flatMap { $0.child(of: statement.frame.module) }
  }

  /// Gives each node, and each call of a module, a statement of its own in the unseen call.
  private mutating func insertFrames(_ range: ClosedRange<Int>, _ statement: Statement) {
    var names = VariableNames()
    let known = known(range, statement.frame)
    let parts = parts(of: range, statement)
    var times: [String: Int] = [:]
    var inner: [String] = []
    var held: [String: String] = [:]
    for part in parts.all {
      let maker = child(part.lowerBound, statement) ?? target(part.lowerBound).name
      times[maker, default: 0] += 1
      if let known, maker == known.afterInner, part.lowerBound > range.lowerBound {
        succeeded[part.lowerBound - 1, default: []] += inner
      }
      let targets = body.nodes[part.upperBound].outputs.map { output in
        if let known { return known.variable(of: maker, time: times[maker] ?? 0) }
        return variable(output, madeIn: part, parts, statement.frame, &names)
      }
      for (output, target) in zip(body.nodes[part.upperBound].outputs, targets) {
        if let output, target.hasPrefix(KnownFunction.inner) { inner.append(output) }
        if let output, known != nil { held[target] = output }
      }
      if known != nil { held["operand of \(maker)"] = body.nodes[part.lowerBound].operand }
      for ended in known?.variablesEnded(by: maker, time: times[maker] ?? 0) ?? [] {
        if let tensor = held.removeValue(forKey: ended) {
          succeeded[part.upperBound, default: []].append(tensor)
        }
      }
      let call = PythonFrame(
        unseenAt: part.lowerBound, module: statement.frame.module, targets: targets)
      for index in part { frames[index].insert(call, at: statement.depth + 1) }
    }
  }

  /// The nodes of an unseen call: each by itself, but those of a module's call together.
  private struct Parts {
    var range: ClosedRange<Int>
    var all: [ClosedRange<Int>] = []

    /// Whether they are those of experts, each of which gets some of the rows.
    var isOfExperts = false

    /// The last node of the module's call that each node is in; `nil` if it is in none.
    var ends: [Int?] = []

    func isModuleCall(_ part: ClosedRange<Int>) -> Bool {
      ends[part.lowerBound - range.lowerBound] != nil
    }

    /// The last node of the one module's call that some nodes are in; `nil` if they are in several or none.
    func end(ofCallAround nodes: Set<Int>) -> Int? {
      let found = Set(nodes.map { range.contains($0) ? ends[$0 - range.lowerBound] : nil })
      return found.count == 1 ? found.first ?? nil : nil
    }
  }

  private func parts(of range: ClosedRange<Int>, _ statement: Statement) -> Parts {
    var parts = Parts(range: range)
    parts.isOfExperts = range.contains { target($0).name == "grouped_mm_fallback" }
    var start = range.lowerBound
    while start <= range.upperBound {
      let module = module(of: start, statement.depth + 1)
      let rest = (start...range.upperBound).dropFirst()
      let end =
        module.flatMap { module in
          rest.first { self.module(of: $0, statement.depth + 1) != module }
            ?? range.upperBound + 1
        } ?? start + 1
      parts.all.append(start...(end - 1))
      parts.ends += Array(repeating: module == nil ? nil : end - 1, count: end - start)
      start = end
    }
    return parts
  }

  /// The name that a tensor is taken to have; empty if it has none.
  private mutating func variable(
    _ name: String?, madeIn part: ClosedRange<Int>, _ parts: Parts, _ frame: PythonFrame,
    _ names: inout VariableNames
  ) -> String {
    let (range, index) = (parts.range, part.upperBound)
    guard let name, let tensor = body.tensors[name] else { return "" }
    if parts.isOfExperts, isBiasOfExperts(index) { return "selected_biases" }
    if isHalfOfCast(index, range), let end = joins(name, in: range) {
      // The function that turns them holds both until it returns.
      succeeded[end, default: []].append(name)
      return "half \(index)"
    }
    let isGate = parts.isOfExperts && target(index).name == "clamp"
    guard isGate || !isTemporary(name, madeAt: index, parts) else { return "" }
    if target(index).isCast, returnsSeveralCasts(including: index, range) { return "" }
    // Another shape of what nothing else reads goes by the same name.
    if uses.isSoleView(body.nodes[index]), !isShapeOfOwn(index, part) { return "" }
    if parts.isModuleCall(part), KnownFunction.joinsTokensInCall(frame),
      let end = joinedWithPlaces(name, range)
    {
      // The caller holds the patches until the function has joined them with tokens.
      succeeded[end, default: []].append(name)
      return "patches"
    }
    let copy = uses.soleCopy(of: name).flatMap { range.contains($0) ? $0 : nil }
    if let copy {
      // The same elements elsewhere go by the same name, as in `x = x.permute(0, 2, 3, 1).contiguous()`.
      guard parts.isModuleCall(part) else { return "" }
      // As in `x = block(x)` before it.
      succeeded[copy, default: []].append(name)
    }
    let readers = uses.readers(of: name)
    if frame.statement.makesMask { return maskVariable(name, madeAt: index, range, readers) }
    if let last = readers.max(), readers.allSatisfy({ takesOverName($0, range) }) {
      let end = KnownFunction.joinsTokensInCall(frame) ? places(addedTo: last) ?? last : last
      succeeded[end, default: []].append(name)
    } else if let end = parts.end(ofCallAround: readers),
      target(index).name.hasPrefix("upsample") || isNextOfList(end, after: index, frame)
    {
      // As in `x = self.patch_embed(x)` after `x = F.interpolate(x, size)`, and in a loop over stages.
      succeeded[end, default: []].append(name)
    }
    let shape = copy == nil ? uses.shape(of: name) : nil
    let moved = copy == nil ? moved(shape ?? name) : nil
    let sizes = (moved ?? shape).flatMap { body.tensors[$0]?.sizes } ?? tensor.sizes
    return names.name(
      of: VariableNames.Kind(sizes: sizes, dataType: tensor.dataType), holding: moved ?? name,
      madeOf: body.nodes[index].tensorNames,
      at: index, readUntil: readers.max() ?? index)
  }

  /// The tensor with its axes in another order, if that is all that is read of it and goes into one of its own shape, as in
  /// `x = self.proj(x).permute(0, 3, 1, 2)` and `x = x.softmax(dim=-1)`.
  private func moved(_ name: String) -> String? {
    func only(_ readers: [Int]) -> ExportedNode? {
      readers.count == 1 ? body.nodes[readers[0]] : nil
    }
    guard let view = only(uses.directReaders(of: name)), Self.moves.contains(view.target.name),
      let moved = view.outputs.first ?? nil,
      let reader = only(uses.directReaders(of: moved)), reader.target.name == "softmax",
      let result = reader.outputs.first ?? nil
    else { return nil }
    return body.tensors[result]?.sizes == body.tensors[moved]?.sizes ? moved : nil
  }

  private static let moves: Set = ["permute", "transpose"]

  /// Whether the last node of a module's call gives what the call makes another shape.
  private func isShapeOfOwn(_ index: Int, _ call: ClosedRange<Int>) -> Bool {
    let operand = body.nodes[index].operand
    return operand.flatMap { uses.makers[$0] }.map(call.contains) ?? false
  }

  /// Whether a module that a frame calls at a node is the next of a list that one called before is in.
  private func isNextOfList(_ index: Int, after other: Int, _ frame: PythonFrame) -> Bool {
    let depth = body.nodes[index].frames.firstIndex(of: frame).map { $0 + 1 } ?? 0
    guard let next = module(of: index, depth), let last = module(of: other, depth) else {
      return false
    }
    return next != last && next.isSibling(of: last)
  }

  /// The node that adds positions to what another has joined; `nil` if something else reads that.
  private func places(addedTo joined: Int) -> Int? {
    let reader = body.nodes[joined].outputs.first.flatMap(\.self).flatMap {
      uses.soleReader(of: $0, throughIndexing: false)
    }
    return reader.flatMap { target($0).name == "add" ? $0 : nil }
  }

  /// The node that joins the sum of a tensor and positions with others; `nil` if something else reads either.
  private func joinedWithPlaces(_ name: String, _ range: ClosedRange<Int>) -> Int? {
    guard let sum = uses.soleReader(of: name, throughIndexing: true), target(sum).name == "add",
      let placed = body.nodes[sum].outputs.first ?? nil,
      let end = uses.soleReader(of: placed, throughIndexing: false), target(end).name == "cat",
      range.contains(end)
    else { return nil }
    return end
  }

  private func takesOverName(_ reader: Int, _ range: ClosedRange<Int>) -> Bool {
    range.contains(reader) && target(reader).takesOverName
  }

  /// Whether an expression makes and reads a tensor.
  private func isTemporary(_ name: String, madeAt index: Int, _ parts: Parts) -> Bool {
    let range = parts.range
    if target(index).name == "neg" { return true }
    // As in `softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)`.
    let casts = uses.directReaders(of: name)
    if target(index).name == "softmax", !casts.isEmpty, casts.allSatisfy({ target($0).isCast }),
      body.nodes[index].arguments.contains(where: { $0.name == "dtype" && $0.value != .none })
    {
      return true
    }
    // As in `q.float() * cos + turned(q.float()) * sin`.
    if isCastAgain(index, range) { return true }
    if isHalfOfCast(index, range) { return true }
    let isMadeOfSizes = !body.nodes[index].arguments.contains { !$0.value.tensorNames.isEmpty }
    // As in `F.normalize(q) @ F.normalize(k).transpose(-2, -1)`.
    if isNormalized(index), let reader = uses.soleReader(of: name, throughIndexing: true),
      range.contains(reader), target(reader).name == "matmul"
    {
      return true
    }
    // A cast gives its operand's name to the result, as in `x = x.to(dtype)`.
    if let reader = uses.soleReader(of: name, throughIndexing: true), range.contains(reader),
      target(reader).isCast
    {
      // What is cast to be returned keeps its name, as in `return q.to(dtype), k.to(dtype)`.
      return !returnsSeveralCasts(including: reader, range)
    }
    guard let reader = uses.soleReader(of: name, throughIndexing: isMadeOfSizes),
      range.contains(reader)
    else { return false }
    let operation = target(reader)
    // As in `mask.masked_fill(mask != 0, -100).masked_fill(mask == 0, 0)`.
    if operation.name == "masked_fill",
      target(index).isComparison || target(index).name == operation.name
    {
      return true
    }
    // As in `torch.sigmoid(gate * alpha)`.
    if target(index).name == "mul", operation.name == "sigmoid" { return true }
    // What is written into a part of another, as in `scores[:, 1:] = a + b`.
    if operation.name == "copy" { return true }
    // Places in brackets, as in `table[places.long()]`.
    if operation.name == "index", target(index).isCast { return true }
    // A choice between scores and a number is too long for an operand.
    if target(index).name == "where", isMadeOfNumbers(name) { return false }
    // As in `torch.rsqrt(variance + eps)`.
    if target(index).name == "add", ["rsqrt", "sqrt"].contains(operation.name) { return true }
    return (operation.sign != nil || operation.name == "pow")
      && isInExpression(of: reader, from: index, parts)
  }

  /// Whether all that a call computes itself between a node and one that reads it goes into the latter, as the operands of one
  /// expression do; of anything else the statement that made the operand has ended, and named it.
  private func isInExpression(of reader: Int, from index: Int, _ parts: Parts) -> Bool {
    guard reader - index <= Self.longestExpression else { return true }
    var operands: Set<Int> = [reader]
    // What is written into parts of another tells nothing, nor do the parts.
    var writes = Set<Int>()
    for other in (index..<reader).dropFirst().reversed() {
      let readers = body.nodes[other].outputs.compactMap(\.self).flatMap(uses.directReaders)
      if readers.contains(where: operands.contains) {
        operands.insert(other)
      } else if target(other).isInPlace
        || !readers.isEmpty && readers.allSatisfy(writes.contains)
      {
        writes.insert(other)
      } else if !readers.isEmpty, !parts.isModuleCall(other...other) {
        return false
      }
    }
    return true
  }

  /// Longer expressions are not looked through.
  private static let longestExpression = 64

  /// Whether a node casts what another node of its call casts likewise.
  private func isCastAgain(_ index: Int, _ range: ClosedRange<Int>) -> Bool {
    guard body.nodes[index].method == "float", target(index).isCast,
      let operand = body.nodes[index].operand
    else { return false }
    return uses.directReaders(of: operand).contains {
      $0 != index && range.contains($0) && body.nodes[$0].method == "float"
    }
  }

  /// Whether a node takes a part of what its call casts more than once, as in `turned(q.float())`.
  private func isHalfOfCast(_ index: Int, _ range: ClosedRange<Int>) -> Bool {
    guard target(index).name == "slice",
      let maker = body.nodes[index].operand.flatMap({ uses.makers[$0] })
    else { return false }
    return isCastAgain(maker, range)
  }

  /// The node of a call that joins a tensor, or its negative, with another; `nil` if something else reads it.
  private func joins(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let reader = uses.soleReader(of: name, throughIndexing: false), range.contains(reader)
    else { return nil }
    if target(reader).name == "neg", let negative = body.nodes[reader].outputs.first ?? nil {
      return uses.soleReader(of: negative, throughIndexing: false).flatMap {
        range.contains($0) && target($0).name == "cat" ? $0 : nil
      }
    }
    return target(reader).name == "cat" ? reader : nil
  }

  /// Longer rows of casts at the end of a call are looked at as far as this.
  private static let mostReturned = 16

  /// Whether a call ends in several casts, of which a node is one.
  private func returnsSeveralCasts(including node: Int, _ range: ClosedRange<Int>) -> Bool {
    let ending = range.suffix(Self.mostReturned).reversed()
    let first = ending.prefix { target($0).isCast || target($0).isAssertion }.last
    guard let first, first <= node else { return false }
    return (first...range.upperBound).filter { target($0).isCast }.count > 1
  }
}

extension UnseenCalls {
  /// The name that a function of transformers gives what it makes on its way to a mask: places, what
  /// tells packed sequences apart, and the mask so far; empty for operands of expressions.
  ///
  /// Source: `masking_utils.py`, transformers 5.23.
  private mutating func maskVariable(
    _ name: String, madeAt index: Int, _ range: ClosedRange<Int>, _ readers: Set<Int>
  ) -> String {
    let operand = body.nodes[index].operand
    let maker = operand.flatMap { uses.makers[$0] }.map { target($0).name }
    let rest = index...range.upperBound
    switch target(index).name {
    case "cumsum": return name
    case "new_ones", "__and__", "__or__":
      if let choice = rest.first(where: { target($0).name == "where" }) {
        succeeded[choice, default: []].append(name)
      }
      return "result"
    case "sub" where readers.contains { target($0).name == "diff" }, "diff":
      // They go when it is known whether there are several sequences.
      if let question = rest.first(where: { target($0).name == "all" }) {
        succeeded[question, default: []].append(name)
      }
      return name
    case "add" where maker == "arange",
      "arange" where readers.isEmpty || !readers.allSatisfy { target($0).name == "add" }:
      // They go before numbers are made of truth values, or what tells sequences apart goes.
      let end = rest.first { ["zeros", "where"].contains(target($0).name) } ?? range.upperBound
      if end - 1 > index { succeeded[end - 1, default: []].append(name) }
      return name
    case "index" where readers.count > 1:
      // The functions of several masks that are one are given it.
      let last = readers.max() ?? index
      let end = rest.first { $0 > last && target($0).name == "__and__" }
      if let end { succeeded[end, default: []].append(name) }
      return end == nil ? "" : name
    case "to": return operand.flatMap { body.tensors[$0]?.dataType } == .bool ? "" : name
    default: return ""
    }
  }

  /// Whether a node takes rows of a parameter.
  ///
  /// Source: `grouped_mm_experts_forward` of `integrations/moe.py`, transformers 5.23.
  private func isBiasOfExperts(_ index: Int) -> Bool {
    let operand = body.nodes[index].operand
    return target(index).name == "index" && operand.map { uses.makers[$0] == nil } ?? false
  }

  private func isMadeOfNumbers(_ name: String) -> Bool {
    body.tensors[name]?.dataType.isFloatingPoint ?? false
  }

  /// Whether a node divides a tensor by its own length, as `normalize` does.
  private func isNormalized(_ index: Int) -> Bool {
    let operands = body.nodes[index].tensorNames
    guard target(index).name == "div", operands.count == 2,
      let maker = uses.makers[operands[1]]
    else { return false }
    return target(maker).name == "expand_as"
  }
}

extension PythonStatement {
  /// Whether a function of transformers makes an attention mask, or a part of it, in it.
  fileprivate var makesMask: Bool { createsMask || functions.contains("mask_function") }

  /// Whether a statement asks for an operation by its sign or as a method.
  fileprivate func writesOut(_ target: AtenTarget) -> Bool {
    members.contains(target.name) || target.sign.map { signs.contains($0) } ?? false
      || target.name == "matmul" && signs.contains(UInt8(ascii: "@"))
  }
}

extension AtenTarget {
  /// The sign by which Python asks for it.
  var sign: UInt8? {
    switch name {
    case "add": UInt8(ascii: "+")
    case "sub", "rsub": UInt8(ascii: "-")
    case "mul": UInt8(ascii: "*")
    case "div": UInt8(ascii: "/")
    default: nil
    }
  }

  /// Whether its result goes by its operand's name, as of `x = x.mean([2, 3])` with another shape.
  fileprivate var takesOverName: Bool {
    name == "cat" || name == "mean" || name.containsBytes(of: "pool")
  }

  fileprivate var isComparison: Bool { ["eq", "ne", "lt", "le", "gt", "ge"].contains(name) }
}

extension String {
  /// The name by which a module knows the one in it that a path leads to, or through; `nil` if the path is its own.
  ///
  /// A module that is elsewhere goes by its own name.
  func child(of owner: String) -> String? {
    let (dot, number) = (UInt8(ascii: "."), UInt8(ascii: "@"))
    guard startsWithBytes(of: owner[...]) else { return dottedParts.last.map(String.init) }
    let inside = utf8.dropFirst(owner.utf8.count).drop { $0 == dot }
    return inside.isEmpty ? nil : String(Substring(inside.prefix { $0 != dot && $0 != number }))
  }
}
