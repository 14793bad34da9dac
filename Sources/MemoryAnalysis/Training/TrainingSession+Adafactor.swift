import ModelGraph
import Operators

// `_single_tensor_adafactor` of `torch/optim/_adafactor.py`, PyTorch 2.15. What a name of the loop
// holds goes when the next parameter takes the name.

extension TrainingSession {
  /// The bytes of the sums of rows and of columns; of vectors, of all elements.
  func factorSizes(of index: Int) -> [ByteCount] {
    let type = type(of: index)
    guard type.rank > 1 else { return [type.byteCount] }
    return factorAxes(of: index).map { axis in
      var sums = type
      sums.shape[axis] = 1
      return sums.byteCount
    }
  }

  /// The axes that are summed over, of a parameter with two at least.
  private func factorAxes(of index: Int) -> [Int] {
    let rank = type(of: index).rank
    return [rank - 1, rank - 2]
  }

  /// The norms along an axis, with what several blocks of threads share meanwhile.
  private mutating func norm(of index: Int, over axis: Int, _ bytes: ByteCount) -> Int {
    let kernel = "linalg_vector_norm"
    let norms = temporary(bytes, kernel)
    let shared = settings.environment.reductionScratch(of: type(of: index), over: [axis])
    release(lastFirst: shared.map { temporary(ByteCount($0), kernel) })
    return norms
  }

  mutating func adafactor() {
    var names: [String: Int] = [:]
    for index in trained {
      norm(of: index)
      let sizes = factorSizes(of: index)
      if sizes.count == 2 {
        for (name, (axis, bytes)) in zip(["rows", "columns"], zip(factorAxes(of: index), sizes)) {
          rebind(name, to: norm(of: index, over: axis, bytes), in: &names)
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
    for axis in factorAxes(of: index) { type.shape[axis] = 1 }
    return type.byteCount
  }

  private mutating func rebind(_ name: String, to storage: Int, in names: inout [String: Int]) {
    if let old = names.updateValue(storage, forKey: name) { machine.ledger.release(old) }
  }

  private mutating func scratch(_ bytes: ByteCount, _ kernel: String) {
    machine.ledger.release(temporary(bytes, kernel))
  }
}
