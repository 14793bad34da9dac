/// A call of a module's `forward` that a node ran in, and the statement that it was at.
struct PythonFrame: Hashable, Sendable {
  /// The name of the source file.
  var file: String
  var line: Int

  /// The path of the module, with a number after it if the module is called again.
  var module = ""

  /// The variables that the statement assigns to, in order.
  var targets: [String]

  /// Whether the statement joins tensors that a variable lists, such as `torch.cat(outputs)`.
  var joinsVariable = false
}

extension PythonFrame {
  /// Reads the calls from Python's text for them, outermost first.
  ///
  /// ```
  /// File "/somewhere/resnet.py", line 146, in forward
  ///     x = self.conv1(x)
  /// ```
  static func frames(inTrace trace: String) -> [PythonFrame] {
    var frames: [PythonFrame] = []
    for text in trace.split(separator: "\n") {
      let line = text.drop { $0 == " " }
      if line.hasPrefix("File \"") {
        guard let frame = header(line) else { return [] }
        frames.append(frame)
      } else if !frames.isEmpty, frames[frames.count - 1].targets.isEmpty {
        frames[frames.count - 1].targets = targets(ofStatement: line)
        frames[frames.count - 1].joinsVariable = joinsVariable(line)
      }
    }
    return frames
  }

  private static func joinsVariable(_ statement: Substring) -> Bool {
    let calls = ["cat(", "stack(", "concat("]
    return statement.indices.contains { start in
      let rest = statement[start...]
      guard let call = calls.first(where: rest.hasPrefix) else { return false }
      return rest.dropFirst(call.count).first?.isLetter ?? false
    }
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
      !name.isEmpty && name.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }
    return areNames ? names : []
  }
}
