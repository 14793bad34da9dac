import ByteFormats
import ModelGraph

/// A walk over the groups of an HDF5 file that gathers the arrays.
struct KerasFileWalk {
  private var file: HDF5File
  private(set) var root: HDF5Object
  private(set) var arrays: [Array] = []

  /// The `name` that Keras 3 writes beside the variables of an object, by the object's path.
  private(set) var objectNames: [[String]: String] = [:]
  private(set) var log = DiagnosticLog()

  private var seen: Set<Int> = []
  private var openGroups: [Group] = []
  private var pathByteCount = 0

  struct Array {
    /// The names of the groups and, last, of the dataset.
    var path: [String]
    var type: TensorType
  }

  private struct Group {
    var path: [String]
    var address: Int
  }

  /// Nesting deeper than any model has.
  static let maximumDepth = 64
  static let maximumPathByteCount = 32 << 20

  init(_ file: HDF5File) throws(ByteError) {
    self.file = file
    root = try self.file.object(at: file.root)
    seen.insert(file.root)
  }

  mutating func run() throws(ByteError) {
    try visit(root, path: [])
    while let group = openGroups.popLast() {
      try visit(try file.object(at: group.address), path: group.path)
    }
    arrays.sort { $0.path.precedes($1.path) }
  }

  private mutating func visit(_ object: HDF5Object, path: [String]) throws(ByteError) {
    if let dataset = object.dataset { return add(dataset, object, path) }
    if path.last == "vars", let name = object[attribute: "name"]?.texts.first {
      objectNames[Swift.Array(path.dropLast())] = name
    }
    guard path.count < Self.maximumDepth else {
      throw ByteError(.tooDeep(limit: Self.maximumDepth))
    }
    for link in object.links {
      let path = path + [link.name]
      try spend(path)
      guard let address = link.address else {
        log.add(.warning, "softLink", "\(path.shown) leads elsewhere by name and is not followed")
        continue
      }
      guard seen.insert(address).inserted else {
        log.add(.note, "hardLink", "\(path.shown) is another name of an object read before")
        continue
      }
      openGroups.append(Group(path: path, address: address))
    }
  }

  /// Counts the letters of paths: long names of outer groups stand in the paths of all that is inside.
  private mutating func spend(_ path: [String]) throws(ByteError) {
    pathByteCount += path.reduce(0) { $0 + $1.utf8.count }
    guard pathByteCount <= Self.maximumPathByteCount else {
      throw ByteError(.implausibleSize("more than \(Self.maximumPathByteCount) bytes of names"))
    }
  }

  private mutating func add(_ dataset: HDF5Dataset, _ object: HDF5Object, _ path: [String]) {
    guard let shape = dataset.shape else {
      log.add(.note, "emptyDataset", "\(path.shown) holds nothing and is left out")
      return
    }
    guard shape.isPlausible else {
      log.add(.error, "badTensor", "the shape of \(path.shown) is implausible; it is left out")
      return
    }
    let declared = object[attribute: "dtype"]?.texts.first
    guard let dataType = DataType(dataset.type, declared: declared) else {
      log.add(
        .error, "unknownType",
        "the type of \(path.shown) is none of numbers or text; it is left out")
      return
    }
    let type = TensorType(dataType, shape)
    checkLayout(dataset, type, path)
    arrays.append(Array(path: path, type: type))
  }

  /// Compares the bytes that the file sets aside with those that the type needs.
  private mutating func checkLayout(
    _ dataset: HDF5Dataset, _ type: TensorType, _ path: [String]
  ) {
    let stored: Int? =
      switch dataset.layout {
      case .compact(let byteCount), .contiguous(_, let byteCount): byteCount
      case .chunked, .virtual: nil
      }
    let needed = ByteCount(type.elementCount) * dataset.type.byteCount
    guard let stored, needed.value != stored else { return }
    log.add(
      .error, "badTensor", "\(path.shown) needs \(needed.value) bytes and has \(stored)")
  }
}

extension [String] {
  fileprivate var shown: String { joined(separator: "/").quoted }

  /// Whether a path comes first, numbers by their value: `vars/2` before `vars/10`.
  fileprivate func precedes(_ other: [String]) -> Bool {
    for (a, b) in zip(self, other) where a != b {
      if let first = Int(a), let second = Int(b), first != second { return first < second }
      return a < b
    }
    return count < other.count
  }
}

extension DataType {
  /// The type of an array's elements; `nil` for what no model has.
  ///
  /// Types that HDF5 does not know lie as opaque bytes, and Keras writes their name beside them.
  fileprivate init?(_ type: HDF5Datatype, declared: String?) {
    switch type.kind {
    case .integer(let isSigned):
      switch (type.byteCount, isSigned) {
      case (1, true): self = .int8
      case (1, false): self = .uint8
      case (2, true): self = .int16
      case (2, false): self = .uint16
      case (4, true): self = .int32
      case (4, false): self = .uint32
      case (8, true): self = .int64
      case (8, false): self = .uint64
      default: return nil
      }
    case .float(let exponent):
      switch (type.byteCount, exponent) {
      case (1, 4): self = .float8E4M3FN
      case (1, 5): self = .float8E5M2
      case (2, 5): self = .float16
      case (2, 8): self = .bfloat16
      case (4, _): self = .float32
      case (8, _): self = .float64
      default: return nil
      }
    case .text, .variableText: self = .string
    case .enumeration(let names):
      guard names == ["FALSE", "TRUE"], type.byteCount == 1 else { return nil }
      self = .bool
    case .compound(let members):
      guard members.count == 2, members[0] == members[1] else { return nil }
      switch type.byteCount {
      case 4: self = .complex32
      case 8: self = .complex64
      case 16: self = .complex128
      default: return nil
      }
    case .opaque:
      guard let known = DataType(opaque: declared, byteCount: type.byteCount) else { return nil }
      self = known
    case .other: return nil
    }
  }

  private init?(opaque declared: String?, byteCount: Int) {
    switch (declared, byteCount) {
    case ("bfloat16", 2), (nil, 2): self = .bfloat16
    case ("float8_e4m3fn", 1): self = .float8E4M3FN
    case ("float8_e5m2", 1): self = .float8E5M2
    default: return nil
    }
  }
}
