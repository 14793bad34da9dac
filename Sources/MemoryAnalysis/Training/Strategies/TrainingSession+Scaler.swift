import ModelGraph
import Operators

// The gradient scaler: `torch/amp/grad_scaler.py`, PyTorch 2.15.

extension TrainingSession {
  /// One step of the optimizer, with the scaler's check of the gradients around it.
  mutating func optimizeScaled() {
    guard settings.precision.scalesLoss, settings.optimizer != .none else { return optimize() }
    begin("_amp_foreach_non_finite_check_and_unscale_")
    if settings.optimizer.isFused {
      let found = checkInside()
      optimize()
      release(found)
    } else {
      let found = unscale()
      optimize()
      release(found)
    }
  }

  /// Divides the gradients by the scale; what says whether one is infinite lives to the update.
  private mutating func unscale() -> [Int] {
    let double = number(8)
    let reciprocal = number(8)
    release([double])
    let inverse = number(4)
    release([reciprocal])
    let found = number(4)
    let (foundHere, inverseHere) = (number(4), number(4))
    release([inverseHere, inverse, found])
    return [foundHere]
  }

  /// A fused kernel divides the gradients itself; only the check comes before it.
  private mutating func checkInside() -> [Int] {
    let (inverse, found) = (number(4), number(4))
    let (foundHere, inverseHere) = (number(4), number(4))
    release([inverseHere, inverse, found])
    let sum = number(4)
    let scale = number(4)
    return [foundHere, sum, scale]
  }

  private mutating func number(_ bytes: ByteCount) -> Int {
    machine.ledger.make(bytes, .workspace, named: "gradient scaler")
  }

  private mutating func release(_ storages: [Int]) {
    for storage in storages { machine.ledger.release(storage) }
  }
}
