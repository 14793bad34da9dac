extension CachingAllocator.Configuration {
  /// Reads settings as `PYTORCH_ALLOC_CONF` has them, such as
  /// `max_split_size_mb:128,roundup_power2_divisions:[256:1,512:2,>:8]`.
  ///
  /// - Throws: ``SettingsError`` for what PyTorch would refuse, and for what is not modelled.
  public init(settings: String) throws(SettingsError) {
    self.init()
    var tokens = Self.tokens(of: settings)[...]
    while let key = tokens.popFirst() {
      guard tokens.popFirst() == ":" else { throw .expectedValue(key: key) }
      try read(key, from: &tokens)
      guard tokens.isEmpty || tokens.popFirst() == "," else { throw .expectedComma(after: key) }
    }
  }

  /// Why settings of the allocator cannot be read.
  public enum SettingsError: Error, Hashable, Sendable {
    case expectedValue(key: String)
    case expectedComma(after: String)
    case unknownKey(String)
    case badValue(key: String, found: String, expected: String)
  }

  /// The settings that are modelled, by PyTorch's names.
  public static let settingNames = [
    "max_split_size_mb", "max_non_split_rounding_mb", "large_segment_size_mb",
    "garbage_collection_threshold", "expandable_segments", "roundup_power2_divisions", "backend",
    "per_process_memory_fraction",
  ]

  private static func tokens(of text: String) -> [String] {
    var tokens: [String] = []
    var word = ""
    for character in text where !character.isWhitespace {
      guard ",:[]".contains(character) else {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(word) }
      tokens.append(String(character))
      word = ""
    }
    return word.isEmpty ? tokens : tokens + [word]
  }

  private mutating func read(
    _ key: String, from tokens: inout ArraySlice<String>
  ) throws(SettingsError) {
    switch key {
    case "max_split_size_mb":
      maximumSplitSize = try Self.mebibytes(key, &tokens, from: largeSegmentSize >> 20)
    case "max_non_split_rounding_mb":
      maximumUnsplitRounding = try Self.mebibytes(key, &tokens, from: 20)
    case "large_segment_size_mb":
      largeSegmentSize = try Self.mebibytes(key, &tokens, from: 2)
    case "garbage_collection_threshold":
      garbageCollectionThreshold = try Self.share(key, &tokens)
    case "per_process_memory_fraction": memoryFraction = try Self.share(key, &tokens)
    case "expandable_segments": expandableSegments = try Self.flag(key, &tokens)
    case "roundup_power2_divisions":
      roundUpPowerOfTwoDivisions = try Self.divisions(key, &tokens)
    case "backend":
      guard tokens.first == "native" else {
        throw .badValue(key: key, found: tokens.first ?? "", expected: "native")
      }
      tokens.removeFirst()
    default: throw .unknownKey(key)
    }
  }

  private static func mebibytes(
    _ key: String, _ tokens: inout ArraySlice<String>, from least: Int
  ) throws(SettingsError) -> Int {
    let text = tokens.popFirst() ?? ""
    guard let size = Int(text), size >= least, size < 1 << 40 else {
      throw .badValue(key: key, found: text, expected: "a number of MiB, \(least) or more")
    }
    return size << 20
  }

  private static func share(
    _ key: String, _ tokens: inout ArraySlice<String>
  ) throws(SettingsError) -> Double {
    let text = tokens.popFirst() ?? ""
    guard let share = Double(text), share > 0, share < 1 else {
      throw .badValue(key: key, found: text, expected: "a share between 0 and 1")
    }
    return share
  }

  private static func flag(
    _ key: String, _ tokens: inout ArraySlice<String>
  ) throws(SettingsError) -> Bool {
    let text = tokens.popFirst() ?? ""
    switch text {
    case "True", "true": return true
    case "False", "false": return false
    default: throw .badValue(key: key, found: text, expected: "True or False")
    }
  }

  /// Reads one number for all sizes, or `[SIZE:NUMBER,…,>:NUMBER]`.
  private static func divisions(
    _ key: String, _ tokens: inout ArraySlice<String>
  ) throws(SettingsError) -> CachingAllocator.RoundUpDivisions {
    guard tokens.first == "[" else { return .init(try powerOfTwo(key, &tokens)) }
    tokens.removeFirst()
    var (table, last) = (CachingAllocator.RoundUpDivisions(0), Int?.none)
    while tokens.first != "]" {
      let isRest = tokens.first == ">"
      let size = isRest ? 0 : try powerOfTwo(key, &tokens)
      if isRest { tokens.removeFirst() }
      guard tokens.popFirst() == ":" else { throw .expectedValue(key: key) }
      let number = try powerOfTwo(key, &tokens)
      if isRest {
        table.set(number, beyond: last ?? -1)
      } else {
        last = table.set(number, fromMebibytes: size, isFirst: last == nil)
      }
      guard tokens.first == "]" || tokens.popFirst() == "," else {
        throw .expectedComma(after: key)
      }
    }
    tokens.removeFirst()
    return table
  }

  private static func powerOfTwo(
    _ key: String, _ tokens: inout ArraySlice<String>
  ) throws(SettingsError) -> Int {
    let text = tokens.popFirst() ?? ""
    guard let number = Int(text), number > 0, number & (number - 1) == 0 else {
      throw .badValue(key: key, found: text, expected: "a power of two")
    }
    return number
  }
}
