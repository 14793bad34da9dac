import ByteFormats
import ModelGraph

/// The tensors of a program's own graph, which can be read beside the nodes that come before them.
///
/// Where they begin is guessed: at the last place of the text that says so. Whoever reads the text up to that place
/// takes them over; who comes to tensors anywhere else reads those.
struct TensorsAhead: Sendable {
  /// The bytes that describe them.
  let range: Range<Int>
  let tensors: NameMap<ExportedTensor>

  /// The usual values of symbols that they name.
  let hints: [String: Int]

  /// Reads the tensors from the JSON text in a part of a file; `nil` if they are not found or not right.
  init?(_ file: MappedFile, _ text: Range<Int>) {
    let whole = JSONScanner(file, range: text)
    guard let start = whole.offsetAfterLast(Self.key) else { return nil }
    var scanner = JSONScanner(file, range: start..<text.upperBound)
    var hints: [String: Int] = [:]
    guard let tensors = try? scanner.readTensors(hints: &hints) else { return nil }
    (self.tensors, self.hints) = (tensors, hints)
    range = start..<scanner.offset
  }

  private static let key: StaticString = #""tensor_values": "#
}

extension JSONScanner {
  /// Reads the types of tensors by their names.
  fileprivate mutating func readTensors(
    hints: inout [String: Int]
  ) throws(ByteError) -> NameMap<ExportedTensor> {
    var tensors: NameMap<ExportedTensor> = [:]
    var known = hints
    try forEachKey { scanner, name throws(ByteError) in
      tensors[name] = try scanner.readTensor(hints: &known)
    }
    hints = known
    return tensors
  }

  /// Reads the types of tensors by their names, or takes them over from who has read them.
  mutating func readTensors(
    _ ahead: Deferred<TensorsAhead?>?, hints: inout [String: Int]
  ) throws(ByteError) -> NameMap<ExportedTensor> {
    guard try peek() == .object, let ahead = ahead?.value, ahead.range.lowerBound == offset else {
      return try readTensors(hints: &hints)
    }
    hints.merge(ahead.hints) { own, _ in own }
    skipValue(endingAt: ahead.range.upperBound)
    return ahead.tensors
  }
}
