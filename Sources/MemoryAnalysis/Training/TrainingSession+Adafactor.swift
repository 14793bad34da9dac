import ModelGraph
import Operators

// `_single_tensor_adafactor` of `torch/optim/_adafactor.py`, PyTorch 2.15. What a name of the loop
// holds goes when the next parameter takes the name.

extension TrainingSession {
  /// The bytes of the sums of rows and of columns; of vectors, of all elements.
  func factorSizes(of index: Int) -> [ByteCount] {
    let type = type(of: index)
    guard type.rank > 1 else { return [type.byteCount] }
    return [type.rank - 1, type.rank - 2].map { axis in
      var sums = type
      sums.shape[axis] = 1
      return sums.byteCount
    }
  }

  mutating func adafactor() {
    var names: [String: Int] = [:]
    for index in trained {
      norm(of: index)
      let sizes = factorSizes(of: index)
      if sizes.count == 2 {
        let rank = type(of: index).rank
        for (name, (axis, bytes)) in zip(["rows", "columns"], zip([rank - 1, rank - 2], sizes)) {
          let sums = temporary(bytes, "linalg_vector_norm")
          let shared = settings.environment.reductionScratch(of: type(of: index), over: [axis])
          let taken = shared.map { temporary(ByteCount($0), "linalg_vector_norm") }
          for storage in taken.reversed() { machine.ledger.release(storage) }
          rebind(name, to: sums, in: &names)
        }
        let update = product(of: index)
        scratch(meanSize(of: index), "mean_dim")
        rebind("update", to: update, in: &names)
      } else {
        rebind("squares", to: temporary(type(of: index).byteCount, "mul_Tensor"), in: &names)
        rebind("update", to: temporary(type(of: index).byteCount, "clone"), in: &names)
      }
      norm(of: index)
    }
    for storage in names.sorted(by: { $0.key < $1.key }).map(\.value) {
      machine.ledger.release(storage)
    }
  }

  /// The product of the sums of rows and of columns.
  private mutating func product(of index: Int) -> Int {
    let kernel = type(of: index).rank == 2 ? "mm" : "bmm"
    let made = temporary(type(of: index).byteCount, kernel)
    scratch(ByteCount(settings.environment.matrixProductWorkspace), kernel)
    return made
  }

  /// The bytes of the mean of the sums of rows.
  private func meanSize(of index: Int) -> ByteCount {
    var type = type(of: index)
    guard type.rank > 1 else { return .zero }
    for axis in [type.rank - 1, type.rank - 2] { type.shape[axis] = 1 }
    return type.byteCount
  }

  private mutating func rebind(_ name: String, to storage: Int, in names: inout [String: Int]) {
    if let old = names.updateValue(storage, forKey: name) { machine.ledger.release(old) }
  }

  private mutating func scratch(_ bytes: ByteCount, _ kernel: String) {
    machine.ledger.release(temporary(bytes, kernel))
  }
}
