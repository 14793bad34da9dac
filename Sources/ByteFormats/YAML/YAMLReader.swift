/// Reads lines into a tree, level by level.
struct YAMLReader {
  private var lines: ArraySlice<YAMLLine>

  init(lines: [YAMLLine]) { self.lines = lines[...] }

  mutating func document() throws(ByteError) -> JSONValue {
    guard let first = lines.first else { return .null }
    let value = try block(at: first.indentation, depth: 0)
    if let left = lines.first {
      throw left.refused("“\(left.text)”", expected: "no less indentation than before")
    }
    return value
  }

  private mutating func block(at indentation: Int, depth: Int) throws(ByteError) -> JSONValue {
    guard let line = lines.first else { return .null }
    guard depth < YAML.maximumDepth else {
      throw ByteError(.tooDeep(limit: YAML.maximumDepth), at: line.offset)
    }
    return line.isListItem
      ? try list(at: indentation, depth: depth) : try mapping(at: indentation, depth: depth)
  }

  private mutating func list(at indentation: Int, depth: Int) throws(ByteError) -> JSONValue {
    var elements: [JSONValue] = []
    while let line = lines.first, line.indentation == indentation, line.isListItem {
      let rest = line.text.dropFirst().drop { $0 == " " }
      guard !rest.isEmpty else {
        lines.removeFirst()
        elements.append(try nested(below: indentation, depth: depth))
        continue
      }
      var inner = line
      inner.text = rest
      inner.indentation += line.text.count - rest.count
      inner.offset += line.text.utf8.count - rest.utf8.count
      guard inner.isListItem || inner.key != nil else {
        lines.removeFirst()
        elements.append(.string(try inner.scalar(rest)))
        continue
      }
      lines[lines.startIndex] = inner
      elements.append(try block(at: inner.indentation, depth: depth + 1))
    }
    try refuseDeeper(than: indentation)
    return .array(elements)
  }

  private mutating func mapping(at indentation: Int, depth: Int) throws(ByteError) -> JSONValue {
    var members: [JSONValue.Member] = []
    while let line = lines.first, line.indentation == indentation, !line.isListItem {
      guard let (key, value) = line.key else {
        throw line.refused("“\(line.text)”", expected: "a key with a colon")
      }
      lines.removeFirst()
      let name = try line.scalar(key)
      guard !members.contains(where: { $0.key == name }) else {
        throw line.refused("“\(name)” again", expected: "every key once")
      }
      let content: JSONValue =
        value.isEmpty
        ? try nested(below: indentation, depth: depth, orListAt: indentation)
        : .string(try line.scalar(value))
      members.append(JSONValue.Member(key: name, value: content))
    }
    try refuseDeeper(than: indentation)
    return .object(members)
  }

  /// What stands deeper than its key; a list may stand at the key's own level.
  private mutating func nested(
    below indentation: Int, depth: Int, orListAt level: Int? = nil
  ) throws(ByteError) -> JSONValue {
    guard let line = lines.first else { return .null }
    let isList = line.indentation == level && line.isListItem
    guard line.indentation > indentation || isList else { return .null }
    return try block(at: line.indentation, depth: depth + 1)
  }

  private func refuseDeeper(than indentation: Int) throws(ByteError) {
    guard let line = lines.first, line.indentation > indentation else { return }
    throw line.refused("“\(line.text)”", expected: "the indentation of its neighbours")
  }
}

extension YAMLLine {
  var isListItem: Bool { text == "-" || text.hasPrefix("- ") }

  /// The key and what follows its colon; `nil` if the line has none.
  var key: (key: Substring, value: Substring)? {
    let quote = text.first.flatMap { "\"'".contains($0) ? $0 : nil }
    var isQuoted = quote != nil
    for index in text.indices.dropFirst(quote == nil ? 0 : 1) {
      if isQuoted {
        if text[index] == quote { isQuoted = false }
        continue
      }
      guard text[index] == ":" else { continue }
      let rest = text[text.index(after: index)...]
      if rest.isEmpty || rest.first == " " { return (text[..<index], rest.drop { $0 == " " }) }
    }
    return nil
  }

  /// The text that a scalar stands for.
  func scalar(_ written: Substring) throws(ByteError) -> String {
    guard let first = written.first else { return "" }
    if first == "\"" || first == "'" {
      guard written.count > 1, written.last == first,
        !written.dropFirst().dropLast().contains(first),
        !written.contains("\\")
      else { throw refused("\(written)", expected: "a quoted text without escapes") }
      return String(written.dropFirst().dropLast())
    }
    guard !"&*!|>%@`[]{},".contains(first) else {
      throw refused("\(written)", expected: "a plain or quoted text")
    }
    return String(written)
  }
}
