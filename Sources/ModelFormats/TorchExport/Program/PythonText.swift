/// What the text of a statement says, one for all nodes that ran in it, and the file that it stands in.
final class PythonText: Sendable {
  /// The name of the source file.
  let file: String

  /// The variables that the statement assigns to, in order.
  let targets: [String]

  /// What the statement calls by name.
  let statement: PythonStatement

  /// The functions that the statement gives a variable which lists tensors, such as `cat` in
  /// `torch.cat(outputs)`.
  let joinsVariableBy: Set<String>

  /// Whether the statement gives a variable a list of what it calls for each of several, as in
  /// `x = [norm(y) for y, norm in zip(x, self.norms)]`.
  let isComprehension: Bool

  /// The variable of which the statement gives a member a value, as in `levels[i - 1] = levels[i - 1] + x`; `nil` if it does none.
  let memberTarget: String?

  /// Whether an expression of the statement reads such a list, as in `x = x + torch.stack([f(x) for f in self.fs])`.
  let listsInExpression: Bool

  /// Whether its line is an expression alone, so that the statement goes on before or after it.
  let isExpression: Bool

  /// Whether its line is one of several values.
  let isListed: Bool

  /// Whether its line closes a bracket that an earlier line opened, as `).reshape(4, -1)` does.
  let closesBracket: Bool

  /// Whether its line goes on with what stands on the line before, as `.transpose(1, 2)` does.
  let isContinued: Bool

  /// The function with a backward pass of its own that the statement calls, as in
  /// `GeLUFunction.apply(x)`.
  let appliedFunction: String?

  /// What each `to` of the statement asks for, in order, as in `x.to(input_dtype)`; empty where it asks
  /// for a device alone, `nil` where its line does not tell.
  let castTypes: [String?]

  /// The variable of which the statement raises what it holds to single precision, and the method that it calls of that alone, as in
  /// `x.float().square()`; `nil` if it does so more than once or to something else.
  let raised: Raised?

  /// The type that the statement asks a softmax for, as in `softmax(x, dtype=torch.float32)`; empty if its
  /// line names none, `nil` if it calls no softmax.
  let softmaxType: String?

  /// Whether the statement asks for single precision by name, as in `x.float()`, or computes a loss,
  /// which functions of transformers do in it.
  let namesSinglePrecision: Bool

  /// A statement of which nothing is known but the variables that it assigns to.
  convenience init(file: String, targets: [String]) {
    self.init(file: file, targets: targets, line: [])
  }

  /// Reads a statement's line, which begins with no space.
  convenience init(file: String, line: ArraySlice<UInt8>) {
    self.init(file: file, targets: line.assignedNames, line: line)
  }

  private init(file: String, targets: [String], line: ArraySlice<UInt8>) {
    (self.file, self.targets) = (file, targets)
    statement = PythonStatement(line)
    joinsVariableBy = line.joinsVariableBy
    let repeats = line.contains("[") && line.contains(" for ")
    isComprehension = repeats && targets.count == 1 && line.contains(" = [")
    memberTarget = targets.isEmpty ? line.memberTarget : nil
    listsInExpression = repeats && !isComprehension
    isExpression = targets.isEmpty && line.isExpression
    isListed = isExpression && line.last == UInt8(ascii: ",")
    closesBracket = line.first == UInt8(ascii: ")")
    isContinued = line.first.map { ".+-*/@|&".utf8.contains($0) } ?? false
    appliedFunction = line.appliedFunction
    castTypes = line.castTypes
    raised = line.raised
    softmaxType = line.softmaxType
    let names: [StaticString] = [
      "float32", ".float()", "torch.float)", "torch.float,", "loss_function(",
    ]
    namesSinglePrecision = names.contains { line.contains($0) }
  }
}

extension PythonText {
  /// A variable, and the method that is called of what it holds in single precision; empty if none is.
  struct Raised: Hashable, Sendable {
    var variable: String
    var method: String
  }
}

extension ArraySlice<UInt8> {
  /// The places at which a part stands, in order.
  func places(of part: StaticString) -> [Int] {
    let wanted = UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount)
    guard let first = wanted.first, count >= wanted.count else { return [] }
    return (startIndex...(endIndex - wanted.count)).filter {
      self[$0] == first && self[$0...].starts(with: wanted)
    }
  }

  func contains(_ part: StaticString) -> Bool { !places(of: part).isEmpty }

  private func split(at byte: Unicode.Scalar) -> [Self] { split(separator: UInt8(ascii: byte)) }

  private func text() -> String { String(decoding: self, as: UTF8.self) }

  /// The names before the first equals sign; none if something other than names stands there.
  fileprivate var assignedNames: [String] {
    let parts = split(at: " ")
    guard let equals = parts.firstIndex(where: { $0.elementsEqual("=".utf8) }) else { return [] }
    let brackets: [UInt8] = [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*")]
    let names = Self(parts[..<equals].joined()).split(at: ",").map { name in
      name.prefix { $0 != UInt8(ascii: ":") }.filter { !brackets.contains($0) }
    }
    let areNames = names.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.continuesName) }
    return areNames ? names.map { $0[...].text() } : []
  }

  /// Whether nothing is assigned or returned, and no other statement begins.
  fileprivate var isExpression: Bool {
    let statements: Set = ["return", "if", "elif", "for", "while", "with", "assert", "yield"]
    guard let first = split(at: " ").first, !statements.contains(first.text()) else { return false }
    let signs: [StaticString] = [" = ", " += ", " -= ", " *= ", " /= "]
    return !signs.contains { contains($0) }
  }

  /// A list that the result takes the name of, as in `maps = torch.cat(maps)`, is not counted.
  fileprivate var joinsVariableBy: Set<String> {
    let target = prefix(while: \.continuesName)
    let functions: [(name: String, call: StaticString)] = [
      ("cat", "cat("), ("stack", "stack("), ("concat", "concat("),
    ]
    let found = functions.filter { function in
      places(of: function.call).contains { start in
        guard start == startIndex || !self[start - 1].continuesName else { return false }
        let name = self[(start + function.call.utf8CodeUnitCount)...].prefix(while: \.continuesName)
        let beginsName = name.first?.beginsName ?? false
        return beginsName && !name.elementsEqual(target)
      }
    }
    return Set(found.map(\.name))
  }

  fileprivate var appliedFunction: String? {
    places(of: ".apply(").lazy.compactMap { dot -> String? in
      let name = self[..<dot].suffix(while: \.continuesName)
      return name.first.map { (0x41...0x5A).contains($0) } ?? false ? name.text() : nil
    }.first
  }

  fileprivate var memberTarget: String? {
    let name = prefix(while: \.continuesName)
    guard name.first?.beginsName ?? false, self[name.endIndex...].first == UInt8(ascii: "["),
      let end = places(of: "] = ").first, !self[..<end].contains("(")
    else { return nil }
    return name.text()
  }

  fileprivate var raised: PythonText.Raised? {
    let found = places(of: ".float()")
    guard found.count == 1, let dot = found.first else { return nil }
    let variable = self[..<dot].suffix(while: \.continuesName)
    let isAttribute = self[..<variable.startIndex].last == UInt8(ascii: ".")
    guard variable.first?.beginsName ?? false, !isAttribute else { return nil }
    let rest = self[(dot + 8)...]
    let isCalled = rest.first == UInt8(ascii: ".")
    let method: Self = isCalled ? rest.dropFirst().prefix(while: \.continuesName) : []
    return PythonText.Raised(variable: variable.text(), method: method.text())
  }

  private func suffix(while isPart: (UInt8) -> Bool) -> Self {
    self[(lastIndex { !isPart($0) }.map { $0 + 1 } ?? startIndex)...]
  }
}
