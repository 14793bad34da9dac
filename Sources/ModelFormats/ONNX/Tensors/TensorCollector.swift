import ByteFormats
import ModelGraph

/// Where the bytes of a tensor stand: two tensors of one origin are one storage.
enum TensorOrigin: Hashable {
  case inFile(offset: Int)
  case external(path: String, offset: Int, byteCount: Int)
}

/// A value of a graph whose elements the file holds.
struct StoredTensor {
  var value: ValueID

  /// The type of what is stored: of a sparse tensor, the elements that are not zero.
  var type: TensorType
  var origin: TensorOrigin

  /// Where the elements of a sparse tensor stand; none of others, and then it takes little room.
  var indices: [(type: TensorType, origin: TensorOrigin)] = []
}

/// The tensors of a model, as its graphs are read.
struct TensorCollector {
  private(set) var all: [Tensor] = []
  private var names: Set<String> = []

  /// The storage at each offset of the file itself, and those in other files.
  private var storages: [Int: Int] = [:]
  private var externalStorages: [TensorOrigin: Int] = [:]
  private var elementsLeft = 1 << 20

  /// Makes room for tensors to come; for few, arrays grow well by themselves.
  mutating func reserveCapacity(_ count: Int) {
    guard count > all.count else { return }
    all.reserveCapacity(all.count + count)
    names.reserveCapacity(names.count + count)
    storages.reserveCapacity(storages.count + count)
  }

  /// Adds a tensor under its name, or under a longer one if another graph has that name too.
  ///
  /// - Returns: The name.
  mutating func add(_ stored: StoredTensor, named name: String, role: Tensor.Role, path: String)
    -> String
  {
    let name = unique(name, path: path)
    append(name, stored.type, role, stored.origin)
    for indices in stored.indices {
      append(unique("\(name)/indices", path: path), indices.type, .constant, indices.origin)
    }
    return name
  }

  private mutating func append(
    _ name: String, _ type: TensorType, _ role: Tensor.Role, _ origin: TensorOrigin
  ) {
    all.append(Tensor(name: name, type: type, role: role, storage: storage(at: origin)))
  }

  private mutating func storage(at origin: TensorOrigin) -> Int {
    let next = storages.count + externalStorages.count
    if case .inFile(let offset) = origin {
      let storage = storages[offset] ?? next
      storages[offset] = storage
      return storage
    }
    let storage = externalStorages[origin] ?? next
    externalStorages[origin] = storage
    return storage
  }

  private mutating func unique(_ name: String, path: String) -> String {
    if names.insert(name).inserted { return name }
    var candidate = path + name
    var count = 1
    while !names.insert(candidate).inserted {
      count += 1
      candidate = "\(path)\(name)#\(count)"
    }
    return candidate
  }
}

extension TensorCollector {
  /// The contents of a tensor, if shapes may follow from them.
  ///
  /// Integers are read up to the size that shape arithmetic is followed to. Of other types only a
  /// few elements matter, such as factors of size, and the pages of weights stay untouched.
  mutating func contents(
    of tensor: TensorMessage, _ type: TensorType
  ) throws(ByteError) -> TensorValue? {
    let limit = type.dataType.isShapeLike ? TensorValue.maximumElementCount : 64
    guard type.elementCount <= min(limit, elementsLeft) else { return nil }
    elementsLeft -= type.elementCount
    return try tensor.contents(type)
  }
}

extension DataType {
  /// Whether exporters write shapes and indices in this type.
  fileprivate var isShapeLike: Bool {
    switch self {
    case .int64, .int32, .uint64, .uint32, .bool, .string: true
    default: false
    }
  }
}
