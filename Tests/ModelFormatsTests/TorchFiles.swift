import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// What torch.load says of a file, in the form of the corpus.
struct TorchTruth {
  let facts: JSONValue

  /// Holds a model against the tensors, their types and shapes, and the bytes of the storages.
  func expect(_ model: Model, _ path: String) {
    let listed = facts["tensors"]?.elements ?? []
    let types = Dictionary(model.tensors.map { ($0.name, $0.type) }) { first, _ in first }
    for tensor in listed {
      guard let name = tensor["name"]?.string, let type = types[name] else {
        Issue.record("\(path) lacks \(tensor["name"]?.string ?? "")")
        continue
      }
      let shape = tensor["shape"]?.elements.compactMap(\.integer) ?? []
      let dataType = tensor["dtype"]?.string.map(Self.dataType) ?? nil
      #expect(type.shape == shape, "\(path) \(name)")
      #expect(type.dataType == dataType, "\(path) \(name)")
    }
    expectTotals(model, path)
  }

  private func expectTotals(_ model: Model, _ path: String) {
    if let parameters = facts["parameters"]?.integer ?? facts["params"]?.integer {
      #expect(model.elementCount(.parameter) == parameters, "\(path)")
    }
    if let buffers = facts["buffers"]?.integer {
      #expect(model.elementCount(.state) == buffers, "\(path)")
    }
    if let optimizer = facts["optimizer"]?.integer {
      #expect(model.elementCount(.optimizerState) == optimizer, "\(path)")
    }
  }

  /// The type under PyTorch's name, quantised ones as the integers that are stored.
  static func dataType(_ name: String) -> DataType? {
    switch name {
    case "float8_e4m3fn": .float8E4M3FN
    case "float8_e4m3fnuz": .float8E4M3FNUZ
    case "float8_e5m2": .float8E5M2
    case "float8_e5m2fnuz": .float8E5M2FNUZ
    case "float8_e8m0fnu": .float8E8M0
    case "float4_e2m1fn_x2": .float4E2M1x2
    case "qint8": .int8
    case "quint8", "bits8", "bits1x8", "bits2x4", "bits4x2": .uint8
    case "bits16": .uint16
    case "qint32": .int32
    case "quint4x2": .uint4
    case "quint2x4": .uint2
    default: DataType(rawValue: name)
    }
  }
}

extension Model {
  /// The elements of a role, each storage once.
  func elementCount(_ role: Tensor.Role) -> Int {
    var largest: [Int: Int] = [:]
    for tensor in tensors where tensor.role == role {
      largest[tensor.storage] = max(largest[tensor.storage] ?? 0, tensor.content.elementCount)
    }
    return largest.values.reduce(0, +)
  }

  /// The bytes of all storages that tensors lie in, those that none uses included.
  var heldByteCount: Int {
    var largest: [Int: ByteCount] = [:]
    for tensor in tensors {
      largest[tensor.storage] = max(largest[tensor.storage] ?? .zero, tensor.content.byteCount)
    }
    return (largest.values.total() + unused.map(\.byteCount).total()).value
  }
}
