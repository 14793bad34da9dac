import ByteFormats

/// Reads the texts of nodes, each text that comes again only once.
///
/// Every node tells all the calls around it, so that a network of many layers repeats the same few
/// statements many thousand times. They are told apart by their bytes, before escapes are read.
struct NodeTexts {
  private var targets: [String: AtenTarget] = [:]
  private var frames: [String: PythonFrame?] = [:]
  private var stacks: [String: ModuleStack] = [:]

  /// Where the last node's texts stand, and what they say: what a statement makes one after the other has
  /// the same.
  private var latest = Latest()

  private struct Latest {
    var stackText = 0..<0
    var trace = 0..<0
    var stack = ModuleStack("")
    var frames: [PythonFrame] = []
  }

  mutating func target(_ name: String) -> AtenTarget {
    if let known = targets[name] { return known }
    let target = AtenTarget(name)
    targets[name] = target
    return target
  }

  /// Reads the modules around a node, and the calls that it ran in, outermost first; no calls if one is
  /// not understood.
  ///
  /// - Throws: ``ByteError`` if a text is no Unicode.
  mutating func place(
    stackText: Range<Int>, trace: Range<Int>, in scanner: JSONScanner
  ) throws(ByteError) -> (stack: ModuleStack, frames: [PythonFrame]) {
    let isSameStack = scanner.isSame(stackText, latest.stackText)
    if isSameStack, scanner.isSame(trace, latest.trace) { return (latest.stack, latest.frames) }
    let stack = isSameStack ? latest.stack : try self.stack(in: stackText, scanner)
    var frames = try frames(inTrace: trace, scanner)
    stack.name(&frames)
    latest = Latest(stackText: stackText, trace: trace, stack: stack, frames: frames)
    return (stack, frames)
  }

  private mutating func stack(
    in range: Range<Int>, _ scanner: JSONScanner
  ) throws(ByteError) -> ModuleStack {
    let raw = scanner.rawText(range)
    if let known = stacks[raw] { return known }
    let stack = ModuleStack(try scanner.text(in: range))
    stacks[raw] = stack
    return stack
  }

  private mutating func frames(
    inTrace trace: Range<Int>, _ scanner: JSONScanner
  ) throws(ByteError) -> [PythonFrame] {
    var read: [PythonFrame] = []
    for call in scanner.calls(inTrace: trace) {
      let raw = scanner.rawText(call)
      let frame: PythonFrame?
      if let known = frames[raw] {
        frame = known
      } else {
        frame = PythonFrame(call: try scanner.text(in: call))
        frames[raw] = .some(frame)
      }
      guard let frame else { return [] }
      read.append(frame)
    }
    return read
  }
}

extension JSONScanner {
  fileprivate func isSame(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
    first.count == second.count && slice(first).isEqual(to: slice(second))
  }

  /// The bytes of a string, escapes and all.
  fileprivate func rawText(_ range: Range<Int>) -> String {
    String(decoding: slice(range), as: UTF8.self)
  }

  /// Where the text of each call stands, from its line `File "…"` to the next one's.
  fileprivate func calls(inTrace trace: Range<Int>) -> [Range<Int>] {
    let bytes = slice(trace)
    let starts = bytes.indices.filter { bytes[$0] == UInt8(ascii: "F") && bytes.isCall(at: $0) }
    let ends = starts.dropFirst() + [bytes.count]
    return zip(starts, ends).map { start, end in
      trace.lowerBound + start..<trace.lowerBound + end
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether bytes of the same number are the same, compared by the eight.
  fileprivate func isEqual(to other: Self) -> Bool {
    var index = 0
    while count - index >= 8 {
      let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word == other.loadUnaligned(fromByteOffset: index, as: UInt64.self) else {
        return false
      }
      index += 8
    }
    return self[index...].elementsEqual(other[index...])
  }

  /// Whether the line of a call begins at a byte, after spaces.
  fileprivate func isCall(at index: Int) -> Bool {
    guard self[index...].starts(with: #"File \""#.utf8) else { return false }
    let before = self[..<index].lastIndex { $0 != UInt8(ascii: " ") }
    guard let before else { return true }
    return before > 0 && self[before] == UInt8(ascii: "n") && self[before - 1] == UInt8(ascii: "\\")
  }
}
