/// Reads the texts that say in which calls nodes ran, each text that comes again only once.
///
/// Every node tells all the calls around it, so that a network of many layers repeats the same few
/// statements many thousand times.
struct PythonTraceReader {
  /// The number of each text of either kind.
  private var numbers: [String: Int] = [:]

  /// The calls that a text tells, outermost first, as if of no module; by the text's number.
  private var traces: [Int: [PythonFrame]] = [:]
  private var stacks: [Int: ModuleStack] = [:]
  private var places: [Texts: Place] = [:]
  private var frames: [String: PythonFrame?] = [:]

  /// The last text of each kind: what a statement makes one after the other has the same.
  private var latest: (trace: (text: String, number: Int), stack: (text: String, number: Int))?

  private struct Texts: Hashable {
    var trace: Int
    var stack: Int
  }

  /// Where a node ran.
  struct Place {
    var stack: ModuleStack

    /// The calls of modules, outermost first; none if a text is not understood.
    var frames: [PythonFrame] = []
  }

  /// Reads Python's text for the calls around a node, and that for the modules.
  mutating func place(trace: String, stack: String) -> Place {
    let texts = texts(trace, stack)
    if let known = places[texts] { return known }
    let place = read(trace, stack, texts)
    places[texts] = place
    return place
  }

  private mutating func texts(_ trace: String, _ stack: String) -> Texts {
    var known = latest ?? (("", number(of: "")), ("", number(of: "")))
    if known.trace.text != trace { known.trace = (trace, number(of: trace)) }
    if known.stack.text != stack { known.stack = (stack, number(of: stack)) }
    latest = known
    return Texts(trace: known.trace.number, stack: known.stack.number)
  }

  private mutating func number(of text: String) -> Int {
    if let known = numbers[text] { return known }
    let number = numbers.count
    numbers[text] = number
    return number
  }

  private mutating func read(_ trace: String, _ stack: String, _ texts: Texts) -> Place {
    let modules = stacks[texts.stack] ?? ModuleStack(stack)
    stacks[texts.stack] = modules
    var frames = traces[texts.trace] ?? readFrames(trace)
    traces[texts.trace] = frames
    var place = Place(stack: modules)
    // A module may pass on to the class it derives from: more calls of `forward` than modules.
    guard frames.count >= modules.calls.count, let innermost = modules.calls.last else {
      return place
    }
    for index in frames.indices {
      let isOfModule = modules.calls.indices.contains(index)
      frames[index].module = isOfModule ? modules.calls[index] : innermost
    }
    place.frames = frames
    return place
  }

  private mutating func readFrames(_ trace: String) -> [PythonFrame] {
    var read: [PythonFrame] = []
    for call in Self.calls(in: trace) {
      guard let frame = frame(of: call) else { return [] }
      read.append(frame)
    }
    return read
  }

  private mutating func frame(of call: String) -> PythonFrame? {
    if let known = frames[call] { return known }
    let frame = PythonFrame(call: call)
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
