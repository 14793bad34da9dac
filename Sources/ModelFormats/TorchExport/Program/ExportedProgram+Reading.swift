import ByteFormats
import ModelGraph

extension ExportedProgram {
  /// The version of the schema that is read; PyTorch raises the major number when files break.
  static let schemaMajor = 8

  /// Reads the JSON text, of which another thread may read the later part.
  init(_ text: MemberText, _ ahead: ProgramAhead? = nil) throws(ByteError) {
    do throws(ByteError) {
      self = try Self.read(text, ahead)
    } catch {
      // Another version tells more than where its files differ.
      try Self.checkVersion(text)
      throw error
    }
  }

  private static func read(
    _ text: MemberText, _ ahead: ProgramAhead?
  ) throws(ByteError) -> Self {
    var scanner = JSONScanner(text.file, range: text.range)
    var program = ExportedProgram()
    var version: SchemaVersion?
    try scanner.forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "graph_module": try program.readModule(&scanner, ahead)
      case "range_constraints": try program.readRanges(&scanner)
      case "torch_version": program.torchVersion = try scanner.readString()
      case "schema_version": version = try SchemaVersion(&scanner)
      default: try scanner.skipValue()
      }
    }
    try scanner.finish()
    try check(version, in: text.range)
    program.hasTrainedParameters = program.stored.contains { name, stored in
      stored.role == .parameter && program.body.tensors[name]?.needsGradient == true
    }
    return program
  }

  /// Looks for the version alone, which stands at the end.
  private static func checkVersion(_ text: MemberText) throws(ByteError) {
    var scanner = JSONScanner(text.file, range: text.range)
    var version: SchemaVersion?
    try scanner.forEachKey { scanner, key throws(ByteError) in
      guard key == "schema_version" else { return try scanner.skipValue() }
      version = try SchemaVersion(&scanner)
    }
    try check(version, in: text.range)
  }

  private static func check(
    _ version: SchemaVersion?, in range: Range<Int>
  ) throws(ByteError) {
    guard let version, let major = version.major else {
      throw ByteError(
        .malformed(expected: "a schema_version", found: "none"),
        at: version?.place ?? range.lowerBound)
    }
    guard major == schemaMajor else {
      throw ByteError(
        .malformed(expected: "schema version \(schemaMajor)", found: "version \(major)"),
        at: version.place)
    }
  }

  /// The version of the schema that a file names, and where.
  private struct SchemaVersion {
    var place: Int
    var major: Int?

    init(_ scanner: inout JSONScanner) throws(ByteError) {
      place = scanner.offset
      var major: Int?
      try scanner.forEachKey { scanner, key throws(ByteError) in
        if key == "major" { major = try scanner.readInteger() } else { try scanner.skipValue() }
      }
      self.major = major
    }
  }

  private mutating func readModule(
    _ scanner: inout JSONScanner, _ ahead: ProgramAhead?
  ) throws(ByteError) {
    var program = self
    try scanner.forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "graph": program.body = try scanner.readBody(hints: &program.hints, ahead)
      case "signature": try program.readSignature(&scanner)
      case "module_call_graph": try program.readModules(&scanner)
      default: try scanner.skipValue()
      }
    }
    self = program
  }

  private mutating func readModules(_ scanner: inout JSONScanner) throws(ByteError) {
    guard try scanner.peek() == .array else { return try scanner.skipValue() }
    var paths: [String] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      try scanner.forEachKey { scanner, key throws(ByteError) in
        guard key == "fqn", try scanner.peek() == .string else { return try scanner.skipValue() }
        paths.append(try scanner.readString())
      }
    }
    modules = paths
  }

  private mutating func readRanges(_ scanner: inout JSONScanner) throws(ByteError) {
    var ranges: [String: SizeRange] = [:]
    try scanner.forEachKey { scanner, symbol throws(ByteError) in
      var range = SizeRange()
      try scanner.forEachKey { scanner, key throws(ByteError) in
        guard try scanner.peek() == .number else { return try scanner.skipValue() }
        guard case .integer(let bound) = try scanner.readNumber() else { return }
        if key == "min_val" { range.lowest = bound }
        if key == "max_val" { range.highest = bound }
      }
      ranges[symbol] = range
    }
    self.ranges = ranges
  }
}

// MARK: Nodes

extension ExportedNode {
  init(_ scanner: inout JSONScanner, _ texts: inout NodeTexts) throws(ByteError) {
    var node = ExportedNode()
    try scanner.forEachKey(of: Key.self) { scanner, key throws(ByteError) in
      switch key {
      case .target: node.target = texts.target(try scanner.readString())
      case .name:
        if try !scanner.takeNull() { node.name = try scanner.readString() }
      case .inputs:
        node.arguments = try scanner.readList { scanner throws(ByteError) in
          try Argument(&scanner)
        }
      case .outputs:
        node.outputs = try scanner.readList { scanner throws(ByteError) in
          Self.outputs(try scanner.readArgument())
        }.flatMap(\.self)
      case .metadata: try node.readMetadata(&scanner, &texts)
      case .isRegion, nil: try scanner.skipValue()
      }
    }
    self = node
  }

  private enum Key: String, JSONKey {
    case target, inputs, outputs, metadata
    case isRegion = "is_hop_single_tensor_return"
    case name
    static let names = JSONKeyNames(of: Key.self)
  }

  private static func outputs(_ argument: ExportedArgument) -> [String?] {
    switch argument {
    case .tensor(let name): [name]
    case .tensors(let names): names
    case .none: [nil]
    default: []
    }
  }

  private enum MetadataKey: String, JSONKey {
    case trace = "stack_trace"
    case stack = "nn_module_stack"
    case calls = "torch_fn"
    case origins = "from_node"
    static let names = JSONKeyNames(of: MetadataKey.self)
  }

  private mutating func readMetadata(
    _ scanner: inout JSONScanner, _ texts: inout NodeTexts
  ) throws(ByteError) {
    var (stackText, trace, calls, origins) = (0..<0, 0..<0, 0..<0, 0..<0)
    try scanner.forEachKey(of: MetadataKey.self) { scanner, key throws(ByteError) in
      switch key {
      case .calls: calls = try scanner.skipString()
      case .stack: stackText = try scanner.skipString()
      case .trace: trace = try scanner.skipString()
      case .origins: origins = try scanner.skipString()
      case nil: try scanner.skipValue()
      }
    }
    let place = try texts.place(stackText: stackText, trace: trace, in: scanner)
    (module, lists) = (place.stack.module, place.stack.lists)
    (isOfTransformers, frames) = (place.stack.isOfTransformers, place.frames)
    isOfEncoderLayer = place.stack.isOfEncoderLayer
    checkpointedLayers = place.stack.layers
    method = try scanner.lastPart(of: calls)
    if !target.isInPlace { origin = try scanner.originInPlace(in: origins) }
  }
}

extension ExportedNode.Argument {
  fileprivate init(_ scanner: inout JSONScanner) throws(ByteError) {
    var name = ""
    var value = ExportedArgument.none
    try scanner.forEachKey(of: Key.self) { scanner, key throws(ByteError) in
      switch key {
      case .name: name = try scanner.readString()
      case .value: value = try scanner.readArgument()
      case .kind, nil: try scanner.skipValue()
      }
    }
    self.init(name: name, value: value)
  }

  private enum Key: String, JSONKey {
    case name
    case value = "arg"
    case kind
    static let names = JSONKeyNames(of: Key.self)
  }
}

// MARK: Signature

extension ExportedProgram {
  private mutating func readSignature(_ scanner: inout JSONScanner) throws(ByteError) {
    var program = self
    try scanner.forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "input_specs":
        try scanner.beginArray()
        while try scanner.nextElement() {
          try scanner.forEachKey { scanner, kind throws(ByteError) in
            try program.readInput(of: kind, &scanner)
          }
        }
      case "output_specs":
        var place = 0
        try scanner.beginArray()
        while try scanner.nextElement() {
          try scanner.forEachKey { scanner, kind throws(ByteError) in
            if kind == "gradient_to_parameter" { program.hasGradients = true }
            if kind.hasSuffix("_mutation") { program.writtenOutputs.insert(place) }
            guard kind == "loss_output" else { return try scanner.skipValue() }
            try scanner.forEachKey { scanner, key throws(ByteError) in
              if key == "arg" {
                program.loss = try scanner.readName()
              } else {
                try scanner.skipValue()
              }
            }
          }
          place += 1
        }
      default: try scanner.skipValue()
      }
    }
    self = program
  }

  /// The key of the name that each kind of stored input goes by, and its role.
  private static let storedKinds: [String: (key: String, role: Tensor.Role)] = [
    "parameter": ("parameter_name", .parameter), "buffer": ("buffer_name", .state),
    "tensor_constant": ("tensor_constant_name", .constant),
  ]

  private mutating func readInput(
    of kind: String, _ scanner: inout JSONScanner
  ) throws(ByteError) {
    guard let (nameKey, role) = Self.storedKinds[kind] else { return try scanner.skipValue() }
    var input: String?
    var name: String?
    try scanner.forEachKey { scanner, key throws(ByteError) in
      switch key {
      case "arg": input = try scanner.readName()
      case nameKey: name = try scanner.readString()
      default: try scanner.skipValue()
      }
    }
    guard let input, let name else { return }
    stored[input] = StoredInput(name: name, role: role)
  }
}
