import MemoryAnalysis

extension Report {
  /// Whether a limit or a device that the user named is exceeded.
  public var isLimitExceeded: Bool {
    let isTooLarge = store?.limits.contains { !$0.fits } ?? false
    let isOverDevice = run?.device.map { !$0.fits } ?? false
    let isOverTraining = train.map { !$0.fits } ?? false
    return isTooLarge || isOverDevice || isOverTraining
      || plan?.isLimitExceeded ?? false || fit?.isLimitExceeded ?? false
  }
}
