import ModelGraph

/// How long variables of Python hold what nodes make.
///
/// A statement of a module's `forward` gives the output of its last node a name; the name holds it
/// until another statement takes the name for something else, or the call returns.
struct PythonVariables {
  /// The last hold of a variable on each value, by the value's name.
  private(set) var holds: NameMap<Hold> = [:]

  /// A variable that lets go of a value after a node.
  struct Hold {
    var node: Int

    /// How deep the call is that the variable belongs to.
    var depth: CallDepth

    /// The place among all that variables let go of.
    var place: Int
  }

  private var count = 0

  private var open: [VariablesOfCall] = []

  private let body: ExportedBody

  /// The calls that each node ran in, those of functions too that the file does not tell.
  private let frames: [[PythonFrame]]
  private let uses: TensorUses
  private let returned: ReturnedTensors

  init(_ body: ExportedBody) {
    self.body = body
    uses = TensorUses(body)
    returned = ReturnedTensors(body, uses)
    let calls = UnseenCalls(body, uses)
    frames = calls.frames
    for (index, frames) in calls.frames.enumerated() where !frames.isEmpty {
      if index > 0 {
        finishStatements(before: frames, at: index - 1, body.nodes[index - 1].outputs)
        for name in calls.succeeded[index - 1] ?? [] { drop(name, at: index - 1) }
        if let depth = depth(ofStatementAt: index), !open[depth].frame.isUnseen {
          renameVariable(readAt: index, depth)
          nameAgain(readAt: index, depth)
        }
      }
      for frame in frames[open.count...] {
        var call = VariablesOfCall(frame: frame, start: index)
        call.note(frame.statement)
        if frame.isUnseen, frame.line == index {
          for name in calls.arguments[index] ?? [] {
            _ = call.assign(name, to: "argument \(name)")
          }
        }
        open.append(consume call)
      }
      if frames.last?.joinsVariableBy.contains(body.nodes[index].target.name) ?? false {
        holdList(body.nodes[index], at: index)
      }
    }
    close(to: 0, at: body.nodes.count - 1)
  }

  /// The innermost call whose statement begins at a node.
  private func depth(ofStatementAt index: Int) -> Int? {
    var depth = open.count - 1
    while depth >= 0, open[depth].start != index { depth -= 1 }
    return depth < 0 ? nil : depth
  }

  /// Holds the tensors that a variable lists until the call returns.
  private mutating func holdList(_ node: ExportedNode, at index: Int) {
    guard let last = open.indices.last else { return }
    let names = node.arguments.first?.value.tensorNames ?? []
    // A list lets go of its last member first.
    for (place, name) in names.enumerated().reversed() {
      _ = open[last].assign(name, to: "\(index)[\(place)]")
    }
  }

  /// Ends the statements and calls that the next node is not part of.
  private mutating func finishStatements(
    before next: [PythonFrame], at index: Int, _ outputs: [String?]
  ) {
    var depth = 0
    while depth < open.count, depth < next.count, open[depth].frame.isOfCall(of: next[depth]) {
      depth += 1
      if open[depth - 1].frame.line != next[depth - 1].line { break }
    }
    let returned = open.indices.contains(depth) ? open[depth].frame.module : nil
    close(to: depth, at: index)
    guard depth > 0 else { return }
    // What else belongs to the same statement works on what a call in it has returned.
    guard
      open[depth - 1].frame != next[depth - 1] || isNextTime(of: returned, next, depth)
    else { return }
    assign(outputs, at: depth - 1, index)
    open[depth - 1].go(to: next[depth - 1], at: index + 1)
  }

  /// Whether a call at a depth, after one of another module, is its statement's next time in a loop: only
  /// one of the next module of a list is.
  private func isNextTime(of returned: String?, _ next: [PythonFrame], _ depth: Int) -> Bool {
    guard let returned, next.indices.contains(depth) else { return false }
    return !open[depth - 1].frame.listsInExpression
      && next[depth].module.isSibling(of: returned)
  }

  private mutating func assign(_ outputs: [String?], at depth: Int, _ index: Int) {
    if open[depth].frame.isComprehension, let target = open[depth].frame.targets.first {
      return open[depth].collect(outputs, in: target)
    }
    let nodes = open[depth].start...index
    if let list = open[depth].frame.memberTarget { return replaceMembers(of: list, nodes, depth) }
    let targets = self.targets(outputs, at: depth, index)
    for (target, output) in zip(targets, results(outputs, nodes, targets.count)) {
      guard let output, !target.isEmpty else { continue }
      if let old = open[depth].assign(output, to: target) { release(old, at: index, depth) }
      for old in open[depth].dropList(target) { release(old, at: index, depth) }
    }
    guard let last = targets.last, !last.isEmpty, !open[depth].frame.isUnseen else { return }
    let isOnly = targets.count == 1
    let assigned = Set(
      (isOnly ? outputs : results(outputs, nodes, targets.count)).compactMap(\.self))
    var extras = returned.extras(nodes, depth: depth, assigned: assigned)
    // As in `self_outputs = self.self(x)`, which returns a tuple.
    if isOnly, Self.tuplesOfLayers.contains(last),
      nodes.contains(where: {
        body.nodes[$0].isWrittenOutAttention && body.nodes[$0].returnsWeights
      }),
      let weights = attentionWeights(nodes)
    {
      extras.append(weights)
    }
    // What a layer is given and gives back, the next one is given.
    if !isOnly, extras.isEmpty {
      extras = (open[depth].extras[last] ?? []).filter { uses.isRead($0, in: nodes) }
    }
    for old in open[depth].extras.updateValue(extras, forKey: last) ?? [] {
      release(old, at: index, depth)
    }
  }

  /// Gives members of a list the values that a statement has made for them, as often as it ran in a loop.
  private mutating func replaceMembers(of list: String, _ nodes: ClosedRange<Int>, _ depth: Int) {
    guard nodes.count <= Self.longestStatement else { return }
    let last = body.nodes[nodes.upperBound].target.name
    for index in nodes where body.nodes[index].target.name == last {
      guard let value = body.nodes[index].outputs.first ?? nil else { continue }
      let sizes = body.tensors[value]?.sizes
      let old = open[depth].replaceMember(of: list, with: value) { member in
        uses.isRead(member, in: nodes.lowerBound...index) && body.tensors[member]?.sizes == sizes
      }
      if let old { release(old, at: index, depth) }
    }
  }

  /// The variables that a statement gives a value.
  ///
  /// Of a statement that goes on over several lines a file tells only one. What that makes then has the
  /// name that a later statement reads it by: one that the line reads itself and is read no more, or the
  /// only one that is known to hold nothing else that is read there; else one of its own. What an earlier
  /// line reads is an argument, and has none.
  private func targets(_ outputs: [String?], at depth: Int, _ index: Int) -> [String] {
    let call = open[depth]
    if call.frame.closesBracket, !call.openTargets.isEmpty { return call.openTargets }
    guard call.frame.targets.isEmpty, call.frame.isExpression, !call.frame.isUnseen,
      let output = outputs.first, let output
    else { return call.frame.targets }
    guard let reader = uses.readers(of: output).filter({ $0 > index }).min() else {
      // One of a dictionary's values.
      return call.frame.isListed ? ["line \(call.frame.line)"] : []
    }
    guard let later = body.nodes[reader].frames.dropFirst(depth).first,
      later.call == call.frame.call
    else { return [] }
    let stale = call.frame.statement.readNames.filter { name in
      guard later.statement.readNames.contains(name), let old = call.variables[name] else {
        return false
      }
      return !uses.readers(of: uses.base(of: old)).contains { $0 > index }
    }
    if stale.count == 1 { return Array(stale) }
    guard later.line > call.frame.line, !later.isContinued else { return [] }
    return [name(readAt: reader, depth) ?? "line \(call.frame.line)"]
  }

  /// The only name of a statement that holds nothing that it reads, as far as is known; `nil` if there are
  /// several.
  private func name(readAt reader: Int, _ depth: Int) -> String? {
    func frame(_ node: ExportedNode) -> PythonFrame? { node.frames.dropFirst(depth).first }
    guard let statement = frame(body.nodes[reader]) else { return nil }
    let earlier = body.nodes[..<reader].suffix(Self.longestStatement).reversed()
    let nodes =
      earlier.prefix { frame($0) == statement }
      + body.nodes[reader...].prefix(Self.longestStatement).prefix { frame($0) == statement }
    let read = Set(nodes.flatMap(\.tensorNames))
    let unexplained = statement.statement.contentNames.filter { name in
      !open[depth].isKnown(name, toHoldOneOf: read)
    }
    return unexplained.count == 1 ? unexplained.first : nil
  }

  /// Gives a variable what a statement reads under its name, if that is another tensor than it held.
  ///
  /// A file does not tell of statements like `x = outputs[0]`, which make nothing.
  private mutating func renameVariable(readAt index: Int, _ depth: Int) {
    let names = open[depth].frame.statement.readNames
    let variables = open[depth].variables
    guard readsElse(than: names.compactMap { variables[$0] }, from: index, depth) else { return }
    var named: [String: String] = [:]
    for name in names { named[name] = variables[name] }
    let wanted = Set(named.values.map { uses.base(of: $0) })
    guard let read = tensorsRead(from: index, depth, unlessAllOf: wanted) else { return }
    let stale = named.filter { !read.contains(uses.base(of: $0.value)) }
    guard stale.count == 1, let (name, old) = stale.first else { return }
    let others = variables.filter { named[$0.key.text] == nil }.values
    let found = (others + open[depth].extras.values.flatMap(\.self)).filter {
      read.contains(uses.base(of: $0))
    }
    guard let sizes = body.tensors[old]?.sizes else { return }
    guard let value = open[depth].latest(of: found),
      Set(found.map { uses.base(of: $0) }).count == 1, body.tensors[value]?.sizes == sizes
    else {
      return renameEarlier(name, from: old, to: read, notHeldBy: wanted, depth, found.isEmpty)
    }
    _ = open[depth].assign(value, to: name)
    release(old, at: index - 1, depth)
  }

  /// Gives a variable what a statement has given another one that holds something else by now, and lets go of what it held when
  /// that was made.
  ///
  /// As with `residual = x` before `x = f(x)`, which is read by `x = residual + x`.
  private mutating func renameEarlier(
    _ name: String, from old: String, to read: Set<String>, notHeldBy named: Set<String>,
    _ depth: Int, _ isHeldByNone: Bool
  ) {
    guard isHeldByNone, open[depth].unknownName == nil else { return }
    let found = open[depth].given.filter {
      let base = uses.base(of: $0)
      return read.contains(base) && !named.contains(base)
    }
    guard let value = found.last, Set(found.map { uses.base(of: $0) }).count == 1,
      let maker = uses.makers[value], body.tensors[value]?.sizes == body.tensors[old]?.sizes
    else { return }
    _ = open[depth].assign(value, to: name)
    release(old, at: maker, depth)
  }

  /// Gives a name that has no value yet what a statement reads under it, if something that the call has made is all
  /// that it can be.
  ///
  /// A file does not tell of statements like `shortcut = x`, which make nothing.
  private mutating func nameAgain(readAt index: Int, _ depth: Int) {
    guard !open[depth].given.isEmpty, let name = open[depth].unknownName,
      let read = tensorsRead(from: index, depth, unlessAllOf: nil)
    else { return }
    let call = open[depth]
    let named = call.frame.statement.contentNames
    let explained = Set(
      named.flatMap { name in
        [call.variables[name]].compactMap(\.self) + (call.extras[name] ?? [])
      }.map { uses.base(of: $0) })
    let found = call.given.filter {
      let base = uses.base(of: $0)
      return read.contains(base) && !explained.contains(base)
    }
    guard let value = found.last, Set(found.map { uses.base(of: $0) }).count == 1 else { return }
    _ = open[depth].assign(value, to: name)
  }

  /// The tensors of which a statement that begins at a node reads other shapes or parts; `nil` if it is
  /// too long, or reads all of some.
  private func tensorsRead(
    from index: Int, _ depth: Int, unlessAllOf wanted: Set<String>?
  ) -> Set<String>? {
    let end = min(body.nodes.count, index + Self.longestStatement)
    var read = Set<String>()
    for place in index..<end {
      guard isOfStatement(at: index, place, depth) else { return read }
      for name in body.nodes[place].tensorNames { read.insert(uses.base(of: name)) }
      if wanted?.isSubset(of: read) ?? false { return nil }
    }
    return end == body.nodes.count ? read : nil
  }

  /// Whether a statement that begins at a node does not read other shapes or parts of all of some values, of which there are
  /// any.
  private func readsElse(than values: [String], from index: Int, _ depth: Int) -> Bool {
    var missing = values.map { uses.base(of: $0) }
    for place in index..<min(body.nodes.count, index + Self.longestStatement) {
      guard !missing.isEmpty, isOfStatement(at: index, place, depth) else { break }
      for name in body.nodes[place].tensorNames {
        let base = uses.base(of: name)
        missing.removeAll { $0 == base }
      }
    }
    return !missing.isEmpty
  }

  /// Whether a node is of the same statement at a depth as an earlier one, and of the same time that it runs in a loop.
  private func isOfStatement(at index: Int, _ place: Int, _ depth: Int) -> Bool {
    guard place != index else { return true }
    guard frames[index].count > depth else { return frames[place].count <= depth }
    guard frames[place].count > depth, frames[place][depth] == frames[index][depth] else {
      return false
    }
    guard frames[index].count > depth + 1, frames[place].count > depth + 1 else { return true }
    let (one, other) = (frames[index][depth + 1].module, frames[place][depth + 1].module)
    return one == other || !other.isSibling(of: one)
  }

  private static let longestStatement = 512

  /// What holds all that a layer or its attention returns.
  private static let tuplesOfLayers: Set = [
    "self_outputs", "self_attention_outputs", "attention_outputs", "layer_outputs",
  ]

  /// Takes a tensor's names from it.
  private mutating func drop(_ value: String, at index: Int) {
    for depth in open.indices where open[depth].frame.isUnseen {
      let names = open[depth].variables.filter { $0.value == value }.keys
      for name in names { open[depth].variables[name] = nil }
      if !names.isEmpty { release(value, at: index, depth) }
    }
  }

  /// What a statement gives its variables: what its last node makes or, where it makes less than there
  /// are variables, what no node of the statement reads, as in `q, k = x[0] * 2, x[1]`.
  private func results(_ outputs: [String?], _ nodes: ClosedRange<Int>, _ count: Int) -> [String?] {
    guard outputs.count < count else { return outputs }
    if count == 2, let weights = attentionWeights(nodes) { return outputs.prefix(1) + [weights] }
    // Places of extremes, which come beside them, are no results, nor is what is written in place.
    var unread: [String] = []
    for node in nodes where !body.nodes[node].target.isInPlace {
      for case let name? in body.nodes[node].outputs
      where !uses.isRead(name, in: nodes) && !isPlaces(name) {
        guard unread.count < count else { return outputs }
        unread.append(name)
      }
    }
    return unread.count == count ? unread : outputs
  }

  /// The weights that written-out attention returns beside its result.
  ///
  /// Source: `eager_attention_forward` of `modeling_bert.py`, `BigBirdSelfAttention` of `modeling_big_bird.py` and their copies,
  /// transformers 5.23.
  private func attentionWeights(_ nodes: ClosedRange<Int>) -> String? {
    guard body.nodes[nodes.upperBound].isOfTransformers,
      let product = nodes.last(where: {
        body.nodes[$0].target.name == "matmul" && body.nodes[$0].isProductOfAttention
      }),
      let weights = body.nodes[product].tensor("self"), let maker = uses.makers[weights],
      nodes.contains(maker), ["dropout", "softmax"].contains(body.nodes[maker].target.name)
    else { return nil }
    return weights
  }

  private func isPlaces(_ name: String) -> Bool {
    guard body.tensors[name]?.dataType == .int64, let maker = uses.makers[name] else {
      return false
    }
    let outputs = body.nodes[maker].outputs
    return outputs.count == 2 && outputs[1] == name
  }

  /// Returns from the innermost calls, whose variables go.
  private mutating func close(to depth: Int, at index: Int) {
    while open.count > depth {
      // The last statement before a call returns has given its variables their values.
      if body.nodes.indices.contains(index) {
        assign(body.nodes[index].outputs, at: open.count - 1, index)
      }
      let last = open.count - 1
      let (variables, extras) = (open[last].variables, open[last].extras)
      for name in open[last].namesInOrder {
        if let value = variables[name] { release(value, at: index, last) }
        for value in extras[name] ?? [] { release(value, at: index, last) }
      }
      open.removeLast()
    }
  }

  /// Notes that a variable of the call at a depth lets go of a value.
  private mutating func release(_ value: String, at index: Int, _ depth: Int) {
    let frames = open[...depth]
    let functions = frames.reversed().prefix { $0.frame.isUnseen }.count
    let modules = frames.count { !$0.frame.isUnseen } - 1
    count += 1
    let hold = Hold(
      node: index, depth: CallDepth(modules: modules, functions: functions), place: count)
    // The variables of outer calls let go after those of inner ones.
    if let other = holds[value], other.node > index { return }
    holds[value] = hold
  }
}

extension ExportedNode {
  fileprivate var isProductOfAttention: Bool {
    isWrittenOutAttention
      || target.name == "matmul"
        && frames.contains { $0.statement.functions.contains("attention_interface") }
  }

  /// As in `context_layer = torch.matmul(attention_probs, value_layer)`.
  fileprivate var isWrittenOutAttention: Bool {
    guard target.name == "matmul", let frame = frames.last else { return false }
    return frame.targets == ["context_layer"]
      && frame.statement.readNames.contains("attention_probs")
  }

  /// Whether its attention returns weights that nobody asks for.
  ///
  /// Source: these files; all others that return tuples of layers do where they are asked to, transformers 5.23.
  fileprivate var returnsWeights: Bool {
    let files = ["modeling_megatron_bert.py", "modeling_rembert.py", "modeling_roformer.py"]
    return frames.last.map { files.contains($0.file) } ?? false
  }
}

extension String {
  /// Whether two paths are alike but for places in lists and numbers of calls.
  func isSibling(of other: String) -> Bool {
    if self == other { return true }
    let isSibling = utf8.withContiguousStorageIfAvailable { bytes in
      other.utf8.withContiguousStorageIfAvailable { others in
        var (path, otherPath) = (PathBytes(rest: bytes[...]), PathBytes(rest: others[...]))
        while let part = path.popPart() {
          guard let other = otherPath.popPart(), part.elementsEqual(other) else { return false }
        }
        return otherPath.popPart() == nil
      }
    }
    return (isSibling ?? nil) ?? false
  }
}

/// The bytes of a path that are left to be read.
private struct PathBytes {
  var rest: Slice<UnsafeBufferPointer<UInt8>>

  /// Takes the part before the next dot, without the number of a call, and empty for a place in a list; `nil` if nothing
  /// but dots is left.
  mutating func popPart() -> Slice<UnsafeBufferPointer<UInt8>>? {
    let (dot, mark) = (UInt8(ascii: "."), UInt8(ascii: "@"))
    var start = rest.startIndex
    while start < rest.endIndex, rest[start] == dot { start += 1 }
    guard start < rest.endIndex else { return nil }
    var (end, nameEnd, isPlace) = (start, -1, true)
    while end < rest.endIndex, rest[end] != dot {
      if rest[end] == mark, nameEnd < 0 { nameEnd = end }
      if nameEnd < 0, !(0x30...0x39 ~= rest[end]) { isPlace = false }
      end += 1
    }
    let part = rest[start..<(isPlace ? start : nameEnd < 0 ? end : nameEnd)]
    rest = rest[end...]
    return part
  }
}
