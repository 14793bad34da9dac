/// Reads the texts that say in which calls nodes ran, each text that comes again only once.
///
/// Every node tells all the calls around it, so that a network of many layers repeats the same few
/// statements many thousand times.
struct PythonTraceReader {
  private var frames: [String: PythonFrame?] = [:]
  private var stacks: [String: ModuleStack] = [:]

  /// The last text and its calls: what a statement makes one after the other has the same.
  private var latest: (trace: String, frames: [PythonFrame]) = ("", [])

  /// Reads the calls from Python's text for them, outermost first; none if one is not understood.
  mutating func frames(inTrace trace: String) -> [PythonFrame] {
    if latest.trace != trace { latest = (trace, readFrames(trace)) }
    return latest.frames
  }

  private mutating func readFrames(_ trace: String) -> [PythonFrame] {
    var read: [PythonFrame] = []
    for call in Self.calls(in: trace) {
      guard let frame = frame(of: call) else { return [] }
      read.append(frame)
    }
    return read
  }

  /// Reads the modules around a node.
  mutating func stack(in text: String) -> ModuleStack {
    if let known = stacks[text] { return known }
    let stack = ModuleStack(text)
    stacks[text] = stack
    return stack
  }

  private mutating func frame(of call: String) -> PythonFrame? {
    if let known = frames[call] { return known }
    let frame = PythonFrame(call: call[...])
    frames[call] = .some(frame)
    return frame
  }

  /// The text of each call, from its line `File "…"` to the next one's.
  private static func calls(in trace: String) -> [String] {
    var trace = trace
    return trace.withUTF8 { bytes in
      let starts = bytes.indices.filter { bytes.isCall(at: $0) }
      let ends = starts.dropFirst() + [bytes.count]
      return zip(starts, ends).map { String(decoding: bytes[$0..<$1], as: UTF8.self) }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether the line of a call begins at a byte, after spaces.
  fileprivate func isCall(at index: Int) -> Bool {
    guard self[index] == UInt8(ascii: "F"), self[index...].starts(with: "File \"".utf8) else {
      return false
    }
    let before = self[..<index].last { $0 != UInt8(ascii: " ") }
    return before == nil || before == UInt8(ascii: "\n")
  }
}
