import ByteFormats
import ModelGraph

/// The later part of a program's own graph, its last nodes and its tensors, which can be read beside what comes before it.
///
/// Where they begin is guessed by the text. Whoever reads the text up to such a place takes over what was read there; who
/// comes to nodes or tensors anywhere else reads those.
struct ProgramAhead: Sendable {
  private let nodes: Part<[ExportedNode]>?
  private let tensors: Part<Tensors>?

  fileprivate struct Tensors: Sendable {
    var byName: NameMap<ExportedTensor>

    /// The usual values of symbols that they name.
    var hints: [String: Int]
  }

  /// A part of the text, which may not be what it is taken for.
  private struct Part<Value: Sendable>: Sendable {
    private let start: Int
    private let result: Deferred<(value: Value, end: Int)?>

    init(
      _ text: MemberText, from start: Int,
      _ read: @escaping @Sendable (inout JSONScanner) throws(ByteError) -> Value
    ) {
      self.start = start
      result = Deferred {
        var scanner = JSONScanner(text.file, range: start..<text.range.upperBound)
        guard let value = try? read(&scanner) else { return nil }
        return (value, scanner.offset)
      }
    }

    func read() { _ = result.value }

    /// What was read from an offset, and where it ends; `nil` if the part begins elsewhere or is not right.
    func value(at offset: Int) -> (value: Value, end: Int)? {
      offset == start ? result.value : nil
    }
  }

  /// Looks for the places where the parts begin.
  init(_ text: MemberText) {
    let whole = JSONScanner(text.file, range: text.range)
    guard let start = whole.offsetAfterLast(Self.tensorsKey) else {
      (nodes, tensors) = (nil, nil)
      return
    }
    tensors = Part(text, from: start) { scanner throws(ByteError) in
      var hints: [String: Int] = [:]
      let byName = try scanner.readTensors(hints: &hints)
      return Tensors(byName: byName, hints: hints)
    }
    let before = text.range.lowerBound..<start
    let guess = before.lowerBound + before.count / Self.readShare.of * Self.readShare.first
    nodes = whole.offset(of: Self.nodeStart, in: guess..<start).map { start in
      Part(text, from: start) { scanner throws(ByteError) in
        var texts = NodeTexts()
        return try scanner.readRestOfNodes(&texts, room: scanner.roomForNodes)
      }
    }
  }

  /// Reads both.
  func read() {
    nodes?.read()
    tensors?.read()
  }

  fileprivate func nodes(at offset: Int) -> (value: [ExportedNode], end: Int)? {
    nodes?.value(at: offset)
  }

  fileprivate func tensors(at offset: Int) -> (value: Tensors, end: Int)? {
    tensors?.value(at: offset)
  }

  private static let tensorsKey: StaticString = #""tensor_values": "#
  private static let nodeStart: StaticString = #"{"target": ""#

  /// The part of the nodes that is left to who reads the text: the rest takes as long with the tensors.
  private static let readShare = (first: 3, of: 4)
}

extension JSONScanner {
  /// Reads a list of nodes, or takes the last of them over from who has read them.
  mutating func readNodes(
    _ texts: inout NodeTexts, _ ahead: ProgramAhead?
  ) throws(ByteError) -> [ExportedNode] {
    try beginArray()
    return try readRestOfNodes(&texts, ahead, room: ahead == nil ? 0 : roomForNodes)
  }

  fileprivate mutating func readRestOfNodes(
    _ texts: inout NodeTexts, _ ahead: ProgramAhead? = nil, room: Int
  ) throws(ByteError) -> [ExportedNode] {
    var nodes: [ExportedNode] = []
    nodes.reserveCapacity(room)
    while try nextElement() {
      if let rest = ahead?.nodes(at: offset) {
        skipArray(endingAt: rest.end)
        nodes += rest.value
        return nodes
      }
      nodes.append(try ExportedNode(&self, &texts))
    }
    return nodes
  }

  /// How many nodes of a program's own graph room is made for at once; there may be any number of regions.
  fileprivate var roomForNodes: Int { min((end - offset) / Self.usualNodeBytes, 4096) }

  /// The text of a node with the stack of its calls.
  private static let usualNodeBytes = 2000

  /// Reads the types of tensors by their names.
  fileprivate mutating func readTensors(
    hints: inout [String: Int]
  ) throws(ByteError) -> NameMap<ExportedTensor> {
    var tensors: NameMap<ExportedTensor> = [:]
    var (known, described) = (hints, KnownTensors())
    try forEachKey { scanner, name throws(ByteError) in
      tensors[name] = try described.read(&scanner, hints: &known)
    }
    hints = known
    return tensors
  }

  /// Reads the types of tensors by their names, or takes them over from who has read them.
  mutating func readTensors(
    _ ahead: ProgramAhead?, hints: inout [String: Int]
  ) throws(ByteError) -> NameMap<ExportedTensor> {
    guard try peek() == .object, let ahead = ahead?.tensors(at: offset) else {
      return try readTensors(hints: &hints)
    }
    hints.merge(ahead.value.hints) { own, _ in own }
    skipValue(endingAt: ahead.end)
    return ahead.value.byName
  }
}
