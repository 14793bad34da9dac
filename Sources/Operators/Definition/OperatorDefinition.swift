public import ModelGraph

/// Everything the analyses need to know about one kind of operator, said in one place.
///
/// To add an operator, add one `static let` to the file of its family and name it in the family's
/// list. Nothing else switches on operator names.
public final class OperatorDefinition: Sendable {
  public let name: OperatorName

  /// How the outputs' types follow from the inputs' types and the attributes.
  public let shape: ShapeRule

  /// How small outputs follow from small inputs, where exporters compute shapes with it.
  public let evaluation: Evaluation?

  /// What the gradient of each differentiable input reads; empty if there is none.
  ///
  /// A value read here is *saved for backward*: it stays live until the backward pass has run.
  public let gradients: [Gradient]

  /// What the forward pass makes besides its outputs.
  public let auxiliaries: [Auxiliary]

  /// The outputs that are views of an input and cost nothing.
  public let aliases: [Alias]

  /// The outputs that are views where tensors have strides, as in PyTorch; copies in runtimes of
  /// dense tensors.
  public let stridedAliases: [Alias]

  /// Whether the first output is the first input itself when the model does not train.
  public let isIdentityAtInference: Bool

  /// The inputs whose buffer the first output may take over, where the types agree.
  public let overwrites: [Int]

  /// How sizes that an exporter wrote down are corrected when the inputs get other sizes.
  public let frozenSizes: FrozenSizes?

  /// The multiply-accumulates and other operations of one call.
  public let work: WorkRule

  /// What PyTorch dispatches in training, where it is more than follows from the above.
  public let training: TrainingRule?

  /// The kind of layer that a node with parameters forms.
  public let layer: LayerRule

  /// A call and its result, shown in the reference and checked by the tests.
  public let example: Example

  public init(
    _ name: OperatorName,
    shape: ShapeRule,
    evaluation: Evaluation? = nil,
    gradients: [Gradient] = [],
    auxiliaries: [Auxiliary] = [],
    aliases: [Alias] = [],
    stridedAliases: [Alias] = [],
    isIdentityAtInference: Bool = false,
    overwrites: [Int] = [],
    frozenSizes: FrozenSizes? = nil,
    work: WorkRule = .none,
    training: TrainingRule? = nil,
    layer: LayerRule = .other,
    example: Example
  ) {
    self.name = name
    self.shape = shape
    self.evaluation = evaluation
    self.gradients = gradients
    self.auxiliaries = auxiliaries
    self.aliases = aliases
    self.stridedAliases = stridedAliases
    self.isIdentityAtInference = isIdentityAtInference
    self.overwrites = overwrites
    self.frozenSizes = frozenSizes
    self.work = work
    self.training = training
    self.layer = layer
    self.example = example
  }
}

extension OperatorDefinition {
  /// The operands that must outlive the forward pass when the given inputs need gradients.
  public func savedForBackward(differentiating inputs: Set<Int>) -> Set<Operand> {
    gradients
      .filter { inputs.contains($0.input) }
      .reduce(into: []) { $0.formUnion($1.reads) }
  }

  /// The inputs that may be overwritten although the given inputs need gradients.
  public func overwritableInputs(differentiating inputs: Set<Int>) -> [Int] {
    let saved = savedForBackward(differentiating: inputs)
    return overwrites.filter { !saved.contains(.input($0)) }
  }
}
