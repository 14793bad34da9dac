import MemoryAnalysis

extension Report {
  /// Whether a limit or a device that the user named is exceeded.
  public var isLimitExceeded: Bool {
    let isTooLarge = store?.limits.contains { !$0.fits } ?? false
    let isOverDevice = deviceFit.map { !$0.fits } ?? false
    let isOverTraining = train.map { !$0.fits } ?? false
    return isTooLarge || isOverDevice || isOverTraining
      || plan?.isLimitExceeded ?? false || fit?.isLimitExceeded ?? false
  }
}
