/// A call of a module's `forward` that a node ran in, and the statement that it was at.
///
/// Every node has several, so that what the statement's text says is shared.
struct PythonFrame: Hashable, Sendable {
  private(set) var text: PythonText
  var line: Int

  /// The path of the module, with a number after it if the module is called again.
  var module = ""

  /// Whether it is the call of a function that the file does not tell.
  var isUnseen = false

  /// Whether the statement asks for single precision by name.
  var namesSinglePrecision: Bool

  /// Whether it is the call of a method `forward`.
  private(set) var isOfForward: Bool

  init(_ text: PythonText, line: Int, isOfForward: Bool) {
    (self.text, self.line, self.isOfForward) = (text, line, isOfForward)
    namesSinglePrecision = text.namesSinglePrecision
  }

  /// The call of a function that the file does not tell, at a node whose outputs have names there.
  init(unseenAt node: Int, module: String, targets: [String]) {
    self.init(PythonText(file: "", targets: targets), line: node, isOfForward: false)
    (self.module, isUnseen) = (module, true)
  }

  /// Reads a call from Python's text for it: a line for the place, then the statement.
  ///
  /// ```
  /// File "/somewhere/resnet.py", line 146, in forward
  ///     x = self.conv1(x)
  /// ```
  init?(call text: String) {
    let lines = Array(text.utf8).split(separator: UInt8(ascii: "\n")).map { line in
      line.drop { $0 == UInt8(ascii: " ") }
    }
    guard let first = lines.first, let place = Self.place(first) else { return nil }
    // After the statement stand marks below what of it runs, and the next call's indentation.
    let statement = lines.dropFirst().first { !$0.isEmpty }
    let read =
      statement.map { PythonText(file: place.file, line: $0) }
      ?? PythonText(file: place.file, targets: [])
    self.init(read, line: place.line, isOfForward: place.isForward)
  }

  private static func place(
    _ line: ArraySlice<UInt8>
  ) -> (file: String, line: Int, isForward: Bool)? {
    let parts = line.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    guard parts.count == 3, let file = parts[1].split(separator: UInt8(ascii: "/")).last,
      let digits = parts[2].split(separator: UInt8(ascii: " ")).dropFirst(2).first,
      let number = Int(
        String(decoding: digits.filter { $0 != UInt8(ascii: ",") }, as: UTF8.self))
    else { return nil }
    let isForward = parts[2].suffix(8).elementsEqual(" forward".utf8)
    return (String(decoding: file, as: UTF8.self), number, isForward)
  }
}

// MARK: The statement

extension PythonFrame {
  var file: String { text.file }
  var targets: [String] { text.targets }
  var statement: PythonStatement { text.statement }
  var joinsVariableBy: Set<String> { text.joinsVariableBy }
  var isComprehension: Bool { text.isComprehension }
  var memberTarget: String? { text.memberTarget }
  var listsInExpression: Bool { text.listsInExpression }
  var isExpression: Bool { text.isExpression }
  var isListed: Bool { text.isListed }
  var closesBracket: Bool { text.closesBracket }
  var isContinued: Bool { text.isContinued }
  var appliedFunction: String? { text.appliedFunction }
  var castTypes: [String?] { text.castTypes }
  var raised: PythonText.Raised? { text.raised }
  var softmaxType: String? { text.softmaxType }

  /// The statement of its own that runs before this one, and assigns to some variables.
  func before(assigningTo targets: [String]) -> PythonFrame {
    var frame = self
    frame.text = PythonText(file: file, targets: targets)
    frame.line -= 1
    return frame
  }
}

// MARK: Comparing

extension PythonFrame {
  /// What tells a call of a module from others, whatever statement it is at.
  struct Call: Hashable {
    var file: String
    var module: String
  }

  var call: Call { Call(file: file, module: module) }

  /// Whether two are of the same call.
  func isOfCall(of other: PythonFrame) -> Bool {
    (text === other.text || file == other.file) && module == other.module
  }

  /// Whether two are of the same statement in the same call; what the text says of it is the same then.
  static func == (first: PythonFrame, second: PythonFrame) -> Bool {
    first.line == second.line && first.isUnseen == second.isUnseen
      && (first.text === second.text
        || first.file == second.file && first.targets == second.targets)
      && first.module == second.module
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(line)
    hasher.combine(module)
  }
}
