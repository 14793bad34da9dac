import ModelGraph

extension TrainingRule {
  /// A function of each element whose gradient reads its output.
  static func keepingOutput(_ forward: String, _ backward: String) -> TrainingRule {
    elementwise(KernelNames(forward: forward, backward: backward), saves: .output)
  }

  /// A function of each element whose gradient reads its input.
  static func keepingInput(_ forward: String, _ backward: String) -> TrainingRule {
    elementwise(KernelNames(forward: forward, backward: backward), saves: .input)
  }

  /// A function of each element whose gradient reads some of its operands.
  static func elementwise(_ names: KernelNames, reads: [Operand]?) -> TrainingRule? {
    guard let reads else { return nil }
    if reads.isEmpty { return elementwise(names, saves: .nothing) }
    return elementwise(names, saves: reads == [.output(0)] ? .output : .input)
  }

  private static func elementwise(
    _ names: KernelNames, saves: Dispatcher.Kept
  ) -> TrainingRule {
    .unary { dispatcher, x, call in
      guard call.isInPlace else { return dispatcher.unary(x, names, saves: saves) }
      return dispatcher.unaryInPlace(
        x, names, saves: names.keepsOutputInPlace ? .output : saves)
    }
  }

  static let addition = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.add(a, b, to: type, inPlace: call.isInPlace)]
  }

  static let subtraction = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.subtract(a, b, to: type)]
  }

  static let multiplication = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.multiply(a, b, to: type, inPlace: call.isInPlace)]
  }

  static let shifting = TrainingRule.unary { dispatcher, x, call in
    dispatcher.shift(x, inPlace: call.isInPlace)
  }

  static let powerOfNumber = TrainingRule.unary { dispatcher, x, _ in
    dispatcher.power(dispatcher.raised(x))
  }

  static let scaling = TrainingRule.unary { dispatcher, x, call in
    dispatcher.scale(x, inPlace: call.isInPlace)
  }
}
