public import ModelGraph

/// What a training step would take if one thing were different, by the same executor.
public struct TrainingChange: Hashable, Sendable {
  /// The flags that say what is different.
  public var flags: String

  /// What it is, in a few words.
  public var title: String

  /// The device's memory that the training process would take.
  public var total: ByteCount

  /// How much less that is; negative if it is more.
  public var gain: ByteCount
  public var fits: Bool

  /// The estimated time for each sample, as a multiple of what it is now; `nil` if not known.
  public var time: Double?

  public init(
    flags: String, title: String, total: ByteCount, gain: ByteCount, fits: Bool, time: Double?
  ) {
    self.flags = flags
    self.title = title
    self.total = total
    self.gain = gain
    self.fits = fits
    self.time = time
  }
}
