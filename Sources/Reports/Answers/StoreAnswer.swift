public import MemoryAnalysis
public import ModelGraph

/// What a model takes to store, and what follows for the user's price and limits.
public struct StoreAnswer: Hashable, Sendable {
  public var footprint: StoreFootprint
  public var cost: StorageBill?
  public var limits: [SizeVerdict]

  public init(footprint: StoreFootprint, cost: StorageBill? = nil, limits: [SizeVerdict] = []) {
    self.footprint = footprint
    self.cost = cost
    self.limits = limits
  }
}

/// What storing copies of a model costs.
public struct StorageBill: Hashable, Sendable {
  public var cost: StorageCost

  /// The bytes of one copy.
  public var bytes: ByteCount

  /// What all copies cost for one period, in the currency of the price.
  public var amount: Double

  public init(cost: StorageCost, bytes: ByteCount, amount: Double) {
    self.cost = cost
    self.bytes = bytes
    self.amount = amount
  }
}

/// Whether a model stays below a size limit, and in which data types it would.
public struct SizeVerdict: Hashable, Sendable {
  public var limit: SizeLimit

  /// The bytes that are held against it.
  public var bytes: ByteCount
  public var fits: Bool

  /// The data types in which all parameters stay below the limit.
  public var fittingTypes: [DataType]

  public init(limit: SizeLimit, bytes: ByteCount, fits: Bool, fittingTypes: [DataType]) {
    self.limit = limit
    self.bytes = bytes
    self.fits = fits
    self.fittingTypes = fittingTypes
  }
}
