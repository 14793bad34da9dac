import ModelGraph

extension OperatorDefinition {
  /// Makes a function of each element of one tensor, whose gradient reads some operands.
  ///
  /// `reads` is `nil` where there is no gradient; `kernels` are PyTorch's names, if they are not
  /// like the operator's. A gradient that PyTorch composes of several kernels names them all.
  /// `isRaised` says that autocast computes the function in single precision.
  static func elementwise(
    _ name: OperatorName, reads: [Operand]?, operations: Int = 1, evaluation: Evaluation? = nil,
    kernels: KernelNames? = nil, gradientKernels: [String] = [], isRaised: Bool = false
  ) -> OperatorDefinition {
    var names = kernels ?? KernelNames(of: name)
    names.gradientKernels = gradientKernels
    return OperatorDefinition(
      name,
      shape: .sameAsInput,
      evaluation: evaluation,
      gradients: reads.map { [Gradient(input: 0, reads: Set($0))] } ?? [],
      overwrites: [0],
      work: .perOutputElement(operations),
      training: .elementwise(names, reads: reads, isRaised: isRaised),
      layer: .always(.activation),
      example: .float32([2, 3], gives: [2, 3]))
  }
}
