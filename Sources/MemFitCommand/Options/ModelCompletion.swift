import ArgumentParser
import MemFit

/// What the shell offers where a model is expected: built-in architectures, files and folders.
enum ModelCompletion {
  static let kind = CompletionKind.custom { _, _, prefix in
    names(startingWith: prefix) + paths(startingWith: prefix)
  }

  private static func names(startingWith prefix: String) -> [String] {
    MemFit.architectureNames.filter { $0.hasPrefix(prefix) }
  }

  private static func paths(startingWith prefix: String) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    return Terminal.names(inFolder: folder.isEmpty ? "." : folder)
      .map { folder + $0 }
      .filter { $0.hasPrefix(prefix) }
      .map { Terminal.isFolder($0) ? $0 + "/" : $0 }
  }
}
