extension String {
  /// The file name up to its last dot.
  var withoutExtension: String {
    guard let dot = lastIndex(of: "."), dot != startIndex else { return self }
    return String(self[..<dot])
  }

  /// Whether the text is a path that stays below the folder it is taken from.
  var isLocalPath: Bool {
    !isEmpty && !hasPrefix("/") && !contains("\\") && !utf8.contains(0)
      && !split(separator: "/").contains("..")
  }
}
