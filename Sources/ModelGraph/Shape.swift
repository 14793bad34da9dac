/// The sizes of a tensor's axes, outermost first; a scalar has none.
public typealias Shape = [Int]

extension Shape {
  /// The largest number of elements that a tensor may have here, 2⁴⁸.
  ///
  /// Larger tensors exist on no machine; the limit keeps every later sum and product in range.
  public static let maximumElementCount = 1 << 48

  /// The product of the sizes, saturating above ``maximumElementCount``.
  ///
  /// This is the only place where sizes are multiplied.
  public var elementCount: Int {
    var count = 1
    for size in self {
      guard size != 0 else { return 0 }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      let isTooLarge = overflow || product > Self.maximumElementCount
      count = isTooLarge ? Self.maximumElementCount + 1 : product
    }
    return count
  }

  /// Whether no size is negative and the product is in range.
  public var isPlausible: Bool {
    allSatisfy { 0...Self.maximumElementCount ~= $0 } && elementCount <= Self.maximumElementCount
  }
}
