import ModelGraph

/// The tensors of a model, each storage once.
struct StoredTensors {
  /// One tensor for each storage: a parameter if any of those that share it is one, the largest of
  /// the same role.
  private(set) var tensors: [Tensor]

  /// The position in ``tensors`` of every tensor, by name.
  private var positions: [String: Int] = [:]

  init(_ all: [Tensor]) {
    var positionByStorage: [Int: Int] = [:]
    positions.reserveCapacity(all.count)
    positionByStorage.reserveCapacity(all.count)
    // As long as no tensor shares its storage, there is nothing to copy.
    tensors = all
    var count = 0
    for (index, tensor) in all.enumerated() {
      if let position = positionByStorage[tensor.storage] {
        if tensor.precedence > tensors[position].precedence { tensors[position] = tensor }
        positions[tensor.name] = position
      } else {
        positionByStorage[tensor.storage] = count
        positions[tensor.name] = count
        if index > count { tensors[count] = tensor }
        count += 1
      }
    }
    tensors.removeLast(all.count - count)
  }

  func position(of name: String) -> Int? { positions[name] }

  /// The elements and bytes of one role, or of all.
  func tally(_ role: Tensor.Role? = nil) -> Tally {
    tensors.reduce(into: .zero) { sum, tensor in
      if role == nil || tensor.role == role { sum += tensor.tally }
    }
  }

  /// The bytes of all parameters in each type, the last block of each tensor filled up.
  func sizes(in dataTypes: [DataType]) -> [StoreFootprint.DataTypeSize] {
    let counts = tensors.lazy.filter { $0.role == .parameter }.map(\.content.elementCount)
    let tensorsByCount = counts.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return dataTypes.map { type in
      StoreFootprint.DataTypeSize(
        dataType: type,
        bytes: tensorsByCount.map { type.byteCount(ofElements: $0.key) * $0.value }.total())
    }
  }
}

extension Tensor {
  var tally: Tally { Tally(count: content.elementCount, bytes: content.byteCount) }

  /// Larger for the tensor that stands for a storage.
  fileprivate var precedence: (Int, Int) { (role.weight, content.elementCount) }
}

extension Tensor.Role {
  /// Which role a storage has that is used in several.
  fileprivate var weight: Int {
    switch self {
    case .parameter: 3
    case .state: 2
    case .optimizerState: 1
    case .constant: 0
    }
  }
}
