public import ModelGraph

/// What a model stores, in a few figures that are quick to make.
public struct StorageSummary: Hashable, Sendable {
  public var parameters: Tally
  public var state: Tally
  public var optimizerState: Tally

  /// Every element the file holds, each storage once.
  public var tensors: Tally
  public var file: ByteCount?

  /// All tensors by type, the type of the most bytes first.
  public var byDataType: [DataTypeTally]

  public struct DataTypeTally: Hashable, Sendable {
    public var dataType: DataType
    public var tensors: Tally
  }

  /// Counts what a model stores, each storage once.
  public init(of model: Model) {
    let stored = StoredTensors(model.tensors)
    let unused = model.unused.map { Tally(count: $0.elementCount, bytes: $0.byteCount) }
    parameters = stored.tally(.parameter)
    state = stored.tally(.state)
    optimizerState = stored.tally(.optimizerState)
    tensors = stored.tally() + unused.reduce(.zero, +)
    file = model.fileByteCount
    byDataType = Self.byDataType(stored.tensors)
  }

  private static func byDataType(_ tensors: [Tensor]) -> [DataTypeTally] {
    var tallies: [DataType: Tally] = [:]
    for tensor in tensors { tallies[tensor.type.dataType, default: .zero] += tensor.tally }
    return tallies.map { DataTypeTally(dataType: $0.key, tensors: $0.value) }
      .sorted {
        ($1.tensors.bytes, $0.dataType.rawValue) < ($0.tensors.bytes, $1.dataType.rawValue)
      }
  }
}
