import ModelGraph

/// Reads the calls of a strict export as those of any other.
///
/// Its traces, which Dynamo wrote, tell calls of functions beside those of modules' `forward`, and none that lies in PyTorch's
/// own modules. The latter are taken to be of one statement each: `input = module(input)` in a list of modules, the
/// return of what a function makes in all others.
struct StrictCalls {
  /// The calls that no trace tells, by the file of their module.
  private var untold: NameMap<PythonFrame> = [:]

  /// Whether a trace is one of Dynamo's.
  static func isTold(by frames: [PythonFrame]) -> Bool {
    frames.first?.file == root || frames.contains { !$0.isOfForward }
  }

  /// The file of PyTorch's call of the module that is exported.
  private static let root = "functional_export.py"

  /// What stands in place of the file of the script that was run.
  private static let script = "__main__.py"

  /// The calls of `forward` that a trace tells, and those that it does not tell where they would stand; the modules are
  /// `key,path,class;…`.
  mutating func calls(toldBy frames: [PythonFrame], in modules: String) -> [PythonFrame] {
    let classes = modules.utf8.split(separator: UInt8(ascii: ";")).map(ModuleClass.init)
    var told = frames.filter { $0.isOfForward && $0.file != Self.root }[...]
    var calls: [PythonFrame] = []
    var rest = classes.count { !$0.isOfPyTorch }
    for module in classes {
      // A class of the library's may be called by the method of one of PyTorch's.
      let isTold = !module.isOfPyTorch && (told.first?.file == module.file || told.count >= rest)
      if !module.isOfPyTorch { rest -= 1 }
      if isTold, let call = told.popFirst() {
        calls.append(call)
      } else {
        calls.append(untoldCall(in: module.file))
      }
    }
    return calls + told
  }

  /// The calls that a trace tells, and those of modules whose call it does not tell, as where `forward` is given to a module
  /// under the name of another function; none unless the files of the classes tell whose each is.
  mutating func calls(toldInPart frames: [PythonFrame], in modules: String) -> [PythonFrame] {
    let classes = modules.utf8.split(separator: UInt8(ascii: ";")).map(ModuleClass.init)
    let files = Set(classes.map(\.file))
    var told = frames[...]
    var calls: [PythonFrame] = []
    for module in classes {
      // What a class of the script that was run is called by does not name its file.
      let isTold = told.first.map { call in
        call.file == module.file || module.file == Self.script && !files.contains(call.file)
      }
      calls.append((isTold ?? false ? told.popFirst() : nil) ?? untoldCall(in: module.file))
    }
    return told.isEmpty ? calls : []
  }

  private mutating func untoldCall(in file: String) -> PythonFrame {
    if let known = untold[file] { return known }
    let statement = file == "container.py" ? "input = module(input)" : "return F.function(input)"
    let call = PythonFrame(
      PythonText(file: file, line: Array(statement.utf8)[...]), line: 0, isOfForward: true)
    untold[file] = call
    return call
  }
}

/// What the class of a module is called, and where it is.
private struct ModuleClass {
  var file = ""
  var isOfPyTorch = false

  init(_ entry: Substring.UTF8View.SubSequence) {
    let name = entry.split(separator: UInt8(ascii: ",")).last ?? entry
    let parts = name.split(separator: UInt8(ascii: "."))
    isOfPyTorch = parts.starts(with: Self.library) { $0.elementsEqual($1) }
    if let part = parts.dropLast().last { file = "\(Substring(part)).py" }
  }

  private static let library = ["torch", "nn"].map { Array($0.utf8) }
}
