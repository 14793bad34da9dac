/// The contents of a small tensor, for the arithmetic on shapes that exporters write.
public struct TensorValue: Hashable, Sendable {
  /// Elements in row-major order, widened.
  ///
  /// Booleans are integers 0 and 1; unsigned 64-bit integers keep their bit pattern.
  public enum Contents: Hashable, Sendable {
    case integers([Int])
    case floats([Double])
    case strings([String])
  }

  public var type: TensorType
  public var contents: Contents

  /// The largest tensor whose contents are followed.
  public static let maximumElementCount = 1 << 16

  public init(_ type: TensorType, _ contents: Contents) {
    self.type = type
    self.contents = contents
  }

  /// Makes a vector of 64-bit integers.
  public init(_ integers: [Int]) {
    self.init(TensorType(.int64, [integers.count]), .integers(integers))
  }

  /// Makes a scalar 64-bit integer.
  public init(scalar integer: Int) {
    self.init(TensorType(.int64, []), .integers([integer]))
  }
}

extension TensorValue {
  /// The elements, if they are integers or booleans.
  public var integers: [Int]? {
    guard case .integers(let elements) = contents else { return nil }
    return elements
  }

  /// The elements as numbers, if they are no text.
  public var numbers: [Double]? {
    switch contents {
    case .integers(let elements): elements.map(Double.init)
    case .floats(let elements): elements
    case .strings: nil
    }
  }

  public var strings: [String]? {
    guard case .strings(let elements) = contents else { return nil }
    return elements
  }
}
