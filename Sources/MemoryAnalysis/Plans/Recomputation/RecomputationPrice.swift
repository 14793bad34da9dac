/// What running parts of a step again is said to cost.
public enum RecomputationPrice: String, Hashable, Sendable, CaseIterable {
  /// The time by the roofline of the device.
  case time

  /// Multiply-accumulates, as PyTorch and Checkmate count; of equal ones the time decides.
  case macs

  /// The share of the time in a price of multiply-accumulates.
  private static let tieBreak = 1e-3

  /// The price of a share of a step.
  func price(time: Double, work: Double) -> Double {
    switch self {
    case .time: time
    case .macs: work + Self.tieBreak * time
    }
  }
}
