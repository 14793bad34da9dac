extension Sequence<Int> {
  /// The sum of numbers that are not negative, at most `Int.max`.
  func saturatingTotal() -> Int {
    reduce(0) {
      let (sum, overflow) = $0.addingReportingOverflow($1)
      return overflow ? .max : sum
    }
  }
}
