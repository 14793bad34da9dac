/// A call of a module's `forward` that a node ran in, and the statement that it was at.
struct PythonFrame: Hashable, Sendable {
  /// The name of the source file.
  var file: String
  var line: Int

  /// The path of the module, with a number after it if the module is called again.
  var module = ""

  /// The variables that the statement assigns to, in order.
  var targets: [String]

  /// The functions that the statement gives a variable which lists tensors, such as `cat` in
  /// `torch.cat(outputs)`.
  var joinsVariableBy: Set<String> = []

  /// Whether the statement gives a variable a list of what it calls for each of several, as in
  /// `x = [norm(y) for y, norm in zip(x, self.norms)]`.
  var isComprehension = false

  /// Whether an expression of the statement reads such a list, as in `x = x + torch.stack([f(x) for f in self.fs])`.
  var listsInExpression = false

  /// What the statement calls by name.
  var statement = PythonStatement()

  /// Whether its line is an expression alone, so that the statement goes on before or after it.
  var isExpression = false

  /// Whether its line is one of several values.
  var isListed = false

  /// Whether its line closes a bracket that an earlier line opened, as `).reshape(4, -1)` does.
  var closesBracket = false

  /// Whether its line goes on with what stands on the line before, as `.transpose(1, 2)` does.
  var isContinued = false

  /// Whether it is the call of a function that the file does not tell.
  var isUnseen = false

  /// The function with a backward pass of its own that the statement calls, as in
  /// `GeLUFunction.apply(x)`.
  var appliedFunction: String?

  /// What each `to` of the statement asks for, in order, as in `x.to(input_dtype)`; empty where it asks
  /// for a device alone, `nil` where its line does not tell.
  var castTypes: [String?] = []

  /// The type that the statement asks a softmax for, as in `softmax(x, dtype=torch.float32)`; empty if its
  /// line names none, `nil` if it calls no softmax.
  var softmaxType: String?

  /// Whether the statement asks for single precision by name, as in `x.float()`, or computes a loss,
  /// which functions of transformers do in it.
  var namesSinglePrecision = false
}

extension PythonFrame {
  /// What tells a call of a module from others, whatever statement it is at.
  struct Call: Hashable {
    var file: String
    var module: String
  }

  var call: Call { Call(file: file, module: module) }

  /// Whether two are of the same statement in the same call; what the text says of it is the same then.
  static func == (first: PythonFrame, second: PythonFrame) -> Bool {
    first.line == second.line && first.isUnseen == second.isUnseen && first.module == second.module
      && first.file == second.file && first.targets == second.targets
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(line)
    hasher.combine(module)
  }

  /// Reads a call from Python's text for it: a line for the place, then the statement.
  ///
  /// ```
  /// File "/somewhere/resnet.py", line 146, in forward
  ///     x = self.conv1(x)
  /// ```
  init?(call text: Substring) {
    var lines = text.split(separator: "\n").map { line in line.drop { $0 == " " } }[...]
    guard let first = lines.popFirst(), let frame = Self.header(first) else { return nil }
    self = frame
    // After the statement stands the next call's indentation.
    for line in lines where targets.isEmpty && !line.isEmpty { read(line) }
  }

  private mutating func read(_ line: Substring) {
    statement = PythonStatement(line)
    targets = Self.targets(ofStatement: line)
    isExpression = targets.isEmpty && Self.isExpression(line)
    isListed = isExpression && line.utf8.last == UInt8(ascii: ",")
    closesBracket = line.utf8.first == UInt8(ascii: ")")
    isContinued = line.utf8.first.map { ".+-*/@|&".utf8.contains($0) } ?? false
    joinsVariableBy = Self.joinsVariableBy(line)
    let repeats = line.contains("[") && line.contains(" for ")
    isComprehension = repeats && targets.count == 1 && line.contains(" = [")
    listsInExpression = repeats && !isComprehension
    appliedFunction = Self.appliedFunction(line)
    castTypes = Self.castTypes(line)
    softmaxType = Self.softmaxType(line)
    namesSinglePrecision = [
      "float32", ".float()", "torch.float)", "torch.float,", "loss_function(",
    ].contains { line.contains($0) }
  }

  /// Whether nothing is assigned or returned, and no other statement begins.
  private static func isExpression(_ line: Substring) -> Bool {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let statements: Set = ["return", "if", "elif", "for", "while", "with", "assert", "yield"]
    guard let first = words.first, !statements.contains(String(first)) else { return false }
    return ![" = ", " += ", " -= ", " *= ", " /= "].contains { line.contains($0) }
  }

  /// A list that the result takes the name of, as in `maps = torch.cat(maps)`, is not counted.
  private static func joinsVariableBy(_ statement: Substring) -> Set<String> {
    let target = statement.prefix { isNamePart($0) }
    let functions: Set = ["cat", "stack", "concat"]
    return functions.filter { function in
      statement.indices.contains { start in
        let isWord =
          start == statement.startIndex || !isNamePart(statement[statement.index(before: start)])
        let rest = statement[start...]
        guard isWord, rest.hasPrefix("\(function)(") else { return false }
        let name = rest.dropFirst(function.count + 1).prefix { isNamePart($0) }
        return name != target && name.first.map { $0 == "_" || $0.isLetter } ?? false
      }
    }
  }

  private static func appliedFunction(_ statement: Substring) -> String? {
    let parts = statement.split(separator: ".", omittingEmptySubsequences: false)
    return zip(parts, parts.dropFirst()).lazy.compactMap { owner, method -> String? in
      let name = String(owner.reversed().prefix { isNamePart($0) }.reversed())
      return method.hasPrefix("apply(") && (name.first?.isUppercase ?? false) ? name : nil
    }.first
  }

  /// No statement casts more often; what more of them would ask for is not looked at.
  private static let maximumCasts = 16

  private static func castTypes(_ statement: Substring) -> [String?] {
    var (types, rest) = ([String?](), statement)
    while types.count < maximumCasts, let call = rest.firstRange(of: ".to(") {
      rest = rest[call.upperBound...]
      let given = bracket(rest)
      let arguments = given.split(separator: ",").map { argument in
        String((argument.split(separator: "=").last ?? "").filter { $0 != " " })
      }
      let isWhole = given.endIndex < rest.endIndex
      let asksForDevice = isWhole && arguments.contains { $0.contains("device") }
      let type = arguments.first { $0.contains("dtype") || $0.contains("float") }
      types.append(type ?? (asksForDevice ? "" : nil))
    }
    return types
  }

  private static func softmaxType(_ statement: Substring) -> String? {
    guard let call = statement.firstRange(of: "softmax(") else { return nil }
    let given = bracket(statement[call.upperBound...])
    guard let keyword = given.firstRange(of: "dtype=") else { return "" }
    return String(given[keyword.upperBound...].prefix { $0 == "." || isNamePart($0) })
  }

  /// What stands before the bracket closes that was opened before.
  private static func bracket(_ text: Substring) -> Substring {
    var depth = 0
    return text.prefix { character in
      depth += character == "(" ? 1 : character == ")" ? -1 : 0
      return depth >= 0
    }
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }

  private static func header(_ line: Substring) -> PythonFrame? {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count == 3, let file = parts[1].split(separator: "/").last,
      let digits = parts[2].split(separator: " ").dropFirst(2).first,
      let number = Int(digits.filter { $0 != "," })
    else { return nil }
    return PythonFrame(file: String(file), line: number, targets: [])
  }

  /// The names before the first equals sign; none if something other than names stands there.
  private static func targets(ofStatement line: Substring) -> [String] {
    let parts = line.split(separator: " ")
    guard let equals = parts.firstIndex(of: "=") else { return [] }
    let names = parts[..<equals].joined().split(separator: ",").map { name in
      String(name.prefix { $0 != ":" }.filter { $0 != "(" && $0 != ")" && $0 != "*" })
    }
    let areNames = names.allSatisfy { name in
      !name.isEmpty && name.allSatisfy(isNamePart)
    }
    return areNames ? names : []
  }
}
