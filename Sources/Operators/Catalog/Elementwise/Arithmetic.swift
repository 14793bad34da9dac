// Elementwise arithmetic of two or more operands, with broadcasting.

import ModelGraph

extension OperatorDefinition {
  static let arithmetic: [OperatorDefinition] = [
    add, subtract, multiply, divide, modulo, power, minimum, maximum, sum, mean,
  ]

  /// The sum, `a + b`.
  ///
  /// Neither gradient reads a forward value.
  public static let add = OperatorDefinition(
    "Add",
    shape: .broadcast,
    evaluation: .addition,
    gradients: [.of(0), .of(1)],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .addition,
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The difference, `a − b`.
  public static let subtract = OperatorDefinition(
    "Sub",
    shape: .broadcast,
    evaluation: .subtraction,
    gradients: [.of(0), .of(1)],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .subtraction,
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The elementwise product, `a · b`.
  ///
  /// Each gradient reads the other factor.
  public static let multiply = OperatorDefinition(
    "Mul",
    shape: .broadcast,
    evaluation: .multiplication,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0))],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .multiplication,
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The quotient, `a / b`; of integers, truncated.
  public static let divide = OperatorDefinition(
    "Div",
    shape: .broadcast,
    evaluation: .division,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0), .input(1))],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .division,
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The remainder, with the sign of the divisor or, if `fmod` is set, of the dividend.
  public static let modulo = OperatorDefinition(
    "Mod",
    shape: .broadcast,
    evaluation: .remainder,
    gradients: [.of(0), .of(1, reads: .input(0), .input(1))],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The power, `a` to the `b`.
  public static let power = OperatorDefinition(
    "Pow",
    shape: .broadcast,
    evaluation: .power,
    gradients: [
      .of(0, reads: .input(0), .input(1)),
      .of(1, reads: .input(0), .input(1), .output(0)),
    ],
    overwrites: [0],
    work: .perOutputElement(8),
    training: .powering,
    example: .float32([2, 3], [], gives: [2, 3]))

  /// The smallest of all operands, elementwise.
  public static let minimum = OperatorDefinition(
    "Min",
    shape: .broadcast,
    evaluation: .minimum,
    gradients: Gradient.ofAll { [.input(0), .input(1), .input($0)] },
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .extremum("minimum"),
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The largest of all operands, elementwise.
  public static let maximum = OperatorDefinition(
    "Max",
    shape: .broadcast,
    evaluation: .maximum,
    gradients: Gradient.ofAll { [.input(0), .input(1), .input($0)] },
    overwrites: [0, 1],
    work: .perOutputElement(1),
    training: .extremum("maximum"),
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The sum of all operands, elementwise.
  public static let sum = OperatorDefinition(
    "Sum",
    shape: .broadcast,
    evaluation: .addition,
    gradients: Gradient.ofAll { _ in [] },
    overwrites: [0, 1],
    work: .perOutputElement(1),
    example: .float32([2, 3], [3], [1], gives: [2, 3]))

  /// The average of all operands, elementwise.
  public static let mean = OperatorDefinition(
    "Mean",
    shape: .broadcast,
    evaluation: .average,
    gradients: Gradient.ofAll { _ in [] },
    overwrites: [0, 1],
    work: .perOutputElement(2),
    example: .float32([2, 3], [3], [1], gives: [2, 3]))
}

extension Gradient {
  /// The gradients of an operator that takes any number of operands.
  ///
  /// More than 64 operands do not occur; further ones count as not differentiable.
  static func ofAll(reads: (Int) -> Set<Operand>) -> [Gradient] {
    (0..<64).map { Gradient(input: $0, reads: reads($0)) }
  }
}
