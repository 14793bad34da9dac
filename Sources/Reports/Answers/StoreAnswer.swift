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
  /// The bytes of one copy.
  public var bytes: ByteCount
  public var copies: Int

  /// The price as the user gave it, such as `0.023/GB-month`.
  public var price: String
  public var costPerMonth: Double

  public init(bytes: ByteCount, copies: Int, price: String, costPerMonth: Double) {
    self.bytes = bytes
    self.copies = copies
    self.price = price
    self.costPerMonth = costPerMonth
  }
}

/// Whether a model stays below a size limit, and in which data types it would.
public struct SizeVerdict: Hashable, Sendable {
  /// What the limit is called, such as `100 MB` or the name of an app store's limit.
  public var name: String
  public var limit: ByteCount

  /// The bytes that are held against it.
  public var bytes: ByteCount
  public var fits: Bool

  /// The data types in which all parameters stay below the limit.
  public var fittingTypes: [DataType]

  public init(
    name: String, limit: ByteCount, bytes: ByteCount, fits: Bool, fittingTypes: [DataType]
  ) {
    self.name = name
    self.limit = limit
    self.bytes = bytes
    self.fits = fits
    self.fittingTypes = fittingTypes
  }
}
