import ByteFormats

/// What a node is given under one name.
enum ExportedArgument: Hashable, Sendable {
  case tensor(String)

  /// A list of tensors, some of which may be left out.
  case tensors([String?])
  case size(Size)
  case sizes([Size])
  case float(Double)
  case boolean(Bool)
  case string(String)

  /// The number of an element type.
  case scalarType(Int)

  /// A region that the node runs.
  indirect case region(ExportedBody)
  case none

  /// Something that no rule reads: a device, a layout.
  case other

  /// An integer, or the name of one that other nodes compute.
  enum Size: Hashable, Sendable {
    case number(Int)
    case name(String)
  }
}

extension ExportedArgument {
  /// The names of the tensors in it.
  var tensorNames: [String] {
    switch self {
    case .tensor(let name): [name]
    case .tensors(let names): names.compactMap(\.self)
    default: []
    }
  }
}

/// What an argument is, by the key of the union that it is written as.
private enum ArgumentKind: String, JSONKey {
  case tensor = "as_tensor"
  case integer = "as_int"
  case integers = "as_ints"
  case size = "as_sym_int"
  case sizes = "as_sym_ints"
  case tensors = "as_tensors"
  case float = "as_float"
  case boolean = "as_bool"
  case none = "as_none"
  case string = "as_string"
  case scalarType = "as_scalar_type"
  case memoryFormat = "as_memory_format"
  case optionalTensor = "as_optional_tensor"
  case optionalTensors = "as_optional_tensors"
  case nestedTensors = "as_nested_tensors"
  case region = "as_graph"
  static let names = JSONKeyNames(of: ArgumentKind.self)
}

private enum NameKey: String, JSONKey {
  case name
  static let names = JSONKeyNames(of: NameKey.self)
}

extension JSONScanner {
  /// Reads a union of one key, such as `{"as_int": 3}`.
  mutating func readArgument() throws(ByteError) -> ExportedArgument {
    var argument = ExportedArgument.other
    try forEachKey(of: ArgumentKind.self) { scanner, kind throws(ByteError) in
      argument = try scanner.readArgument(of: kind)
    }
    return argument
  }

  private mutating func readArgument(of kind: ArgumentKind?) throws(ByteError) -> ExportedArgument {
    switch kind {
    case .tensor: return try readName().map { .tensor($0) } ?? .none
    case .tensors, .nestedTensors:
      return .tensors(try readList { scanner throws(ByteError) in try scanner.readName() })
    case .optionalTensor:
      return try readArgument()
    case .optionalTensors:
      return .tensors(
        try readList { scanner throws(ByteError) in
          guard case .tensor(let name) = try scanner.readArgument() else { return nil }
          return name
        })
    case .integer, .memoryFormat: return .size(.number(try readInteger()))
    case .integers:
      return .sizes(
        try readList { scanner throws(ByteError) in .number(try scanner.readInteger()) })
    case .size: return .size(try readSize())
    case .sizes:
      return .sizes(try readList { scanner throws(ByteError) in try scanner.readSize() })
    case .float: return .float(try readFloat())
    case .boolean: return .boolean(try readBoolean())
    case .string: return .string(try readString())
    case .scalarType: return .scalarType(try readInteger())
    case .region: return try readRegion()
    case .some(.none):
      try skipValue()
      return .none
    case nil:
      try skipValue()
      return .other
    }
  }

  /// Reads a number; those that JSON has no digits for are words.
  private mutating func readFloat() throws(ByteError) -> Double {
    guard try peek() == .string else { return try readNumber().double ?? 0 }
    let start = offset
    let word = try readString()
    guard let number = Self.unwritable[word] else {
      throw ByteError(
        .malformed(
          expected: "a number, Infinity, -Infinity or NaN", found: "“\(word.prefix(20))”"),
        at: start)
    }
    return number
  }

  private static let unwritable: [String: Double] = [
    "Infinity": .infinity, "-Infinity": -.infinity, "NaN": .nan,
  ]

  private mutating func readRegion() throws(ByteError) -> ExportedArgument {
    var region = ExportedArgument.other
    try forEachKey { scanner, key throws(ByteError) in
      guard key == "graph" else { return try scanner.skipValue() }
      var hints: [String: Int] = [:]
      region = .region(try scanner.readBody(hints: &hints))
    }
    return region
  }

  private mutating func readSize() throws(ByteError) -> ExportedArgument.Size {
    var size: ExportedArgument.Size?
    let start = offset
    try forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "as_int": size = .number(try scanner.readInteger())
      case "as_name": size = .name(try scanner.readString())
      default: try scanner.skipValue()
      }
    }
    guard let size else {
      throw ByteError(.malformed(expected: "as_int or as_name", found: "neither"), at: start)
    }
    return size
  }

  /// Reads the `name` of an object.
  mutating func readName() throws(ByteError) -> String? {
    var name: String?
    try forEachKey(of: NameKey.self) { scanner, key throws(ByteError) in
      if key == .name { name = try scanner.readString() } else { try scanner.skipValue() }
    }
    return name
  }
}
