/// The values that a pickle has numbered to name them again.
struct PickleMemo {
  /// The values numbered without a gap from zero, as Python numbers them.
  private var values: [PickleValue] = []
  private var others: [Int: PickleValue] = [:]

  var count: Int { values.count + others.count }

  subscript(number: Int) -> PickleValue? {
    get { values.indices.contains(number) ? values[number] : others[number] }
    set {
      guard let newValue else { return }
      if values.indices.contains(number) {
        values[number] = newValue
      } else if number == values.count, others[number] == nil {
        values.append(newValue)
      } else {
        others[number] = newValue
      }
    }
  }
}
