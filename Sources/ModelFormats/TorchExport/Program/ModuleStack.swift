import ModelGraph

/// The modules whose calls a node ran in, outermost first.
struct ModuleStack: Sendable {
  /// The path of each with the number of the call, as in `relu@1`.
  var calls: [Substring] = []

  /// The path of the innermost, without numbers of calls.
  var module = ""

  /// The parts of the path that are no module that is called, but a list of modules.
  var lists: [Int] = []

  /// Whether a module is of the transformers library.
  var isOfTransformers = false

  init() {}

  /// Reads the entries `key,path,class;…`.
  init(_ text: String) {
    let entries = text.utf8.split(separator: UInt8(ascii: ";")).map { entry in
      entry.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { Substring($0) }
    }
    calls = entries.map(Self.path)
    module = calls.last.map(Self.withoutCallNumbers) ?? ""
    isOfTransformers = entries.contains { $0.last?.hasPrefix("transformers.models.") ?? false }
    let called = Set(calls.map { $0.dottedParts.count })
    lists = module.dottedParts.indices.filter { !called.contains($0 + 1) }
  }

  /// The path in an entry, with the number of the call in its key.
  private static func path(_ fields: [Substring]) -> Substring {
    guard fields.count >= 3 else { return "" }
    let mark = UInt8(ascii: "@")
    guard !fields[1].utf8.contains(mark), let number = fields[0].utf8.lastIndex(of: mark) else {
      return fields[1]
    }
    return fields[1] + fields[0][number...]
  }

  private static func withoutCallNumbers(_ path: Substring) -> String {
    path.dottedParts.map { part in
      part.utf8.firstIndex(of: UInt8(ascii: "@")).map { part[..<$0] } ?? part
    }.joined(separator: ".")
  }
}
