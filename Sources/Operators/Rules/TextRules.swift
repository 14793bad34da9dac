import ModelGraph

extension ShapeRule {
  /// The texts that are no stop words; one empty text if none is left.
  static let stringNormalizer = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let stopWords = call.attributes.strings("stopwords"), !stopWords.isEmpty else {
      return type
    }
    guard let texts = call.value(0)?.strings else { throw .dependsOnContents(0) }
    guard 1...2 ~= type.rank else {
      throw .rank(input: 0, expected: "one or two axes", found: type.shape)
    }
    let isCaseSensitive = call.attributes.flag("is_case_sensitive")
    let normalize = { (text: String) in isCaseSensitive ? text : text.lowercased() }
    let stops = Set(stopWords.map(normalize))
    type.shape[type.rank - 1] = max(1, texts.count { !stops.contains(normalize($0)) })
    return type
  }

  /// The parts of each text, padded to the most that one has, and how many each has.
  static let stringSplit = ShapeRule { call throws(ShapeError) in
    let shape = try call.shape(0)
    let counts = ValueType.tensor(.int64, shape)
    guard let texts = call.value(0)?.strings else { return [.unknown, counts] }
    let limit = call.attributes.integer("maxsplit").map { max(0, $0) } ?? .max
    let delimiter = call.attributes.string("delimiter") ?? ""
    let most = texts.map { partCount(of: $0, delimiter, limit) }.max() ?? 0
    return [.tensor(.string, shape + [most]), counts]
  }

  /// A column for each n-gram that is counted.
  static let ngrams = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.shape(0)
    guard let columns = call.attributes.integers("ngram_indexes")?.max() else {
      throw .missingAttribute("ngram_indexes")
    }
    return TensorType(.float32, Array(input.dropLast()) + [try columns.plus(1)])
  }
}

/// The number of parts of a text; without a delimiter, of its words.
private func partCount(of text: String, _ delimiter: String, _ limit: Int) -> Int {
  if delimiter.isEmpty {
    let words = text.split(whereSeparator: \.isWhitespace).count
    return words == 0 ? 0 : min(words - 1, limit) + 1
  }
  guard !text.isEmpty else { return 0 }
  return min(occurrences(of: Array(delimiter.utf8), in: Array(text.utf8)), limit) + 1
}

private func occurrences(of part: [UInt8], in text: [UInt8]) -> Int {
  var count = 0
  var position = 0
  while position + part.count <= text.count {
    if text[position..<position + part.count].elementsEqual(part) {
      count += 1
      position += part.count
    } else {
      position += 1
    }
  }
  return count
}
