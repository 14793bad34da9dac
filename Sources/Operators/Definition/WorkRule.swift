public import ModelGraph

/// The arithmetic of one call.
public struct Work: Hashable, Sendable, AdditiveArithmetic {
  /// Multiply-accumulates of matrix products and convolutions; each is two operations.
  public var multiplyAccumulates: Int

  /// Elementwise operations that are no part of a multiply-accumulate.
  public var elementwise: Int

  public init(multiplyAccumulates: Int = 0, elementwise: Int = 0) {
    self.multiplyAccumulates = multiplyAccumulates
    self.elementwise = elementwise
  }

  /// The floating-point operations: two for each multiply-accumulate, and the elementwise ones.
  public var operations: Int {
    saturatingSum(multiplyAccumulates, multiplyAccumulates, elementwise)
  }

  public static let zero = Work()

  public static func + (a: Work, b: Work) -> Work {
    Work(
      multiplyAccumulates: saturatingSum(a.multiplyAccumulates, b.multiplyAccumulates),
      elementwise: saturatingSum(a.elementwise, b.elementwise))
  }

  public static func - (a: Work, b: Work) -> Work {
    Work(
      multiplyAccumulates: a.multiplyAccumulates - b.multiplyAccumulates,
      elementwise: a.elementwise - b.elementwise)
  }
}

/// How the work follows from a call and the types of its outputs.
public struct WorkRule: Sendable {
  private let count: @Sendable (OperatorCall, [ValueType]) -> Work

  public init(_ count: @escaping @Sendable (OperatorCall, [ValueType]) -> Work) {
    self.count = count
  }

  public func callAsFunction(_ call: OperatorCall, outputs: [ValueType]) -> Work {
    count(call, outputs)
  }

  /// No arithmetic: views, copies, shape computations.
  public static let none = WorkRule { _, _ in .zero }

  /// A number of operations for each element of the first output.
  public static func perOutputElement(_ operations: Int) -> WorkRule {
    WorkRule { _, outputs in
      Work(elementwise: saturatingProduct(outputs.first?.elementCount ?? 0, operations))
    }
  }

  /// A number of operations for each element of the first input.
  public static func perInputElement(_ operations: Int) -> WorkRule {
    WorkRule { call, _ in
      Work(elementwise: saturatingProduct(call.inputs.first??.elementCount ?? 0, operations))
    }
  }
}

/// The sum, at most `Int.max`; the terms are not negative.
func saturatingSum(_ terms: Int...) -> Int {
  terms.reduce(0) {
    let (sum, overflow) = $0.addingReportingOverflow($1)
    return overflow ? .max : sum
  }
}

/// The product, at most `Int.max`; the factors are not negative.
package func saturatingProduct(_ factors: Int...) -> Int {
  if factors.contains(0) { return 0 }
  return factors.reduce(1) {
    let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
    return overflow ? .max : product
  }
}
