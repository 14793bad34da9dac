import ByteFormats
import ModelGraph

/// Reads the texts of nodes, each text that comes again only once.
///
/// Every node tells all the calls around it, so that a network of many layers repeats the same few
/// statements many thousand times. They are told apart by their bytes, before escapes are read.
struct NodeTexts {
  private var targets: NameMap<AtenTarget> = [:]
  private var frames: NameMap<PythonFrame?> = [:]
  private var stacks: NameMap<ModuleStack> = [:]
  private var strict = StrictCalls()

  /// Where the last node's texts stand, and what they say: what a statement makes one after the other has
  /// the same.
  private var latest = Latest()

  private struct Latest {
    var stackText = 0..<0
    var trace = 0..<0
    var stack = ModuleStack("")
    var frames: [PythonFrame] = []

    /// Where in the trace each call's text begins, and the calls, as if of no module.
    var starts: [Int] = []
    var calls: [PythonFrame?] = []
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
    try readCalls(inTrace: trace, scanner)
    var frames = latest.calls.compactMap(\.self)
    if frames.count < latest.calls.count { frames = [] }
    if StrictCalls.isTold(by: frames) {
      frames = strict.calls(toldBy: frames, in: try scanner.text(in: stackText))
    } else if !frames.isEmpty, frames.count < stack.calls.count {
      frames = strict.calls(toldInPart: frames, in: try scanner.text(in: stackText))
    }
    stack.name(&frames)
    (latest.stackText, latest.stack, latest.frames) = (stackText, stack, frames)
    return (stack, frames)
  }

  private mutating func stack(
    in range: Range<Int>, _ scanner: JSONScanner
  ) throws(ByteError) -> ModuleStack {
    let raw = scanner.rawText(range)
    if let known = stacks[raw] { return known }
    let shared = scanner.sameEntryCount(range, latest.stackText)
    let stack = ModuleStack(try scanner.text(in: range), sharing: shared, with: latest.stack)
    stacks[raw] = stack
    return stack
  }

  /// Reads the calls that the last trace did not begin with, too.
  private mutating func readCalls(
    inTrace trace: Range<Int>, _ scanner: JSONScanner
  ) throws(ByteError) {
    let same = scanner.sameByteCount(trace, latest.trace)
    // A call's text ends where the next one's begins.
    let shared = latest.starts.dropFirst().prefix { $0 + JSONScanner.callMark.utf8.count <= same }
    latest.calls.removeLast(latest.calls.count - shared.count)
    let first = shared.isEmpty ? 0 : latest.starts[shared.count]
    latest.starts.removeLast(latest.starts.count - shared.count)
    latest.trace = trace
    latest.starts += scanner.callStarts(inTrace: trace, from: first)
    for index in shared.count..<latest.starts.count {
      let end = index + 1 < latest.starts.count ? latest.starts[index + 1] : trace.count
      let call = trace.lowerBound + latest.starts[index]..<trace.lowerBound + end
      latest.calls.append(try frame(of: call, scanner))
    }
  }

  private mutating func frame(
    of call: Range<Int>, _ scanner: JSONScanner
  ) throws(ByteError) -> PythonFrame? {
    let raw = scanner.rawText(call)
    if let known = frames[raw] { return known }
    let frame = PythonFrame(call: try scanner.text(in: call))
    frames[raw] = .some(frame)
    return frame
  }
}

extension JSONScanner {
  fileprivate func isSame(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
    first.count == second.count && sameByteCount(first, second) == first.count
  }

  /// The number of bytes with which two strings begin alike.
  fileprivate func sameByteCount(_ first: Range<Int>, _ second: Range<Int>) -> Int {
    slice(first).sameByteCount(slice(second))
  }

  /// The number of whole entries, ended by a semicolon and not empty, with which two strings begin alike.
  fileprivate func sameEntryCount(_ first: Range<Int>, _ second: Range<Int>) -> Int {
    let end = UInt8(ascii: ";")
    var (count, last) = (0, end)
    for byte in slice(first).prefix(sameByteCount(first, second)) {
      if byte == end, last != end { count += 1 }
      last = byte
    }
    return count
  }

  /// What follows the last dot of a string; empty if there is none.
  func lastPart(of range: Range<Int>) throws(ByteError) -> String {
    let bytes = slice(range)
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return try text(in: range.lowerBound + dot + 1..<range.upperBound)
  }

  /// The name of the operator in place that a list of origins begins with, such as `relu` of `aten.relu_.default`; empty if
  /// it begins with none.
  func originInPlace(in range: Range<Int>) throws(ByteError) -> String {
    let bytes = slice(range)
    var place = 0
    // `[{\"name\": \"relu_\", \"target\": \"aten.relu_.default\"`: the fourth quoted text.
    for _ in 0..<7 {
      guard let quote = bytes[place...].firstIndex(of: UInt8(ascii: "\"")) else { return "" }
      place = quote + 1
    }
    let target = bytes[place...].prefix { $0 != UInt8(ascii: "\\") }
    guard let dot = target.lastIndex(of: UInt8(ascii: ".")), dot > place,
      target[dot - 1] == UInt8(ascii: "_")
    else { return "" }
    let first = target[..<dot].lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? place
    return try text(in: range.lowerBound + first..<range.lowerBound + dot - 1)
  }

  /// The bytes of a string, escapes and all.
  fileprivate func rawText(_ range: Range<Int>) -> String {
    String(decoding: slice(range), as: UTF8.self)
  }

  /// What a call's line begins with.
  fileprivate static let callMark: StaticString = #"File \""#

  /// Where in a trace the text of each call begins, from a place on.
  fileprivate func callStarts(inTrace trace: Range<Int>, from first: Int) -> [Int] {
    let bytes = slice(trace)
    return bytes.indices.dropFirst(first).filter {
      bytes[$0] == UInt8(ascii: "F") && bytes.isCall(at: $0)
    }
  }
}

extension StaticString {
  fileprivate var utf8: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the line of a call begins at a byte, after spaces.
  fileprivate func isCall(at index: Int) -> Bool {
    guard self[index...].starts(with: JSONScanner.callMark.utf8) else { return false }
    let before = self[..<index].lastIndex { $0 != UInt8(ascii: " ") }
    guard let before else { return true }
    return before > 0 && self[before] == UInt8(ascii: "n") && self[before - 1] == UInt8(ascii: "\\")
  }
}
